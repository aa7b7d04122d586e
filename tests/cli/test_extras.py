"""Packages missing from a bare installation are named together, before a command begins."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.batch import job
from grader.cli import prove
from grader.course import load_course
from grader.sandbox import kernel_launch
from tests.course.tiny import files, write

RIGHT = "examples/submissions/mistake-kl-nan-on-zero.ipynb"


@pytest.fixture
def without(monkeypatch):
    """Return what takes packages away."""

    def take(*names):
        for module in (prove, kernel_launch, job):
            there = module.find_spec
            monkeypatch.setattr(
                module,
                "find_spec",
                lambda name, there=there: None if name in names else there(name),
            )

    return take


def nothing_is_tried(*_):
    raise AssertionError("it has begun")


def test_prove_names_its_extra_before_it_begins(grader, tmp_path, monkeypatch, without):
    without("mutmut")
    monkeypatch.setattr(prove, "_proofs", nothing_is_tried)
    done = grader("prove", "--course", write(tmp_path, files()))
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "grader: `grader prove` needs packages that are not installed: mutmut (the mutants). "
        "Run `pip install 'notebook-grader[prove]'`, then the same command again.\n"
    )


def test_prove_names_what_plots_need_too_in_one_command(grader, monkeypatch, without):
    without("mutmut", "libcst", "matplotlib")
    monkeypatch.setattr(prove, "_proofs", nothing_is_tried)
    done = grader("prove", "candidate_curves")
    assert (
        "mutmut, libcst (the mutants); matplotlib (the figures of `candidate_curves`)" in done.err
    )
    assert "pip install 'notebook-grader[plot,prove]'" in done.err


def test_what_the_chosen_exercises_do_not_need_is_not_asked_for(grader, monkeypatch, without):
    without("matplotlib")
    monkeypatch.setattr(prove, "_proofs", nothing_is_tried)
    with pytest.raises(AssertionError, match="it has begun"):
        grader("prove", "kl_asymmetry")


def test_a_complete_installation_is_accepted():
    prove.require_extras(list(load_course(Path()).exercises.values()))


@pytest.mark.parametrize("command", ["grade", "check"])
def test_the_engine_jupyter_names_its_extra_before_it_begins(grader, without, tmp_path, command):
    without("nbconvert")
    out = ("--out", tmp_path) if command == "grade" else ()
    done = grader(command, RIGHT, "--engine", "jupyter", "--isolation", "none", *out)
    assert (done.status, done.out) == (2, "")
    assert "pip install 'notebook-grader[jupyter]'" in done.err
    assert "Traceback" not in done.err


def test_a_scheduler_names_its_extra_before_anything_is_read(grader, without, tmp_path):
    without("distributed")
    done = grader("grade", tmp_path / "nothing.ipynb", "--scheduler", "tcp://127.0.0.1:1")
    assert (done.status, done.out) == (2, "")
    assert "run `pip install 'notebook-grader[dask]'` here and on every worker" in done.err


def test_postgresql_names_its_extra(grader, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    done = grader("gradebook", "show", "--gradebook", "postgresql://me@127.0.0.1:1/marks")
    assert (done.status, done.out) == (2, "")
    assert "run `pip install 'notebook-grader[postgres]'`" in done.err

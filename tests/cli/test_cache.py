"""``--no-cache``, and what a run leaves for the next where it is not given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.authoring.prove.prove_exercise import prove_exercise
from grader.batch.job import job_for
from grader.cache import open_cache
from grader.course import load_course
from grader.sandbox.engine import EngineName, Isolation
from tests.course.tiny import files, write
from tests.notebooks import notebook_bytes

KL = ("--exercise", "kl_asymmetry")
SAMPLE = "examples/submissions/mistake-kl-nan-on-zero.ipynb"


@pytest.fixture
def place() -> Path:
    return Path(os.environ["GRADER_CACHE"]) / "preparation"


def test_check_says_the_same_with_a_cache_that_is_cold_or_warm_and_without(
    grader, place, mistakes_run
):
    without = grader("check", SAMPLE, *KL, "--no-cache")
    assert not place.exists()
    assert "It looks like: 0 times log 0" in without.out
    cold = grader("check", SAMPLE, *KL)
    assert place.is_dir()
    mistakes_run.clear()
    warm = grader("check", SAMPLE, *KL)
    assert mistakes_run == []
    assert without == cold == warm


def without_times(run: Mapping[str, Any]) -> dict[str, Any]:
    (submission,) = run["submissions"]
    return {**run, "submissions": [{k: v for k, v in submission.items() if k != "seconds"}]}


def test_grade_gives_the_same_with_a_cache_that_is_cold_or_warm_and_without(
    grader, place, tmp_path
):
    def graded(name: str, *options: str) -> dict[str, Any]:
        options = ("--isolation", "none", "--out", tmp_path / name, "--json", *options)
        return without_times(grader("grade", SAMPLE, *KL, *options).json)

    without = graded("without", "--no-cache")
    assert not place.exists()
    assert graded("cold") == without
    assert place.is_dir()
    assert graded("warm") == without
    graded("again", "--no-cache")


@pytest.fixture
def tiny(tmp_path):
    """Give a small course, and a notebook that was graded without a cache."""
    write(tmp_path, files())
    cells = ["def two_heads(p):\n    return p * p"]
    (tmp_path / "ada.ipynb").write_bytes(notebook_bytes(cells))
    return tmp_path


def test_regrade_uses_the_cache_unless_it_is_not_to(grader, place, tiny):
    options = ("--course", tiny, "--gradebook", tiny / "book.db")
    graded = ("--isolation", "none", "--out", tiny / "out", "--no-cache", "--json")
    assert grader("grade", tiny / "ada.ipynb", *options, *graded).status == 0
    reference = tiny / "solutions/coins/two_heads/reference.py"
    for number, no_cache in enumerate((("--no-cache",), ())):
        reference.write_text(reference.read_text() + f"\n# {number}\n")
        assert grader("regrade", *options, *no_cache, "--json").status == 0
        assert place.exists() == (not no_cache)


def test_a_folder_that_is_not_private_costs_a_note_and_nothing_else(grader, place):
    place.mkdir(parents=True)
    place.chmod(0o777)
    done = grader("check", SAMPLE, *KL)
    assert "Total: 3 of 4 points" in done.out
    assert done.err.startswith(f"Note: The cache is not used: other users may enter `{place}`;")
    assert list(place.iterdir()) == []


def test_a_proof_neither_reads_the_cache_nor_writes_it(grader, place, tiny, monkeypatch):
    monkeypatch.setattr("grader.cache.private_folder.Cache.read", pytest.fail)
    monkeypatch.setitem(prove_exercise.__kwdefaults__, "seeds", (1,))
    assert grader("prove", "two_heads", "--course", tiny, "--isolation", "none").status == 0
    assert not place.exists()


def test_sessions_do_not_see_the_cache(tiny):
    course, cache = load_course(tiny), open_cache()
    work = job_for(
        course,
        list(course.exercises.values()),
        seed=0,
        isolation=Isolation.NONE,
        engine=EngineName.SANDBOX,
        jobs=1,
        scheduler=None,
        cache=cache,
    )
    assert work.engines.hidden == (course.folder, cache.folder)

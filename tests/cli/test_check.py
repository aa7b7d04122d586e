"""``grader check``: what a student sees, and does not."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest

from grader.results import results_schema

SAMPLES = Path("examples/submissions")
RIGHT = SAMPLES / "right-plain-python.ipynb"
KL = ("--exercise", "kl_asymmetry")


def sample(name):
    return SAMPLES / f"{name}.ipynb"


def test_a_right_notebook_passes(grader):
    done = grader("check", RIGHT, *KL)
    assert (done.status, done.err) == (0, "")
    assert "ok   A fair and a loaded coin" in done.out
    assert "Total: 4 of 4 points" in done.out
    assert "FAIL" not in done.out


def test_the_student_is_told_of_the_checks_that_come_later(grader):
    assert "6 more points are decided when it is graded." in grader("check", RIGHT, *KL).out
    assert "more points" not in grader("check", RIGHT, *KL, "--all").out


def test_a_lost_point_shows_what_was_asked_expected_and_got_and_the_hint(grader):
    done = grader("check", sample("mistake-kl-nan-on-zero"), *KL)
    assert done.status == 1
    assert "FAIL Outcomes that cannot happen" in done.out
    assert "kl([1.0, 0.0], [0.5, 0.5]) is nan, expected 0.693147." in done.out
    assert "It looks like: 0 times log 0, which is NaN" in done.out
    assert "Hint: Find the outcome that makes the NaN." in done.out
    assert "Total: 3 of 4 points" in done.out


def hidden_failures(grader, path, out):
    """Return the hidden checks that fail, as the instructor's file tells of them."""
    done = grader("grade", path, *KL, "--isolation", "none", "--json", "--out", out)
    (submission,) = done.json["submissions"]
    (exercise,) = submission["exercises"]
    return [c for c in exercise["checks"] if c["status"] == "fail" and not c["visible"]]


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize(
    "name", ["mistake-kl-nan-on-zero", "mistake-kl-log2", "last-definition-wrong"]
)
def test_a_hidden_check_shows_its_name_and_hint_but_no_input_or_expected_value(
    grader, tmp_path, name, form
):
    failures = hidden_failures(grader, sample(name), tmp_path)
    assert failures
    done = grader("check", sample(name), *KL, "--all", *form)
    seen = " ".join(done.out.split())
    for check in failures:
        assert check["name"] in seen
        assert check["message"] not in seen
        numbers = set(re.findall(r"\d\.\d{3,}", check["message"]))
        assert not numbers & set(re.findall(r"\d\.\d{3,}", seen)) - {"0.693147", "1.4427"}


def test_a_cell_that_failed_is_told(grader):
    done = grader("check", sample("right-await-and-input"), *KL)
    assert done.status == 0
    assert "StdinNotImplementedError: input('Your name? ') was called" in done.out


def test_a_file_that_is_no_notebook_is_told_with_what_to_do(grader):
    done = grader("check", sample("unreadable-merge-conflict"), *KL)
    assert done.status == 1
    assert "has a merge conflict of git in line" in done.out


def test_json_is_all_that_is_printed(grader):
    done = grader("check", sample("mistake-kl-log2"), *KL, "--json")
    jsonschema.validate(done.json, results_schema())
    assert (done.status, done.err) == (1, "")


def test_what_goes_into_a_pipe_has_no_colours(grader):
    assert "\x1b" not in grader("check", sample("mistake-kl-log2"), *KL).out


def test_colours_add_nothing_that_is_not_in_the_words(grader, monkeypatch):
    plain = grader("check", sample("mistake-kl-log2"), *KL).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = grader("check", sample("mistake-kl-log2"), *KL).out
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", grader("check", RIGHT, *KL).out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument"),
        (("nobody.ipynb",), "`nobody.ipynb` does not exist."),
        ((SAMPLES / "zip-of-two.zip",), "holds 2 notebooks, and `check` takes one"),
        ((RIGHT, "--exercise", "kl"), "The course has no exercise `kl`"),
        ((RIGHT, "--course", "docs"), "a course needs this file, and it is missing"),
        ((RIGHT, "--engine", "jupyter", "--isolation", "strong"), "has no isolation"),
    ],
)
def test_a_wrong_call_is_told(grader, arguments, said):
    done = grader("check", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_jupyter_kernel_can_run_it(grader):
    done = grader("check", sample("mistake-kl-log2"), *KL, "--engine", "jupyter")
    assert done.status == 1
    assert "It looks like: the logarithm to base 2" in done.out

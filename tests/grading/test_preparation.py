"""A fault of the course's own programs is found before a student's answer is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cache import open_cache
from grader.course import load_course
from grader.grading.preparation import Preparation, prepare_course
from tests import follow_through_course
from tests.clocks import own_clock
from tests.course.tiny import EXERCISE, REFERENCE, changed, files, write

CHANGING = """\
asked = []
def two_heads(p):
    asked.append(p)
    return p * p + asked.count(p) - 1
"""
MISTAKE = REFERENCE.replace("reference.py", "mistakes/sum_not_product.py")


def prepared(folder: Path, texts: dict[str, str]) -> Preparation:
    return prepare_course(load_course(write(folder, texts)))


def faults(folder: Path, texts: dict[str, str]) -> dict[str, str]:
    return {check: str(fault) for _, check, fault in prepared(folder, texts).faults}


def test_a_sound_course_has_no_fault(tmp_path):
    assert faults(tmp_path, files()) == {}


def test_a_reference_that_raises_is_a_fault_of_every_check_of_its_exercise(tmp_path):
    found = faults(tmp_path, {**files(), REFERENCE: "def two_heads(p): ...\n1 / 0\n"})
    assert found.keys() == {"A fair coin", "Any coin"}
    assert all("reference.py:2: this program raised ZeroDivisionError" in f for f in found.values())


def test_a_listed_answer_that_the_reference_does_not_give_is_at_fault(tmp_path):
    found = faults(tmp_path, changed(REFERENCE, "p * p", "p * p if p != 0.5 else 1.0"))
    assert found.keys() == {"A fair coin"}
    assert found["A fair coin"].startswith("The reference disagrees with `cases[0]`")


def test_a_reference_that_answers_anew_each_time_does_not_pass_its_own_checks(tmp_path):
    program = "told = {}\ndef two_heads(p):\n    return p * p + told.setdefault(p, len(told) * 0)"
    program = program.replace(
        "told.setdefault(p, len(told) * 0)", "(p in told) + told.update({p: 0} or 0"
    )
    found = faults(tmp_path, {**files(), REFERENCE: CHANGING})
    assert found.keys() == {"A fair coin", "Any coin"}
    assert all(f.startswith("The reference of `two_heads` does not pass: ") for f in found.values())


def test_a_kind_of_check_that_raises_is_a_fault_of_the_course(tmp_path, monkeypatch):
    def judge(self, prepared, student):
        raise LookupError("no table")

    monkeypatch.setattr("grader.checks.kinds.function.FunctionCheck.judge", judge)
    found = faults(tmp_path, files())
    assert found.keys() == {"A fair coin", "Any coin"}
    assert all("judging it raised LookupError: no table" in fault for fault in found.values())


def test_a_check_that_cannot_be_prepared_is_at_fault_and_no_other(tmp_path):
    found = faults(tmp_path, changed(REFERENCE, "p * p", "p * p if p not in (0, 1) else 1 / 0"))
    assert found.keys() == {"Any coin"}
    assert "ZeroDivisionError" in found["Any coin"]


@pytest.mark.parametrize("program", ["def two_heads(p): ...\n1 / 0\n", "raise SystemExit\n"])
def test_a_mistake_whose_program_cannot_run_explains_nothing(tmp_path, program):
    preparation = prepared(tmp_path, {**files(), MISTAKE: program})
    assert preparation.faults == ()
    verdict = preparation.exercises[0].mistakes.verdict("sum_not_product", "A fair coin")
    assert not verdict.passed
    assert (verdict.message, verdict.evidence) == ("", ())


def test_a_mistake_that_never_ends_is_known_by_that_within_a_second_or_so(tmp_path):
    endless = "def two_heads(p):\n    while True:\n        pass\n"
    preparation = prepared(tmp_path, {**files(), MISTAKE: endless})
    started = own_clock()
    verdict = preparation.exercises[0].mistakes.verdict("sum_not_product", "A fair coin")
    assert verdict.evidence == ("timed out",)
    assert started.sample() < 4  # a student's own call is given 5 s


def test_a_property_that_cannot_be_judged_on_the_reference_is_at_fault(tmp_path):
    function = "  - function: two_heads\n    name: Any coin\n"
    relation = '  - property: "two_heads(p) == p / 0 * 0 "\n    name: Any coin\n'
    found = faults(tmp_path, changed(EXERCISE, function, relation))
    assert found.keys() == {"Any coin"}
    assert "ZeroDivisionError" in found["Any coin"]


def test_where_a_reference_below_cannot_run_each_check_has_the_fault_and_nothing_is_upstream(
    tmp_path,
):
    course = follow_through_course.course(tmp_path)
    course.exercises["density"].reference.write_text("1 / 0\n")
    (_, product) = prepare_course(course).exercises
    assert all("ZeroDivisionError" in str(check.fault) for check in product.checks)
    assert dict(product.upstream) == {}


def test_what_is_given_to_an_exercise_is_loaded_when_it_is_read(tmp_path):
    course, cache = follow_through_course.course(tmp_path), open_cache()
    (_, first) = prepare_course(course, cache=cache).exercises
    (_, again) = prepare_course(course, cache=cache).exercises
    assert dict(again.upstream) == dict(first.upstream) == {"density": "density"}
    assert callable(again.given["density"])

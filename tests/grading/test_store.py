"""A second run finds what the first worked out, and never what is no longer so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cache import Cache, open_cache
from grader.checks.base import failed
from grader.course import load_course
from grader.grading import preparation as module
from grader.grading.mistakes import name_mistakes
from grader.grading.preparation import PreparedExercise, prepare_course
from grader.guest.protocol.values import Call
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, changed, files, write

MISTAKE = REFERENCE.replace("reference.py", "mistakes/sum_not_product.py")
FAIR, ANY = "A fair coin", "Any coin"


@pytest.fixture
def cache():
    found = open_cache()
    assert found is not None
    return found


class Runs:
    """Prepares a course again and again, and counts what is worked out anew."""

    def __init__(self, folder: Path, cache: Cache | None, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.cache = folder, cache
        self.prepared: list[str] = []
        self.run: list[str] = []
        work_out, compiled = module._prepare_check, module.student_of_program
        monkeypatch.setattr(
            module,
            "_prepare_check",
            lambda check, *rest: self.prepared.append(check.name) or work_out(check, *rest),
        )
        monkeypatch.setattr(
            module,
            "student_of_program",
            lambda path, *rest: self.run.append(path.name) or compiled(path, *rest),
        )

    def __call__(self, texts: Mapping[str, str] | None = None, **options) -> PreparedExercise:
        self.prepared, self.run = [], []
        write(self.folder, texts or {})
        course = replace(load_course(self.folder), **options.pop("course", {}))
        (exercise,) = prepare_course(course, cache=self.cache, **options).exercises
        return exercise


@pytest.fixture
def runs(tmp_path, cache, monkeypatch):
    write(tmp_path / "course", files())
    return Runs(tmp_path / "course", cache, monkeypatch)


def calls(exercise: PreparedExercise) -> list[tuple[Call, ...]]:
    return [check.prepared.calls for check in exercise.checks]


def test_a_second_run_prepares_nothing_and_runs_no_reference(runs):
    first = runs()
    assert runs.prepared == [FAIR, ANY]
    second = runs()
    assert (runs.prepared, runs.run) == ([], [])
    assert [repr(each.prepared) for each in second.checks] == [
        repr(each.prepared) for each in first.checks
    ]
    assert second.given == first.given == {}
    assert [each.context.seed for each in second.checks] == [
        each.context.seed for each in first.checks
    ]


def test_without_a_cache_all_is_worked_out_and_nothing_is_kept(runs, cache):
    runs.cache = None
    runs()
    assert [each.name for each in cache.folder.iterdir()] == ["key"]
    runs.cache = cache
    runs()
    assert runs.prepared == [FAIR, ANY]


def test_the_reference_is_run_when_it_is_first_read(runs):
    runs()
    exercise = runs()
    assert exercise.checks[0].context.reference["two_heads"](0.5) == 0.25
    assert runs.run == ["reference.py"]


CHANGES = {
    "the reference": changed(REFERENCE, "p * p", "p ** 2"),
    "the exercise": changed(EXERCISE, "A fair coin", "One fair coin"),
    "the course": {COURSE: files()[COURSE] + "secret: a new one that is long enough\n"},
    "a known mistake": {MISTAKE: "def two_heads(p):\n    return 2 * p\n"},
    "a file beside them": {"solutions/coins/two_heads/table.csv": "1"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_changed_in_the_course_is_prepared_afresh(runs, change):
    runs()
    runs(change)
    assert len(runs.prepared) == 2
    runs()
    assert runs.prepared == []


@pytest.mark.parametrize(
    "options", [{"seed": 1}, {"course": {"secret": "other"}}, {"visible_only": True}], ids=str
)
def test_another_run_is_prepared_for_itself(runs, options):
    before = runs()
    again = runs(**dict(options))
    assert runs.prepared
    assert calls(again)[1:] != calls(before)[1:]


def test_a_check_that_a_program_changed_is_prepared_afresh(runs):
    runs()
    course = load_course(runs.folder)
    (exercise,) = course.exercises.values()
    checks = tuple(each.model_copy(update={"trials": 3}) for each in exercise.checks)
    runs(course={"exercises": {exercise.id: replace(exercise, checks=checks)}})
    assert len(runs.prepared) == 2


def test_another_version_of_the_grader_prepares_afresh(runs, monkeypatch):
    runs()
    monkeypatch.setattr("grader.grading.store.installation", lambda: b"another")
    runs()
    assert len(runs.prepared) == 2


@pytest.mark.parametrize(
    "program",
    [
        "import time\ndef two_heads(p):\n    return p * p + 0 * time.time()\n",
        "import numpy as np\nx = np.random.normal()\n\ndef two_heads(p):\n    return p * p\n",
    ],
)
def test_what_a_reference_may_answer_otherwise_in_each_run_is_not_kept(runs, program):
    runs({REFERENCE: program})
    runs()
    assert runs.prepared == [FAIR, ANY]


def test_a_check_with_a_fault_is_prepared_again_and_the_others_are_kept(runs):
    broken = changed(REFERENCE, "p * p", "p * p if p != 0.5 else 1.0")
    assert [bool(each.fault) for each in runs(broken).checks] == [True, False]
    assert [bool(each.fault) for each in runs().checks] == [True, False]
    assert runs.prepared == [FAIR]


def test_a_course_that_changes_while_it_is_prepared_is_not_kept(runs, monkeypatch):
    passes = module._unproven

    def meanwhile(*args):
        write(runs.folder, {REFERENCE: files()[REFERENCE] + "\n# edited\n"})
        return passes(*args)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_unproven", meanwhile)
        runs()
    write(runs.folder, files())
    runs()
    assert runs.prepared == [FAIR, ANY]


def test_a_course_with_a_link_in_it_is_not_kept(runs, tmp_path):
    (runs.folder / "exercises" / "coins" / "table.csv").symlink_to("/etc/hostname")
    runs()
    runs()
    assert runs.prepared == [FAIR, ANY]


def test_a_damaged_entry_is_prepared_afresh(runs, cache):
    runs()
    for path in cache.folder.iterdir():
        if path.name != "key":
            path.write_bytes(path.read_bytes()[:-1])
    runs()
    assert runs.prepared == [FAIR, ANY]
    runs()
    assert runs.prepared == []


def test_an_entry_of_another_form_is_prepared_afresh(runs, cache, monkeypatch):
    exercise = runs()
    for kept in ([1], {FAIR: 1}, {FAIR: b"junk"}, {FAIR: b""}):
        cache.write(exercise.stored.name, kept)
        runs()
        assert runs.prepared == [FAIR, ANY]


def named(exercise: PreparedExercise) -> dict[str, str]:
    """Return what is named behind answers 2 p."""
    checks = {each.check.name: each for each in exercise.checks}
    wrong = {
        name: failed(
            "", brief="", evidence=[2 * call.args[0] for call in checks[name].prepared.calls]
        )
        for name in checks
    }
    return name_mistakes(wrong, dict.fromkeys(checks, "two_heads"), exercise.mistakes)


SUM = {MISTAKE: "def two_heads(p):\n    return p + p\n"}


def test_no_known_mistake_is_run_before_something_failed(runs, mistakes_run):
    exercise = runs(SUM)
    passed = {
        each.check.name: replace(failed("", brief=""), passed=True) for each in exercise.checks
    }
    assert name_mistakes(passed, dict.fromkeys(passed, "two_heads"), exercise.mistakes) == {}
    assert mistakes_run == []


def test_a_known_mistake_that_one_run_has_met_is_not_run_by_the_next(runs, mistakes_run):
    assert named(runs(SUM)) == {FAIR: "sum_not_product", ANY: "sum_not_product"}
    assert mistakes_run == ["sum_not_product"] * 2
    assert named(runs()) == {FAIR: "sum_not_product", ANY: "sum_not_product"}
    assert len(mistakes_run) == 2


def test_a_worker_finds_what_another_has_met_meanwhile(runs, mistakes_run):
    one, other = runs(SUM), runs()
    named(one)
    named(other)
    assert len(mistakes_run) == 2


def test_without_a_cache_each_run_meets_its_mistakes_itself(runs, mistakes_run):
    runs.cache = None
    named(runs(SUM))
    named(runs())
    assert len(mistakes_run) == 4


def test_a_mistake_that_changed_is_run_again(runs, mistakes_run):
    named(runs(SUM))
    assert named(runs({MISTAKE: "def two_heads(p):\n    return p * 2 + 1\n"})) == {}
    assert len(mistakes_run) > 2


@pytest.mark.parametrize(
    "program", ["raise SystemExit\n", "import time\ndef two_heads(p):\n    return p + p\n"]
)
def test_a_mistake_that_could_not_be_judged_or_may_do_otherwise_is_run_again(
    runs, mistakes_run, program
):
    named(runs({MISTAKE: program}))
    before = len(mistakes_run)
    named(runs())
    assert len(mistakes_run) == 2 * before > 0

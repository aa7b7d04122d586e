"""Trials of an exercise on the trusted side, each run in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.authoring.prove.probes import FORMS, Reformed, Replayer, Scaled, asked_both_ways
from grader.authoring.prove.program_notebooks import known_mistakes, right_answers
from grader.authoring.prove.summation import ORDERS, in_order
from grader.checks.base import Answering, Student
from grader.checks.student_work import StudentWork
from grader.checks.students.transcript import RecordedStudent
from grader.course import Course, read_program, student_of_program, student_of_source
from grader.errors import CheckError
from grader.grading.judge_exercise import grade_exercise
from grader.grading.preparation import MISTAKE_S, PreparedCheck, PreparedExercise, prepare_course
from grader.results import ExerciseResult


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The result of a trial for one program or check; `failure` is empty if the claim holds."""

    about: str
    failure: str


def judge(
    ready: PreparedExercise, student: Answering, work: StudentWork | None = None
) -> ExerciseResult:
    """Grade a student on the trusted side with every check of an exercise."""
    return grade_exercise(ready, student, lambda: work or StudentWork())


def lost_points(result: ExerciseResult) -> str:
    """Return the failed checks and their messages as text; empty if there are none."""
    failed = [check for check in result.checks if check.status not in ("pass", "skipped")]
    return "; ".join(f"`{check.name}`: {check.message.removesuffix('.')}" for check in failed)


def find_faults(course: Course, exercise: str) -> list[tuple[str, str]]:
    """Return the checks that cannot be used, each with the reason."""
    faults = prepare_course(course, only=[exercise]).faults
    return [(check, str(fault)) for _, check, fault in faults]


def profile(ready: PreparedExercise) -> Mapping[str, float]:
    """Return the processor time of each automatic check to judge the reference [s].

    Elapsed time would make the limits of mutants depend on the load of the machine.
    """
    student = student_of_program(ready.exercise.reference, ready.given)
    times = {}
    for check in ready.checks:
        began = time.process_time()
        if check.check.judge(check.prepared, student).passed:
            times[check.check.name] = time.process_time() - began
    return times


def first_catch(
    checks: Sequence[PreparedCheck], source: str, ready: PreparedExercise, limit_s: float
) -> str:
    """Return the first check that catches a mutant, or why it cannot run; empty if none does."""
    path = ready.exercise.reference
    try:
        student = student_of_source(source, path, ready.given, limit_s=limit_s)
    except CheckError as error:
        return str(error)
    return next((check.check.name for check in checks if not _passes(check, student)), "")


def _passes(check: PreparedCheck, student: Student) -> bool:
    try:
        return check.check.judge(check.prepared, student).passed
    except Exception:  # judging the reference never raises, so this differs from it
        return False


def try_seed(course: Course, exercise: str, seed: int, *, with_mistakes: bool) -> list[TrialResult]:
    """Judge the right answers, and optionally the known mistakes, with another seed."""
    preparation = prepare_course(course, seed=seed, only=[exercise])
    if preparation.faults:
        (_, check, fault), *_ = preparation.faults
        return [TrialResult("reference", f"seed {seed}, `{check}`: {fault}")]
    (ready,) = preparation.exercises
    trials = {
        name: partial(_short_of_full, ready, path)
        for name, path in right_answers(ready.exercise).items()
    }
    if with_mistakes:
        trials |= {
            name: partial(_otherwise, ready, path)
            for name, path in known_mistakes(ready.exercise).items()
        }
    return [TrialResult(name, _at_seed(seed, trial)) for name, trial in trials.items()]


def _at_seed(seed: int, trial: Callable[[], str]) -> str:
    try:
        failure = trial()
    except CheckError as error:  # a program that cannot be run does not affect the others
        failure = str(error)
    return failure and f"seed {seed}: {failure}"


def _short_of_full(ready: PreparedExercise, path: Path) -> str:
    student = student_of_program(path, ready.given)
    return lost_points(judge(ready, student, student.work))


def _otherwise(ready: PreparedExercise, path: Path) -> str:
    student = student_of_source(read_program(path), path, ready.given, limit_s=MISTAKE_S)
    return mistaken(ready, path.stem, judge(ready, student, student.work))


def mistaken(ready: PreparedExercise, mistake: str, result: ExerciseResult) -> str:
    """Return how the result of a known mistake differs from the stated one, or nothing."""
    (known,) = [each for each in ready.exercise.mistakes if each.id == mistake]
    if known.score is None:
        return f"no `score` is stated; it gets {result.score}"
    named = {check.mistake for check in result.checks if check.mistake}
    expected = {mistake} if known.score < ready.exercise.points else set()
    if result.score != known.score:
        lost = lost_points(result)
        return f"it gets {result.score}, not {known.score}{f' ({lost})' if lost else ''}"
    if named != expected:
        return f"it is taken for {', '.join(sorted(named)) or 'no known mistake'}"
    return ""


def try_forms(ready: PreparedExercise, name: str, path: Path) -> list[TrialResult]:
    """Judge a right answer with the same arguments in other forms.

    An argument becomes a list or an array only if the checks themselves use both forms, since an
    exercise may ask for arrays only.
    """
    reference = student_of_program(ready.exercise.reference, ready.given)
    recorder = RecordedStudent(reference)
    judge(ready, recorder, reference.work)
    student = student_of_program(path, ready.given)
    both = asked_both_ways(recorder.transcript)
    trials = []
    for form, change in FORMS.items():
        reformed = Reformed(student, change, None if form == "whole numbers" else both)
        lost = lost_points(judge(ready, reformed, student.work))
        trials.append(TrialResult(f"{name}, {form}", lost))
    return trials


def try_summation(ready: PreparedExercise, name: str, path: Path) -> list[TrialResult]:
    """Judge a right answer with its sums added up in other orders."""
    source = read_program(path)
    work = student_of_program(path, ready.given).work
    trials = []
    for order in ORDERS:
        changed, names = in_order(source, order)
        student = student_of_source(changed, path, {**ready.given, **names})
        trials.append(TrialResult(f"{name}, {order}", lost_points(judge(ready, student, work))))
    return trials


def try_tolerances(ready: PreparedExercise) -> list[TrialResult]:
    """Test that no check accepts numbers a hundredth larger than the reference's."""
    reference = student_of_program(ready.exercise.reference, ready.given)
    trials = []
    for check in ready.checks:
        if check.check.numerical:
            student = Scaled(reference)
            (result,) = judge(replace(ready, checks=(check,)), student, reference.work).checks
            vacuous = result.status == "pass" and student.changed
            text = "it accepts answers that are 1 % too large" if vacuous else ""
            trials.append(TrialResult(check.check.name, text))
    return trials


def try_hard_coded(ready: PreparedExercise) -> list[TrialResult]:
    """Judge a student who repeats the answers that the visible checks show."""
    reference = student_of_program(ready.exercise.reference, ready.given)
    shown = RecordedStudent(reference)
    visible = tuple(c for c in ready.checks if c.check.visible and c.check.shows_expected)
    judge(replace(ready, checks=visible), shown, reference.work)
    result = judge(ready, Replayer(shown.transcript))
    full = result.score == result.max_score
    text = "the answers that the visible checks show get every point" if full else ""
    return [TrialResult("visible answers replayed", text)]

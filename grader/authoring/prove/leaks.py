"""Searches what students receive for hidden inputs and hidden expected values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from grader.authoring.prove.program_notebooks import known_mistakes, right_answers
from grader.authoring.prove.trials import TrialResult, judge
from grader.authoring.release.released_cells import cells_of
from grader.bundle import Withheld, bundle_unit
from grader.bundle.packing import unpack_text
from grader.checks.students.transcript import RecordedStudent
from grader.course import Exercise, Unit, read_program, student_of_source
from grader.errors import CheckError
from grader.grading.preparation import Preparation, PreparedExercise
from grader.guest.protocol.packed_value import unpack
from grader.guest.protocol.values import Returned
from grader.results import SubmissionResult, for_student

_CALL_S = 1.0  # some mistakes loop endlessly
_DIGITS = 6
_LETTERS = 12
_MOST = 20_000
_NUMBER = re.compile(r"\d+\.?\d*(?:e[+-]?\d+)?")


def find_leaks(preparation: Preparation, results: Sequence[SubmissionResult]) -> list[TrialResult]:
    """Search the files and feedback of students for inputs and expected values of hidden checks.

    Numbers count from six digits on, as drawn ones have, and texts from twelve characters on.
    Values of visible checks are not secret; nor, in the feedback to a program, are its own answers
    to visible checks.

    Parameters
    ----------
    preparation : Preparation
        Of one exercise.
    results : sequence of SubmissionResult
        Of the exercise's programs, whose feedback is searched.
    """
    (ready,) = preparation.exercises
    secret = _secrets([ready])
    programs = {**right_answers(ready.exercise), **known_mistakes(ready.exercise)}
    released = [
        TrialResult(where, _told(_found(text, secret))) for where, text in _released(preparation)
    ]
    told = [
        TrialResult(f"feedback to {result.student}", _told(_found(text, secret - own)))
        for result in results
        for text in [for_student(result).model_dump_json()]
        for own in [_own_answers(ready, programs.get(result.student))]
    ]
    return [
        *released,
        TrialResult("bundle", _told(secret & set(_bundled_texts(preparation)))),
        *told,
    ]


def withholding(exercises: Sequence[PreparedExercise]) -> Withheld:
    """Return a predicate for values that contain a secret of the hidden checks.

    Parameters
    ----------
    exercises : sequence of PreparedExercise
        All that a notebook has, prepared with their hidden checks.
    """
    secrets = cache(partial(_secrets, exercises))  # often there are no mistakes to test
    return lambda value: not secrets().isdisjoint(_texts(value))


def _secrets(exercises: Iterable[PreparedExercise]) -> set[str]:
    """Return the texts of inputs and expected values that only hidden checks have."""
    texts: dict[bool, set[str]] = {True: set(), False: set()}
    for ready in exercises:
        for visible, found in texts.items():
            reference = ready.exercise.reference
            found.update(_tokens(_recorded(ready, reference, visible=visible)))
    return texts[False] - texts[True]


def _told(found: Iterable[str]) -> str:
    shown = ", ".join(sorted(found)[:3])
    return shown and f"it contains what only hidden checks ask or expect: {shown}"


def _released(preparation: Preparation) -> Iterator[tuple[str, str]]:
    """Yield the texts of the released notebook except its bundle, each with its part."""
    (ready,) = preparation.exercises
    for cell in cells_of(preparation.course, _alone(ready.exercise), ""):
        yield cell.part, cell.source
    exercise = ready.exercise
    checks = (f"{check.name}\n{check.hint}" for check in exercise.checks)
    mistakes = (f"{mistake.title}\n{mistake.hint}" for mistake in exercise.mistakes)
    yield "hints", "\n".join((*checks, *mistakes))


def _alone(exercise: Exercise) -> Unit:
    return Unit(id=exercise.unit, title=exercise.unit, exercises=(exercise.id,))


def _bundled_texts(preparation: Preparation) -> Iterator[str]:
    """Yield the texts in the bundle of the released notebook."""
    (ready,) = preparation.exercises
    bundle = bundle_unit(preparation, _alone(ready.exercise), withholding)
    (exercise,) = unpack_text(bundle)["exercises"]
    for part in ("checks", "mistakes"):
        exercise[part] = [unpack(content) for content in exercise[part]]
    yield from _texts(exercise)


def _own_answers(ready: PreparedExercise, program: Path | None) -> set[str]:
    if program is None:
        return set()
    try:
        return set(_tokens(_recorded(ready, program, visible=True)))
    except CheckError:  # a program that cannot be run gives no answers
        return set()


def _recorded(ready: PreparedExercise, program: Path, *, visible: bool) -> RecordedStudent:
    student = student_of_source(read_program(program), program, ready.given, limit_s=_CALL_S)
    recorder = RecordedStudent(student)
    checks = tuple(check for check in ready.checks if check.check.visible is visible)
    judge(replace(ready, checks=checks), recorder, student.work)
    return recorder


def _tokens(recorder: RecordedStudent) -> Iterator[str]:
    for entry in recorder.transcript:
        for call, answer in entry.pairs:
            if call is not None:
                yield from _texts((call.args, call.kwargs))
            if isinstance(answer, Returned):
                yield from _texts(answer.value)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts by which parts of a value can be found."""
    if isinstance(value, np.ndarray):
        value = value.reshape(-1)[:_MOST].tolist()
    if isinstance(value, dict):
        yield from _texts([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple, set)):
        for item in list(value)[:_MOST]:
            yield from _texts(item)
    elif isinstance(value, str) and len(value) >= _LETTERS:
        yield value
    elif isinstance(value, (float, int)) and not isinstance(value, bool):
        yield from _number_texts(value)


def _number_texts(value: float) -> Iterator[str]:
    for text in (repr(value), f"{value:.6g}"):
        bare = text.lstrip("-")
        digits = bare.split("e")[0].replace(".", "").strip("0")
        if len(digits) >= _DIGITS:
            yield bare


def _found(text: str, secrets: Iterable[str]) -> set[str]:
    numbers = set(_NUMBER.findall(text))
    return {
        secret
        for secret in secrets
        if (secret in numbers if secret[0].isdigit() else secret in text)
    }

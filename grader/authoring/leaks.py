"""Whether anything that a student is given holds a hidden input or a hidden expected value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from grader.authoring.students import Recorder
from grader.authoring.trials import Trial, judge
from grader.course import Exercise, student_of_program
from grader.preparation import PreparedExercise
from grader.results import SubmissionResult, for_student
from grader.values import Returned

__all__ = ["find_leaks"]

_DIGITS = 6
_LETTERS = 12
_MOST = 20_000
_NUMBER = re.compile(r"\d+\.?\d*(?:e[+-]?\d+)?")


def find_leaks(ready: PreparedExercise, results: Sequence[SubmissionResult]) -> list[Trial]:
    """Search what students are given for what hidden checks ask and expect.

    A number counts where it has six digits or more, as drawn ones have; a text from twelve
    characters on. What a visible check asks or expects is no secret.
    """
    public = set(_tokens(_recorded(ready, visible=True)))
    secret = set(_tokens(_recorded(ready, visible=False))) - public
    return [
        Trial(where, _told(_found(text, secret)))
        for where, text in _given(ready.exercise, results).items()
    ]


def _told(found: Sequence[str]) -> str:
    shown = ", ".join(found[:3])
    return f"it holds what only hidden checks ask or expect: {shown}" if found else ""


def _given(exercise: Exercise, results: Sequence[SubmissionResult]) -> dict[str, str]:
    names = (f"{check.name}\n{check.hint}" for check in exercise.checks)
    hints = (mistake.hint for mistake in exercise.mistakes)
    return {
        "prompt": f"{exercise.title}\n{exercise.prompt}\n{exercise.source}",
        "starter": exercise.starter,
        "hints": "\n".join((*names, *hints)),
        "feedback": "\n".join(for_student(result).model_dump_json() for result in results),
    }


def _recorded(ready: PreparedExercise, *, visible: bool) -> Recorder:
    student = student_of_program(ready.exercise.reference, ready.given)
    recorder = Recorder(student)
    checks = tuple(check for check in ready.checks if check.check.visible is visible)
    judge(PreparedExercise(ready.exercise, checks, ready.given), recorder, student.work)
    return recorder


def _tokens(recorder: Recorder) -> Iterator[str]:
    for answer in recorder.variables.values():
        yield from _texts(answer.value) if isinstance(answer, Returned) else ()
    for _, call, answer in recorder.calls:
        yield from _texts((call.args, call.kwargs))
        yield from _texts(answer.value) if isinstance(answer, Returned) else ()


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts under which a value's parts would be found."""
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


def _found(text: str, secrets: Iterable[str]) -> list[str]:
    numbers = set(_NUMBER.findall(text))
    return sorted(
        secret
        for secret in secrets
        if (secret in numbers if secret[0].isdigit() else secret in text)
    )

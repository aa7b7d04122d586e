"""Whether anything that a student is given holds a hidden input or a hidden expected value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from grader.authoring.programs import known_mistakes, right_answers
from grader.authoring.students import Recorder
from grader.authoring.trials import Trial, judge
from grader.course import Exercise, read_program, student_of_source
from grader.preparation import PreparedExercise
from grader.results import SubmissionResult, for_student
from grader.values import Returned

__all__ = ["find_leaks"]

_CALL_S = 1.0  # some mistakes loop for ever
_DIGITS = 6
_LETTERS = 12
_MOST = 20_000
_NUMBER = re.compile(r"\d+\.?\d*(?:e[+-]?\d+)?")


def find_leaks(ready: PreparedExercise, results: Sequence[SubmissionResult]) -> list[Trial]:
    """Search what students are given for what hidden checks ask and expect.

    A number counts where it has six digits or more, as drawn ones have; a text from twelve
    characters on. What a visible check asks or expects is no secret, nor is in the feedback to a
    program what that program itself answers to visible checks.
    """
    reference = ready.exercise.reference
    public = set(_tokens(_recorded(ready, reference, visible=True)))
    secret = set(_tokens(_recorded(ready, reference, visible=False))) - public
    given = [
        Trial(where, _told(_found(text, secret))) for where, text in _given(ready.exercise).items()
    ]
    programs = {**right_answers(ready.exercise), **known_mistakes(ready.exercise)}
    told = (
        Trial(f"feedback to {result.student}", _told(_found(text, secret - own)))
        for result in results
        for text in [for_student(result).model_dump_json()]
        for own in [_own_answers(ready, programs.get(result.student))]
    )
    return [*given, *told]


def _told(found: Sequence[str]) -> str:
    shown = ", ".join(found[:3])
    return f"it holds what only hidden checks ask or expect: {shown}" if found else ""


def _given(exercise: Exercise) -> dict[str, str]:
    names = (f"{check.name}\n{check.hint}" for check in exercise.checks)
    hints = (mistake.hint for mistake in exercise.mistakes)
    return {
        "prompt": f"{exercise.title}\n{exercise.prompt}\n{exercise.source}",
        "starter": exercise.starter,
        "hints": "\n".join((*names, *hints)),
    }


def _own_answers(ready: PreparedExercise, program: Path | None) -> set[str]:
    return set() if program is None else set(_tokens(_recorded(ready, program, visible=True)))


def _recorded(ready: PreparedExercise, program: Path, *, visible: bool) -> Recorder:
    student = student_of_source(read_program(program), program, ready.given, limit_s=_CALL_S)
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
    for drawing, answer in recorder.drawn:
        yield from _texts(drawing.args) if drawing is not None else ()
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

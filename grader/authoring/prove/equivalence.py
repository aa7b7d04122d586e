"""Searches for calls that distinguish a surviving mutant from the reference."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.authoring.prove.probes import calls_in
from grader.authoring.prove.trials import judge
from grader.checks.students.local import LocalStudent
from grader.checks.students.transcript import RecordedStudent, TranscriptEntry, same_call
from grader.checks.verdict_text import call_text
from grader.compare import Tolerance, compare, describe
from grader.course import student_of_program, student_of_source
from grader.grading.preparation import PreparedExercise
from grader.guest.protocol.conversions import encode_plain
from grader.guest.protocol.values import Answer, Call, Raised, Returned

_CALLS = 300
_CLOSE = Tolerance(rtol=1e-9, nan_equal=True)
_LARGEST = 5_000
_OTHER_LENGTH = 0.2


def tell_apart(ready: PreparedExercise, source: str, limit_s: float) -> str:
    """Describe how calls of a mutant and of the reference differ.

    The calls are those of the checks, and variations: numbers scaled, negated or set to 0 and 1,
    lists made shorter and longer.
    """
    reference = student_of_program(ready.exercise.reference, ready.given)
    mutant = student_of_source(source, ready.exercise.reference, ready.given, limit_s=limit_s)
    recorder = RecordedStudent(reference)
    judge(ready, recorder, reference.work)
    close = made = 0
    for name, call in _calls(recorder.transcript):
        answers = [_answer(student, name, call) for student in (reference, mutant)]
        if isinstance(answers[0], Raised) and answers[0].type_name != "ValueError":
            continue  # not a valid call
        made += 1
        if _same(*answers):
            continue
        if not _alike(*answers):
            right, changed = map(_outcome_text, answers)
            return f"differs: {call_text(name, call)} {changed}, the reference {right}"
        close += 1
    if not made:
        return "no call to compare"
    rest = f", {close} of them to within 1e-9" if close else ", bit for bit"
    return f"looks equivalent: the same answers to {made} calls{rest}"


def _answer(student: LocalStudent, name: str, call: Call) -> Answer:
    return student.call(name, [call])[0]


def _same(one: Answer, other: Answer) -> bool:
    if isinstance(one, Returned) and isinstance(other, Returned):
        alike = encode_plain(one.value).same_as(encode_plain(other.value))
        return alike and one.changed == other.changed
    if isinstance(one, Raised) and isinstance(other, Raised):
        return one.type_name == other.type_name
    return one == other


def _alike(one: Answer, other: Answer) -> bool:
    if not (isinstance(one, Returned) and isinstance(other, Returned)):
        return False
    return one.changed == other.changed and compare(other.value, one.value, _CLOSE) is None


def _outcome_text(answer: Answer) -> str:
    if isinstance(answer, Returned):
        return f"is {describe(answer.value)}"
    if isinstance(answer, Raised):
        return f"raises {answer.type_name}"
    return "gives no answer"


def _calls(transcript: Sequence[TranscriptEntry]) -> Iterator[tuple[str, Call]]:
    asked: dict[str, list[Call]] = {}
    for name, measured in calls_in(transcript):
        call = replace(measured, measured="")  # what is measured differs from call to call
        seen = asked.setdefault(name, [])
        if _size(call.args) <= _LARGEST and not any(same_call(call, other) for other in seen):
            seen.append(call)
    for name, calls in asked.items():
        yield from ((name, call) for call in calls)
        yield from ((name, call) for call in _variations(calls))


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.size
    return sum(map(_size, value)) if isinstance(value, (list, tuple)) else 1


def _variations(calls: Sequence[Call]) -> Iterator[Call]:
    rng = random.Random(0)  # noqa: S311  a choice of trials, not a secret
    for _ in range(_CALLS if calls else 0):
        call = rng.choice(calls)
        args = tuple(_varied(value, rng) if rng.random() < 0.7 else value for value in call.args)
        yield Call(args, call.kwargs)


def _varied(value: Any, rng: random.Random) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.size:
        if rng.random() < _OTHER_LENGTH:
            return value[_other_places(len(value), rng)] if value.ndim else value
        flat = _other_items(value.reshape(-1).tolist(), rng)
        return np.array(flat).reshape(value.shape)
    if isinstance(value, (list, tuple)) and value:
        if rng.random() < _OTHER_LENGTH:
            return type(value)(value[place] for place in _other_places(len(value), rng))
        return type(value)(_other_items(value, rng))
    if type(value) in (int, float):
        return _other_number(value, rng)
    return value


def _other_places(length: int, rng: random.Random) -> list[int]:
    """Return the indices for a shorter list, or for one that repeats its first item."""
    return [*range(rng.randrange(length))] if rng.random() < 0.5 else [*range(length), 0]


def _other_items(items: Sequence[Any], rng: random.Random) -> list[Any]:
    every = rng.random() < 0.3
    spot = rng.randrange(len(items))
    return [
        _varied(item, rng) if every or index == spot else item for index, item in enumerate(items)
    ]


def _other_number(value: float, rng: random.Random) -> float:
    whole = isinstance(value, int)
    others = (0, 1, -value, value + 1, value - 1, 2 * value)
    between = (value * rng.uniform(0.5, 2), value + rng.gauss(0, 1), rng.random(), 1e3 * value)
    return rng.choice(others if whole else (*others, *between))

"""Judge checks within limits of time and memory, whatever the answers are.

An author's expression is written for the reference's answers. With a student's answers it may
compute ``2 ** (10 ** 11)``, a single call of C that no signal interrupts. A check that runs an
author's code is therefore judged in this process only while all answers are harmless. At the first
other answer, it is judged again in a separate process, which has limits of processor time and
memory and asks its questions through this one.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.apart import Overspent, do_apart
from grader.checks.base import Check, Student, Verdict, failed
from grader.checks.student_work import StudentWork
from grader.checks.students.transcript import QueriedStudent, TranscriptEntry, put
from grader.guest.protocol.values import Answer, Query, Returned, Value
from grader.limits.own_alarm import OwnAlarm

_COMPARED_WITHIN_S = 60.0  # for checks that only compare; the largest answers take a few seconds
_APART_WITHIN_S = 5.0
_EVALUATED_WITHIN_S = 15.0  # a `python` check has a shorter limit of its own

_SMALL_BYTES = 1 << 16
_SMALL_ITEMS = 2000


class _NotHarmlessError(BaseException):
    """Stops judging in this process; an author's ``except Exception`` does not catch it."""


def is_harmless(answer: Answer) -> bool:
    """Return whether an author's code cannot take long for the size of an answer.

    Floats are harmless: they cannot be the exponent of an integer, a length or a range.
    """
    return not isinstance(answer, Returned) or _weight(answer.value) <= _SMALL_BYTES


def _weight(value: Value) -> float:
    """Return about how many bytes a value has; inf if code can make far more out of it."""
    kind = type(value)
    if kind is float or kind is bool or value is None or kind is complex:
        return 32
    if kind is int:
        return 32 if -1 <= value <= 1 else math.inf
    if kind is np.ndarray:
        small = value.dtype.kind not in "iu" or not value.size or abs(value).max() <= 1
        return float(value.nbytes) if small and value.nbytes <= _SMALL_BYTES else math.inf
    if kind is dict:
        return _weight(list(value)) + _weight(list(value.values()))
    if kind in (list, tuple, set):
        return math.inf if len(value) > _SMALL_ITEMS else 32 + sum(map(_weight, value))
    return float(len(value)) if kind in (str, bytes) else 32


def judge_within_bounds(
    check: Check, prepared: Any, student: Student, *, apart: bool = True
) -> Verdict:
    """Return the verdict of a check, in bounded time and memory for any answers.

    Any error of the check itself is raised. With `apart`, a separate process may be used. It is not
    needed for the answers of an author's program, nor for a bundle, which holds no code; a
    student's kernel may have threads, so that it should not be forked.
    """
    only_compares = apart and not check.evaluates  # then sleeping, as for answers, is not counted
    limit_s = _EVALUATED_WITHIN_S if check.evaluates else _COMPARED_WITHIN_S
    alarm = OwnAlarm(limit_s, asleep=not only_compares)
    heeded = _Heeded(student, alarm, heeds=apart and hasattr(os, "fork"))
    verdict: Verdict | None = None
    try:
        with alarm:
            verdict = check.judge(prepared, student if only_compares else heeded)
    except _NotHarmlessError:
        pass
    except Exception:
        if not (heeded.ended or alarm.struck):
            raise
    if heeded.ended:
        return _judge_apart(check, prepared, heeded)
    if alarm.struck or verdict is None:
        return _not_judged(check, "it takes too long")
    return verdict


def _judge_apart(check: Check, prepared: Any, heeded: _Heeded) -> Verdict:
    sent = [case for query in check.queries(prepared) for case in query.cases or ()]
    try:
        return do_apart(
            lambda student: check.judge(prepared, student),
            heeded.student,
            known=heeded.transcript,
            sent=sent,
            limit_s=_APART_WITHIN_S,
        )
    except Overspent as error:
        return _not_judged(check, str(error))


def _not_judged(check: Check, why: str) -> Verdict:
    return failed(
        f"`{check.subject}`: this check cannot be evaluated with your answers: {why}.",
        brief=f"`{check.subject}`: this check cannot be evaluated with your answers.",
    )


@dataclass(slots=True)
class _Heeded(QueriedStudent):
    """A student whose first answer that is not harmless stops the judging.

    Time spent on answers does not count against the check.
    """

    student: Student
    alarm: OwnAlarm
    heeds: bool
    ended: bool = False
    transcript: list[TranscriptEntry] = field(default_factory=list)

    @property
    def work(self) -> StudentWork:
        return self.student.work

    def ask(self, query: Query) -> Sequence[Answer]:
        if self.ended:  # an author's code caught the exception
            raise _NotHarmlessError
        with self.alarm.paused():
            answers = put(query, self.student)
        if self.heeds:
            self.transcript.append(TranscriptEntry(query, answers))
            if not all(map(is_harmless, answers)):
                self.ended = True
                raise _NotHarmlessError
        return answers

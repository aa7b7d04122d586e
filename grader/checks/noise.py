"""The slack of a reference's answers, found by asking again with other roundings.

See `grader.checks.rounding`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from grader.checks.base import CheckContext
from grader.checks.rounding import Rounding, What
from grader.checks.slack import Other, may_be_noise, slack_among
from grader.checks.students.local import LocalStudent, quiet
from grader.checks.students.transcript import TranscriptEntry
from grader.compare import Tolerance
from grader.errors import CheckError
from grader.guest.protocol.conversions import as_received
from grader.guest.protocol.values import Answer, Call, Returned, Value
from grader.limits.own_alarm import OwnAlarm

Ask = Callable[[Mapping[str, Any], Rounding, int], Answer]
"""Asks a reference's names in one draw, given by its number."""


class Noise:
    """Measures the possible rounding errors of a reference's answers.

    Parameters
    ----------
    context : CheckContext
        Holds the reference.
    tolerance : Tolerance
        Errors within it need no slack. A stated `atol` is the author's limit of how far from 0 an
        answer may be, and an `rtol` of 0 demands exact answers: no slack is larger.

    Attributes
    ----------
    most : float
        Upper limit of a slack.
    rtol : float
        Accepted relative error.
    """

    def __init__(self, context: CheckContext, tolerance: Tolerance) -> None:
        self._context = context
        self._rounding = Rounding(self._seed(0))
        stated = "atol" in tolerance.model_fields_set or not tolerance.rtol
        self.most = tolerance.atol if stated else math.inf
        self.rtol = tolerance.rtol

    @property
    def is_due(self) -> bool:
        """Whether there may be any slack."""
        return self.most > 0 and self._context.rounds > 0

    def draws(self) -> Iterator[Rounding]:
        """Yield the rounding of each draw: the same object, restarted."""
        for draw in range(self._context.rounds):
            self._rounding.begin(self._seed(draw))
            yield self._rounding

    def of_call(self, name: str, call: Call, expected: Value) -> Value:
        """Return the slack of the answer of a function of the reference; None if it needs none."""

        def ask(names: Mapping[str, Any], rounding: Rounding, draw: int) -> Answer:
            args = [rounding.input(arg, _what(draw)) for arg in call.args]
            kwargs = {key: rounding.input(arg, _what(draw)) for key, arg in call.kwargs}
            return Returned(as_received(names[name](*args, **kwargs)))

        return self._of(expected, [*call.args, *dict(call.kwargs).values()], ask)

    def of_variable(self, name: str, expected: Value) -> Value:
        """Return the slack of a variable of the reference, whose program is run again."""

        def ask(_: Mapping[str, Any], rounding: Rounding, __: int) -> Answer:
            return LocalStudent(self._run(rounding)).get(name)

        return None if self._context.rerun is None else self._of(expected, [], ask, again=False)

    def with_slack(self, entry: TranscriptEntry) -> TranscriptEntry:
        """Return an entry with the slack of the reference's answer."""
        if not isinstance(entry.expected, Returned):
            return entry
        expected = entry.expected.value
        if entry.call is None:
            return replace(entry, slack=self.of_variable(entry.name, expected))
        return replace(entry, slack=self.of_call(entry.name, entry.call, expected))

    def of(self, expected: Value, inputs: Sequence[Value], work_out: Callable[..., Value]) -> Value:
        """Return the slack of the value `expected` of an author's formula.

        `work_out` computes it from names of the reference and from `inputs`.
        """

        def ask(names: Mapping[str, Any], rounding: Rounding, draw: int) -> Answer:
            args = [rounding.input(value, _what(draw)) for value in inputs]
            return Returned(work_out(names, *args))

        return self._of(expected, inputs, ask)

    def _of(
        self, expected: Value, inputs: Sequence[Value], ask: Ask, *, again: bool = True
    ) -> Value:
        if not (self.is_due and may_be_noise(expected, inputs)):
            return None
        instrumented = self._instrumented if again else {}
        with quiet():
            found = list(self._answers(instrumented, ask))
            if not found and again:
                found = list(self._answers(self._context.reference, ask))
        return slack_among(expected, found, self.rtol, self.most) if found else None

    def _answers(self, names: Mapping[str, Any], ask: Ask) -> Iterator[Other]:
        for draw, rounding in enumerate(self.draws()):
            answer: Answer | None = None
            alarm = OwnAlarm(self._context.limit_s)
            with contextlib.suppress(Exception), alarm:  # an author's code may refuse the inputs
                answer = ask(names, rounding, draw)
            if alarm.struck:
                return
            if isinstance(answer, Returned):
                yield Other(answer.value, rounding.largest, _what(draw) == "all")

    def _seed(self, draw: int) -> int:
        return self._context.seed ^ (draw + 1) * 0x9E3779B97F4A7C15

    @cached_property
    def _instrumented(self) -> Mapping[str, Any]:
        """The names of the reference, instrumented if there is a program."""
        try:
            return self._run(self._rounding)
        except Exception:  # the instrumented program does not run
            return self._context.reference

    def _run(self, rounding: Rounding) -> Mapping[str, Any]:
        if self._context.rerun is None:
            return self._context.reference
        alarm = OwnAlarm(self._context.limit_s)
        with alarm, quiet():
            return self._context.rerun(rounding)
        raise CheckError("The reference does not end when its numbers are rounded differently.")


def _what(draw: int) -> What:
    kinds: tuple[What, ...] = ("inexact", "most", "all")
    return kinds[draw % len(kinds)]

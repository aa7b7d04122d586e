"""Possible rounding errors between the two sides of an assertion's comparisons.

``f(a) + f(-a) == 0`` may hold exactly for the reference, but only up to rounding for another right
answer. The assertion is therefore evaluated again with rounding errors in the reference's answers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.checks.base import CheckContext
from grader.checks.expressions.assertion import Assertion
from grader.checks.expressions.assertion_proxy import AssertionProxy, names_for
from grader.checks.expressions.comparison import Pair, Sides, Slacks
from grader.checks.noise import Noise
from grader.checks.rounding import Rounding
from grader.checks.slack import Other, may_be_noise, slack_among
from grader.checks.students.local import LocalStudent
from grader.checks.students.transcript import QueriedStudent, TranscriptEntry, put
from grader.compare import Tolerance
from grader.guest.protocol.values import Answer, Query, Returned, Value


@dataclass(frozen=True)
class _RoundedStudent(QueriedStudent):
    """A reference with random rounding errors in its answers."""

    context: CheckContext
    rounding: Rounding
    known: Sequence[TranscriptEntry]

    def ask(self, query: Query) -> Sequence[Answer]:
        if query.cases is None:
            return [
                self.again(entry)
                for entry in self.known
                if entry.call is None and entry.name == query.name
            ]
        answers = put(query, LocalStudent(self.context.reference, limit_s=self.context.limit_s))
        return [
            Returned(self.rounding.answer(each.value, None)) if isinstance(each, Returned) else each
            for each in answers
        ]

    def again(self, entry: TranscriptEntry) -> Returned:
        return Returned(self.rounding.answer(entry.expected_value, entry.slack))


def slacks_of(
    assertion: Assertion,
    context: CheckContext,
    tolerance: Tolerance,
    asked: Sequence[TranscriptEntry],
    drawn: Mapping[str, Value],
    sides: Sides,
) -> Slacks:
    """Return the slack of each comparison of numbers far smaller than those they come from.

    `asked` are the questions that the assertion asks the reference, with their slack; `sides` are
    the two sides of each comparison, with the reference's answers.
    """
    noise = Noise(context, tolerance)
    made_of = [each.expected_value for each in asked]
    small = {
        turn: pair for turn, pair in sides.items() if may_be_noise(_largest_side(pair), made_of)
    }
    if not (small and noise.is_due):
        return {}
    others: dict[object, list[Other]] = {turn: [] for turn in small}
    plain = [replace(each, slack=None) for each in asked]  # no answer may be replaced
    for rounding in noise.draws():
        student = _RoundedStudent(context, rounding, asked)
        answers = [student.again(each) for each in asked if each.call is not None]
        proxy = AssertionProxy(student, context.reference, plain, answers)
        with contextlib.suppress(Exception):  # the author did not write it for such inputs
            found = assertion.sides(names_for(assertion, context, proxy, drawn), tolerance)
            for turn in small.keys() & found.keys():
                others[turn].append(Other(_difference(found[turn]), rounding.largest))
    slacks = {turn: _slack_of_pair(pair, others[turn], noise) for turn, pair in small.items()}
    return {turn: slack for turn, slack in slacks.items() if slack is not None}


def _slack_of_pair(pair: Pair, others: Sequence[Other], noise: Noise) -> np.ndarray | None:
    slack = slack_among(_difference(pair), others, 0.0, noise.most)
    if slack is None:
        return None
    with np.errstate(all="ignore"):
        needed = slack > noise.rtol * _largest_side(pair)
    return np.where(needed, slack, 0.0).reshape(-1) if needed.any() else None


def _difference(pair: Pair) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(pair[0] - pair[1])


def _largest_side(pair: Pair) -> np.ndarray:
    return np.asarray(np.maximum(np.abs(pair[0]), np.abs(pair[1])))

"""What the sides of a claim's comparisons may differ by through rounding alone.

``f(a) + f(-a) == 0`` holds for the reference to the last bit, perhaps, and for a right answer to
its own last bits. So the claim is evaluated anew with the reference's answers off by theirs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.checks.base import CheckContext
from grader.checks.expressions.claim import Claim, Pair, Sides, Slacks
from grader.checks.noise import Noise
from grader.checks.rounding import Other, Rounding, may_be_noise, slack_among
from grader.checks.students.local import LocalStudent
from grader.checks.students.proxies import Asked, Questioner, names_for
from grader.compare import Tolerance
from grader.guest.protocol.values import Answer, Call, Returned, Value


def with_slack(asked: Sequence[Asked], noise: Noise) -> tuple[Asked, ...]:
    """Return what was asked, each with what the reference's answer may be off by."""
    return tuple(replace(each, slack=_slack(each, noise)) for each in asked)


def _slack(asked: Asked, noise: Noise) -> Value:
    if asked.call is None:
        return noise.of_variable(asked.name, asked.expected)
    return noise.of_call(asked.name, asked.call, asked.expected)


@dataclass(frozen=True)
class _Shaken:
    """A reference whose answers are rounded otherwise."""

    context: CheckContext
    rounding: Rounding
    asked: Sequence[Asked]

    def get(self, name: str) -> Answer:
        known = next(each for each in self.asked if each.call is None and each.name == name)
        return self.again(known)

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        answers = LocalStudent(self.context.reference, limit_s=self.context.limit_s).call(
            name, cases
        )
        return [
            Returned(self.rounding.answer(each.value, None)) if isinstance(each, Returned) else each
            for each in answers
        ]

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        raise NotImplementedError

    def again(self, asked: Asked) -> Returned:
        return Returned(self.rounding.answer(asked.expected, asked.slack))


def slacks_of(
    claim: Claim,
    context: CheckContext,
    tolerance: Tolerance,
    asked: Sequence[Asked],
    drawn: Mapping[str, Value],
    sides: Sides,
) -> Slacks:
    """Return the slack of each comparison of numbers far smaller than what they are made of.

    Parameters
    ----------
    claim : Claim
        The claim.
    context : CheckContext
        Where the reference is.
    tolerance : Tolerance
        Of the comparisons.
    asked : sequence of Asked
        The calls that the claim makes of the reference, with their slack.
    drawn : Mapping of str to Value
        Inputs.
    sides : Mapping
        What is compared, with the reference's answers.
    """
    noise = Noise(context, tolerance)
    made_of = [each.expected for each in asked]
    small = {
        turn: pair for turn, pair in sides.items() if may_be_noise(_largest_side(pair), made_of)
    }
    if not (small and noise.is_due):
        return {}
    others: dict[object, list[Other]] = {turn: [] for turn in small}
    plain = [replace(each, slack=None) for each in asked]  # nothing is to be settled
    for rounding in noise.draws():
        student = _Shaken(context, rounding, asked)
        answers = [student.again(each) for each in asked if each.call is not None]
        questioner = Questioner(student, context, plain, answers)
        with contextlib.suppress(Exception):  # an author's claim, with what it was not written for
            found = claim.sides(names_for(claim, context, questioner, drawn), tolerance)
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

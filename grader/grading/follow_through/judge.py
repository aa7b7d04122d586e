"""Paying for one slip once: failed checks are judged again with the student's earlier functions.

Where an exercise builds on another whose function the student got wrong, its own answers may be
right in all but that. So the reference is run again with the student's functions in place of the
earlier references', each a stand-in that asks the student's session, and the answers that the
student has already given are held against what that gives. Agreement earns a share of the points.

A student owns the process that answers, so the functions that are asked here must be worth it:

- They are asked in forks of the session that were asked nothing else, after everything else is
  judged; what the student answered before is not asked again.
- They are asked twice, the second time in another fork and in the opposite order, and must answer
  the same.
- They must differ from the reference's where they are asked, in an exercise that was not fully
  right, and yet give answers of its form, finite and not 0 where its are, and no fewer than half as
  many different ones. They must not hand back an argument.
- What comes of them must be of the form of the expected values, finite and not 0 where those are,
  and no fewer than half as many different ones: else the right answer would be one to guess.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

from grader.checks.base import Answering, Verdict
from grader.checks.bounds import Overspent, do_apart
from grader.course import load_program
from grader.errors import CheckError
from grader.grading.follow_through.replay import Exchange, Replay
from grader.grading.follow_through.upstream import Asked, UnsoundError, Upstream, is_sound
from grader.grading.preparation import PreparedCheck, PreparedExercise

_LIMIT_S = 5.0
Fork: TypeAlias = Callable[[str], AbstractContextManager[Answering]]
"""Opens a fork of the student's session, by the id of the exercise that it is asked for."""


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check that failed, and what the student was asked and answered in it."""

    ready: PreparedCheck
    verdict: Verdict
    exchanges: tuple[Exchange, ...]


def earned_shares(
    ready: PreparedExercise, failures: Sequence[FailedCheck], fork: Fork, right: Collection[str]
) -> dict[str, Verdict]:
    """Return the failures that are right but for an earlier slip, with their share of the points.

    Parameters
    ----------
    ready : PreparedExercise
        The exercise.
    failures : sequence of FailedCheck
        Those of its checks that failed.
    fork : callable
        Opens a fork of the student's session that was asked nothing yet, for an exercise's id.
    right : collection of str
        Ids of the exercises that the student has fully right; their functions are no excuse.

    Returns
    -------
    dict of str to Verdict
        By the name of the check.
    """
    share = ready.exercise.follow_through
    names = [name for name, exercise in ready.upstream.items() if exercise not in right]
    again = [failure for failure in failures if share and names and _may_be_right(failure)]
    if share is None or not again:
        return {}
    upstream = Upstream({name: ready.given[name] for name in names})
    try:
        with fork(ready.exercise.id) as student:
            # Our reference, with what a student answered in it, may take any time and memory.
            drop_listed_answers = partial(_drop_listed_answers, ready, again, upstream)
            found = do_apart(drop_listed_answers, student, limit_s=_LIMIT_S)
        if found is None:
            return {}
        right_now, upstream.asked = found
        passed = [each for each, is_right in zip(again, right_now, strict=True) if is_right]
        upstream.require_worth()
        if passed:
            with fork(ready.exercise.id) as student:
                upstream.require_same(student)
    except (UnsoundError, CheckError, Overspent):
        return {}
    return {each.ready.check.name: _with_share(each, share, names) for each in passed}


def _may_be_right(failure: FailedCheck) -> bool:
    verdict = failure.verdict
    return (
        not (verdict.passed or verdict.review or verdict.undecided or verdict.share)
        and failure.ready.context is not None
        and failure.ready.check.without_listed_answers() is not None
    )


def _drop_listed_answers(
    ready: PreparedExercise, failures: Sequence[FailedCheck], upstream: Upstream, student: Answering
) -> tuple[list[bool], list[Asked]] | None:
    """Tell which failures are right with the student's earlier functions, and what they were asked.

    None where these are not worth it.
    """
    try:
        given = {**ready.given, **upstream.stand_ins(student)}
        reference = load_program(ready.exercise.reference, given)
        return [_passes(each, reference) for each in failures], upstream.asked
    except UnsoundError:
        return None


def _passes(failure: FailedCheck, reference: Mapping[str, Any]) -> bool:
    """Return whether the kept answers are right by the changed reference, and that is sound."""
    check, context = failure.ready.check.without_listed_answers(), failure.ready.context
    assert check is not None
    assert context is not None
    try:
        prepared = check.prepare(replace(context, reference=reference, limit_s=_LIMIT_S, rounds=0))
        expected = failure.ready.check.expected_values(failure.ready.prepared)
        if not is_sound(check.expected_values(prepared), expected):
            return False
        return check.judge(prepared, Replay(failure.exchanges)).passed
    except Exception:  # whatever the check meets now, it met nothing like it with our reference
        return False


def _with_share(failure: FailedCheck, share: Decimal, names: Sequence[str]) -> Verdict:
    # All that could be wrong, whichever are: the functions know by now what is hidden, and could
    # say it by the choice of those that go wrong.
    listed = " and ".join(f"`{name}`" for name in names)
    answer = "answers" if len(names) == 1 else "answer"
    percent = f"{100 * share:f}".rstrip("0").rstrip(".")
    told = f"It is right for what your own {listed} {answer}: {percent} % of the points."
    verdict = failure.verdict
    return replace(
        verdict,
        share=share,
        message=f"{verdict.message} {told}",
        brief=f"{verdict.brief} {told}",
    )

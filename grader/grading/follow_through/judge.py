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

from grader.checks.apart import Overspent, do_apart
from grader.checks.base import Answering, Check, CheckContext, Verdict
from grader.checks.students.transcript import ReplayedStudent, TranscriptEntry
from grader.course import load_program
from grader.errors import CheckError
from grader.grading.follow_through.upstream import (
    UnsoundError,
    UpstreamProxy,
    is_sound,
    require_same,
    require_worth,
)
from grader.grading.judge_exercise import JudgedExercise
from grader.grading.preparation import PreparedCheck, PreparedExercise

_LIMIT_S = 5.0
OpenFork: TypeAlias = Callable[[], AbstractContextManager[Answering]]
"""Opens a fork of the student's session that was asked nothing yet."""


@dataclass(frozen=True, slots=True)
class _Retrial:
    """A failed check that is judged again, and what the student answered in it."""

    ready: PreparedCheck
    check: Check
    context: CheckContext
    verdict: Verdict
    transcript: Sequence[TranscriptEntry]


def earned_shares(
    judged: JudgedExercise, open_fork: OpenFork, right: Collection[str]
) -> dict[str, Verdict]:
    """Return the failures that are right but for an earlier slip, with their share of the points.

    Parameters
    ----------
    judged : JudgedExercise
        The exercise, and what its checks found.
    open_fork : callable
        Opens a fork of the student's session that was asked nothing yet.
    right : collection of str
        Ids of the exercises that the student has fully right; their functions are no excuse.

    Returns
    -------
    dict of str to Verdict
        By the name of the check.
    """
    ready = judged.ready
    share = ready.exercise.follow_through
    if share is None:
        return {}
    names = [name for name, exercise in ready.upstream.items() if exercise not in right]
    retrials = [*filter(None, map(partial(_retrial, judged), ready.checks))]
    if not (names and retrials):
        return {}
    try:
        with open_fork() as student:
            # Our reference, with what a student answered in it, may take any time and memory.
            found = do_apart(
                partial(_judge_again, ready, retrials, names), student, limit_s=_LIMIT_S
            )
        if found is None:
            return {}
        are_right, transcript = found
        passed = [each for each, is_right in zip(retrials, are_right, strict=True) if is_right]
        require_worth(transcript)
        if passed:
            with open_fork() as student:
                require_same(transcript, student)
    except (UnsoundError, CheckError, Overspent):
        return {}
    return {each.ready.check.name: _with_share(each.verdict, share, names) for each in passed}


def _retrial(judged: JudgedExercise, ready: PreparedCheck) -> _Retrial | None:
    """Return a failed check as it can be judged again; None where it cannot."""
    verdict = judged.outcomes.get(ready.check.name)
    transcript = judged.transcripts.get(ready.check.name)
    if not isinstance(verdict, Verdict) or transcript is None or ready.context is None:
        return None
    check = ready.check.without_listed_answers()
    if check is None or verdict.review or verdict.share:
        return None
    return _Retrial(ready, check, ready.context, verdict, transcript)


def _judge_again(
    ready: PreparedExercise, retrials: Sequence[_Retrial], names: Sequence[str], student: Answering
) -> tuple[list[bool], list[TranscriptEntry]] | None:
    """Tell which failures are right with the student's earlier functions, and what they were asked.

    None where these are not worth it.
    """
    upstream = UpstreamProxy(student, {name: ready.given[name] for name in names})
    try:
        given = {**ready.given, **{name: upstream.function(name) for name in names}}
        reference = load_program(ready.exercise.reference, given)
        return [_passes(each, reference) for each in retrials], upstream.transcript
    except UnsoundError:
        return None


def _passes(retrial: _Retrial, reference: Mapping[str, Any]) -> bool:
    """Return whether the kept answers are right by the changed reference, and that is sound."""
    check, ready = retrial.check, retrial.ready
    context = replace(retrial.context, reference=reference, limit_s=_LIMIT_S, rounds=0)
    try:
        prepared = check.prepare(context)
        expected = ready.check.expected_values(ready.prepared)
        if not is_sound(check.expected_values(prepared), expected):
            return False
        return check.judge(prepared, ReplayedStudent(retrial.transcript)).passed
    except Exception:  # whatever the check meets now, it met nothing like it with our reference
        return False


def _with_share(verdict: Verdict, share: Decimal, names: Sequence[str]) -> Verdict:
    # All that could be wrong, whichever are: the functions know by now what is hidden, and could
    # say it by the choice of those that go wrong.
    listed = " and ".join(f"`{name}`" for name in names)
    answer = "answers" if len(names) == 1 else "answer"
    percent = f"{100 * share:f}".rstrip("0").rstrip(".")
    remark = f"It is right for what your own {listed} {answer}: {percent} % of the points."
    return replace(
        verdict,
        share=share,
        message=f"{verdict.message} {remark}",
        brief=f"{verdict.brief} {remark}",
    )

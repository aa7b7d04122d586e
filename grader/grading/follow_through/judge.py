"""Judges failed checks again with the student's earlier functions, so that a slip costs once.

If an exercise builds on another whose function the student got wrong, its own answers may be right
apart from that. So the reference is run again with proxies of the student's functions, which ask
the student's session, in place of the earlier references. The student's answers are compared with
the result. Agreement earns a share of the points.

Students control the process that answers, so their functions must meet conditions:

- They are asked in fresh forks of the session, after everything else is judged; the student's
  earlier answers are not asked again.
- They are asked twice, the second time in another fork and in the opposite order, and must give the
  same answers.
- They must differ from the reference in the answers that are used, belong to an exercise that is
  not fully right, and yet give answers of the reference's form, finite and nonzero where the
  reference's are, with at least half as many distinct values. They must not return an argument.
- The results must have the form of the expected values, be finite and nonzero where these are, and
  have at least half as many distinct values: otherwise the right answer could be guessed.
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
"""Opens a fresh fork of the student's session."""


@dataclass(frozen=True, slots=True)
class _Retrial:
    """A failed check to judge again, with the student's answers."""

    ready: PreparedCheck
    check: Check
    context: CheckContext
    verdict: Verdict
    transcript: Sequence[TranscriptEntry]


def earned_shares(
    judged: JudgedExercise, open_fork: OpenFork, right: Collection[str]
) -> dict[str, Verdict]:
    """Return the failures that are right apart from an earlier slip, with their share of points.

    They are by the name of the check. Functions of the exercises `right` are no excuse, since these
    are fully right.
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
            # Our reference may take any time and memory with a student's answers in it.
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
    """Return a failed check in a form that can be judged again; None if there is none."""
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
    """Return which failures are right with the student's earlier functions, and the transcript.

    None if these functions do not meet the conditions.
    """
    upstream = UpstreamProxy(student, {name: ready.given[name] for name in names})
    try:
        given = {**ready.given, **{name: upstream.function(name) for name in names}}
        reference = load_program(ready.exercise.reference, given)
        return [_passes(each, reference) for each in retrials], upstream.transcript
    except UnsoundError:
        return None


def _passes(retrial: _Retrial, reference: Mapping[str, Any]) -> bool:
    """Return whether the answers are right by the changed reference, and its results are sound."""
    check, ready = retrial.check, retrial.ready
    context = replace(retrial.context, reference=reference, limit_s=_LIMIT_S, rounds=0)
    try:
        prepared = check.prepare(context)
        expected = ready.check.expected_values(ready.prepared)
        if not is_sound(check.expected_values(prepared), expected):
            return False
        return check.judge(prepared, ReplayedStudent(retrial.transcript)).passed
    except Exception:  # the changed reference may make the check raise anything
        return False


def _with_share(verdict: Verdict, share: Decimal, names: Sequence[str]) -> Verdict:
    # Names all functions that may be wrong: by now the functions know hidden inputs, and could
    # reveal them by which ones go wrong.
    listed = " and ".join(f"`{name}`" for name in names)
    percent = f"{100 * share:f}".rstrip("0").rstrip(".")
    remark = f"It is right given the answers of your own {listed}: {percent} % of the points."
    return replace(
        verdict,
        share=share,
        message=f"{verdict.message} {remark}",
        brief=f"{verdict.brief} {remark}",
    )

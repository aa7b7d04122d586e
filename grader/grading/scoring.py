"""Turns verdicts into results: the points, and what the student may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.checks.base import Check, Verdict
from grader.course import Exercise
from grader.course.yaml_keys import Explain
from grader.grading.preparation import PreparedCheck
from grader.results import CheckResult, CheckStatus, ExerciseResult, ExerciseStatus


@dataclass(frozen=True, slots=True)
class Crash:
    """An exception while judging, although the reference passes: an error of ours or the author."""

    message: str


def check_result(
    ready: PreparedCheck,
    outcome: Verdict | Crash | None,
    mistake: str | None,
    exercise: Exercise,
) -> CheckResult:
    """Return the result of one check; `outcome` is None if the check itself is broken."""
    hints = {known.id: known.hint for known in exercise.mistakes}
    bare = _unexplained(ready, outcome, mistake, hints)
    return _explained(bare, ready.check.explanation, exercise.explain)


def _unexplained(
    ready: PreparedCheck,
    outcome: Verdict | Crash | None,
    mistake: str | None,
    hints: Mapping[str, str],
) -> CheckResult:
    check = ready.check
    if outcome is None:
        return _result(check, "error", check.points, str(ready.fault))
    if isinstance(outcome, Crash):
        # No points, or students could earn some by making us crash. A person decides.
        return _result(check, "error", Decimal(0), outcome.message)
    if outcome.passed:
        return _result(check, "pass", check.points)
    if outcome.undecided:
        return _result(check, "answered", Decimal(0), outcome.message)
    if outcome.review:
        return _result(check, "skipped", Decimal(0), outcome.message).model_copy(
            update={"brief": outcome.brief, "review": outcome.review}
        )
    own = outcome.hint or (check.hint if outcome.understood else "")
    own = "" if outcome.hint is None else own
    hint = own if mistake is None else hints[mistake]
    return _result(check, "fail", check.points * outcome.share, outcome.message).model_copy(
        update={
            "brief": outcome.brief,
            "hint": hint,
            "mistake": mistake,
            "understood": outcome.understood,
        }
    )


def _explained(result: CheckResult, explanation: str, explain: Explain) -> CheckResult:
    """Return the result with the explanation if the student may see it.

    Only a gradebook knows which attempt is the last.
    """
    right, wrong = result.status == "pass", result.status == "fail" and result.understood
    if explanation and ((right and explain != "never") or (wrong and explain == "always")):
        return result.model_copy(update={"explanation": explanation})
    return result


def _result(check: Check, status: CheckStatus, points: Decimal, message: str = "") -> CheckResult:
    return CheckResult(
        name=check.name,
        kind=check.kind,
        status=status,
        points=points,
        max_points=check.points,
        visible=check.visible,
        message=message,
    )


def exercise_result(
    exercise: Exercise, checks: tuple[CheckResult, ...], *, attempted: bool
) -> ExerciseResult:
    """Return the result of an exercise; `attempted` is whether the student answered."""
    # An answer that is judged later loses no points now.
    judged = [check for check in checks if check.status != "answered"]
    score = sum((check.points for check in checks), Decimal(0))
    return ExerciseResult(
        id=exercise.id,
        title=exercise.title,
        score=score,
        max_score=sum((check.max_points for check in judged), Decimal(0)),
        status=_status(checks, score, attempted=attempted),
        spends_attempt=attempted and any(map(_is_judged, checks)),
        checks=checks,
    )


def _is_judged(check: CheckResult) -> bool:
    """Return whether a check judged an answer, right or wrong."""
    return check.status == "pass" or (check.status == "fail" and check.understood)


def _status(checks: Sequence[CheckResult], score: Decimal, *, attempted: bool) -> ExerciseStatus:
    if any(check.status == "error" for check in checks):
        return "error"
    if any(check.review for check in checks):
        return "needs_review"
    if all(check.status == "pass" for check in checks):
        return "passed"
    if all(check.status in ("pass", "answered") for check in checks):
        return "answered"
    if not attempted:
        return "not_attempted"
    return "partial" if score else "failed"

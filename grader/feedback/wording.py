"""The words of feedback, whatever shows them: a terminal, or a page in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, TypeAlias

from grader.results import (
    NOT_ATTEMPTED,
    CheckResult,
    CheckStatus,
    ExerciseResult,
    ExerciseStatus,
    points_text,
)
from grader.text import safe_text

LineKind: TypeAlias = Literal["message", "mistake", "hint", "explanation", "broken"]

MARKS: Mapping[CheckStatus, str] = MappingProxyType(
    {"pass": "ok", "fail": "FAIL", "error": "ERR", "skipped": "skip", "answered": "--"}
)
EXERCISE_MARKS: Mapping[ExerciseStatus, str] = MappingProxyType(
    {
        "passed": "ok",
        "partial": "part",
        "failed": "FAIL",
        "needs_review": "open",
        "error": "ERR",
        "not_attempted": "--",
    }
)
_STATUS_WORDS = {
    "needs_review": "awaiting manual grading",
    "error": "the grader had a problem here; it is not your fault",
}


def count_text(count: int, noun: str) -> str:
    """Return a number of things.

    >>> count_text(1, "student"), count_text(2, "student")
    ('1 student', '2 students')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def earned_text(earned: Decimal, most: Decimal) -> str:
    """Return points beside what could be had; nothing where nothing could.

    >>> earned_text(Decimal("2.5"), Decimal(4))
    '2.5 / 4'
    """
    return "" if not most else f"{points_text(earned)} / {points_text(most)}"


def check_points_text(check: CheckResult) -> str:
    """Return what stands beside a check's name: points, or that they are yet to be given."""
    if check.status == "answered":
        return "answered"
    return earned_text(check.points, check.max_points)


def status_text(exercise: ExerciseResult) -> str:
    """Return what there is to say of an exercise beside its points; often nothing."""
    if exercise.status == "not_attempted":
        why = _why_not_attempted(exercise)
        return f"no answer found: {why}" if why else "not attempted yet"
    return _STATUS_WORDS.get(exercise.status, "")


def _why_not_attempted(exercise: ExerciseResult) -> str:
    """Return why an answer was not found; empty where there is no sign of one."""
    messages = (check.seen_by_student for check in exercise.checks if check.status == "fail")
    return " ".join(text for text in dict.fromkeys(messages) if text != NOT_ATTEMPTED)


def without_untouched(
    exercises: Sequence[ExerciseResult],
) -> tuple[Sequence[ExerciseResult], str]:
    """Return the exercises that there is something to say of, and one line about the others.

    The line is empty where all are returned, as a single exercise always is. What has no checks
    here is not counted.
    """
    left = [each for each in exercises if not is_untouched(each)]
    count, most = len(exercises) - len(left), sum(bool(each.checks) for each in exercises)
    if most == 1 or not count:
        return exercises, ""
    names = (each.title for each in exercises if is_untouched(each))
    which = f" Not yet: {safe_text(', '.join(names), limit=500)}." if left else ""
    return left, f"{most - count} of {most} exercises attempted.{which}"


def is_untouched(exercise: ExerciseResult) -> bool:
    """Tell whether there is no sign of an answer."""
    return exercise.status == "not_attempted" and not _why_not_attempted(exercise)


def check_lines(
    check: CheckResult, titles: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[LineKind, str]]:
    """Yield what a student reads below a check's name; texts may have several lines.

    Parameters
    ----------
    check : CheckResult
        What was found.
    titles : Mapping of str to str
        What people read of each known mistake, by its id; the id with spaces where it has none.
    """
    if check.status == "error":
        yield "broken", "This check is broken. Please tell your instructor."
        return
    if check.seen_by_student:
        yield "message", check.seen_by_student
    yield from advice_lines(check, titles)


def advice_lines(check: CheckResult, titles: Mapping[str, str]) -> Iterator[tuple[LineKind, str]]:
    """Yield what helps with a lost point: the known mistake, the hint, the explanation."""
    if check.mistake:
        title = titles.get(check.mistake) or check.mistake.replace("_", " ")
        yield "mistake", f"It looks like: {title}"
    if check.hint:
        yield "hint", f"Hint: {check.hint}"
    if check.explanation:
        yield "explanation", f"Why: {check.explanation}"


def later_text(points: Decimal, names: Sequence[str] = ()) -> str:
    """Say what is only decided when the work is graded; empty where there is nothing.

    >>> later_text(Decimal(6), ["A pair that proves it"])
    '6 more points are decided when it is graded, among them: A pair that proves it.'
    """
    if not points:
        return ""
    more = "1 more point is" if points == 1 else f"{points_text(points)} more points are"
    among = f", among them: {safe_text(', '.join(names), limit=500)}" if names else ""
    return f"{more} decided when it is graded{among}."


def answered_points(exercise: ExerciseResult) -> Decimal:
    """Return what the answers are worth that are only judged when the work is graded."""
    open_ = (check.max_points for check in exercise.checks if check.status == "answered")
    return sum(open_, Decimal(0))

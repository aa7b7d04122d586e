"""Texts of feedback that a terminal and a notebook page share."""

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
    """Return a count with its noun.

    >>> count_text(1, "student"), count_text(2, "student")
    ('1 student', '2 students')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def earned_text(earned: Decimal, most: Decimal) -> str:
    """Return earned and possible points; empty if no points are possible.

    >>> earned_text(Decimal("2.5"), Decimal(4))
    '2.5 / 4'
    """
    return "" if not most else f"{points_text(earned)} / {points_text(most)}"


def check_points_text(check: CheckResult) -> str:
    """Return the points of a check, or that it is answered and not judged yet."""
    if check.status == "answered":
        return "answered"
    return earned_text(check.points, check.max_points)


def status_text(exercise: ExerciseResult) -> str:
    """Return a remark on an exercise in addition to its points; often empty."""
    if exercise.status == "not_attempted":
        why = _why_not_attempted(exercise)
        return f"no answer found: {why}" if why else "not attempted yet"
    return _STATUS_WORDS.get(exercise.status, "")


def _why_not_attempted(exercise: ExerciseResult) -> str:
    """Return why an answer was not found; empty if there is no sign of one."""
    messages = (check.seen_by_student for check in exercise.checks if check.status == "fail")
    return " ".join(text for text in dict.fromkeys(messages) if text != NOT_ATTEMPTED)


def without_untouched(exercises: Sequence[ExerciseResult]) -> tuple[Sequence[ExerciseResult], str]:
    """Return the exercises with an answer, and one line about the others.

    The line is empty if all are returned, as a single exercise always is. Exercises without checks
    are not counted.
    """
    left = [each for each in exercises if not is_untouched(each)]
    count, most = len(exercises) - len(left), sum(bool(each.checks) for each in exercises)
    if most == 1 or not count:
        return exercises, ""
    names = (each.title for each in exercises if is_untouched(each))
    which = f" Not yet: {safe_text(', '.join(names), limit=500)}." if left else ""
    return left, f"{most - count} of {most} exercises attempted.{which}"


def is_untouched(exercise: ExerciseResult) -> bool:
    """Return whether there is no sign of an answer."""
    return exercise.status == "not_attempted" and not _why_not_attempted(exercise)


def check_lines(
    check: CheckResult, titles: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[LineKind, str]]:
    """Yield the texts below a check's name; each may have several lines.

    `titles` has the displayed text of known mistakes by id; others show the id with spaces.
    """
    if check.status == "error":
        yield "broken", "This check is broken. Please tell your instructor."
        return
    if check.seen_by_student:
        yield "message", check.seen_by_student
    yield from advice_lines(check, titles)


def advice_lines(check: CheckResult, titles: Mapping[str, str]) -> Iterator[tuple[LineKind, str]]:
    """Yield the advice on a lost point: the known mistake, the hint, the explanation."""
    if check.mistake:
        title = titles.get(check.mistake) or check.mistake.replace("_", " ")
        yield "mistake", f"It looks like: {title}"
    if check.hint:
        yield "hint", f"Hint: {check.hint}"
    if check.explanation:
        yield "explanation", f"Why: {check.explanation}"


def later_text(points: Decimal, names: Sequence[str] = ()) -> str:
    """Return a sentence about points that only grading decides; empty if there are none.

    >>> later_text(Decimal(6), ["A pair that proves it"])
    '6 more points are decided when it is graded, among them: A pair that proves it.'
    """
    if not points:
        return ""
    more = "1 more point is" if points == 1 else f"{points_text(points)} more points are"
    among = f", among them: {safe_text(', '.join(names), limit=500)}" if names else ""
    return f"{more} decided when it is graded{among}."


def answered_points(exercise: ExerciseResult) -> Decimal:
    """Return the points of the answers that only grading judges."""
    open_ = (check.max_points for check in exercise.checks if check.status == "answered")
    return sum(open_, Decimal(0))

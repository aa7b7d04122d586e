"""Feedback for a student on a terminal, readable without colour too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from grader.feedback.wording import (
    MARKS,
    LineKind,
    check_lines,
    check_points_text,
    earned_text,
    status_text,
    without_untouched,
)
from grader.results import CheckResult, ExerciseResult, SubmissionResult, points_text
from grader.text import safe_text

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = {"pass": "green", "fail": "red", "error": "magenta", "skipped": "dim", "answered": "blue"}
_LINE_STYLES: dict[LineKind, str] = {
    "message": "default",
    "mistake": "yellow",
    "hint": "cyan",
    "explanation": "default",
    "broken": "magenta",
}
_INDENT = " " * 7
_NONE: Mapping[str, Any] = MappingProxyType({})


def submission_text(
    result: SubmissionResult, *, width: int = 100, titles: Mapping[str, Mapping[str, str]] = _NONE
) -> Text:
    """Return the visible feedback on a submission: the checks, lost points and reasons.

    It has `width` columns; `titles` has the displayed text of each known mistake, by the ids of its
    exercise and of itself.
    """
    page = _empty_page()
    for failure in result.cells:
        error = safe_text(failure.error, limit=1000)
        page.append(f"{error[:1].upper()}{error[1:]}\n", "yellow")
    for remark in result.remarks:
        page.append(f"Note: {safe_text(remark, limit=400)}\n", "yellow")
    if result.reason:
        page.append(f"{safe_text(result.reason, limit=1000)}\n", "yellow")
    if len(page):
        page.append("\n")
    attempted, others = without_untouched(result.exercises)
    for exercise in attempted:
        page.append_text(exercise_text(exercise, width, titles.get(exercise.id, _NONE)))
        page.append("\n")
    if others:
        page.append("\n".join(wrap(others, width)) + "\n\n", "dim")
    total = f"Total: {points_text(result.score)} of {points_text(result.max_score)} points"
    return page.append(total, "bold")


def _empty_page() -> Text:
    from rich.text import Text  # here, since much that imports this shows nothing on a terminal

    return Text()


def exercise_text(
    exercise: ExerciseResult, width: int = 100, titles: Mapping[str, str] = _NONE
) -> Text:
    """Return the feedback on an exercise in `width` columns, with `titles` of its mistakes."""
    points = earned_text(exercise.score, exercise.max_score)
    page = _empty_page()
    title = safe_text(f"{exercise.title} ({exercise.id})")
    page.append(_justified(title, points, width) + "\n", "bold")
    if status_text(exercise):
        for line in folded(status_text(exercise), width, "  "):
            page.append(line + "\n", "dim")
    if exercise.status == "not_attempted":
        return page
    for check in exercise.checks:
        page.append_text(_check(check, width, titles))
    return page


def _check(check: CheckResult, width: int, titles: Mapping[str, str]) -> Text:
    points = check_points_text(check)
    head = _justified(f"  {MARKS[check.status]:<4} {safe_text(check.name)}", points, width)
    page = _empty_page().append(head + "\n", _STYLES[check.status])
    for kind, text in check_lines(check, titles):
        for line in folded(text, width):
            page.append(line + "\n", _LINE_STYLES[kind])
    return page


def folded(text: str, width: int, margin: str = _INDENT) -> Iterator[str]:
    """Yield the lines of a text, folded to a width; blank lines stay."""
    for line in text.splitlines():
        safe = safe_text(line, limit=2000)
        # A line that draws something (a caret under a formula) keeps its own indent.
        indent = margin + " " * (len(safe) - len(safe.lstrip()))
        yield from wrap(safe.lstrip(), width, initial_indent=indent, subsequent_indent=indent) or [
            ""
        ]


def _justified(left: str, right: str, width: int) -> str:
    return f"{left:<{width - len(right) - 1}} {right}".rstrip()

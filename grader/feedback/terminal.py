"""A student's feedback on a terminal; it reads the same without colour."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from textwrap import wrap

from rich.text import Text

from grader.results import CellFailure, CheckResult, ExerciseResult, SubmissionResult
from grader.text import safe_text

__all__ = ["points_text", "submission_text"]

_MARKS = {"pass": "ok  ", "fail": "FAIL", "error": "ERR ", "skipped": "skip"}
_STYLES = {"pass": "green", "fail": "red", "error": "magenta", "skipped": "dim"}
_INDENT = " " * 7

_CELL_WORDS = {
    "timed_out": "was stopped, it ran too long",
    "skipped": "was not run",
}
_STATUS_WORDS = {
    "not_attempted": "not attempted yet",
    "error": "the grader had a problem here; it is not your fault",
}


def submission_text(result: SubmissionResult, *, width: int = 100) -> Text:
    """Say what passed and what did not, where each point was lost and why.

    Parameters
    ----------
    result : SubmissionResult
        What was found; what the student must not see is left out.
    width : int
        Columns to fill.
    """
    page = Text()
    for failure in result.cells:
        page.append(f"{_cell(failure)}\n", "yellow")
    for remark in result.remarks:
        page.append(f"Note: {safe_text(remark, limit=400)}\n", "yellow")
    if result.reason:
        page.append(f"{safe_text(result.reason, limit=1000)}\n", "yellow")
    if len(page):
        page.append("\n")
    for exercise in result.exercises:
        page.append_text(_exercise(exercise, width))
        page.append("\n")
    total = f"Total: {points_text(result.score)} of {points_text(result.max_score)} points"
    return page.append(total, "bold")


def _cell(failure: CellFailure) -> str:
    words, error = _CELL_WORDS.get(failure.status), safe_text(failure.error, limit=400).strip()
    told = (
        error if words is None else f"{words} {error}" if error[:1] == "(" else f"{words}: {error}"
    )
    return f"Cell {failure.index + 1}: {told}"


def _exercise(exercise: ExerciseResult, width: int) -> Text:
    points = f"{points_text(exercise.score)} / {points_text(exercise.max_score)}"
    page = Text()
    page.append(_justified(f"{exercise.title} ({exercise.id})", points, width) + "\n", "bold")
    if exercise.status in _STATUS_WORDS:
        page.append(f"  {_STATUS_WORDS[exercise.status]}\n", "dim")
    if exercise.status == "not_attempted":
        return page
    for check in exercise.checks:
        page.append_text(_check(check, width))
    return page


def _check(check: CheckResult, width: int) -> Text:
    points = f"{points_text(check.points)} / {points_text(check.max_points)}"
    line = _justified(f"  {_MARKS[check.status]} {check.name}", points, width)
    page = Text(line + "\n", _STYLES[check.status])
    if check.status == "pass":
        return page
    if check.status == "error":
        return page.append(f"{_INDENT}This check is broken. Tell your instructor.\n", "magenta")
    for line in _folded(check.seen_by_student, width):
        page.append(line + "\n", "default")
    if check.mistake:
        page.append(f"{_INDENT}It looks like: {check.mistake.replace('_', ' ')}\n", "yellow")
    for line in _folded(check.hint and f"Hint: {check.hint}", width):
        page.append(line + "\n", "cyan")
    return page


def _folded(text: str, width: int) -> Iterator[str]:
    for line in text.splitlines():
        safe = safe_text(line, limit=2000)
        # A line that draws something (a caret under a formula) keeps its own indent.
        indent = _INDENT + " " * (len(safe) - len(safe.lstrip()))
        yield from wrap(safe.lstrip(), width, initial_indent=indent, subsequent_indent=indent) or [
            ""
        ]


def _justified(left: str, right: str, width: int) -> str:
    return f"{left:<{width - len(right) - 1}} {right}"


def points_text(points: Decimal) -> str:
    """Return points without needless zeros.

    >>> points_text(Decimal("2.50")), points_text(Decimal("10"))
    ('2.5', '10')
    """
    text = f"{points:.2f}"
    return text.rstrip("0").rstrip(".")

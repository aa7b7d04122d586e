"""Feedback for a student as HTML, for the output of a notebook cell.

It contains no script and no style sheet. Text and background are those of the page, dark or light;
colour marks only the edges, and words repeat everything that it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from types import MappingProxyType

from grader.feedback.wording import (
    MARKS,
    LineKind,
    check_lines,
    check_points_text,
    earned_text,
    status_text,
)
from grader.results import CheckResult, CheckStatus, ExerciseResult
from grader.text import safe_text

# Each has a contrast of at least 3 with white and with #111111, JupyterLab's two backgrounds.
_COLOURS: dict[CheckStatus, str] = {
    "pass": "#2e8b57",
    "fail": "#d9534f",
    "error": "#b05ccc",
    "skipped": "#808080",
    "answered": "#4a86c5",
}
_CODE = "font-family: monospace; white-space: pre-wrap; overflow-wrap: anywhere"
_NONE: Mapping[str, str] = MappingProxyType({})
_LINE_STYLES: dict[LineKind, str] = {
    "message": _CODE,
    "mistake": "",
    "hint": "font-style: italic",
    "explanation": "",
    "broken": "",
}


def page_html(parts: Iterable[str]) -> str:
    """Return parts as one element, in which formulas of a student's text stay text."""
    return (
        '<div class="grader-result tex2jax_ignore mathjax_ignore" style="max-width: 52em">'
        f"{''.join(parts)}</div>"
    )


def exercise_html(exercise: ExerciseResult, titles: Mapping[str, str] = _NONE) -> str:
    """Return the feedback on an exercise: the checks, lost points and reasons.

    `titles` has the displayed text of each of its known mistakes, by the mistake's id.
    """
    title = _escaped(f"{exercise.title} ({exercise.id})")
    head = _row(f"<b>{title}</b>", earned_text(exercise.score, exercise.max_score))
    status = status_text(exercise)
    checks = exercise.checks if exercise.status != "not_attempted" else ()
    parts = [head, note_html(status) if status else "", *(_check(each, titles) for each in checks)]
    return "".join(parts)


def note_html(text: str) -> str:
    """Return a line about the whole exercise."""
    return f'<div style="opacity: 0.8">{_escaped(text)}</div>'


def _check(check: CheckResult, titles: Mapping[str, str]) -> str:
    mark = f'<b style="display: inline-block; min-width: 3em">{MARKS[check.status]}</b>'
    head = _row(f"{mark} {_escaped(check.name)}", check_points_text(check))
    lines = "".join(
        f'<div style="margin-left: 3em; {_LINE_STYLES[kind]}">'
        f"{'<br>'.join(map(_escaped, text.splitlines()))}</div>"
        for kind, text in check_lines(check, titles)
    )
    edge = f"border-left: 4px solid {_COLOURS[check.status]}"
    return f'<div style="{edge}; padding: 0.1em 0 0.1em 0.6em; margin: 0.3em 0">{head}{lines}</div>'


def _row(left: str, right: str) -> str:
    style = "display: flex; justify-content: space-between; gap: 1em"
    return f'<div style="{style}"><span>{left}</span> <span>{_escaped(right)}</span></div>'


def _escaped(line: str) -> str:
    return escape(safe_text(line, limit=2000))

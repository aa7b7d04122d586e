"""A student's feedback as HTML, for the output of a notebook's cell.

It carries no script and no style sheet. Text and ground are those of the page around it, dark or
light; colour marks only the edges, and everything is said in words too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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

# Each has a contrast of 3 and more with white and with #111111, JupyterLab's two grounds.
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
    """Return parts as one piece; formulas in a student's text stay text."""
    return (
        '<div class="grader-result tex2jax_ignore mathjax_ignore" style="max-width: 52em">'
        f"{''.join(parts)}</div>"
    )


def exercise_html(exercise: ExerciseResult, titles: Mapping[str, str] = _NONE) -> str:
    """Return what passed and what did not, where each point was lost and why.

    Parameters
    ----------
    exercise : ExerciseResult
        What was found.
    titles : Mapping of str to str
        What people read of each of its known mistakes, by the mistake's id.
    """
    return "".join(_exercise_parts(exercise, titles))


def _exercise_parts(exercise: ExerciseResult, titles: Mapping[str, str]) -> Iterator[str]:
    title = f"{exercise.title} ({exercise.id})"
    yield _row(f"<b>{_escaped(title)}</b>", earned_text(exercise.score, exercise.max_score))
    if status_text(exercise):
        yield note_html(status_text(exercise))
    if exercise.status != "not_attempted":
        yield from (_check(check, titles) for check in exercise.checks)


def note_html(text: str) -> str:
    """Return one line about the whole."""
    return f'<div style="opacity: 0.8">{_escaped(text)}</div>'


def _check(check: CheckResult, titles: Mapping[str, str]) -> str:
    mark = f'<b style="display: inline-block; min-width: 3em">{MARKS[check.status]}</b>'
    head = _row(f"{mark} {_escaped(check.name)}", check_points_text(check))
    lines = "".join(
        f'<div style="margin-left: 3em; {_LINE_STYLES[kind]}">{_lines(text)}</div>'
        for kind, text in check_lines(check, titles)
    )
    edge = f"border-left: 4px solid {_COLOURS[check.status]}"
    return f'<div style="{edge}; padding: 0.1em 0 0.1em 0.6em; margin: 0.3em 0">{head}{lines}</div>'


def _row(left: str, right: str) -> str:
    style = "display: flex; justify-content: space-between; gap: 1em"
    return f'<div style="{style}"><span>{left}</span> <span>{_escaped(right)}</span></div>'


def _lines(text: str) -> str:
    return "<br>".join(_escaped(line) for line in text.splitlines())


def _escaped(line: str) -> str:
    return escape(safe_text(line, limit=2000))

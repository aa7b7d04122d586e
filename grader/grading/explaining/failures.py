"""Describes the cells that did not end well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from grader.grading.explaining.bindings import bindings_of
from grader.grading.explaining.cells import ENDS, NotebookCells
from grader.grading.explaining.python_hints import python_hint
from grader.notebook import Cell
from grader.results import CellFailure
from grader.sandbox.outcome import CellOutcome
from grader.text import safe_text

_UNDEFINED = re.compile(r"name '(\w{1,60})' is not defined")


def failures_of(notebook: NotebookCells, advice: Mapping[int, str]) -> Iterator[CellFailure]:
    """Yield the cells that did not end well; `advice` is by their places among the code cells."""
    for place, cell in enumerate(notebook.code):
        outcome = notebook.outcome(cell)
        if outcome is None:
            continue
        why = safe_text(notebook.why_stopped(cell, outcome), 600)
        joint = " " if outcome.status in ENDS else ": "
        hint = advice.get(place) or _hint(notebook, cell, outcome)
        after = f". {hint}" if hint else ""
        yield CellFailure(
            number=cell.index + 1,
            status=outcome.status,
            error=f"{notebook.label(cell)}{joint}{why}{after}",
        )


def _hint(notebook: NotebookCells, cell: Cell, outcome: CellOutcome) -> str:
    """Return what to do about a cell that raised; often an empty text."""
    if outcome.status != "raised":
        return ""
    found = _UNDEFINED.match(outcome.error_message) if outcome.error_type == "NameError" else None
    later = bindings_of(notebook, found[1]) if found else []
    below = [one.cell for one in later if one.cell.index > cell.index]
    if found and below:
        return (
            f"`{found[1]}` is defined further down, in {notebook.label(below[0])}: your notebook "
            "is run from top to bottom."
        )
    return python_hint(outcome.error_type, outcome.error_message)

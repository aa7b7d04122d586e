"""A student's cells for an exercise, copied out of reach of the student's code.

The source is that of the submitted file; the output was recorded, up to a cap, while the cells ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCell:
    """A cell with its output."""

    index: int
    """Index among all cells of the notebook, from 0."""
    kind: Literal["code", "markdown"]
    """``code`` or ``markdown``."""
    source: str
    """Its source."""
    printed: str = ""
    """What it printed, without displayed values."""
    displayed: str = ""
    """What its last expression and `display` showed, as text."""


@dataclass(frozen=True, slots=True)
class StudentWork:
    """The cells that a student wrote for one exercise."""

    cells: tuple[WorkCell, ...] = ()
    """In the order of the notebook, without the prompt and an unchanged starter."""
    notebook: tuple[WorkCell, ...] = ()
    """All cells of the notebook, since any may hold an import or a function that `cells` use."""

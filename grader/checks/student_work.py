"""A student's cells for an exercise, copied out of reach of the student's code.

The source is that of the submitted file; the output was recorded, up to a cap, while the cells ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCell:
    """A cell with its output.

    Attributes
    ----------
    index : int
        Index among all cells of the notebook, from 0.
    kind : str
        ``code`` or ``markdown``.
    source : str
        Its source.
    printed : str
        What it printed, without displayed values.
    displayed : str
        What its last expression and `display` showed, as text.
    """

    index: int
    kind: Literal["code", "markdown"]
    source: str
    printed: str = ""
    displayed: str = ""


@dataclass(frozen=True, slots=True)
class StudentWork:
    """The cells that a student wrote for one exercise.

    Attributes
    ----------
    cells : tuple of WorkCell
        In the order of the notebook, without the prompt and an unchanged starter.
    notebook : tuple of WorkCell
        All cells of the notebook, since any may hold an import or a function that `cells` use.
    """

    cells: tuple[WorkCell, ...] = ()
    notebook: tuple[WorkCell, ...] = ()

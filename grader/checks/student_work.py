"""What a student wrote for an exercise, as copies that no code of the student's can reach.

Sources come from the file that was handed in; what was printed and displayed was kept, up to a cap,
while the cells ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCell:
    """One cell.

    Attributes
    ----------
    index : int
        Its place among all cells of the notebook, counted from 0.
    kind : str
        ``code`` or ``markdown``.
    source : str
        Its text.
    printed : str
        What it printed, of which its last expression and what it gave to `display` are no part.
    displayed : str
        The text of what it displayed.
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
        In the order of the notebook, without what is as the exercise gave it: its prompt and an
        untouched starter.
    notebook : tuple of WorkCell
        All cells: an import or a function that `cells` use may stand in any of them.
    """

    cells: tuple[WorkCell, ...] = ()
    notebook: tuple[WorkCell, ...] = ()

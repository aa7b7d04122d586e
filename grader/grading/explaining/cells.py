"""The cells of a notebook and their lines, as messages name them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from grader.checks.cell_code import CellCode
from grader.grading.explaining.syntax_errors import SYNTAX_ERRORS, syntax_fault_of, syntax_words
from grader.guest.protocol.values import Raised
from grader.notebook import Cell
from grader.sandbox.outcome import CellOutcome
from grader.text import cell_label, first_words, line_text

_LINE = re.compile(r"line (\d{1,6})\)$")


@dataclass(frozen=True)
class NotebookCells:
    """The cells of a notebook, with the outcomes of those that ran.

    Parameters
    ----------
    cells : sequence of Cell
        In the order of the notebook.
    outcomes : Mapping of int to CellOutcome
        By the index of the cell; a cell that is missing ended well.
    numbered : bool
        Whether cells are named by their numbers. In a kernel these are unknown, and the cells are
        those that ran, in that order.
    read : callable
        Parses a cell's code, each cell once.
    found : dict of str to list
        Cache of the bindings of each name; see `bindings_of`.
    """

    cells: Sequence[Cell]
    outcomes: Mapping[int, CellOutcome] = field(default_factory=dict)
    numbered: bool = True
    read: Callable[[str], CellCode] = field(default_factory=lambda: cache(CellCode.read))
    found: dict[str, Any] = field(default_factory=dict)
    _labels: dict[int, str] = field(default_factory=dict)
    _places: dict[tuple[int, int], str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        cells: Sequence[Cell],
        outcomes: Sequence[CellOutcome],
        read: Callable[[str], CellCode] | None = None,
    ) -> NotebookCells:
        """Combine the cells of a notebook with the outcomes of its code cells, in order."""
        code = (cell for cell in cells if cell.kind == "code")
        ended = {cell.index: one for cell, one in zip(code, outcomes, strict=False)}
        return cls(cells, ended, read=read or cache(CellCode.read))

    @cached_property
    def code(self) -> tuple[Cell, ...]:
        """The cells that are run."""
        return tuple(cell for cell in self.cells if cell.kind == "code")

    def label(self, cell: Cell) -> str:
        """Return the name of a cell for messages."""
        if self.numbered:
            if cell.index not in self._labels:
                self._labels[cell.index] = cell_label(cell.index + 1, cell.source)
            return self._labels[cell.index]
        return f"the cell {first_words(cell.source) or 'without code'}"

    def listed(self, cells: Collection[Cell]) -> str:
        """List the numbers of several cells, as in a sentence."""
        numbers = [str(cell.index + 1) for cell in cells]
        return f"cells {', '.join(numbers[:-1])} and {numbers[-1]}"

    def mentioning(self, name: str) -> Iterator[Cell]:
        """Yield the code cells whose text contains a name."""
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        return (cell for cell in self.code if name in cell.source and word.search(cell.source))

    def tree(self, cell: Cell) -> ast.Module:
        """Parse a cell's code, keeping its line numbers; an empty module if it is not Python."""
        return self.read(cell.source).tree

    def outcome(self, cell: Cell) -> CellOutcome | None:
        """Return the outcome of a cell; None if it ended well."""
        outcome = self.outcomes.get(cell.index) if self.numbered else self._syntax_outcome(cell)
        return None if outcome is None or outcome.status == "ok" else outcome

    def _syntax_outcome(self, cell: Cell) -> CellOutcome | None:
        """Return the outcome of a cell with a syntax error, the only outcome known in a kernel."""
        if self.tree(cell).body or not cell.source.strip():
            return None
        fault = syntax_fault_of(cell.source)
        if fault is None:
            return None
        return CellOutcome(index=cell.index, status="raised", **fault)

    def stopped_at(self, cell: Cell) -> int:
        """Return the line that stopped a cell, counted in its text; 0 if unknown."""
        outcome = self.outcome(cell)
        line = outcome.line if outcome is not None else 0
        return line + first_line_number(cell.source) - 1 if line else 0

    def place(self, number: int, line: int, *, known: Cell | None = None) -> str:
        """Return a line of a cell in words; empty if the notebook has no such line.

        `number` and `line` are of the cell and of its compiled code, as the student's process
        reports them. `known` is a cell that the sentence has already named.
        """
        cell = self.cells[number - 1] if 1 <= number <= len(self.cells) else None
        if cell is None or cell.kind != "code" or line < 1:
            return ""
        line += first_line_number(cell.source) - 1
        lines = cell.source.splitlines()
        if line > len(lines):
            return ""
        text = line_text(lines[line - 1])
        quoted = f": {text}" if text else ""
        return (
            f"line {line}{quoted}" if cell is known else f"{self.label(cell)}, line {line}{quoted}"
        )

    def located(self, raised: Raised) -> Raised:
        """Return an exception of a call, with the line of the notebook that raised it."""
        if raised.where:
            return raised
        place = raised.cell, raised.line
        if place not in self._places:  # many calls raise in the same line
            self._places[place] = self.place(*place)
        where = self._places[place]
        if not where:
            return raised
        kept = raised.type_name, raised.message, raised.bases
        return Raised(*kept, *place, where, printed=raised.printed)

    def why_stopped(self, cell: Cell, outcome: CellOutcome) -> str:
        """Return why and where a cell stopped, without the cell's name."""
        line = self.place(cell.index + 1, outcome.line, known=cell)
        if outcome.status != "raised":
            words = ENDS.get(outcome.status, "")
            at = f" in {line}" if line and outcome.status == "timed_out" else ""
            return f"{words}{at}: {outcome.error}" if words else outcome.error
        if outcome.error_type in SYNTAX_ERRORS:
            below = _LINE.search(outcome.error_message)
            if below is not None and cell.source.lstrip().startswith("%%"):
                line = self.place(cell.index + 1, int(below[1]) + 1, known=cell)
            words = syntax_words(outcome.error_message)
            return f"{outcome.error_type} in {line} ({words})" if line else outcome.error
        at = f", in {line}" if line else ""
        deeper = outcome.raised_cell, outcome.raised_line
        if deeper != (cell.index + 1, outcome.line) and (where := self.place(*deeper, known=cell)):
            at += f", which led to {where}"
        return f"{outcome.error.rstrip('.')}{at}"

    def why_stopped_briefly(self, cell: Cell, outcome: CellOutcome) -> str:
        """Return the same without an exception's message, which is shown with the cell itself."""
        if outcome.status != "raised" or outcome.error_type in SYNTAX_ERRORS:
            return self.why_stopped(cell, outcome)
        line = self.place(cell.index + 1, outcome.line, known=cell)
        return f"{outcome.error_type} in {line}" if line else outcome.error


ENDS = {"timed_out": "was stopped", "skipped": "was not run"}
"""What to write of a cell that neither raised nor ended its process."""


def first_line_number(source: str) -> int:
    r"""Return the first line of a cell's code: IPython drops empty lines before it.

    Examples
    --------
    >>> first_line_number("\n  \nx = 1"), first_line_number("x = 1")
    (3, 1)
    """
    if source[:1] not in ("\n", " ", "\t", "%"):
        return 1
    lines = source.splitlines()
    first = next((place for place, line in enumerate(lines, start=1) if line.strip()), 1)
    # The code below this magic is a cell of its own to IPython.
    return first + source.lstrip().startswith("%%capture")

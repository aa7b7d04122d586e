"""Attributes the cells of a notebook to exercises.

Students cannot hide code from an exercise: a cell that binds a name which the exercise defines is
part of the work on it, regardless of the cell's metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grader.checks.cell_code import CellCode
from grader.checks.student_work import StudentWork, WorkCell
from grader.course import Exercise
from grader.notebook import Cell
from grader.sandbox.outcome import CellOutcome

PLACE_FOR_TEXT = "*Write your answer in this cell.*"
"""Placeholder in a released notebook for text that a student writes."""


@dataclass(frozen=True)
class Attribution:
    """A notebook whose cells are attributed to exercises, on first use.

    Parameters
    ----------
    exercises : Mapping of str to Exercise
        All of the course, by id.
    cells : sequence of Cell
        Of the notebook, in order.
    outcomes : sequence of CellOutcome
        Of its code cells, in order.
    read : callable
        Parses a cell's code.
    """

    exercises: Mapping[str, Exercise]
    cells: Sequence[Cell]
    outcomes: Sequence[CellOutcome]
    read: Callable[[str], CellCode] = CellCode.read

    def work_on(self, exercise: Exercise) -> StudentWork:
        """Return what a student wrote for an exercise.

        These are the cells of its sections, and cells that bind a name which it defines. A section
        begins with a cell whose metadata name the exercise, and ends where another's begins. If
        the notebook has no section for it, the text next to its code belongs to it too.
        """
        sections = self._sections
        own = {index for index, name in sections.items() if name == exercise.id}
        defining = {i for i, names in self._names.items() if names.intersection(exercise.defines)}
        if not own:
            own = {near for index in defining for near in self._with_text_beside(index)}
        chosen = (
            self._whole[cell.index]
            for cell in self.cells
            if cell.index in own | defining and cell.index in self._whole and not _is_given(cell)
        )
        return StudentWork(tuple(_written(chosen, exercise)), tuple(self._whole.values()))

    @cached_property
    def _whole(self) -> Mapping[int, WorkCell]:
        """Every cell but raw ones, by its index."""
        outcomes = iter(self.outcomes)
        whole = {}
        for cell in self.cells:
            outcome = next(outcomes, None) if cell.kind == "code" else None
            printed, displayed = (outcome.stdout, outcome.displayed) if outcome else ("", "")
            if cell.kind != "raw":
                whole[cell.index] = WorkCell(
                    index=cell.index,
                    kind=cell.kind,
                    source=cell.source,
                    printed=printed,
                    displayed=displayed,
                )
        return whole

    @cached_property
    def _names(self) -> Mapping[int, frozenset[str]]:
        """The names that each code cell binds."""
        code = (cell for cell in self.cells if cell.kind == "code")
        return {cell.index: self.read(cell.source).names for cell in code}

    @cached_property
    def _sections(self) -> Mapping[int, str]:
        """The exercise whose section each cell is in, without cells before the first section."""
        sections, current = {}, None
        for cell in self.cells:
            current = cell.exercise if cell.exercise in self.exercises else current
            if current is not None:
                sections[cell.index] = current
        return sections

    def _with_text_beside(self, index: int) -> Iterator[int]:
        yield index
        for step in (-1, 1):
            near = index + step
            while 0 <= near < len(self.cells) and self.cells[near].kind == "markdown":
                yield near
                near += step


def _is_given(cell: Cell) -> bool:
    """Return whether a cell is released text; code is never left out because of its content."""
    given = cell.part == "prompt" or cell.source.strip() == PLACE_FOR_TEXT
    return cell.kind == "markdown" and given


def _written(cells: Iterator[WorkCell], exercise: Exercise) -> Iterator[WorkCell]:
    """Leave out unchanged prompts and starters, and cells without code."""
    starter, prompt = _plain(exercise.starter), exercise.prompt.strip()
    for cell in cells:
        if cell.kind == "markdown":
            _, given, after = cell.source.rpartition(prompt)
            if after.strip():
                yield replace(cell, source=after.strip()) if given else cell
        elif _plain(cell.source) != starter and _has_code(cell.source):
            yield cell


def _plain(code: str) -> str:
    return "\n".join(line.rstrip() for line in code.strip().splitlines())


def _has_code(source: str) -> bool:
    """Return whether a cell has more than comments and lines for IPython."""
    return any(line.strip() and line.strip()[0] not in "#%!" for line in source.splitlines())

"""The notebooks to grade: right answers and known mistakes of each exercise, mixed."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from grader.checks.cell_code import CellCode
from grader.course import Course, Exercise

FIRST = ("hth_likelihood", "kl_asymmetry", "stable_nll", "mse_from_normal_nll")

_TOO_SLOW = frozenset(
    {"endless_loop", "fsum", "one_running_sum", "python_loop_is_fine", "with_momentum"}
)
"""Loops over a million shots, or thousands of steps: every grader waits the same for them, and the
wait would hide what is compared."""


@dataclass(frozen=True)
class Program:
    """An answer to one exercise, and whether it deserves full points."""

    path: Path
    right: bool

    @property
    def name(self) -> str:
        """The file's name, which is the mistake's id."""
        return self.path.stem

    @cached_property
    def source(self) -> str:
        """What the student wrote."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that it gives a meaning to."""
        return self._code.names

    @cached_property
    def made(self) -> frozenset[str]:
        """Those of them that it does not import, and that may mean anything."""
        imports = (ast.Import, ast.ImportFrom)
        bindings = self._code.bindings
        return frozenset(
            name for name, statement, _ in bindings if not isinstance(statement, imports)
        )

    @cached_property
    def read(self) -> frozenset[str]:
        """The names that it uses, wherever they come from."""
        return frozenset(
            node.id for node in ast.walk(self._code.tree) if isinstance(node, ast.Name)
        )

    @cached_property
    def _code(self) -> CellCode:
        return CellCode.read(self.source)


Pools = Mapping[str, tuple[Sequence[Program], Sequence[Program]]]
"""By exercise: right answers, and mistakes."""


@dataclass(frozen=True, slots=True)
class Classroom:
    """Notebooks in a folder.

    Attributes
    ----------
    folder : Path
        Holds ``<student>.ipynb`` for each student.
    answers : Mapping of str to Mapping of str to Program
        By student, then by exercise.
    added : str
        Code at the end of every student's first answer.
    """

    folder: Path
    answers: Mapping[str, Mapping[str, Program]]
    added: str


def write_classroom(course: Course, folder: Path, count: int, added: str = "") -> Classroom:
    """Write the notebooks of `count` students; the same ones each time.

    `added` is code for the end of the first exercise's answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pools = collect_programs(course)
    answers = {f"student-{i:04}": choose_programs(course, pools, i) for i in range(count)}
    for student, programs in answers.items():
        # No two are equal, in any cell: our own grader runs equal files once.
        cells = [
            CodeCell(name, f"{source}\n# {student}\n")
            for name, source in sources(programs, added).items()
        ]
        text = as_notebook(cells, title=student)
        (folder / f"{student}.ipynb").write_text(text, encoding="utf-8")
    return Classroom(folder, answers, added)


def sources(programs: Mapping[str, Program], added: str) -> dict[str, str]:
    """Return what each of a student's cells holds, by exercise."""
    texts = {exercise: program.source for exercise, program in programs.items()}
    first = next(iter(texts))
    return texts | {first: texts[first] + added}


def collect_programs(course: Course) -> Pools:
    """Return what may be answered to each exercise."""
    return {exercise.id: _programs(exercise) for exercise in course.exercises.values()}


def choose_programs(course: Course, pools: Pools, student: int) -> dict[str, Program]:
    """Give a student one answer an exercise: right ones and mistakes by turns, all in use.

    Each is as good in a notebook as alone: none uses what a mistake defines, and none gives another
    meaning to a name of another's.
    """
    chosen: dict[str, Program] = {}
    for place, exercise in enumerate(course.exercises.values()):
        right, wrong = pools[exercise.id]
        pool = right if (student + place) % 2 == 0 else wrong
        start = (student // 2 + place) % len(pool)
        in_turn = (*pool[start:], *pool[:start])
        chosen[exercise.id] = next(
            each for each in in_turn if _fits(each, exercise, course, chosen)
        )
    return chosen


def _fits(
    program: Program, exercise: Exercise, course: Course, chosen: Mapping[str, Program]
) -> bool:
    below = [name for name in exercise.builds_on if not chosen[name].right]
    unsound = {name for each in below for name in course.exercises[each].defines}
    if unsound & (program.read - program.bound):
        return False
    shared = frozenset(course.shared_names)
    return not any(_clash(program, other) - shared for other in chosen.values())


def _clash(one: Program, other: Program) -> frozenset[str]:
    return (one.made & other.bound) | (one.bound & other.made)


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell, and what a peer needs to know of it."""

    id: str
    source: str
    metadata: Mapping[str, object] = field(default_factory=dict)


def as_notebook(cells: Sequence[CodeCell], *, title: str = "") -> str:
    """Return a notebook with a heading before each code cell; the title is shown to nobody."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {
            "cells": [part for cell in cells for part in (_heading(cell), _code(cell))],
            "metadata": {
                "kernelspec": kernel,
                "language_info": {"name": "python"},
                "title": title,
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def _heading(cell: CodeCell) -> dict[str, object]:
    about = f"## {cell.id}"
    return {"cell_type": "markdown", "id": f"on-{cell.id}", "metadata": {}, "source": about}


def _code(cell: CodeCell) -> dict[str, object]:
    return {
        "cell_type": "code",
        "id": cell.id,
        "metadata": cell.metadata,
        "source": cell.source,
        "outputs": [],
        "execution_count": None,
    }


def _programs(exercise: Exercise) -> tuple[list[Program], list[Program]]:
    right = [Program(path, right=True) for path in exercise.accepted if path.stem not in _TOO_SLOW]
    wrong = [
        Program(mistake.program, right=mistake.score == exercise.points)
        for mistake in exercise.mistakes
        if mistake.id not in _TOO_SLOW
    ]
    return right, wrong

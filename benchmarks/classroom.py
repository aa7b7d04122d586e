"""The course and the notebooks to grade: right answers and known mistakes, mixed."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from grader.checks.cell_code import CellCode
from grader.course import Course, Exercise

FIRST = ("hth_likelihood", "kl_asymmetry", "stable_nll", "mse_from_normal_nll")

_TOO_SLOW = frozenset(
    {"endless_loop", "fsum", "one_running_sum", "python_loop_is_fine", "with_momentum"}
)
"""Loops over a million shots, or thousands of steps: every grader waits the same for them, and the
wait would hide what is compared."""


def write_course(source: Path, folder: Path, exercises: Container[str]) -> Path:
    """Write a course of some of another's exercises; return its folder.

    What the other loads ahead for all of its exercises is left out: neither the floor nor a peer
    loads it. What an exercise states for itself stays.
    """
    course = yaml.safe_load((source / "exercises/course.yaml").read_text(encoding="utf-8"))
    for unit in course["units"]:
        unit["exercises"] = [name for name in unit["exercises"] if name in exercises]
        for name in unit["exercises"]:
            place = Path(unit["id"], name)
            (folder / "exercises" / unit["id"]).mkdir(parents=True, exist_ok=True)
            shutil.copy(source / f"exercises/{place}.yaml", folder / f"exercises/{place}.yaml")
            shutil.copytree(source / "solutions" / place, folder / "solutions" / place)
    course["units"] = [unit for unit in course["units"] if unit["exercises"]]
    course.get("sandbox", {}).pop("preload", None)
    text = yaml.safe_dump(course, sort_keys=False)
    (folder / "exercises/course.yaml").write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Program:
    """An answer to an exercise, and whether it earns full points."""

    path: Path
    right: bool

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
        """Those of them that it does not import, so that they may mean anything."""
        imports = (ast.Import, ast.ImportFrom)
        bindings = self._code.bindings
        return frozenset(name for name, where, _ in bindings if not isinstance(where, imports))

    @cached_property
    def borrowed(self) -> frozenset[str]:
        """The names that it uses and does not define."""
        nodes = ast.walk(self._code.tree)
        return frozenset(node.id for node in nodes if isinstance(node, ast.Name)) - self.bound

    @cached_property
    def _code(self) -> CellCode:
        return CellCode.read(self.source)


Pools = Mapping[str, tuple[Sequence[Program], Sequence[Program]]]
"""By exercise: right answers, and mistakes."""

Answers = Mapping[str, Program]
"""What one student answers, by exercise."""


Cell = tuple[str, str, Mapping[str, object]]
"""The id, source and metadata of a code cell."""


def write_classroom(course: Course, folder: Path, count: int) -> Mapping[str, Answers]:
    """Write the notebooks ``<student>.ipynb`` of `count` students, the same ones each time."""
    folder.mkdir(parents=True)
    pools = collect_programs(course)
    answers = {f"student-{i:04}": choose_programs(course, pools, i) for i in range(count)}
    for student, programs in answers.items():
        # No two are equal, in any cell: our own grader runs equal files once.
        cells: list[Cell] = [
            (name, f"{of.source}\n# {student}\n", {}) for name, of in programs.items()
        ]
        write_notebook(folder / f"{student}.ipynb", cells)
    return answers


def collect_programs(course: Course) -> Pools:
    """Return what may be answered to each exercise."""
    return {exercise.id: _programs(exercise) for exercise in course.exercises.values()}


def _programs(exercise: Exercise) -> tuple[list[Program], list[Program]]:
    right = [Program(path, right=True) for path in exercise.accepted]
    wrong = [
        Program(mistake.program, right=mistake.score == exercise.points)
        for mistake in exercise.mistakes
    ]
    return _fast(right), _fast(wrong)


def _fast(programs: Iterable[Program]) -> list[Program]:
    return [program for program in programs if program.path.stem not in _TOO_SLOW]


def choose_programs(course: Course, pools: Pools, student: int) -> Answers:
    """Give a student one answer an exercise: right ones and mistakes by turns, all in use.

    Each earns in a notebook what it earns alone: none uses what a mistake defines, and none gives
    another meaning to a name of another's.
    """
    chosen: dict[str, Program] = {}
    for place, exercise in enumerate(course.exercises.values()):
        right, wrong = pools[exercise.id]
        pool = right if (student + place) % 2 == 0 else wrong
        start = (student // 2 + place) % len(pool)
        in_turn = (*pool[start:], *pool[:start])
        fitting = (each for each in in_turn if _fits(each, exercise, course, chosen))
        chosen[exercise.id] = next(fitting)
    return chosen


def _fits(program: Program, exercise: Exercise, course: Course, chosen: Answers) -> bool:
    wrong = [name for name in exercise.builds_on if not chosen[name].right]
    unsound = {name for each in wrong for name in course.exercises[each].defines}
    clashes = (
        (program.made & other.bound) | (program.bound & other.made) for other in chosen.values()
    )
    return not unsound & program.borrowed and all(
        clash <= frozenset(course.shared_names) for clash in clashes
    )


def write_notebook(path: Path, cells: Iterable[Cell]) -> None:
    """Write code cells under a heading each."""
    parts: list[Mapping[str, object]] = []
    for name, source, metadata in cells:
        heading = {"cell_type": "markdown", "id": f"on-{name}", "metadata": {}}
        code = {"cell_type": "code", "id": name, "metadata": metadata, "source": source}
        parts.append(heading | {"source": f"## {name}"})
        parts.append(code | {"outputs": [], "execution_count": None})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}, "title": path.stem}
    notebook = {"cells": parts, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")

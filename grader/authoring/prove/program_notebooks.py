"""The programs of an exercise, by their names in a proof, as notebooks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course, Exercise, read_program
from grader.notebook import Cell, Notebook


@dataclass(frozen=True, slots=True)
class ProgramNotebook:
    """A program as a notebook, after the references of the exercises that it builds on.

    Attributes
    ----------
    student : str
        Its name in the proof.
    cells : tuple of (str, str)
        The exercise of each code cell, as in a released notebook, and its source.
    """

    student: str
    cells: tuple[tuple[str, str], ...]

    @property
    def notebook(self) -> str:
        """The same name: there is no file."""
        return self.student

    def read(self) -> Notebook:
        """Return the notebook."""
        content = "\0".join(source for _, source in self.cells).encode()
        return Notebook(
            name=self.student,
            sha256=hashlib.sha256(content).hexdigest(),
            language="python",
            cells=tuple(
                Cell(index=index, kind="code", source=source, exercise=exercise)
                for index, (exercise, source) in enumerate(self.cells)
            ),
        )


def right_answers(exercise: Exercise) -> Mapping[str, Path]:
    """Return the reference and the accepted answers."""
    return {"reference": exercise.reference} | {
        f"accepted/{path.stem}": path for path in exercise.accepted
    }


def known_mistakes(exercise: Exercise) -> Mapping[str, Path]:
    """Return the programs of the known mistakes."""
    return {f"mistakes/{mistake.id}": mistake.program for mistake in exercise.mistakes}


def dry_runs_of(course: Course, exercise: Exercise) -> tuple[ProgramNotebook, ...]:
    """Return every program of an exercise as a notebook, and notebooks without answers."""
    before = tuple(_built_on(course, exercise).items())
    nothing = "\n".join(f"{name} = None" for name in exercise.defines)
    programs = {**right_answers(exercise), **known_mistakes(exercise)}
    sources = {
        "starter": exercise.starter,
        "notebook of None": nothing,
        **{name: read_program(path) for name, path in programs.items()},
    }
    return (
        ProgramNotebook("empty notebook", ()),
        *(ProgramNotebook(name, (*before, (exercise.id, text))) for name, text in sources.items()),
    )


def _built_on(course: Course, exercise: Exercise) -> Mapping[str, str]:
    """Return the references that an exercise builds on, earliest first, by exercise."""
    sources: dict[str, str] = {}
    for name in exercise.builds_on:
        sources |= _built_on(course, course.exercises[name])
        sources[name] = read_program(course.exercises[name].reference)
    return sources

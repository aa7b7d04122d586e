"""The programs of an exercise, by the names under which a proof tells of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course, Exercise, read_program
from grader.notebook import Cell, Notebook

__all__ = ["Program", "known_mistakes", "right_answers", "to_be_rehearsed"]


@dataclass(frozen=True, slots=True)
class Program:
    """A program handed in as a notebook, after the references of what its exercise builds on.

    Attributes
    ----------
    student : str
        What a proof calls it.
    cells : tuple of str
        The notebook's code cells.
    """

    student: str
    cells: tuple[str, ...]

    @property
    def notebook(self) -> str:
        """The same name: there is no file."""
        return self.student

    def read(self) -> Notebook:
        """Return the notebook."""
        content = "\0".join(self.cells).encode()
        return Notebook(
            name=self.student,
            sha256=hashlib.sha256(content).hexdigest(),
            language="python",
            cells=tuple(
                Cell(index=index, kind="code", source=source)
                for index, source in enumerate(self.cells)
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


def to_be_rehearsed(course: Course, exercise: Exercise) -> tuple[Program, ...]:
    """Return every program of an exercise as a notebook, and those that answer nothing."""
    before = tuple(_built_on(course, exercise))
    nothing = "\n".join(f"{name} = None" for name in exercise.defines)
    programs = {**right_answers(exercise), **known_mistakes(exercise)}
    return (
        Program("starter", (*before, exercise.starter)),
        Program("empty notebook", ()),
        Program("notebook of None", (*before, nothing)),
        *(Program(name, (*before, read_program(path))) for name, path in programs.items()),
    )


def _built_on(course: Course, exercise: Exercise) -> Sequence[str]:
    """Return the references of what an exercise builds on, each once, the first one first."""
    sources: dict[str, str] = {}
    for name in exercise.builds_on:
        sources |= dict.fromkeys(_built_on(course, course.exercises[name]), "")
        sources[read_program(course.exercises[name].reference)] = ""
    return tuple(sources)

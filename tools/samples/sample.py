"""A sample: the file that is handed in, and the expected result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

from tools.samples.course import EXERCISES, course, right
from tools.samples.writing import code, markdown, notebook

Scores: TypeAlias = Mapping[str, Decimal | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The result that the grader must find for one student.

    Attributes
    ----------
    shows : str
        What the sample shows, in one line.
    status : str
        Of the submission.
    scores : Mapping of str to Decimal
        By exercise; empty where nothing can be graded.
    mistakes : Mapping of str to str
        The mistake that must be named, by exercise; no other may be.
    reason : str
        What the reason must contain, where there is one.
    jupyter : bool
        Whether a Jupyter kernel, which has no isolation, may run it, and gives the same scores.
    """

    shows: str
    status: str = "graded"
    scores: Mapping[str, Decimal] = field(default_factory=dict)
    mistakes: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    jupyter: bool = True

    def document(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        entry: dict[str, Any] = {"shows": self.shows, "status": self.status}
        if self.status == "graded":
            entry["scores"] = {name: float(score) for name, score in self.scores.items()}
        if self.mistakes:
            entry["mistakes"] = dict(self.mistakes)
        if self.reason:
            entry["reason"] = self.reason
        return entry | {"jupyter": self.jupyter}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A file in ``examples/submissions``.

    Attributes
    ----------
    path : str
        Its path there, with ``/``.
    content : bytes
        Its bytes.
    students : Mapping of str to Expected
        The expected results, by student; empty for a file that is no submission by itself.
    """

    path: str
    content: bytes
    students: Mapping[str, Expected]


def full(scores: Scores = MappingProxyType({})) -> dict[str, Decimal]:
    """Return full points for every exercise, except those in `scores`."""
    points = {name: course().exercises[name].points for name in EXERCISES}
    return points | {name: Decimal(score) for name, score in scores.items()}


def answers(**programs: str) -> list[dict[str, Any]]:
    """Return the cells of a homework: right answers, except to the exercises in `programs`."""
    cells = [markdown(f"# {course().title}"), code("import numpy as np")]
    for name in EXERCISES:
        cells.append(markdown(f"## {course().exercises[name].title}"))
        cells.append(code(programs.get(name) or right(name)))
    return cells


def with_cells(position: int, *sources: str) -> list[dict[str, Any]]:
    """Return right answers with more code cells at a position."""
    cells = answers()
    cells[position:position] = [code(source) for source in sources]
    return cells


def graded(
    student: str,
    shows: str,
    cells: list[dict[str, Any]],
    *,
    scores: Scores = MappingProxyType({}),
    mistakes: Mapping[str, str] = MappingProxyType({}),
    jupyter: bool = True,
) -> Sample:
    """Return a notebook that is graded, with full points except for the exercises in `scores`."""
    expected = Expected(shows=shows, scores=full(scores), mistakes=mistakes, jupyter=jupyter)
    return Sample(path=f"{student}.ipynb", content=notebook(cells), students={student: expected})


def refused(path: str, shows: str, reason: str, content: bytes) -> Sample:
    """Return a file that cannot be read as a notebook."""
    expected = Expected(shows=shows, status="unreadable", reason=reason)
    student = path.split("/")[0].removesuffix(".ipynb").removesuffix(".zip")
    return Sample(path=path, content=content, students={student: expected})

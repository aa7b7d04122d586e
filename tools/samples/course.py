"""What the samples are made of: the programs of the bundled course, and its points."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from grader.course import Course, load_course

__all__ = [
    "EXERCISES",
    "HTH",
    "KL",
    "MSE",
    "NLL",
    "RIGHT",
    "ROOT",
    "course",
    "earned",
    "lost",
    "program",
    "starter",
]

ROOT = Path(__file__).parents[2]

HTH = "hth_likelihood"
KL = "kl_asymmetry"
NLL = "stable_nll"
MSE = "mse_from_normal_nll"
EXERCISES = (HTH, KL, NLL, MSE)

RIGHT: Mapping[str, str] = {
    HTH: "accepted/grid_search",
    KL: "accepted/where_and_errstate",
    NLL: "accepted/dot_product",
    MSE: "accepted/plain_text_and_loops",
}
"""The programs that answer an exercise where a sample is about another one."""


@cache
def course() -> Course:
    """Return the bundled course."""
    return load_course(ROOT)


def program(exercise: str, name: str) -> str:
    """Return a program of ``solutions/``, such as ``mistakes/log2``, as a student writes it.

    Its docstring is left out: it says what the program shows.
    """
    folder = course().exercises[exercise].reference.parent
    text = (folder / f"{name}.py").read_text(encoding="utf-8")
    docstring = ast.parse(text).body[0]
    return "\n".join(text.splitlines()[docstring.end_lineno :]).strip()


def starter(exercise: str) -> str:
    """Return the code that a student finds in the exercise's cell."""
    return course().exercises[exercise].starter.strip()


def _points(exercise: str, checks: tuple[str, ...]) -> Iterator[Decimal]:
    points = {check.name: check.points for check in course().exercises[exercise].checks}
    for name in checks:
        yield points[name]


def earned(exercise: str, *checks: str) -> Decimal:
    """Return the points of these checks alone."""
    return sum(_points(exercise, checks), Decimal(0))


def lost(exercise: str, *checks: str) -> Decimal:
    """Return the points of an exercise less those of these checks."""
    return course().exercises[exercise].points - earned(exercise, *checks)

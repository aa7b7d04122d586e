"""What the samples are made of: the programs of the bundled course, and its points."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from grader.checks.cell_code import CellCode
from grader.course import Course, load_course

ROOT = Path(__file__).parents[2]

HTH = "hth_likelihood"
KL = "kl_asymmetry"
NLL = "stable_nll"
MSE = "mse_from_normal_nll"
FIRST = (HTH, KL, NLL, MSE)
"""The exercises that most samples are about; the others are answered beside them."""

_CHOSEN: Mapping[str, str] = {
    HTH: "accepted/grid_search",
    KL: "accepted/where_and_errstate",
    NLL: "accepted/dot_product",
    MSE: "accepted/plain_text_and_loops",
}


@cache
def course() -> Course:
    """Return the bundled course."""
    return load_course(ROOT)


EXERCISES = tuple(course().exercises)


@cache
def right(exercise: str) -> str:
    """Return the answer to an exercise in samples that are about another one.

    It uses nothing of the exercises that this one builds on, which may be wrong in the sample.
    """
    if exercise in _CHOSEN:
        return program(exercise, _CHOSEN[exercise])
    programs = [program(exercise, name) for name in (*accepted(exercise), "reference")]
    borrowed = borrowed_names(exercise)
    return next(text for text in programs if not borrowed & names_in(text))


def accepted(exercise: str) -> tuple[str, ...]:
    """Return the names of an exercise's accepted answers, as `program` takes them."""
    return tuple(f"accepted/{path.stem}" for path in course().exercises[exercise].accepted)


def borrowed_names(exercise: str) -> frozenset[str]:
    """Return the names that an exercise may take from those that it builds on."""
    builds_on = course().exercises[exercise].builds_on
    return frozenset(name for each in builds_on for name in course().exercises[each].defines)


def names_in(text: str) -> frozenset[str]:
    """Return every name that a program reads and does not define."""
    code = CellCode.read(text)
    names = (node.id for node in ast.walk(code.tree) if isinstance(node, ast.Name))
    return frozenset(names) - code.names


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


def score_of(exercise: str, mistake: str) -> Decimal:
    """Return the points that the exercise states for a known mistake."""
    scores = {each.id: each.score for each in course().exercises[exercise].mistakes}
    score = scores[mistake]
    assert score is not None
    return score

"""The floor: fork a warm process, exec the notebook's cells, ask the same questions in place.

No isolation, no limits, no wire, no copies of arguments, no diagnosis of mistakes, and cells are
run by `exec`, not by IPython. Little that gives each notebook a process of its own can do less.

Usage: ``python -m benchmarks.floor NOTEBOOKS COURSE RESULTS.json``
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.classroom import EXERCISES
from grader.course import load_course
from grader.inside.plain import as_received
from grader.preparation import PreparedExercise, prepare_course
from grader.values import Answer, Call, Missing, Raised, Returned

__all__ = ["grade_classroom"]

_AS_IT_IS = (bool, int, float, np.ndarray)
"""What checks compare as it stands; the rest takes the form that it has when it is received."""


def grade_classroom(
    notebooks: Sequence[Path], exercises: Sequence[PreparedExercise]
) -> dict[str, dict[str, list[str]]]:
    """Grade each notebook in a fork; by student and exercise, the checks that took points."""
    np.random.default_rng()  # numpy.random is loaded when first used, and each fork may use it
    gc.freeze()
    return {path.stem: _grade_in_fork(path, exercises) for path in notebooks}


def _grade_in_fork(path: Path, exercises: Sequence[PreparedExercise]) -> dict[str, list[str]]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(_grade(path, exercises), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found: dict[str, list[str]] = json.load(pipe)
    os.waitpid(child, 0)
    return found


class _Namespace:
    """A student whose functions are called on the spot."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names

    def get(self, name: str) -> Answer:
        """Read a variable."""
        return Returned(as_received(self._names[name])) if name in self._names else Missing(name)

    def call(self, name: str, cases: Sequence[Call]) -> list[Answer]:
        """Call a function once a case."""
        if name not in self._names:
            return [Missing(name)] * len(cases)
        return [_answer(self._names[name], case) for case in cases]


def _answer(function: Callable[..., Any], case: Call) -> Answer:
    try:
        value = function(*case.args, **dict(case.kwargs))
        return Returned(value if type(value) in _AS_IT_IS else as_received(value))
    except Exception as error:
        bases = tuple(base.__name__ for base in type(error).__mro__[1:])
        return Raised(type(error).__name__, str(error), bases)


def _grade(path: Path, exercises: Sequence[PreparedExercise]) -> dict[str, list[str]]:
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile(cell["source"], cell["id"], "exec"), names)
    student = _Namespace(names)
    return {
        ready.exercise.id: [
            check.check.name
            for check in ready.checks
            if not check.check.judge(check.prepared, student).passed
        ]
        for ready in exercises
    }


def _main(notebooks: str, course: str, results: str) -> None:
    preparation = prepare_course(load_course(Path(course)), only=EXERCISES)
    found = grade_classroom(sorted(Path(notebooks).glob("*.ipynb")), preparation.exercises)
    Path(results).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])

"""The floor: fork a warm process, exec the notebook's cells, ask the same questions in place.

No isolation, no limits, no wire, no copies of arguments, no diagnosis of mistakes, and cells are
run by `exec`, not by IPython. Little that gives each notebook a process of its own can do less.

Usage: ``python -m benchmarks.floor NOTEBOOKS COURSE RESULTS.json``
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from grader.checks.student_work import StudentWork, WorkCell
from grader.course import load_course
from grader.grading.preparation import Preparation, PreparedExercise, prepare_course
from grader.guest.figures import figure_drawn_by, figure_drawn_last, read_figure
from grader.guest.limits.own_time import with_processor_time
from grader.guest.limits.peak_memory import with_peak
from grader.guest.protocol.conversions import as_received
from grader.guest.protocol.values import Answer, Call, Missing, Raised, Returned
from grader.guest.shared_names import SharedNames

_AS_IT_IS = (bool, int, float, np.ndarray)
"""What checks compare as it stands; the rest takes the form that it has when it is received."""


def grade_classroom(
    notebooks: Sequence[Path], preparation: Preparation
) -> dict[str, dict[str, list[str]]]:
    """Grade each notebook in a fork; by student and exercise, the checks that took points."""
    np.random.default_rng()  # numpy.random is loaded when first used, and each fork may use it
    exercises = [ready.exercise for ready in preparation.exercises]
    for name in preparation.course.sandbox_for(exercises).preload:
        importlib.import_module(name)
    gc.freeze()
    return {path.stem: _grade_in_fork(path, preparation) for path in notebooks}


def _grade_in_fork(path: Path, preparation: Preparation) -> dict[str, list[str]]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(_grade(path, preparation), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found: dict[str, list[str]] = json.load(pipe)
    os.waitpid(child, 0)
    return found


class _Namespace:
    """A student whose functions are called on the spot."""

    def __init__(self, names: Mapping[str, Any], work: StudentWork) -> None:
        self._names = names
        self.work = work

    def prefetch(self, batch: object) -> None:
        """Do nothing: there is nothing to fetch."""

    def get(self, name: str) -> Answer:
        """Read a variable."""
        return Returned(as_received(self._names[name])) if name in self._names else Missing(name)

    def call(self, name: str, cases: Sequence[Call]) -> list[Answer]:
        """Call a function once a case."""
        if name not in self._names:
            return [Missing(name)] * len(cases)
        return [_answer(self._names[name], case) for case in cases]

    def draw(self, name: str, cases: Sequence[Call] | None) -> list[Answer]:
        """Call a function once a case, or read a variable, and look at the figure."""
        if cases is None:
            figure = self._names.get(name, figure_drawn_last())
            return [Missing(name) if figure is None else Returned(read_figure(figure))]
        if name not in self._names:
            return [Missing(name)] * len(cases)
        function = self._names[name]

        def drawn(*args: Any, **kwargs: Any) -> Any:
            return figure_drawn_by(lambda: function(*args, **kwargs))

        return [_answer(drawn, case) for case in cases]


_MEASURES = {"memory": with_peak, "time": with_processor_time}


def _answer(function: Callable[..., Any], case: Call) -> Answer:
    def call() -> Any:
        return function(*case.args, **dict(case.kwargs))

    try:
        value = _MEASURES[case.measured](call) if case.measured else call()
        return Returned(value if type(value) in _AS_IT_IS else as_received(value))
    except Exception as error:
        bases = tuple(base.__name__ for base in type(error).__mro__[1:])
        return Raised(type(error).__name__, str(error), bases)


def _grade(path: Path, preparation: Preparation) -> dict[str, list[str]]:
    names: dict[str, Any] = {"__name__": "__main__"}
    shared = SharedNames(preparation.course.shared_names)
    written: dict[str, WorkCell] = {}
    for index, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            exec(compile(cell["source"], cell["id"], "exec"), names)
            shared.merge(names)
            written[cell["id"]] = WorkCell(index=index, kind="code", source=cell["source"])
    return {ready.exercise.id: _failed(ready, names, written) for ready in preparation.exercises}


def _failed(
    ready: PreparedExercise, names: Mapping[str, Any], written: Mapping[str, WorkCell]
) -> list[str]:
    student = _Namespace(names, StudentWork((written[ready.exercise.id],), tuple(written.values())))
    return [
        check.check.name
        for check in ready.checks
        if not check.check.judge(check.prepared, student).passed
    ]


def _main(notebooks: str, course: str, results: str) -> None:
    preparation = prepare_course(load_course(Path(course)))
    found = grade_classroom(sorted(Path(notebooks).glob("*.ipynb")), preparation)
    Path(results).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])

"""Automatic grading of Jupyter notebooks about the mathematics of machine learning.

`grade` grades one notebook, `grade_class` and `regrade` a class; `check` checks your own notebook.
Each is imported when it is first used, so a notebook that imports this package starts quickly.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing `typing` would take as long as all the rest
    from grader.api.calls import grade, grade_class, load_course, regrade
    from grader.errors import GraderError
    from grader.magic import check, load_ipython_extension
    from grader.results import SubmissionResult, for_student

__all__ = [
    "GraderError",
    "SubmissionResult",
    "__version__",
    "check",
    "for_student",
    "grade",
    "grade_class",
    "load_course",
    "load_ipython_extension",
    "regrade",
]

__version__ = "0.1.0"

_PLACES = {
    "GraderError": "grader.errors",
    "SubmissionResult": "grader.results",
    "check": "grader.magic",
    "for_student": "grader.results",
    "grade": "grader.api.calls",
    "grade_class": "grader.api.calls",
    "load_course": "grader.api.calls",
    "load_ipython_extension": "grader.magic",
    "regrade": "grader.api.calls",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module `grader` has no attribute `{name}`")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return __all__

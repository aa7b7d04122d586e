"""Bundles: the visible checks of a unit, for students who do not have the course folder.

A bundle is a text in the set-up cell of a released notebook. It holds plain data: the questions and
expected answers of the visible checks. A student who changes it changes only the messages in the
own notebook, since grading never uses it. Reading an untrusted bundle is safe.
"""

from grader.bundle.bundled_mistakes import Withheld, Withholding
from grader.bundle.find_bundle import VARIABLE, bundle_in_file, bundle_in_notebook
from grader.bundle.naming import asked_exercises
from grader.bundle.student_checks import Later, StudentChecks, read_bundle
from grader.bundle.write import bundle_unit

__all__ = [
    "VARIABLE",
    "Later",
    "StudentChecks",
    "Withheld",
    "Withholding",
    "asked_exercises",
    "bundle_in_file",
    "bundle_in_notebook",
    "bundle_unit",
    "read_bundle",
]

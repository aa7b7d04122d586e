"""The visible checks of a unit, bundled, for a student who has no course folder.

A bundle is a text in a released notebook's set-up cell. It holds plain data: what the visible
checks ask and expect. A student can change it, which changes what that student is told and nothing
else: no grade is ever made with it. Reading one is safe, whoever made it.
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

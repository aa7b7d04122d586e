"""Why something failed, in words that a learner understands.

What is said here is worked out on the trusted side, from the notebook's own text and from what its
cells and answers were, and only where something failed. It explains; it decides no points.
"""

from grader.grading.explaining.cells import NotebookCells
from grader.grading.explaining.exercises import (
    Context,
    explain_attempt,
    explain_no_attempt,
    is_as_handed_out,
)
from grader.grading.explaining.failures import failures_of
from grader.grading.explaining.verdicts import AnswerNotes

__all__ = [
    "AnswerNotes",
    "Context",
    "NotebookCells",
    "explain_attempt",
    "explain_no_attempt",
    "failures_of",
    "is_as_handed_out",
]

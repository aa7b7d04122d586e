"""Explains failures to learners.

Explanations are worked out on the trusted side, from the notebook's text, the outcomes of its cells
and the student's answers, and only for what failed. They decide no points.
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

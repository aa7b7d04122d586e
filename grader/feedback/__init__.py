"""What people read on a terminal."""

from grader.feedback.table import name_columns, result_line, summary_lines
from grader.feedback.terminal import points_text, submission_text

__all__ = ["name_columns", "points_text", "result_line", "submission_text", "summary_lines"]

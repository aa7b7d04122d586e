"""What people read on a terminal."""

from grader.feedback.table import result_line, summary_lines
from grader.feedback.terminal import submission_text

__all__ = ["result_line", "submission_text", "summary_lines"]

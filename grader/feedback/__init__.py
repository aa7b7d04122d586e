"""Feedback for students and instructors, as text and as HTML."""

from grader.feedback.class_summary import name_columns, result_line, summary_lines
from grader.feedback.html import exercise_html, note_html, page_html
from grader.feedback.terminal import exercise_text, submission_text
from grader.feedback.wording import answered_points, is_untouched, later_text, without_untouched

__all__ = [
    "answered_points",
    "exercise_html",
    "exercise_text",
    "is_untouched",
    "later_text",
    "name_columns",
    "note_html",
    "page_html",
    "result_line",
    "submission_text",
    "summary_lines",
    "without_untouched",
]

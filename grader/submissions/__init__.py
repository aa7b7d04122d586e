"""Who handed in what: notebooks, folders and zips, found without opening a notebook."""

from __future__ import annotations

from grader.submissions.find import Ignored, Survey, find_submissions, survey_submissions
from grader.submissions.submission import Submission

__all__ = ["Ignored", "Submission", "Survey", "find_submissions", "survey_submissions"]

"""Who handed in what: notebooks, folders and zips, found without opening a notebook."""

from __future__ import annotations

from grader.submissions.extension import Extension
from grader.submissions.find import Ignored, Survey, find_submissions, survey_submissions
from grader.submissions.roster import RosterStudent, load_roster
from grader.submissions.submission import Submission

__all__ = [
    "Extension",
    "Ignored",
    "RosterStudent",
    "Submission",
    "Survey",
    "find_submissions",
    "load_roster",
    "survey_submissions",
]

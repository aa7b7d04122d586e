"""Submissions: which notebooks were handed in, and by whom, in files, folders and zips."""

from __future__ import annotations

from grader.submissions.lookalikes import looking_alike
from grader.submissions.roster.extension import Extension
from grader.submissions.roster.load import RosterStudent, load_roster
from grader.submissions.roster.times import StatedTime, load_times, times_in_roster
from grader.submissions.submission import Submission
from grader.submissions.survey import Survey, find_submissions, survey_submissions
from grader.submissions.units import UnitSigns, signs_of_units

__all__ = [
    "Extension",
    "RosterStudent",
    "StatedTime",
    "Submission",
    "Survey",
    "UnitSigns",
    "find_submissions",
    "load_roster",
    "load_times",
    "looking_alike",
    "signs_of_units",
    "survey_submissions",
    "times_in_roster",
]

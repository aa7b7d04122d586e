"""``grader doctor``: what this machine offers, and how to get what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console

from grader.cli.options import CourseOption, JsonOption
from grader.course import load_course
from grader.sandbox.doctor import examine
from grader.sandbox.settings import Isolation, SandboxSettings

__all__ = ["doctor"]

_MACHINE_AT_FAULT = 2


def doctor(course: CourseOption = Path(), as_json: JsonOption = False) -> None:
    """Show every piece that the isolation tiers need, and which tiers this machine offers.

    Looks at the Python of the course's sandbox where there is a course.
    Exit status: 0 when the tier `strong` can be had, 2 when it cannot.
    """

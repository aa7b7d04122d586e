"""The platforms that the grader knows, and look-ups over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.submissions.authorship import Authorship
from grader.submissions.files.listing import Item
from grader.submissions.platforms.base import Download, Platform
from grader.submissions.platforms.canvas import Canvas
from grader.submissions.platforms.gradescope import Gradescope
from grader.submissions.platforms.moodle import Moodle
from grader.submissions.platforms.nbgrader import Nbgrader

PLATFORMS: tuple[Platform, ...] = (Gradescope(), Nbgrader(), Moodle(), Canvas())
"""In the order in which they are tried: a name like Canvas's could be a student's own."""


def find_platform(name: str) -> Platform:
    """Return the platform of this name, or an unknown one."""
    return next((each for each in PLATFORMS if each.name == name), Platform())


def read_download(items: Sequence[Item], name: str) -> Download | None:
    """Return the download that a given folder or zip is; None if it has no platform's own files."""
    downloads = (platform.read_download(items, name) for platform in PLATFORMS)
    return next((each for each in downloads if each is not None), None)


def is_platform_name(name: str) -> bool:
    """Return whether a name has the form of some platform's names."""
    return any(platform.parse_name(name) is not None for platform in PLATFORMS)


def parse_names(names: Mapping[str, bool]) -> dict[str, Authorship]:
    """Return what each name of some platform's form states; see `Platform.parse_names`."""
    found: dict[str, Authorship] = {}
    for platform in PLATFORMS:
        rest = {name: hope for name, hope in names.items() if name not in found}
        found |= platform.parse_names(rest)
    return found


def is_record(name: str) -> bool:
    """Return whether a platform adds files of this name to state a student or a time."""
    return any(name in platform.records for platform in PLATFORMS)


def headers_of(role: str) -> tuple[str, ...]:
    """Return the headers that platforms give to columns of one role; see `Platform.columns`."""
    return tuple(header for each in PLATFORMS for header in each.columns.get(role, ()))


def platform_with_times(header: str) -> Platform | None:
    """Return the platform whose table of the class names its column of times so."""
    return next((each for each in PLATFORMS if header in each.columns.get("time", ())), None)


def is_no_student(cell: str) -> bool:
    """Return whether a row of a platform's table, with this first cell, is no student's."""
    return any(cell in platform.not_students for platform in PLATFORMS)

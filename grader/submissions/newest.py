"""Choice of the notebook that is graded if a student handed in several.

For each unit the newest notebook about it is graded; if no notebook shows its unit, the newest of
all. The first of these criteria that all of them have and in which they differ decides: the
platform's number of the upload, the number of the attempt, the time of submission as the platform
states it, the time when the file was last changed, and finally the path, in which a copy comes
after its original. A file that cannot be opened (a link, an encrypted zip, no notebook) never
replaces one that can.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from grader.errors import NotebookError
from grader.notebook import LIMIT_BYTES
from grader.results import IgnoredFile
from grader.submissions.authorship import Authorship
from grader.submissions.files.byte_sources import FileSource, Refused, Source
from grader.submissions.files.file_names import copy_of, stem
from grader.submissions.files.side_files import SideFile
from grader.submissions.roster.load import RosterStudent
from grader.submissions.units import UnitSigns, units_in
from grader.text import encodable

_Key: TypeAlias = "Callable[[Candidate], float | None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A notebook that may become a submission.

    Attributes
    ----------
    authorship : Authorship
        Who seems to have handed it in.
    notebook : str
        Path, for display.
    source : Source
        Where its bytes come from.
    modified : float, optional
        When it was last changed, if a zip states that [s].
    file : Source, optional
        Where its bytes come from if it is no notebook, but may accompany one.
    beside : tuple of SideFile
        Files that accompany it when it is graded.
    place : str
        Name of the folder or zip that it was found in, to distinguish students of one name.
    known : RosterStudent, optional
        The student of the roster.
    stated : bool
        Whether its time comes from a table that the instructor gave.
    unit : str
        The unit that it is graded for, if another notebook of the student is for another unit.
    passed_over : tuple of IgnoredFile
        Other files of the same student.
    """

    authorship: Authorship
    notebook: str
    source: Source
    modified: float | None = None
    file: Source | None = None
    beside: tuple[SideFile, ...] = ()
    place: str = ""
    known: RosterStudent | None = None
    stated: bool = False
    unit: str = ""
    passed_over: tuple[IgnoredFile, ...] = ()

    @property
    def owner(self) -> str:
        """Id of the student, which another student may share."""
        return encodable(self.authorship.student if self.known is None else self.known.id)

    @property
    def longer(self) -> str:
        """Id of the student if another one has the same `owner`."""
        return encodable(self.authorship.longer or f"{self.place}/{self.owner}")

    @property
    def work(self) -> str:
        """Label that distinguishes it from other graded work of the student."""
        return encodable("/".join(filter(None, (self.authorship.work, self.unit))))

    @property
    def person(self) -> tuple[str, ...]:
        """Key of the student; empty if unknown."""
        if self.known is not None:
            return ("roster", self.known.id)
        # Two assignments that nbgrader collected belong to one student.
        return self.authorship.person[:2] or self.authorship.folder


class Pick(NamedTuple):
    """A notebook that is graded, by its index among the candidates.

    `unit` is the first unit that it is graded for, empty if unknown; `passed_over` maps the indices
    of the candidates that it replaces to the reasons.
    """

    place: int
    unit: str
    passed_over: Mapping[int, str]


def pick_of_each_unit(candidates: Sequence[Candidate], units: Sequence[UnitSigns]) -> list[Pick]:
    """Return the notebooks of one student that are graded: the newest of each unit of the course.

    Without units, all notebooks are versions of one work. There is at least one candidate.
    """
    looks = [_look(one, units) for one in candidates]
    picked: dict[int, str] = {}
    displaced: dict[int, tuple[int, str]] = {}
    for unit, places in _rivals([about for about, _ in looks], units).items():
        newest, reasons = pick_newest([candidates[place] for place in places])
        picked.setdefault(places[newest], unit)
        for place, why in reasons.items():
            displaced.setdefault(places[place], (places[newest], why))
    first = next(iter(picked))
    for place, (_, trouble) in enumerate(looks):
        displaced.setdefault(place, (first, trouble or _UNRELATED))
    others = [(place, *by) for place, by in sorted(displaced.items()) if place not in picked]
    return [
        Pick(newest, unit, {place: why for place, by, why in others if by == newest})
        for newest, unit in picked.items()
    ]


def _rivals(
    looks: Sequence[frozenset[str]], units: Sequence[UnitSigns]
) -> Mapping[str, Sequence[int]]:
    """Return the indices of the notebooks about each unit; all of them if none shows its unit."""
    found = {
        unit.unit: [place for place, about in enumerate(looks) if unit.unit in about]
        for unit in units
        if unit.graded
    }
    return {unit: places for unit, places in found.items() if places} or {"": range(len(looks))}


def _look(candidate: Candidate, units: Sequence[UnitSigns]) -> tuple[frozenset[str], str]:
    """Return the units that a notebook is about, and why it cannot be opened."""
    closed = _closed(candidate)
    if closed or not units:
        return frozenset(), closed
    try:
        return units_in(candidate.source.content(LIMIT_BYTES), units), ""
    except NotebookError as error:
        return frozenset(), str(error)


def pick_newest(candidates: Sequence[Candidate]) -> tuple[int, dict[int, str]]:
    """Return the index of the notebook that counts, and for each other one why it does not."""
    closed = {place: reason for place, one in enumerate(candidates) if (reason := _closed(one))}
    rivals = [place for place in range(len(candidates)) if place not in closed]
    newest, reasons = _newest(candidates, rivals or list(closed))
    reasons |= closed
    return newest, {place: reasons[place] for place in sorted(reasons) if place != newest}


def _closed(candidate: Candidate) -> str:
    """Return why a candidate cannot be opened; empty if it can."""
    source = candidate.source
    if isinstance(source, Refused):
        return source.reason
    found = _stat(source.path) if isinstance(source, FileSource) else None
    if isinstance(source, FileSource) and not (found and stat.S_ISREG(found.st_mode)):
        return "is a link, or not an ordinary file"
    return ""


def _newest(candidates: Sequence[Candidate], rivals: list[int]) -> tuple[int, dict[int, str]]:
    reasons: dict[int, str] = {}
    for key, reason in _CRITERIA:
        if len(rivals) == 1:
            break
        values = {place: key(candidates[place]) for place in rivals}
        known = {place: value for place, value in values.items() if value is not None}
        if len(known) < len(values):
            continue
        most = max(known.values())
        reasons |= {place: reason for place in rivals if known[place] < most}
        rivals = [place for place in rivals if known[place] == most]
    newest = max(rivals, key=lambda place: (_by_name(candidates[place]), place))
    reasons |= dict.fromkeys(rivals, _BY_NAME)
    return newest, reasons


def _by_name(candidate: Candidate) -> tuple[str, int, str]:
    """Return the sort key by name, in which a copy comes after its original."""
    folder, _, name = candidate.notebook.rpartition("/")
    original, number = copy_of(stem(name))
    return f"{folder}/{original}", number, name


def _modified(candidate: Candidate) -> float | None:
    if not isinstance(candidate.source, FileSource):
        return candidate.modified
    found = _stat(candidate.source.path)
    return found.st_mtime if found else None


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:  # removed since it was listed
        return None


def _received(candidate: Candidate) -> float | None:
    received = candidate.authorship.received
    return received.timestamp() if received else None


_CRITERIA: tuple[tuple[_Key, str], ...] = (
    (lambda one: one.authorship.upload, "was uploaded before the one that is graded"),
    (lambda one: one.authorship.attempt, "is an earlier attempt than the one that is graded"),
    (_received, "came before the one that is graded"),
    (_modified, "is an older file than the one that is graded"),
)
_UNRELATED = "holds none of the exercises that are graded"
_BY_NAME = "may be as new as the one that is graded, whose name sorts last"

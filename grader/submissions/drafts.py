"""From what was found to submissions: who it is, which notebooks count, what each is called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grader.results import IgnoredFile, SubmissionInfo
from grader.submissions.authorship import Authorship
from grader.submissions.files.side_files import SideFile
from grader.submissions.newest import Candidate, pick_of_each_unit
from grader.submissions.platforms.registry import find_platform
from grader.submissions.roster.load import RosterStudent
from grader.submissions.roster.match import identify
from grader.submissions.roster.times import StatedTime, times_of
from grader.submissions.submission import Submission
from grader.submissions.units import UnitSigns
from grader.text import encodable

_REPLACED = "was uploaded before another file of the same name"


@dataclass(frozen=True, slots=True)
class Draft:
    """What may become a submission.

    Attributes
    ----------
    candidate : Candidate
        Authorship, path and source.
    place : str
        Where it was found, to tell students of one name apart.
    known : RosterStudent, optional
        Who of the roster it is.
    unit : str
        The unit that it is graded for, where another notebook of the student is for another.
    passed_over : tuple of IgnoredFile
        Other files of the same student.
    beside : tuple of SideFile
        Files that lie beside it when it is graded.
    stated : bool
        Whether a table that a person gave says when it came.
    """

    candidate: Candidate
    place: str
    known: RosterStudent | None = None
    unit: str = ""
    passed_over: tuple[IgnoredFile, ...] = ()
    beside: tuple[SideFile, ...] = ()
    stated: bool = False

    @property
    def authorship(self) -> Authorship:
        """What is said of it."""
        return self.candidate.authorship

    @property
    def owner(self) -> str:
        """Id of the student, which another may have too."""
        return encodable(self.authorship.student if self.known is None else self.known.id)

    @property
    def longer(self) -> str:
        """The same, where another has it too."""
        return encodable(self.authorship.longer or f"{self.place}/{self.owner}")

    @property
    def work(self) -> str:
        """What tells it from other work of the student that is graded too."""
        return encodable("/".join(filter(None, (self.authorship.work, self.unit))))

    @property
    def person(self) -> tuple[str, ...]:
        """What tells a student from others; empty where nothing says who it is."""
        if self.known is not None:
            return ("roster", self.known.id)
        # Two assignments that nbgrader collected are one student's.
        return self.authorship.person[:2] or self.authorship.folder


def look_up(
    drafts: Sequence[Draft], roster: Sequence[RosterStudent], times: Sequence[StatedTime]
) -> tuple[list[Draft], list[str]]:
    """Return the drafts with who they are from and when they came; and whose times fit none."""
    authorships = [draft.authorship for draft in drafts]
    known = identify(authorships, roster)
    at, unused = times_of(authorships, known, times)
    looked_up = [replace(draft, known=one) for draft, one in zip(drafts, known, strict=True)]
    return [
        draft if time is None else _came(draft, time)
        for draft, time in zip(looked_up, at, strict=True)
    ], unused


def _came(draft: Draft, at: datetime) -> Draft:
    authorship = replace(draft.authorship, received=at)
    return replace(draft, candidate=replace(draft.candidate, authorship=authorship), stated=True)


def drafts_that_count(drafts: Sequence[Draft], units: Sequence[UnitSigns]) -> list[Draft]:
    """Leave of each student, once looked up, the newest hand-ins, where the first one stood."""
    groups: dict[Hashable, list[Draft]] = {}
    for number, draft in enumerate(drafts):
        same = draft.authorship.person or draft.authorship.folder or number
        student = draft.known
        groups.setdefault((student.id, draft.authorship.work) if student else same, []).append(
            draft
        )
    return [draft for group in groups.values() for draft in _newest(group, units)]


def _newest(group: Sequence[Draft], units: Sequence[UnitSigns]) -> Iterator[Draft]:
    if len(group) == 1:
        yield replace(group[0], beside=group[0].candidate.beside)
        return
    loose = _loose_files([draft.candidate for draft in group])
    taken = {each.shown for each in loose}
    picks = pick_of_each_unit([draft.candidate for draft in group], units)
    for pick in picks:
        picked = group[pick.place]
        beside = (*picked.candidate.beside, *loose) if picked.candidate.file is None else ()
        passed_over = tuple(
            IgnoredFile(
                path=other.notebook, why=why if other.file is None or not beside else _REPLACED
            )
            for place, why in pick.passed_over.items()
            if (other := group[place].candidate).notebook not in taken or not beside
        )
        unit = pick.unit if len(picks) > 1 else ""
        yield replace(picked, unit=unit, passed_over=passed_over, beside=beside)


def _loose_files(candidates: Sequence[Candidate]) -> tuple[SideFile, ...]:
    """Return the files among what is one student's, by the student's own names.

    A download without folders has a student's ``data.csv`` under a name that the platform made. It
    lies beside the notebook under the student's own name again; of several uploads of one file the
    newest counts.
    """
    attempts = {each.authorship.attempt for each in candidates if each.file is None}
    files = [each for each in candidates if each.file is not None]
    names = {each.authorship.file for each in files}
    newest: dict[str, Candidate] = {}
    for each in files:
        platform = find_platform(each.authorship.platform)
        name = platform.original_name(each.authorship.file, names, attempts)
        other = newest.get(name)
        if other is None or (other.authorship.upload or 0) < (each.authorship.upload or 0):
            newest[name] = each
    return tuple(
        SideFile(name, each.notebook, each.file)
        for name, each in sorted(newest.items())
        if each.file is not None
    )


def name_submissions(drafts: Sequence[Draft]) -> Iterator[Submission]:
    """Give students of one name the name of where they were found too, and at last a number."""
    persons = [draft.person or number for number, draft in enumerate(drafts)]
    names = _names(dict(zip(persons, drafts, strict=True)))
    taken: set[str] = set()
    for draft, person in zip(drafts, persons, strict=True):
        owner, work = names[person], draft.work
        student = _free(f"{owner}/{work}" if work else owner, taken)
        taken.add(student)
        yield Submission(
            student=student,
            notebook=draft.candidate.notebook,
            source=draft.candidate.source,
            hand_in=_hand_in(draft),
            owner=owner,
            work=work,
            beside=draft.beside,
            stated=draft.stated,
        )


def _names(persons: dict[Hashable, Draft]) -> dict[Hashable, str]:
    by_owner: defaultdict[str, list[Hashable]] = defaultdict(list)
    for person, draft in persons.items():
        by_owner[draft.owner].append(person)
    names, taken = {}, set(by_owner)
    for person, draft in persons.items():
        names[person] = draft.owner
        if len(by_owner[draft.owner]) > 1:
            names[person] = _free(draft.longer, taken)
            taken.add(names[person])
    return names


def _hand_in(draft: Draft) -> SubmissionInfo | None:
    authorship, known = draft.authorship, draft.known
    if not (
        authorship.platform or known or draft.passed_over or draft.beside or authorship.received
    ):
        return None
    return SubmissionInfo(
        name=encodable((known.name if known else "") or authorship.name),
        email=encodable((known.email if known else "") or authorship.email),
        section=known.section if known else "",
        platform=authorship.platform,
        received=authorship.received,
        late=authorship.late,
        attempt=authorship.attempt,
        beside=tuple(encodable(each.name) for each in draft.beside),
        passed_over=draft.passed_over,
    )


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free

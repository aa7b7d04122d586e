"""From what was found to submissions: who it is, which notebooks count, what each is called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grader.results import IgnoredFile, SubmissionInfo
from grader.submissions.claim import Claim
from grader.submissions.files.beside import Beside
from grader.submissions.loose import loose_files
from grader.submissions.newest import Candidate, pick_of_each_unit
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
        Claim, path and source.
    place : str
        Where it was found, to tell students of one name apart.
    known : RosterStudent, optional
        Who of the roster it is.
    unit : str
        The unit that it is graded for, where another notebook of the student is for another.
    passed_over : tuple of IgnoredFile
        Other files of the same student.
    beside : tuple of Beside
        Files that lie beside it when it is graded.
    stated : bool
        Whether a table that a person gave says when it came.
    """

    candidate: Candidate
    place: str
    known: RosterStudent | None = None
    unit: str = ""
    passed_over: tuple[IgnoredFile, ...] = ()
    beside: tuple[Beside, ...] = ()
    stated: bool = False

    @property
    def claim(self) -> Claim:
        """What is said of it."""
        return self.candidate.claim

    @property
    def owner(self) -> str:
        """Id of the student, which another may have too."""
        return encodable(self.claim.student if self.known is None else self.known.id)

    @property
    def longer(self) -> str:
        """The same, where another has it too."""
        return encodable(self.claim.longer or f"{self.place}/{self.owner}")

    @property
    def work(self) -> str:
        """What tells it from other work of the student that is graded too."""
        return encodable("/".join(filter(None, (self.claim.work, self.unit))))

    @property
    def person(self) -> tuple[str, ...]:
        """What tells a student from others; empty where nothing says who it is."""
        if self.known is not None:
            return ("roster", self.known.id)
        # Two assignments that nbgrader collected are one student's.
        return self.claim.person[:2] or self.claim.folder


def look_up(
    drafts: Sequence[Draft], roster: Sequence[RosterStudent], times: Sequence[StatedTime]
) -> tuple[list[Draft], list[str]]:
    """Return the drafts with who they are from and when they came; and whose times fit none."""
    claims = [draft.claim for draft in drafts]
    known = identify(claims, roster)
    at, unused = times_of(claims, known, times)
    looked_up = [replace(draft, known=one) for draft, one in zip(drafts, known, strict=True)]
    return [
        draft if time is None else _came(draft, time)
        for draft, time in zip(looked_up, at, strict=True)
    ], unused


def _came(draft: Draft, at: datetime) -> Draft:
    claim = replace(draft.claim, received=at)
    return replace(draft, candidate=replace(draft.candidate, claim=claim), stated=True)


def drafts_that_count(drafts: Sequence[Draft], units: Sequence[UnitSigns]) -> list[Draft]:
    """Leave of each student, once looked up, the newest hand-ins, where the first one stood."""
    groups: dict[Hashable, list[Draft]] = {}
    for number, draft in enumerate(drafts):
        same = draft.claim.person or draft.claim.folder or number
        student = draft.known
        groups.setdefault((student.id, draft.claim.work) if student else same, []).append(draft)
    return [draft for group in groups.values() for draft in _newest(group, units)]


def _newest(group: Sequence[Draft], units: Sequence[UnitSigns]) -> Iterator[Draft]:
    if len(group) == 1:
        yield replace(group[0], beside=group[0].candidate.beside)
        return
    loose = loose_files([draft.candidate for draft in group])
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
    claim, known = draft.claim, draft.known
    if not (claim.platform or known or draft.passed_over or draft.beside or claim.received):
        return None
    return SubmissionInfo(
        name=encodable((known.name if known else "") or claim.name),
        email=encodable((known.email if known else "") or claim.email),
        section=known.section if known else "",
        platform=claim.platform,
        received=claim.received,
        late=claim.late,
        attempt=claim.attempt,
        beside=tuple(encodable(each.name) for each in draft.beside),
        passed_over=draft.passed_over,
    )


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free

"""From what was found to one submission a student: who it is, which notebook counts, its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.results import HandIn, IgnoredFile
from grader.submissions.claim import Claim
from grader.submissions.newest import Candidate, pick_newest
from grader.submissions.people import identify
from grader.submissions.roster import RosterStudent
from grader.submissions.submission import Submission
from grader.text import encodable

__all__ = ["Draft", "name_submissions", "one_of_each"]


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
        Who it is.
    passed_over : tuple of IgnoredFile
        Other files of the same student.
    """

    candidate: Candidate
    place: str
    known: RosterStudent | None = None
    passed_over: tuple[IgnoredFile, ...] = ()

    @property
    def claim(self) -> Claim:
        """What is said of it."""
        return self.candidate.claim

    @property
    def student(self) -> str:
        """Id of the student, which another may have too."""
        name = self.claim.student if self.known is None else self.known.id
        return f"{name}/{self.claim.work}" if self.claim.work else name

    @property
    def longer(self) -> str:
        """The same, where another has it too."""
        return self.claim.longer or f"{self.place}/{self.student}"

    @property
    def person(self) -> tuple[str, ...]:
        """What hand-ins of one student have in common; empty where nothing says so."""
        if self.known is not None:
            return ("roster", self.known.id, self.claim.work)
        return self.claim.person


def one_of_each(drafts: Sequence[Draft], roster: Sequence[RosterStudent]) -> list[Draft]:
    """Look the students up and leave of each the newest hand-in, where the first one stood."""
    known = identify([draft.claim for draft in drafts], roster)
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for number, (draft, student) in enumerate(zip(drafts, known, strict=True)):
        looked_up = replace(draft, known=student)
        groups.setdefault(looked_up.person or ("", str(number)), []).append(looked_up)
    return [_one(group) for group in groups.values()]


def _one(group: Sequence[Draft]) -> Draft:
    if len(group) == 1:
        return group[0]
    newest, reasons = pick_newest([draft.candidate for draft in group])
    passed_over = tuple(
        IgnoredFile(path=group[place].candidate.notebook, why=why) for place, why in reasons.items()
    )
    return replace(group[newest], passed_over=passed_over)


def name_submissions(drafts: Sequence[Draft]) -> Iterator[Submission]:
    """Give students of one name the name of where they were found too, and at last a number."""
    by_student = Counter(encodable(draft.student) for draft in drafts)
    taken = set(by_student)
    for draft in drafts:
        student = encodable(draft.student)
        if by_student[student] > 1:
            student = _free(encodable(draft.longer), taken)
            taken.add(student)
        yield Submission(
            student=student,
            notebook=draft.candidate.notebook,
            source=draft.candidate.source,
            hand_in=_hand_in(draft),
        )


def _hand_in(draft: Draft) -> HandIn | None:
    claim, known = draft.claim, draft.known
    if not claim.platform and known is None:
        return None
    return HandIn(
        name=encodable((known.name if known else "") or claim.name),
        email=encodable((known.email if known else "") or claim.email),
        section=known.section if known else "",
        platform=claim.platform,
        received=claim.received,
        late=claim.late,
        attempt=claim.attempt,
        passed_over=draft.passed_over,
    )


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free

"""Turning candidates into submissions: their students, the notebooks that count, and their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from grader.results import IgnoredFile, SubmissionInfo
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


def look_up(
    found: Sequence[Candidate], roster: Sequence[RosterStudent], times: Sequence[StatedTime]
) -> tuple[list[Candidate], list[str]]:
    """Return the candidates with their students and times, and the students of unused times."""
    authorships = [each.authorship for each in found]
    known = identify(authorships, roster)
    at, unused = times_of(authorships, known, times)
    return [
        replace(
            each,
            known=student,
            stated=time is not None,
            authorship=replace(each.authorship, received=time or each.authorship.received),
        )
        for each, student, time in zip(found, known, at, strict=True)
    ], unused


def those_that_count(found: Sequence[Candidate], units: Sequence[UnitSigns]) -> list[Candidate]:
    """Keep the newest submissions of each student, at the position of the student's first."""
    groups: dict[Hashable, list[Candidate]] = {}
    for number, each in enumerate(found):
        who = each.authorship
        key = (each.known.id, who.work) if each.known else who.person or who.folder or number
        groups.setdefault(key, []).append(each)
    return [each for group in groups.values() for each in _newest(group, units)]


def _newest(group: Sequence[Candidate], units: Sequence[UnitSigns]) -> Iterator[Candidate]:
    if len(group) == 1:
        yield group[0]
        return
    loose = _loose_files(group)
    taken = {each.shown for each in loose}
    picks = pick_of_each_unit(group, units)
    for pick in picks:
        picked = group[pick.place]
        beside = (*picked.beside, *loose) if picked.file is None else ()
        passed_over = tuple(
            IgnoredFile(
                path=other.notebook, why=why if other.file is None or not beside else _REPLACED
            )
            for place, why in pick.passed_over.items()
            if (other := group[place]).notebook not in taken or not beside
        )
        unit = pick.unit if len(picks) > 1 else ""
        yield replace(picked, unit=unit, passed_over=passed_over, beside=beside)


def _loose_files(candidates: Sequence[Candidate]) -> tuple[SideFile, ...]:
    """Return the other files among a student's candidates, under the student's own names.

    A download without folders has a student's ``data.csv`` under a name that the platform made. The
    notebook needs it under the student's own name; of several uploads of one file the newest
    counts.
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


def name_submissions(chosen: Sequence[Candidate]) -> Iterator[Submission]:
    """Yield the submissions with unique ids: the name, then with the place, then with a number."""
    persons = [each.person or number for number, each in enumerate(chosen)]
    names = _names(dict(zip(persons, chosen, strict=True)))
    taken: set[str] = set()
    for each, person in zip(chosen, persons, strict=True):
        owner, work = names[person], each.work
        yield Submission(
            student=_take(f"{owner}/{work}" if work else owner, taken),
            notebook=each.notebook,
            source=each.source,
            hand_in=_hand_in(each),
            owner=owner,
            work=work,
            beside=each.beside,
            stated=each.stated,
        )


def _names(persons: dict[Hashable, Candidate]) -> dict[Hashable, str]:
    owners = Counter(each.owner for each in persons.values())
    taken = set(owners)
    return {
        person: _take(each.longer, taken) if owners[each.owner] > 1 else each.owner
        for person, each in persons.items()
    }


def _hand_in(each: Candidate) -> SubmissionInfo | None:
    authorship, known = each.authorship, each.known
    if not (authorship.platform or known or each.passed_over or each.beside or authorship.received):
        return None
    return SubmissionInfo(
        name=encodable((known.name if known else "") or authorship.name),
        email=encodable((known.email if known else "") or authorship.email),
        section=known.section if known else "",
        platform=authorship.platform,
        received=authorship.received,
        late=authorship.late,
        attempt=authorship.attempt,
        beside=tuple(encodable(file.name) for file in each.beside),
        passed_over=each.passed_over,
    )


def _take(name: str, taken: set[str]) -> str:
    """Add a name to the taken ones, with a number if it is among them already; return it."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free

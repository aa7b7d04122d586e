"""Finding the submissions in what an instructor points at."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UsageError
from grader.results import LookAlike
from grader.submissions.authorship import Authorship
from grader.submissions.drafts import look_up, name_submissions, those_that_count
from grader.submissions.files.byte_sources import FileSource, MemberSource, Refused
from grader.submissions.files.file_names import is_archive, stem
from grader.submissions.files.listing import Item, list_archive, list_folder
from grader.submissions.instead import (
    may_be_hand_in,
    no_notebook,
    not_a_notebook,
    what_lies_there,
)
from grader.submissions.layout import Layout, lay_out, without_wrapper
from grader.submissions.lookalikes import looking_alike
from grader.submissions.newest import Candidate
from grader.submissions.platforms.registry import is_platform_name
from grader.submissions.roster.load import RosterStudent
from grader.submissions.roster.match import identify
from grader.submissions.roster.times import StatedTime
from grader.submissions.submission import Submission
from grader.submissions.units import UnitSigns
from grader.text import encodable, safe_text


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that lies among the submissions and is none; `where` is untrusted."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    Attributes
    ----------
    submissions : tuple of Submission
        One for each student, or for each unit or assignment of a student; and more where nothing
        says that they are one's.
    ignored : tuple of Ignored
        What is no submission.
    unknown : tuple of str
        Students of submissions who are not in the roster; untrusted. Empty without a roster.
    missing : tuple of RosterStudent
        Who of the roster handed in nothing.
    look_alike : tuple of tuple of LookAlike
        Students whose names look alike, those of the roster included; each group may be one.
    unused_times : tuple of str
        Students of whom a table says when something came, and nothing was found; untrusted.
    empty : tuple of Ignored
        Given folders without anything to grade, and what lies there instead, where there is no
        submission at all.
    """

    submissions: tuple[Submission, ...]
    ignored: tuple[Ignored, ...]
    unknown: tuple[str, ...] = ()
    missing: tuple[RosterStudent, ...] = ()
    look_alike: tuple[tuple[LookAlike, ...], ...] = ()
    unused_times: tuple[str, ...] = ()
    empty: tuple[Ignored, ...] = ()


def find_submissions(paths: Sequence[Path]) -> list[Submission]:
    """Return the submissions in `paths`; see `survey_submissions`."""
    return list(survey_submissions(paths).submissions)


def survey_submissions(
    paths: Sequence[Path],
    roster: Sequence[RosterStudent] | None = None,
    units: Sequence[UnitSigns] = (),
    times: Sequence[StatedTime] = (),
) -> Survey:
    """Find the submissions in notebooks, folders and zips.

    A notebook is looked into only where its student has several and `units` are given.

    They come in the order of `paths`, and by name within each. Nothing is lost silently: what
    cannot be read is a submission whose `read` says why, two of one name get names that tell them
    apart, what is no submission is listed as ignored, and of several notebooks of one
    student the newest counts and lists the others, or the newest for each unit.

    Parameters
    ----------
    paths : sequence of Path
        Notebooks; folders or zips of notebooks; folders or zips with a folder or a zip a student;
        downloads of Canvas, Moodle and Gradescope; what nbgrader collected.
    roster : sequence of RosterStudent, optional
        The class: its ids are given to the submissions.
    units : sequence of UnitSigns
        How the units of the course show in notebooks.
    times : sequence of StatedTime
        When hand-ins came, as a table says that the instructor gave; it goes before a platform.

    Raises
    ------
    UsageError
        A path is not there, or a folder cannot be listed.
    """
    candidates: list[Candidate] = []
    ignored: list[Ignored] = []
    empty: list[tuple[Candidate, str]] = []
    for path in paths:
        items, name = _items(path), stem(_name(path))
        layout = lay_out(items, name)
        place = stem(_name(_given(path)))
        found_there = [*layout.found, *_of_somebody(layout, roster or ())]
        candidates += [_candidate(place, authorship, item) for authorship, item in found_there]
        ignored += [Ignored(encodable(where), why) for where, why in layout.ignored]
        ignored += _of_nobody(layout, found_there)
        if not found_there:
            whose = Authorship(student=name, known_as=(name,))
            nothing = Item((_name(path),), str(path), "notebook", Refused(no_notebook(items)))
            empty.append((_candidate(place, whose, nothing), what_lies_there(items)))
    # Among others, an empty folder is a student who handed in nothing; a zip is one anyway.
    candidates += [one for one, _ in empty if candidates or is_archive(one.notebook)]
    unique, repeated = _without_repeats(candidates)
    looked_up, unused = look_up(unique, roster or (), times)
    chosen = those_that_count(looked_up, units)
    found = {each.known.id for each in chosen if each.known}
    submissions = tuple(name_submissions(chosen))
    unknown = dict.fromkeys(
        submission.owner
        for submission, each in zip(submissions, chosen, strict=True)
        if each.known is None
    )
    return Survey(
        submissions,
        tuple(ignored + repeated),
        tuple(unknown) if roster else (),
        tuple(student for student in roster or () if student.id not in found),
        looking_alike(_names(submissions, roster or ())),
        tuple(unused),
        () if candidates else tuple(Ignored(one.notebook, what) for one, what in empty),
    )


def _names(
    submissions: Sequence[Submission], roster: Sequence[RosterStudent]
) -> dict[str, list[str]]:
    """Return the names of the students of submissions and of the roster, by their ids."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for student in roster:
        names[encodable(student.id)].append(encodable(student.name))
    for submission in submissions:
        names[submission.owner].append(submission.hand_in.name if submission.hand_in else "")
    return names


def _of_somebody(layout: Layout, roster: Sequence[RosterStudent]) -> list[tuple[Authorship, Item]]:
    """Return the files that are no notebooks and may yet be what somebody handed in.

    By the roster, or by what they are, where others handed in notebooks beside them.
    """
    known = identify([authorship for authorship, _ in layout.strays], roster)
    of_class = len(layout.found) > 1
    return [
        (authorship, replace(item, kind="notebook", source=Refused(not_a_notebook(item))))
        for (authorship, item), student in zip(layout.strays, known, strict=True)
        if student is not None or (of_class and not roster and may_be_hand_in(item))
    ]


def _of_nobody(layout: Layout, found: Sequence[tuple[Authorship, Item]]) -> list[Ignored]:
    taken = {item.shown for _, item in found}
    why = "is neither a notebook nor a zip nor a folder"
    return [
        Ignored(encodable(item.shown), why) for _, item in layout.strays if item.shown not in taken
    ]


def _items(path: Path) -> list[Item]:
    # One thing out of a download, as the shell's `download/*` gives it.
    alone = is_platform_name(stem(path.name))
    if path.is_dir():
        items = list_folder(path)
        above = (path.name,) if alone else ()
        return [replace(item, parts=(*above, *item.parts)) for item in items]
    if not os.path.lexists(path):
        raise UsageError(
            f"`{safe_text(str(path))}` is not there. Name notebooks, or folders or zips of them."
        )
    if is_archive(path.name):
        if alone:
            return list_archive(path, (stem(path.name),))
        return without_wrapper(list_archive(path), stem(path.name))
    return [Item((path.name,), str(path), "notebook", FileSource(path))]


def _given(path: Path) -> Path:
    return path if path.is_dir() or is_archive(path.name) else path.absolute().parent


def _candidate(place: str, authorship: Authorship, item: Item) -> Candidate:
    source = item.source or Refused(not_a_notebook(item))
    notebook = encodable(item.shown)
    loose = item.file if authorship.file and isinstance(source, Refused) else None
    return Candidate(
        authorship=authorship,
        notebook=notebook,
        source=source,
        modified=item.modified,
        file=loose,
        beside=item.beside,
        place=place,
    )


def _name(path: Path) -> str:
    return Path(os.path.normpath(path.absolute())).name  # of `.` and `..` too


def _without_repeats(candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Ignored]]:
    seen: set[tuple[str, int, tuple[str, ...]]] = set()
    unique: list[Candidate] = []
    repeated: list[Ignored] = []
    for each in candidates:
        # Links are two hand-ins, not one; a zip may hold two members of one name; and what a group
        # handed in counts for each of its members.
        notebook, source = each.notebook, each.source
        where = os.path.normpath(Path(notebook).absolute())
        index = source.index if isinstance(source, MemberSource) else 0
        key = (where, index, each.authorship.person)
        if key in seen:
            repeated.append(Ignored(notebook, "is given twice"))
        else:
            unique.append(each)
        seen.add(key)
    return unique, repeated

"""Finding the submissions in the files and folders that an instructor gives."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UsageError
from grader.results import IgnoredFile, LookAlike
from grader.submissions.authorship import Authorship
from grader.submissions.drafts import look_up, name_submissions, those_that_count
from grader.submissions.files.byte_sources import FileSource, MemberSource, Refused
from grader.submissions.files.file_names import is_archive, stem
from grader.submissions.files.listing import Item, list_archive, list_folder
from grader.submissions.instead import may_be_hand_in, no_notebook, not_a_notebook, what_lies_there
from grader.submissions.layout import NO_SUBMISSION, Layout, lay_out, without_wrapper
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
class Survey:
    """The submissions that were found, and everything else.

    Attributes
    ----------
    submissions : tuple of Submission
        One for each student, or for each unit or assignment of a student; more if nothing shows
        that they belong to one student.
    ignored : tuple of IgnoredFile
        Items that are no submission.
    unknown : tuple of str
        Students of submissions who are not in the roster; untrusted. Empty without a roster.
    missing : tuple of RosterStudent
        Students of the roster without a submission.
    look_alike : tuple of tuple of LookAlike
        Students whose names look alike, including those of the roster; each group may be one.
    unused_times : tuple of str
        Students with a stated time but no submission; untrusted.
    empty : tuple of IgnoredFile
        If there is no submission at all: the given folders, and what they hold instead.
    """

    submissions: tuple[Submission, ...]
    ignored: tuple[IgnoredFile, ...]
    unknown: tuple[str, ...] = ()
    missing: tuple[RosterStudent, ...] = ()
    look_alike: tuple[tuple[LookAlike, ...], ...] = ()
    unused_times: tuple[str, ...] = ()
    empty: tuple[IgnoredFile, ...] = ()


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

    They come in the order of `paths`, and by name within each. Nothing is lost silently: what
    cannot be read is a submission whose `read` says why, submissions of one name get different ids,
    every other item is listed as ignored, and of several notebooks of one student the newest (or
    the newest for each unit) counts and lists the others. A notebook is opened only if its student
    has several and `units` are given.

    Parameters
    ----------
    paths : sequence of Path
        Notebooks; folders or zips of notebooks; folders or zips with a folder or zip per student;
        downloads of Canvas, Moodle and Gradescope; folders that nbgrader collected.
    roster : sequence of RosterStudent, optional
        The class, whose ids the submissions get.
    units : sequence of UnitSigns
        Signs of the units of the course.
    times : sequence of StatedTime
        Times of submission from a table that the instructor gave, which override a platform's.

    Raises
    ------
    UsageError
        A path does not exist, or a folder cannot be listed.
    """
    roster = roster or ()
    candidates: list[Candidate] = []
    ignored: list[IgnoredFile] = []
    empty: list[tuple[Candidate, str]] = []
    for path in paths:
        items, name = _items(path), stem(_name(path))
        layout = lay_out(items, name)
        place = stem(_name(_given(path)))
        found_there = [*layout.found, *_handed_in(layout, roster)]
        taken = {item.shown for _, item in found_there}
        strays = [(one.shown, NO_SUBMISSION) for _, one in layout.strays if one.shown not in taken]
        candidates += [_candidate(place, authorship, item) for authorship, item in found_there]
        ignored += [_ignored(where, why) for where, why in (*layout.ignored, *strays)]
        if not found_there:
            whose = Authorship(student=name, known_as=(name,))
            nothing = Item((_name(path),), str(path), "notebook", Refused(no_notebook(items)))
            empty.append((_candidate(place, whose, nothing), what_lies_there(items)))
    # Among others, an empty folder is a student who handed in nothing; an empty zip always is.
    candidates += [one for one, _ in empty if candidates or is_archive(one.notebook)]
    unique, repeated = _without_repeats(candidates)
    looked_up, unused = look_up(unique, roster, times)
    chosen = those_that_count(looked_up, units)
    found = {each.known.id for each in chosen if each.known}
    submissions = tuple(name_submissions(chosen))
    unknown = dict.fromkeys(
        submission.owner
        for submission, each in zip(submissions, chosen, strict=True)
        if roster and each.known is None
    )
    return Survey(
        submissions,
        tuple(ignored + repeated),
        tuple(unknown),
        tuple(student for student in roster if student.id not in found),
        looking_alike(_names(submissions, roster)),
        tuple(unused),
        tuple(_ignored(one.notebook, what) for one, what in empty if not candidates),
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


def _handed_in(layout: Layout, roster: Sequence[RosterStudent]) -> list[tuple[Authorship, Item]]:
    """Return the strays that may be submissions although they are no notebooks.

    The roster decides; without one, the kind of file, if others handed in notebooks.
    """
    known = identify([authorship for authorship, _ in layout.strays], roster)
    of_class = len(layout.found) > 1
    return [
        (authorship, replace(item, kind="notebook", source=Refused(not_a_notebook(item))))
        for (authorship, item), student in zip(layout.strays, known, strict=True)
        if student is not None or (of_class and not roster and may_be_hand_in(item))
    ]


def _ignored(path: str, why: str) -> IgnoredFile:
    return IgnoredFile(path=encodable(path), why=why)


def _items(path: Path) -> list[Item]:
    # One item of a download, as the shell's `download/*` gives it.
    alone = is_platform_name(stem(path.name))
    if path.is_dir():
        items = list_folder(path)
        above = (path.name,) if alone else ()
        return [replace(item, parts=(*above, *item.parts)) for item in items]
    if not os.path.lexists(path):
        text = (
            f"`{safe_text(str(path))}` does not exist. Name notebooks, or folders or zips of them."
        )
        raise UsageError(text)
    if is_archive(path.name):
        if alone:
            return list_archive(path, (stem(path.name),))
        return without_wrapper(list_archive(path), stem(path.name))
    return [Item((path.name,), str(path), "notebook", FileSource(path))]


def _given(path: Path) -> Path:
    return path if path.is_dir() or is_archive(path.name) else path.absolute().parent


def _candidate(place: str, authorship: Authorship, item: Item) -> Candidate:
    source = item.source or Refused(not_a_notebook(item))
    return Candidate(
        authorship=authorship,
        notebook=encodable(item.shown),
        source=source,
        modified=item.modified,
        file=item.file if authorship.file and isinstance(source, Refused) else None,
        beside=item.beside,
        place=place,
    )


def _name(path: Path) -> str:
    return Path(os.path.normpath(path.absolute())).name  # also of `.` and `..`


def _without_repeats(candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[IgnoredFile]]:
    seen: set[tuple[str, int, tuple[str, ...]]] = set()
    unique: list[Candidate] = []
    repeated: list[IgnoredFile] = []
    for each in candidates:
        # Two links to one file are two submissions; a zip may hold two members of one name; and a
        # group's submission counts for each of its members.
        where = os.path.normpath(Path(each.notebook).absolute())
        index = each.source.index if isinstance(each.source, MemberSource) else 0
        key = (where, index, each.authorship.person)
        if key in seen:
            repeated.append(_ignored(each.notebook, "is given twice"))
        else:
            unique.append(each)
        seen.add(key)
    return unique, repeated

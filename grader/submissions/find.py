"""Finding the submissions in what an instructor points at."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.submissions.layout import assign, without_wrapper
from grader.submissions.listing import Item, list_archive, list_folder
from grader.submissions.names import is_archive, stem
from grader.submissions.submission import (
    FileSource,
    MemberSource,
    Refused,
    Source,
    Submission,
)
from grader.text import encodable, safe_text

__all__ = ["Ignored", "Survey", "find_submissions", "survey_submissions"]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that lies among the submissions and is none; `where` is untrusted."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found."""

    submissions: tuple[Submission, ...]
    ignored: tuple[Ignored, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A submission whose student's name may not be unique yet."""

    student: str
    full_name: str
    notebook: str
    source: Source


def find_submissions(paths: Sequence[Path]) -> list[Submission]:
    """Return the submissions in `paths`; see `survey_submissions`."""
    return list(survey_submissions(paths).submissions)


def survey_submissions(paths: Sequence[Path]) -> Survey:
    """Find the submissions in notebooks, folders and zips, without opening a notebook.

    They come in the order of `paths`, and by name within each. Nothing is lost silently: what
    cannot be read is a submission whose `read` says why, two of one name get names that tell them
    apart, and what is no submission is listed as ignored.

    Parameters
    ----------
    paths : sequence of Path
        Notebooks; folders or zips of notebooks; folders or zips with a folder or a zip a student.

    Raises
    ------
    UsageError
        A path is not there, or a folder cannot be listed.
    """
    drafts: list[_Draft] = []
    ignored: list[Ignored] = []
    empty: list[_Draft] = []
    for path in paths:
        items = _items(path)
        assigned = list(assign(items))
        found = [_draft(path, student, item) for student, item in assigned]
        drafts += found
        ignored += _ignored(items, {item for _, item in assigned})
        if not found:
            empty.append(_draft(path, stem(_name(path)), _nothing(path)))
    if drafts:  # among others, an empty folder is a student who handed in nothing
        drafts += empty
    unique, repeated = _without_repeats(drafts)
    return Survey(tuple(_named(unique)), tuple(ignored + repeated))


def _items(path: Path) -> list[Item]:
    if path.is_dir():
        return list_folder(path)
    if not os.path.lexists(path):
        raise UsageError(f"`{safe_text(str(path))}` is not there.")
    if is_archive(path.name):
        return without_wrapper(list_archive(path), stem(path.name))
    return [Item((path.name,), str(path), "notebook", FileSource(path))]


def _nothing(path: Path) -> Item:
    reason = "holds no notebook. Hand in the .ipynb file."
    return Item((_name(path),), str(path), "notebook", Refused(reason))


def _ignored(items: Iterable[Item], assigned: Set[Item]) -> Iterator[Ignored]:
    for item in items:
        if item.kind == "other" and len(item.parts) == 1:
            yield Ignored(encodable(item.shown), "is neither a notebook nor a zip nor a folder")
        elif item.kind == "blocked" and item not in assigned:
            assert isinstance(item.source, Refused)
            yield Ignored(encodable(item.shown), item.source.reason)


def _draft(path: Path, student: str, item: Item) -> _Draft:
    assert item.source is not None
    given = path if path.is_dir() or is_archive(path.name) else path.absolute().parent
    return _Draft(
        student=encodable(student),
        full_name=encodable(f"{stem(_name(given))}/{student}"),
        notebook=encodable(item.shown),
        source=item.source,
    )


def _name(path: Path) -> str:
    return Path(os.path.normpath(path.absolute())).name  # of `.` and `..` too


def _without_repeats(drafts: Sequence[_Draft]) -> tuple[list[_Draft], list[Ignored]]:
    seen: set[tuple[str, int]] = set()
    unique: list[_Draft] = []
    repeated: list[Ignored] = []
    for draft in drafts:
        # Links are two hand-ins, not one; and a zip may hold two members of one name.
        where = os.path.normpath(Path(draft.notebook).absolute())
        key = (where, draft.source.index if isinstance(draft.source, MemberSource) else 0)
        if key in seen:
            repeated.append(Ignored(draft.notebook, "is given twice"))
        else:
            unique.append(draft)
        seen.add(key)
    return unique, repeated


def _named(drafts: Sequence[_Draft]) -> Iterator[Submission]:
    """Give students of one name the name of where they were found too, and at last a number."""
    by_student = Counter(draft.student for draft in drafts)
    taken = {draft.student for draft in drafts}
    for draft in drafts:
        student = draft.student
        if by_student[student] > 1:
            student = _free(draft.full_name, taken)
            taken.add(student)
        yield Submission(student=student, notebook=draft.notebook, source=draft.source)


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free

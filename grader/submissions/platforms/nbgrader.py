"""The folders that nbgrader collects into: ``submitted/<student>/<assignment>/``.

References
----------
nbgrader, "Directory structure" of its documentation; ``timestamp.txt`` is written by its exchange
and by ``zip_collect``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from grader.errors import NotebookError
from grader.submissions.authorship import Authorship
from grader.submissions.dates import parse_timestamp
from grader.submissions.files.listing import Item, things_by_name
from grader.submissions.platforms.base import Download, Platform

_SUBMITTED = "submitted"
_TIMESTAMP = "timestamp.txt"
_OTHERS = frozenset({"source", "release", "autograded", "feedback", "nbgrader_config.py"})
_LIMIT_TIMESTAMP_BYTES = 200


class Nbgrader(Platform):
    """nbgrader, with a folder for each student, and in it one for each assignment."""

    name = "nbgrader"
    records = frozenset({_TIMESTAMP})

    def read_download(self, items: Sequence[Item], name: str) -> Download | None:
        """Return the collected submissions of a course folder or a folder of submissions."""
        inside = _submitted(items)
        if inside is None and not _is_collected(items, name):
            return None
        items = items if inside is None else inside
        things = things_by_name(items)
        usual = _usual_assignment(map(_assignments, things.values()))
        return Download(
            items=items,
            shares={
                student: [
                    self._share(student, assignment, own, usual)
                    for assignment in sorted(_assignments(own))
                ]
                for student, own in things.items()
                if _is_one(own)
            },
        )

    def _share(
        self, student: str, assignment: str, things: Sequence[Item], usual: str
    ) -> tuple[Authorship, Sequence[Item]]:
        own = [item for item in things if item.parts[1:2] == (assignment,)]
        authorship = Authorship(
            student=student,
            platform=self.name,
            person=(self.name, student, assignment),
            known_as=(student,),
            work="" if assignment == usual else assignment,
            received=_received(own),
        )
        # The file of the platform is not one of the student's.
        return authorship, [
            replace(item, file=None) if item.parts[-1] == _TIMESTAMP else item for item in own
        ]


def _submitted(items: Sequence[Item]) -> list[Item] | None:
    """Return the items in ``submitted`` of an nbgrader course folder; None if it is none."""
    tops = {item.parts[0] for item in items}
    deep = any(item.parts[0] == _SUBMITTED and len(item.parts) > 3 for item in items)
    if not deep or not (tops == {_SUBMITTED} or tops & _OTHERS):
        return None
    return [
        replace(item, parts=item.parts[1:])
        for item in items
        if item.parts[0] == _SUBMITTED and len(item.parts) > 1
    ]


def _is_collected(items: Sequence[Item], name: str) -> bool:
    """Return whether nbgrader collected a folder of students of this name.

    Most students must have a timestamp: a student may have handed in a single file of that name.
    """
    students = {item.parts[0] for item in items if not item.is_file_at_top}
    timed = {item.parts[0] for item in items if _is_timestamp(item)}
    return name == _SUBMITTED or 2 * len(timed) > len(students)


def _is_timestamp(item: Item) -> bool:
    return item.kind == "other" and len(item.parts) == 3 and item.parts[2] == _TIMESTAMP


def _is_one(things: Sequence[Item]) -> bool:
    """Return whether a student's folder holds assignments and nothing else to grade."""
    return bool(_assignments(things)) and not any(
        item.is_file_at_top or (item.kind == "notebook" and len(item.parts) == 2) for item in things
    )


def _assignments(things: Sequence[Item]) -> set[str]:
    """Return the names of the folders in a student's folder."""
    return {
        item.parts[1]
        for item in things
        if len(item.parts) > 2 or (len(item.parts) == 2 and item.kind == "folder")
    }


def _usual_assignment(assignments: Iterable[set[str]]) -> str:
    """Return the only assignment, which need not be named; empty if there are several.

    A folder that only one student has does not change the ids of the others.
    """
    students = Counter(name for each in assignments for name in each)
    shared = [name for name, count in students.items() if count > 1] or list(students)
    return shared[0] if len(shared) == 1 else ""


def _received(assignment: Sequence[Item]) -> datetime | None:
    stated = next(filter(_is_timestamp, assignment), None)
    if stated is not None and stated.file is not None:
        with suppress(NotebookError):
            content = stated.file.content(_LIMIT_TIMESTAMP_BYTES)
            return parse_timestamp(content.decode("utf-8", "replace"))
    return None

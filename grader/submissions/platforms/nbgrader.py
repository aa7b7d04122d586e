"""The folders that nbgrader collects into: ``submitted/<student>/<assignment>/``.

References
----------
nbgrader, "Directory structure" of its documentation; ``timestamp.txt`` is written by its exchange
and by ``zip_collect``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from grader.errors import NotebookError
from grader.submissions.claim import Claim
from grader.submissions.files.listing import Item
from grader.submissions.platforms.timestamps import parse_timestamp

_SUBMITTED = "submitted"
_TIMESTAMP = "timestamp.txt"
_OTHERS = frozenset({"source", "release", "autograded", "feedback", "nbgrader_config.py"})
_LIMIT_TIMESTAMP_BYTES = 200


def submitted(items: Sequence[Item]) -> list[Item] | None:
    """Return what lies in ``submitted`` of a course folder of nbgrader; None if it is none."""
    tops = {item.parts[0] for item in items}
    deep = any(item.parts[0] == _SUBMITTED and len(item.parts) > 3 for item in items)
    if not deep or not (tops == {_SUBMITTED} or tops & _OTHERS):
        return None
    return [
        replace(item, parts=item.parts[1:])
        for item in items
        if item.parts[0] == _SUBMITTED and len(item.parts) > 1
    ]


def is_nbgrader(items: Sequence[Item], name: str) -> bool:
    """Whether a folder of students, called `name`, is one that nbgrader collected.

    Most students must have a time in it: one file of that name a student may have put there.
    """
    students = {item.parts[0] for item in items if len(item.parts) > 1 or item.kind == "folder"}
    timed = {item.parts[0] for item in items if _is_timestamp(item)}
    return name == _SUBMITTED or 2 * len(timed) > len(students)


def _is_timestamp(item: Item) -> bool:
    return item.kind == "record" and len(item.parts) == 3 and item.parts[2] == _TIMESTAMP


def claim_nbgrader(student: str, assignment: str, items: Sequence[Item], *, work: str) -> Claim:
    """Return the claim of one assignment of one student.

    Parameters
    ----------
    student, assignment : str
        Names of the folders.
    items : sequence of Item
        What lies in the student's folder.
    work : str
        The assignment again, where it tells two hand-ins of one student apart.
    """
    return Claim(
        student=student,
        platform="nbgrader",
        person=("nbgrader", student, assignment),
        known_as=(student,),
        work=work,
        received=_received(items, (student, assignment, _TIMESTAMP)),
    )


def _received(items: Sequence[Item], parts: tuple[str, ...]) -> datetime | None:
    for item in items:
        if item.parts == parts and item.kind == "record" and item.source is not None:
            try:
                content = item.source.content(_LIMIT_TIMESTAMP_BYTES)
            except NotebookError:
                return None
            return parse_timestamp(content.decode("utf-8", "replace"))
    return None

"""Counts of submissions with an unknown time, for which no lateness can be computed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from grader.gradebook.database import tables as t


@dataclass(slots=True)
class Timing:
    """Counts of submissions with and without a known time.

    Attributes
    ----------
    hand_ins : int
        Number of all submissions.
    unknown : int
        Number of those with neither a time nor a mark.
    marked : list of str
        Students whose submission a platform marks as late without a time.
    """

    hand_ins: int = 0
    unknown: int = 0
    marked: list[str] = field(default_factory=list)

    def add(self, student: str, received: str | None, late: bool | None) -> None:
        """Count a submission."""
        self.hand_ins += 1
        if received is None and late is None:
            self.unknown += 1
        elif received is None and late:
            self.marked.append(student)


def timing_of(connection: Connection, hand_ins: Collection[tuple[str, str]]) -> Timing:
    """Return the counts for the last submission of each pair of student and place."""
    columns = t.SUBMISSIONS.c
    query = select(columns.student, columns.place, columns.received, columns.late)
    query = query.where(columns.content_id.is_not(None)).order_by(columns.id)
    last = {
        (row.student, row.place): (row.received, row.late)
        for row in connection.execute(query)
        if (row.student, row.place) in hand_ins
    }
    timing = Timing()
    for (student, _), (received, late) in last.items():
        timing.add(student, received, late)
    return timing

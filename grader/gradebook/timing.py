"""Of which hand-ins nobody knows when they came, so that no lateness can be counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from grader.gradebook.database import tables as t


@dataclass(slots=True)
class Timing:
    """What is known of when hand-ins came.

    Attributes
    ----------
    hand_ins : int
        How many there are.
    unknown : int
        Those of which neither a time nor a mark is known.
    marked : list of str
        Whose hand-in a platform marks as late without a time.
    """

    hand_ins: int = 0
    unknown: int = 0
    marked: list[str] = field(default_factory=list)

    def add(self, student: str, received: str | None, late: bool | None) -> None:
        """Count a hand-in."""
        self.hand_ins += 1
        if received is None and late is None:
            self.unknown += 1
        elif received is None and late:
            self.marked.append(student)


def timing_of(connection: Connection, hand_ins: Collection[tuple[str, str]]) -> Timing:
    """Return what is known of when some hand-ins came, of each the last.

    Parameters
    ----------
    connection : Connection
        Where to read.
    hand_ins : collection of (str, str)
        Students, and the places of their hand-ins.
    """
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

"""When hand-ins came, as a table says that a platform or a person made.

Moodle's grading worksheet is one, Gradescope's table of grades with its `Submission Time` another.
Any other needs a column that says who and one that says when.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.errors import TimesError
from grader.submissions.authorship import Authorship
from grader.submissions.dates import Order, written_time
from grader.submissions.platforms.base import Platform
from grader.submissions.platforms.registry import headers_of, platform_with_times
from grader.submissions.roster.load import RosterStudent
from grader.submissions.roster.match import identify
from grader.submissions.roster.table import HEADERS, Columns, TableReader, cell_of, squeezed
from grader.text import safe_text

_TIMES = (
    "submissiontime", "submissiondate", "submittedat", "submittedon", "submitted", "receivedat",
    "received", "handedin", "handedinat", "timestamp", "time", "datetime", "date", "datesubmitted",
)  # fmt: skip
_NOTHING = frozenset({"", "-", "–", "—", "never"})
_NUMBERED = re.compile(r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-]\d{4}")
_EXAMPLE = "Write it as `2026-10-31 18:00`"


@dataclass(frozen=True, slots=True)
class StatedTime:
    """When a student's hand-in came, as a table says.

    Attributes
    ----------
    person : RosterStudent
        Whose it is.
    at : datetime
        In UTC.
    platform : str
        The platform whose own table this is; else empty.
    number : str
        The student's number there, which is somebody else's id elsewhere; may be empty.
    """

    person: RosterStudent
    at: datetime
    platform: str = ""
    number: str = ""


def load_times(path: Path, timezone: str) -> tuple[StatedTime, ...]:
    """Read when hand-ins came.

    Parameters
    ----------
    path : Path
        A CSV file.
    timezone : str
        Of times that state none.

    Raises
    ------
    UsageError
        The file cannot be read.
    TimesError
        It is at fault; every fault is listed with its line.
    """
    reader = _Reader(path, ZoneInfo(timezone))
    times = tuple(reader.times())
    if reader.faults:
        raise TimesError(reader.faults)
    return times


def times_in_roster(path: Path, timezone: str) -> tuple[StatedTime, ...]:
    """Return what a roster says of when hand-ins came, as Moodle's grading worksheet does.

    Raises
    ------
    UsageError, TimesError
        As `load_times` does.
    """
    rows = TableReader(path, "roster").rows()
    header = next((row for _, row in rows if any(row)), [])
    stated = any(platform_with_times(squeezed(cell)) for cell in header)
    return load_times(path, timezone) if stated else ()


def _headers() -> dict[str, tuple[str, ...]]:
    """Return the headers that are known, by what they hold."""
    known = {role: (*headers, *headers_of(role)) for role, headers in HEADERS.items()}
    return {**known, "time": (*headers_of("time"), *_TIMES)}


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Sequence[str]
    written: str


class _Reader(TableReader):
    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        super().__init__(path, "table of times")
        self._zone = zone

    def times(self) -> Iterator[StatedTime]:
        rows = self.rows()
        header = next(((line, row) for line, row in rows if any(row)), None)
        if header is None:
            if not self.faults:
                text = "is empty. Its first line names the columns: `id,time`."
                self.fault(1, "", text)
            return
        columns = self._columns(*header)
        if columns is None:
            return
        named = squeezed(header[1][columns.by_role["time"]])
        platform = platform_with_times(named) or Platform()
        dated = list(self._dated(rows, header, columns))
        order = _order(row.written for row in dated)
        latest: dict[tuple[str, str], StatedTime] = {}
        for row in dated:
            stated = self._stated(row, columns, order, platform)
            if stated is not None:
                self._keep(stated, latest)
        yield from latest.values()

    def _columns(self, line: int, header: Sequence[str]) -> Columns | None:
        columns = Columns.of(header, _headers())
        shown = ", ".join(f"`{safe_text(cell, 40)}`" for cell in header[:20])
        if "time" not in columns.by_role:
            text = (
                f"names no column of times but {shown}. Call it `time`; in Moodle's grading "
                "worksheet it is `Last modified (submission)`."
            )
            self.fault(line, "", text)
            return None
        if not columns.ids and not {"name", "last", "email"} & columns.by_role.keys():
            text = f"names no column of students but {shown}. Call one `id`, `email` or `name`."
            self.fault(line, "", text)
            return None
        return columns

    def _dated(
        self, rows: Sequence[tuple[int, list[str]]], header: tuple[int, list[str]], columns: Columns
    ) -> Iterator[_Row]:
        """Yield the rows that say when something came."""
        for line, row in rows:
            if line <= header[0] or not any(row):
                continue
            self.check_width(line, row, len(header[1]))
            written = columns.cell(row, "time")
            if written.casefold() not in _NOTHING:
                yield _Row(line, row, written)

    def _stated(
        self, row: _Row, columns: Columns, order: Order | None, platform: Platform
    ) -> StatedTime | None:
        at = written_time(row.written, order)
        if at is None:
            either = written_time(row.written, "day") is not None
            what = "may be one of two days" if either else "is no date and time that is understood"
            text = f"`{safe_text(row.written, 60)}` {what}. {_EXAMPLE}."
            self.fault(row.line, "time", text)
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=self._zone)
        ids = tuple(filter(None, (cell_of(row.cells, place) for place in columns.ids)))
        email, name = columns.cell(row.cells, "email"), columns.name(row.cells)
        if not (ids or email or name):
            self.fault(row.line, "", "says when and not who: its id, e-mail and name are empty.")
            return None
        person = RosterStudent(
            id=next(iter((*ids, email, name)), "") or email or name,
            name=name,
            email=email,
            known_as=ids[1:],
            line=row.line,
        )
        number = platform.student_number(row.cells)
        return StatedTime(person, at.astimezone(UTC), platform.name, number)

    def _keep(self, stated: StatedTime, latest: dict[tuple[str, str], StatedTime]) -> None:
        """Keep the latest time of each student: the newest hand-in is the one that is graded."""
        person = stated.person
        bare = person.id == person.name and not person.email
        key = ("name" if bare else "id", person.id.casefold())
        before = latest.get(key)
        if before is not None and bare:
            text = (
                f"`{safe_text(person.name, 60)}` stands in line {before.person.line} too, and a "
                "name may be that of two. Add a column `id` or `email`."
            )
            self.fault(person.line, "name", text)
        elif before is None or before.at < stated.at:
            latest[key] = stated


def _order(written: Iterable[str]) -> Order | None:
    """Return what comes first in dates such as ``01/02/2026``, if others of the file tell."""
    orders: set[Order] = set()
    for match in filter(None, map(_NUMBERED.search, written)):
        if int(match[1]) > 12:
            orders.add("day")
        elif int(match[2]) > 12:
            orders.add("month")
    return orders.pop() if len(orders) == 1 else None


def times_of(
    authorships: Sequence[Authorship],
    known: Sequence[RosterStudent | None],
    times: Sequence[StatedTime],
) -> tuple[list[datetime | None], list[str]]:
    """Return when each hand-in came, or None where no table says it; and who handed in nothing.

    Parameters
    ----------
    authorships : sequence of Authorship
        What is said of the hand-ins.
    known : sequence of RosterStudent or None
        Who of the roster each is from.
    times : sequence of StatedTime
        What the tables say.

    Returns
    -------
    tuple of (list, list)
        The times; and the people of whom a table states a time that belongs to no hand-in.
    """
    wanted = [
        _enriched(authorship, one) for authorship, one in zip(authorships, known, strict=True)
    ]
    found: list[datetime | None] = [None] * len(authorships)
    used: set[int] = set()
    for platform in {authorship.platform for authorship in wanted}:
        places = [
            place for place, authorship in enumerate(wanted) if authorship.platform == platform
        ]
        listed = [
            replace(each.person, known_as=(*each.person.known_as, each.number))
            if each.number and each.platform == platform
            else each.person
            for each in times
        ]
        by_line = {id(person): number for number, person in enumerate(listed)}
        for place, person in zip(
            places, identify([wanted[place] for place in places], listed), strict=True
        ):
            if person is not None:
                number = by_line[id(person)]
                used.add(number)
                found[place] = times[number].at
    rest = [each.person for number, each in enumerate(times) if number not in used]
    return found, [person.name or person.id for person in rest]


def _enriched(authorship: Authorship, known: RosterStudent | None) -> Authorship:
    """Add what the roster knows of a student."""
    if known is None:
        return authorship
    return replace(
        authorship,
        known_as=(known.id, *known.known_as, *authorship.known_as),
        person=("roster", known.id),
        email=known.email or authorship.email,
        name=known.name or authorship.name,
    )

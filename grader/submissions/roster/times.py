"""Times of submission, from a table that a platform or a person made.

Moodle's grading worksheet and Gradescope's table of grades with its `Submission Time` can be used
as they are. Any other table needs a column for the student and one for the time.
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
from grader.submissions.platforms.registry import headers_of, platform_with_times
from grader.submissions.roster.load import RosterStudent
from grader.submissions.roster.match import identify
from grader.submissions.roster.table import (
    HEADERS,
    TableColumns,
    TableReader,
    cell_of,
    shown_headers,
    squeezed,
)
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
    """The time of a student's submission, as a table states it.

    Attributes
    ----------
    person : RosterStudent
        The student.
    at : datetime
        In UTC.
    platform : str
        The platform that made the table; empty for other tables.
    number : str
        The student's number on that platform, elsewhere another student's id; may be empty.
    """

    person: RosterStudent
    at: datetime
    platform: str = ""
    number: str = ""


def load_times(path: Path, timezone: str) -> tuple[StatedTime, ...]:
    """Read the times of submissions.

    Parameters
    ----------
    path : Path
        A CSV file.
    timezone : str
        Time zone of times that state none.

    Raises
    ------
    UsageError
        The file cannot be read.
    TimesError
        It is invalid; every fault is listed with its line.
    """
    reader = _TimesReader(path, ZoneInfo(timezone))
    times = tuple(reader.times())
    if reader.faults:
        raise TimesError(reader.faults)
    return times


def times_in_roster(path: Path, timezone: str) -> tuple[StatedTime, ...]:
    """Return the times of submissions in a roster, as Moodle's grading worksheet has them.

    The errors are those of `load_times`.
    """
    table = TableReader(path, "roster").table("id,name,email")
    stated = table and any(platform_with_times(squeezed(cell)) for cell in table.header)
    return load_times(path, timezone) if stated else ()


def _headers() -> dict[str, tuple[str, ...]]:
    """Return the known headers by their roles."""
    known = {role: (*headers, *headers_of(role)) for role, headers in HEADERS.items()}
    return {**known, "time": (*headers_of("time"), *_TIMES)}


class _TimesReader(TableReader):
    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        super().__init__(path, "table of times")
        self._zone = zone

    def times(self) -> Iterator[StatedTime]:
        table = self.table("id,time")
        if table is None or (columns := self._columns(table.line, table.header)) is None:
            return
        platform = platform_with_times(squeezed(table.header[columns.by_role["time"]]))
        dated = []
        for line, row in table.rows:
            self.check_width(line, row, table.header)
            if columns.cell(row, "time").casefold() not in _NOTHING:
                dated.append((line, row))
        order = _order(columns.cell(row, "time") for _, row in dated)
        latest: dict[tuple[str, str], StatedTime] = {}
        for line, row in dated:
            at = self._moment(line, columns.cell(row, "time"), order)
            person = self._person(line, row, columns) if at else None
            if at and person:
                number = platform.student_number(row) if platform else ""
                name = platform.name if platform else ""
                self._keep(StatedTime(person, at, name, number), latest)
        yield from latest.values()

    def _columns(self, line: int, header: Sequence[str]) -> TableColumns | None:
        columns = TableColumns.of(header, _headers())
        shown = shown_headers(header, 20)
        if "time" not in columns.by_role:
            text = (
                f"has no column of times, only {shown}. Name it `time`; in Moodle's grading "
                "worksheet it is `Last modified (submission)`."
            )
        elif not columns.ids and not {"name", "last", "email"} & columns.by_role.keys():
            text = f"has no column of students, only {shown}. Name one `id`, `email` or `name`."
        else:
            return columns
        self.fault(line, "", text)
        return None

    def _moment(self, line: int, written: str, order: Order | None) -> datetime | None:
        at = written_time(written, order)
        if at is None:
            either = written_time(written, "day") is not None
            what = "could mean two days" if either else "is no known form of date and time"
            self.fault(line, "time", f"`{safe_text(written, 60)}` {what}. {_EXAMPLE}.")
            return None
        return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(UTC)

    def _person(self, line: int, row: Sequence[str], columns: TableColumns) -> RosterStudent | None:
        ids = tuple(filter(None, (cell_of(row, place) for place in columns.ids)))
        email, name = columns.cell(row, "email"), columns.name(row)
        if not (ids or email or name):
            self.fault(line, "", "has a time but no student: its id, e-mail and name are empty.")
            return None
        main = next(filter(None, (*ids, email, name)))
        return RosterStudent(id=main, name=name, email=email, known_as=ids[1:], line=line)

    def _keep(self, stated: StatedTime, latest: dict[tuple[str, str], StatedTime]) -> None:
        """Keep the latest time of each student: the newest submission is graded."""
        person = stated.person
        bare = person.id == person.name and not person.email
        key = ("name" if bare else "id", person.id.casefold())
        before = latest.get(key)
        if before is not None and bare:
            text = (
                f"`{safe_text(person.name, 60)}` is in line {before.person.line} too, and two "
                "students may share a name. Add a column `id` or `email`."
            )
            self.fault(person.line, "name", text)
        elif before is None or before.at < stated.at:
            latest[key] = stated


def _order(written: Iterable[str]) -> Order | None:
    """Return what comes first in dates such as ``01/02/2026``, if other dates show it."""
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
    """Return the stated time of each submission, and the students whose times fit none.

    `known` has the roster's student for each of the `authorships`, or None.
    """
    wanted = [_enriched(one, student) for one, student in zip(authorships, known, strict=True)]
    found: list[datetime | None] = [None] * len(wanted)
    used: set[int] = set()
    for platform in {one.platform for one in wanted}:
        places = [place for place, one in enumerate(wanted) if one.platform == platform]
        listed = [_listed(each, platform) for each in times]
        numbers = {id(person): number for number, person in enumerate(listed)}
        identified = identify([wanted[place] for place in places], listed)
        for place, person in zip(places, identified, strict=True):
            if person is not None:
                number = numbers[id(person)]
                used.add(number)
                found[place] = times[number].at
    rest = [each.person for number, each in enumerate(times) if number not in used]
    return found, [person.name or person.id for person in rest]


def _listed(stated: StatedTime, platform: str) -> RosterStudent:
    """Return the student of a stated time, as the submissions of a platform may know them."""
    if not stated.number or stated.platform != platform:
        return stated.person
    return replace(stated.person, known_as=(*stated.person.known_as, stated.number))


def _enriched(authorship: Authorship, known: RosterStudent | None) -> Authorship:
    """Return an authorship with what the roster knows about the student."""
    if known is None:
        return authorship
    return replace(
        authorship,
        known_as=(known.id, *known.known_as, *authorship.known_as),
        person=("roster", known.id),
        email=known.email or authorship.email,
        name=known.name or authorship.name,
    )

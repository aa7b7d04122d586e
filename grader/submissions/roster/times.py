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
    reader = _TimesReader(path, ZoneInfo(timezone))
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
    table = TableReader(path, "roster").table("id,name,email")
    stated = table and any(platform_with_times(squeezed(cell)) for cell in table.header)
    return load_times(path, timezone) if stated else ()


def _headers() -> dict[str, tuple[str, ...]]:
    """Return the headers that are known, by what they hold."""
    known = {role: (*headers, *headers_of(role)) for role, headers in HEADERS.items()}
    return {**known, "time": (*headers_of("time"), *_TIMES)}


class _TimesReader(TableReader):
    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        super().__init__(path, "table of times")
        self._zone = zone

    def times(self) -> Iterator[StatedTime]:
        table = self.table("id,time")
        columns = self._columns(table.line, table.header) if table else None
        if table is None or columns is None:
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
                self._keep(
                    StatedTime(person, at, platform.name if platform else "", number), latest
                )
        yield from latest.values()

    def _columns(self, line: int, header: Sequence[str]) -> TableColumns | None:
        columns = TableColumns.of(header, _headers())
        shown = shown_headers(header, 20)
        if "time" not in columns.by_role:
            text = (
                f"names no column of times but {shown}. Call it `time`; in Moodle's grading "
                "worksheet it is `Last modified (submission)`."
            )
        elif not columns.ids and not {"name", "last", "email"} & columns.by_role.keys():
            text = f"names no column of students but {shown}. Call one `id`, `email` or `name`."
        else:
            return columns
        self.fault(line, "", text)
        return None

    def _moment(self, line: int, written: str, order: Order | None) -> datetime | None:
        at = written_time(written, order)
        if at is None:
            either = written_time(written, "day") is not None
            what = "may be one of two days" if either else "is no date and time that is understood"
            self.fault(line, "time", f"`{safe_text(written, 60)}` {what}. {_EXAMPLE}.")
            return None
        return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(UTC)

    def _person(self, line: int, row: Sequence[str], columns: TableColumns) -> RosterStudent | None:
        ids = tuple(filter(None, (cell_of(row, place) for place in columns.ids)))
        email, name = columns.cell(row, "email"), columns.name(row)
        if not (ids or email or name):
            self.fault(line, "", "says when and not who: its id, e-mail and name are empty.")
            return None
        main = next(filter(None, (*ids, email, name)))
        return RosterStudent(id=main, name=name, email=email, known_as=ids[1:], line=line)

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
    """Return whose time it is, as the submissions of one platform may know the student."""
    if not stated.number or stated.platform != platform:
        return stated.person
    return replace(stated.person, known_as=(*stated.person.known_as, stated.number))


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

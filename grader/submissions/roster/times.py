"""When hand-ins came, as a table says that a platform or a person made.

Moodle's grading worksheet is one: its column `Last modified (submission)` has the time, in the
language and the time zone of the person who downloaded it. Gradescope's table of grades has a
`Submission Time`. Any other needs a column that says who and one that says when.

References
----------
Moodle, ``mod/assign/gradingtable.php``, `col_timesubmitted` and `col_recordid`; the names of
columns are the strings ``lastmodifiedsubmission``, ``fullname``, ``email`` of its language packs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.errors import TimesError
from grader.submissions.claim import Claim
from grader.submissions.dates import Order, written_time
from grader.submissions.roster.load import RosterStudent
from grader.submissions.roster.match import identify
from grader.submissions.roster.table import HEADERS, Columns, TableReader, cell_of, squeezed
from grader.text import safe_text

_OF_MOODLE = (
    "lastmodifiedsubmission", "zuletztgeändertabgabe", "dernièremodificationtravailremis",
    "últimamodificaciónentrega", "ultimamodificaconsegna", "laatstgewijzigdinzending",
    "darreramodificaciótramesa", "últimaatualizaçãosubmissão", "últimamodificaçãoenvio",
    "senastmodifieratinlämning", "ultimamodificarearăspunsului",
    "sondüzenlemegönderim", "poslednízměnaodevzdanýúkol", "последнееизменениеответ",
    "востаннєзмінюваласяздача", "востаннєзмінювалосяздача", "最終更新日時提出", "上次修改作业",
)  # fmt: skip
_TIMES = (
    *_OF_MOODLE, "submissiontime", "submissiondate", "submittedat", "submittedon", "submitted",
    "receivedat", "received", "handedin", "handedinat", "timestamp", "time", "datetime", "date",
    "datesubmitted",
)  # fmt: skip
_KNOWN = {
    **HEADERS,
    "name": (
        *HEADERS["name"], "vollständigername", "nomcomplet", "nombrecompleto", "nomecompleto",
        "nome", "volledigenaam", "fullständigtnamn", "userfullname", "numecomplet",
        "tamadı", "полноеимя",
    ),
    "email": (
        *HEADERS["email"], "emailadresse", "adressedecourriel", "direccióndecorreo",
        "indirizzoemail", "emailadres", "adreçaelectrònica", "endereçodeemail", "epostadress",
        "epostadresi", "adresadeemail", "адресэлектроннойпочты",
    ),
    "time": _TIMES,
}  # fmt: skip
_OF_MOODLE_NAMES = frozenset(_OF_MOODLE)
_NOTHING = frozenset({"", "-", "–", "—", "never"})
_PARTICIPANT = re.compile(r"\D*?(?P<number>\d+)")
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
    participant : str
        Moodle's number of the participant; empty elsewhere.
    """

    person: RosterStudent
    at: datetime
    participant: str = ""


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
    """Return what a roster says of when hand-ins came: Moodle's grading worksheet has a column.

    Raises
    ------
    UsageError, TimesError
        As `load_times` does.
    """
    rows = TableReader(path, "roster").rows()
    header = next((row for _, row in rows if any(row)), [])
    return load_times(path, timezone) if _OF_MOODLE_NAMES & set(map(squeezed, header)) else ()


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
        worksheet = squeezed(header[1][columns.by_role["time"]]) in _OF_MOODLE
        told = list(self._told(rows, header, columns))
        order = _order(row.written for row in told)
        latest: dict[tuple[str, str], StatedTime] = {}
        for row in told:
            stated = self._stated(row, columns, order, worksheet=worksheet)
            if stated is not None:
                self._keep(stated, latest)
        yield from latest.values()

    def _columns(self, line: int, header: Sequence[str]) -> Columns | None:
        columns = Columns.of(header, _KNOWN)
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

    def _told(
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
        self, row: _Row, columns: Columns, order: Order | None, *, worksheet: bool
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
        number = _PARTICIPANT.fullmatch(row.cells[0]) if worksheet else None
        return StatedTime(person, at.astimezone(UTC), number["number"] if number else "")

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
    claims: Sequence[Claim],
    known: Sequence[RosterStudent | None],
    times: Sequence[StatedTime],
) -> tuple[list[datetime | None], list[str]]:
    """Return when each hand-in came, or None where no table says it; and who handed in nothing.

    Parameters
    ----------
    claims : sequence of Claim
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
    of_moodle = [
        replace(each.person, known_as=(*each.person.known_as, each.participant))
        if each.participant
        else each.person
        for each in times
    ]
    # A participant's number is somebody else's id elsewhere.
    people = {"moodle": of_moodle}
    wanted = [_enriched(claim, one) for claim, one in zip(claims, known, strict=True)]
    found: list[datetime | None] = [None] * len(claims)
    used: set[int] = set()
    for platform in {claim.platform for claim in wanted}:
        places = [place for place, claim in enumerate(wanted) if claim.platform == platform]
        listed = people.get(platform, [each.person for each in times])
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


def _enriched(claim: Claim, known: RosterStudent | None) -> Claim:
    """Return a claim with what the roster knows of its student."""
    if known is None:
        return claim
    return replace(
        claim,
        known_as=(known.id, *known.known_as, *claim.known_as),
        person=("roster", known.id),
        email=known.email or claim.email,
        name=known.name or claim.name,
    )

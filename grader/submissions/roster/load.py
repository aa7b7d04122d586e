"""Reading the roster of a class from a CSV file of another program.

The columns are known by their headers (`table.py`), so the exports of Canvas (gradebook), Moodle
(grading worksheet, participants), Gradescope (roster) and nbgrader can be used as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import RosterError
from grader.submissions.platforms.registry import is_no_student
from grader.submissions.roster.extension import Extension, parse_extension
from grader.submissions.roster.table import (
    HEADERS,
    IDS,
    TableColumns,
    TableReader,
    cell_of,
    shown_headers,
    squeezed,
)
from grader.text import safe_text


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterStudent:
    """A student of the roster.

    Attributes
    ----------
    id : str
        The student's id in this course.
    name, email, section : str
        May be empty.
    known_as : tuple of str
        Other ids: logins, numbers on a platform.
    extension : Extension, optional
        Additional time of the student.
    line : int
        Line in the file, counted from 1.
    """

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    known_as: tuple[str, ...] = ()
    extension: Extension | None = None
    line: int = 0


def load_roster(path: Path) -> tuple[RosterStudent, ...]:
    """Read a roster.

    Raises
    ------
    UsageError
        The file cannot be read.
    RosterError
        It is invalid; every fault is listed with its line.
    """
    reader = _RosterReader(path, "roster")
    students = tuple(reader.students())
    if reader.faults:
        raise RosterError(reader.faults)
    return students


class _RosterReader(TableReader):
    def students(self) -> Iterator[RosterStudent]:
        table = self.table("id,name,email")
        if table is None or (columns := self._columns(table.line, table.header)) is None:
            return
        seen: dict[tuple[str, str], int] = {}
        for line, row in table.rows:
            if not is_no_student(squeezed(row[0])):
                self.check_width(line, row, table.header)
                student = self._student(line, row, columns)
                self._check_twice(student, seen)
                yield student

    def _columns(self, line: int, header: Sequence[str]) -> TableColumns | None:
        names = [squeezed(cell) for cell in header]
        for name in sorted({name for name in names if names.count(name) > 1} & _KNOWN):
            shown = header[names.index(name)]
            self.fault(line, shown, "appears twice in the header. Remove or rename one column.")
        columns = TableColumns.of(header)
        if not columns.ids:
            shown = shown_headers(header, 8)
            text = f"has no column `id`, only {shown}. Name the column of the student ids `id`."
            self.fault(line, "", text)
            return None
        return columns

    def _student(self, line: int, row: Sequence[str], columns: TableColumns) -> RosterStudent:
        main, *others = (cell_of(row, place) for place in columns.ids)
        if not main:
            self.fault(line, "id", "is empty. Every student needs an id.")
        written = columns.cell(row, "extension")
        extension = parse_extension(written)
        if extension is None and written:
            text = (
                f"`{safe_text(written, 40)}` is neither a date nor a number of days. "
                "Write `2026-05-31`, `2026-05-31 18:00` or `3`."
            )
            self.fault(line, "extension", text)
        return RosterStudent(
            id=main,
            name=columns.name(row),
            email=columns.cell(row, "email"),
            section=columns.cell(row, "section"),
            known_as=tuple(filter(None, others)),
            extension=extension,
            line=line,
        )

    def _check_twice(self, student: RosterStudent, seen: dict[tuple[str, str], int]) -> None:
        for key, value in (("id", student.id), ("email", student.email)):
            first = seen.setdefault((key, value.casefold()), student.line) if value else None
            if first not in (None, student.line):
                text = f"`{safe_text(value, 60)}` is in line {first} too. Each student needs a"
                self.fault(student.line, key, f"{text} different one.")


_KNOWN = frozenset(IDS).union(*HEADERS.values())

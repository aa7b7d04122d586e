"""The list of a class, as a CSV that some other program wrote.

Each column is known by its header, whatever its case, spaces and punctuation; columns that mean
nothing here are passed over. So the exports of Canvas (gradebook), Moodle (grading worksheet,
participants), Gradescope (roster) and nbgrader can be used as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import Fault, RosterError, UsageError
from grader.submissions.extension import Extension, parse_extension
from grader.text import safe_text

__all__ = ["RosterStudent", "load_roster"]

_LIMIT_BYTES = 16 * 1024 * 1024

# The first header of a row that the file has is the student's id; the other ids are matched too.
_IDS = (
    "id", "studentid", "sid", "sisuserid", "idnumber", "matriculationnumber", "matrikelnummer",
    "orgdefinedid", "username", "userid", "login", "loginid", "sisloginid", "netid", "user",
    "identifier", "student",
)  # fmt: skip
_HEADERS = {
    "name": ("name", "fullname", "studentname", "displayname", "student"),
    "first": ("firstname", "givenname", "first", "vorname"),
    "last": ("lastname", "surname", "familyname", "last", "nachname"),
    "email": ("email", "emailaddress", "mail"),
    "section": ("section", "sections", "group", "groups", "tutorial", "class"),
    "extension": (
        "extension", "duedateextension", "extensiondate", "extendeduntil", "extendedduedate",
        "dueextension", "extensiondays", "newduedate",
    ),
}  # fmt: skip
# Canvas puts such a row under the header of its gradebook.
_NO_STUDENTS = frozenset({"pointspossible", "manualposting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterStudent:
    """One student of the roster.

    Attributes
    ----------
    id : str
        The student's id in this course.
    name, email, section : str
        May be empty.
    known_as : tuple of str
        Other ids: logins, numbers of a platform.
    extension : Extension, optional
        How much more time the student has.
    line : int
        Where it stands in the file, counted from 1.
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
        It is at fault; every fault is listed with its line.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT_BYTES + 1)
    except OSError as error:
        text = f"The roster `{safe_text(str(path))}` cannot be read: {error.strerror}."
        raise UsageError(text) from error
    if len(content) > _LIMIT_BYTES:
        raise RosterError([Fault(path, 1, "", f"is larger than {_LIMIT_BYTES >> 20} MiB")])
    reader = _Reader(path, [])
    students = tuple(reader.students(content))
    if reader.faults:
        raise RosterError(reader.faults)
    return students


@dataclass(frozen=True, slots=True)
class _Columns:
    """Places of the columns that mean something."""

    ids: tuple[int, ...]
    by_role: dict[str, int]

    def cell(self, row: Sequence[str], role: str) -> str:
        place = self.by_role.get(role)
        return _cell(row, place) if place is not None else ""

    def name(self, row: Sequence[str]) -> str:
        apart = f"{self.cell(row, 'first')} {self.cell(row, 'last')}".strip()
        name = self.cell(row, "name")
        return name if name and not (apart and "," in name) else apart or name


@dataclass(slots=True)
class _Reader:
    """Reads the rows of one file and collects its faults."""

    path: Path
    faults: list[Fault]

    def students(self, content: bytes) -> Iterator[RosterStudent]:
        text = self._decoded(content)
        rows = list(self._rows(text)) if text is not None else []
        header = next(((line, row) for line, row in rows if any(row)), None)
        if header is None:
            if not self.faults:
                self._fault(1, "", "is empty. Its first line names the columns: `id,name,email`.")
            return
        columns = self._columns(*header)
        if columns is None:
            return
        seen: dict[tuple[str, str], int] = {}
        for line, row in rows:
            if line > header[0] and any(row) and _squeezed(row[0]) not in _NO_STUDENTS:
                self._check_width(line, row, len(header[1]))
                student = self._student(line, row, columns)
                self._check_twice(student, seen)
                yield student

    def _fault(self, line: int, key: str, message: str) -> None:
        self.faults.append(Fault(self.path, line, key, message))

    def _decoded(self, content: bytes) -> str | None:
        encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self._fault(line, "", "is not UTF-8. Save the file again as `CSV UTF-8`.")
            return None

    def _rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows, each with the line that it begins on."""
        first, _, rest = text.partition("\n")
        named = re.fullmatch(r"sep=(.)\s*", first)  # Excel writes and reads this
        skipped = 1 if named else 0
        delimiter = named[1] if named else _delimiter(text)
        reader = csv.reader(
            io.StringIO(rest if named else text, newline=""), delimiter=delimiter, strict=True
        )
        line = 1 + skipped
        try:
            for row in reader:
                yield line, [cell.strip() for cell in row]
                line = reader.line_num + skipped + 1
        except csv.Error as error:
            self._fault(line, "", f"is no row of a CSV file: {error}. Look for a stray quote.")

    def _columns(self, line: int, header: Sequence[str]) -> _Columns | None:
        names = [_squeezed(cell) for cell in header]
        for name in sorted({name for name in names if names.count(name) > 1} & _KNOWN):
            shown = header[names.index(name)]
            self._fault(line, shown, "stands twice in the header. Remove or rename one column.")
        ids = [names.index(name) for name in _IDS if name in names]
        by_role = {
            role: names.index(found)
            for role, known in _HEADERS.items()
            if (found := next((name for name in known if name in names), None))
        }
        # Alone, `Student` is an id; beside one, as in Canvas's gradebook, it is the name.
        if len(ids) > 1 and "student" in names:
            ids.remove(names.index("student"))
        elif by_role.get("name") in ids:
            del by_role["name"]
        if not ids:
            shown = ", ".join(f"`{safe_text(cell, 40)}`" for cell in header[:8])
            text = f"names no column `id` but {shown}. Call the column of the students' ids `id`."
            self._fault(line, "", text)
            return None
        return _Columns(tuple(ids), by_role)

    def _check_width(self, line: int, row: Sequence[str], width: int) -> None:
        if any(row[width:]):
            text = f"has {len(row)} columns, the header has {width}. Quote cells with commas in."
            self._fault(line, "", text)

    def _student(self, line: int, row: Sequence[str], columns: _Columns) -> RosterStudent:
        main, *others = (_cell(row, place) for place in columns.ids)
        if not main:
            self._fault(line, "id", "is empty. Every student needs an id.")
        written = columns.cell(row, "extension")
        extension = parse_extension(written)
        if extension is None and written:
            text = (
                f"`{safe_text(written, 40)}` is neither a date nor a number of days. "
                "Write `2026-05-31`, `2026-05-31 18:00` or `3`."
            )
            self._fault(line, "extension", text)
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
            if not value:
                continue
            first = seen.setdefault((key, value.casefold()), student.line)
            if first != student.line:
                shown = safe_text(value, 60)
                self._fault(
                    student.line, key, f"`{shown}` stands in line {first} too. Each is one's own."
                )


_KNOWN = frozenset(_IDS).union(*_HEADERS.values())


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _squeezed(header: str) -> str:
    return re.sub(r"[\W_]+", "", header).casefold()


def _delimiter(text: str) -> str:
    first = next((line for line in text.split("\n") if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=unquoted.count)

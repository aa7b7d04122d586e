"""Tables of a class in CSV files of other programs: their rows, and the meaning of each column.

A column is known by its header, whatever its case, spaces and punctuation; unknown columns are
ignored.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from grader.errors import Fault, UsageError
from grader.text import safe_text

_LIMIT_BYTES = 16 * 1024 * 1024

# The first of these headers that the file has is the student's id; the other ids are matched too.
IDS = (
    "id", "studentid", "sid", "sisuserid", "idnumber", "matriculationnumber", "matrikelnummer",
    "orgdefinedid", "username", "userid", "login", "loginid", "sisloginid", "netid", "user",
    "identifier", "student",
)  # fmt: skip
HEADERS: Mapping[str, tuple[str, ...]] = {
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


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Indices of the columns that are used."""

    ids: tuple[int, ...]
    by_role: Mapping[str, int]

    @classmethod
    def of(
        cls, header: Sequence[str], headers: Mapping[str, Sequence[str]] = HEADERS
    ) -> TableColumns:
        """Return the columns that a header names."""
        names = [squeezed(cell) for cell in header]
        ids = [names.index(name) for name in IDS if name in names]
        by_role = {
            role: names.index(found)
            for role, known in headers.items()
            if (found := next((name for name in known if name in names), None))
        }
        # Alone, `Student` is an id; next to an id, as in Canvas's gradebook, it is the name.
        if len(ids) > 1 and "student" in names:
            ids.remove(names.index("student"))
        elif by_role.get("name") in ids:
            del by_role["name"]
        return cls(tuple(ids), by_role)

    def cell(self, row: Sequence[str], role: str) -> str:
        """Return the cell of a row with this role; empty if there is none."""
        place = self.by_role.get(role)
        return cell_of(row, place) if place is not None else ""

    def name(self, row: Sequence[str]) -> str:
        """Return the student's name, the first name first whichever columns hold it."""
        apart = f"{self.cell(row, 'first')} {self.cell(row, 'last')}".strip()
        name = self.cell(row, "name")
        return name if name and not (apart and "," in name) else apart or name


class Table(NamedTuple):
    """A header with its line number, and the rows below it that are not empty."""

    line: int
    header: list[str]
    rows: Sequence[tuple[int, list[str]]]


class TableReader:
    """Reads the rows of one file, which messages call `what`, and collects its faults."""

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self.what = what
        self.faults: list[Fault] = []

    def fault(self, line: int, key: str, message: str) -> None:
        """Note a fault of the file."""
        self.faults.append(Fault(self.path, line, key, message))

    def table(self, example: str) -> Table | None:
        """Return the table, None if the file has none; `example` is a header for the message.

        Raises
        ------
        UsageError
            The file cannot be opened.
        """
        rows = [(line, row) for line, row in self._read() if any(row)]
        if rows:
            return Table(*rows[0], rows[1:])
        if not self.faults:
            self.fault(1, "", f"is empty. Its first line names the columns: `{example}`.")
        return None

    def _read(self) -> list[tuple[int, list[str]]]:
        """Return the rows, each with the line that it begins on; none if the file is invalid."""
        try:
            with self.path.open("rb") as file:
                content = file.read(_LIMIT_BYTES + 1)
        except OSError as error:
            shown = safe_text(str(self.path))
            text = f"The {self.what} `{shown}` cannot be read: {error.strerror}."
            raise UsageError(text) from error
        if len(content) > _LIMIT_BYTES:
            self.fault(1, "", f"is larger than {_LIMIT_BYTES >> 20} MiB")
            return []
        decoded = self._decoded(content)
        return [] if decoded is None else list(self._rows(decoded))

    def _decoded(self, content: bytes) -> str | None:
        encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.fault(line, "", "is not UTF-8. Save the file again as `CSV UTF-8`.")
            return None

    def _rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
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
            self.fault(line, "", f"is not a valid CSV row: {error}. Look for a stray quote.")

    def check_width(self, line: int, row: Sequence[str], header: Sequence[str]) -> None:
        """Note a row that has more columns than the header."""
        if any(row[len(header) :]):
            text = f"has {len(row)} columns, but the header has {len(header)}. "
            self.fault(line, "", text + "Put quotes around cells that contain commas.")


def shown_headers(header: Sequence[str], limit: int) -> str:
    """Return the first `limit` headers, for a message."""
    return ", ".join(f"`{safe_text(cell, 40)}`" for cell in header[:limit])


def cell_of(row: Sequence[str], place: int) -> str:
    """Return a cell of a row, which may be shorter than the header."""
    return row[place] if place < len(row) else ""


def squeezed(header: str) -> str:
    """Return only the letters and digits of a header.

    >>> squeezed("Last modified (submission)")
    'lastmodifiedsubmission'
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", header)).casefold()


def _delimiter(text: str) -> str:
    first = next((line for line in text.split("\n") if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=unquoted.count)

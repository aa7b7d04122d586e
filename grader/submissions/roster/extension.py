"""A student's extension, as a roster states it."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

_DAYS = re.compile(r"\+?(?P<number>\d{1,3}(?:[.,]\d{1,4})?)\s*(?:d|days?)?", re.IGNORECASE)
_DOTTED = re.compile(
    r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?P<rest>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension: a due date of the student's own, or days after the common due date.

    Attributes
    ----------
    until : datetime, optional
        The student's own due date; without a zone, in the zone of the course. A day
        without a time lasts until its end.
    days : Decimal, optional
        Days to add to the common due date.
    """

    until: datetime | None = None
    days: Decimal | None = None

    def __str__(self) -> str:
        """Return the text that `parse_extension` reads back."""
        return f"{self.days} days" if self.until is None else self.until.isoformat(sep=" ")


def parse_extension(text: str) -> Extension | None:
    """Return the extension that a cell of a roster states; None if it states none.

    Examples
    --------
    >>> parse_extension("3 days").days
    Decimal('3')
    >>> parse_extension("2026-05-31").until.isoformat()
    '2026-05-31T23:59:59'
    >>> parse_extension("31.5.2026 18:00").until.isoformat()
    '2026-05-31T18:00:00'
    """
    text = text.strip()
    match = _DAYS.fullmatch(text)
    if match:
        return Extension(days=Decimal(match["number"].replace(",", ".")))
    dotted = _DOTTED.fullmatch(text)
    if dotted:
        text = f"{dotted['year']}-{dotted['month']:0>2}-{dotted['day']:0>2}{dotted['rest']}"
    with contextlib.suppress(ValueError):
        return Extension(until=datetime.combine(date.fromisoformat(text), time(23, 59, 59)))
    with contextlib.suppress(ValueError):
        return Extension(until=datetime.fromisoformat(text))
    return None

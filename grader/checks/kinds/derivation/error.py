"""The error that reading a derivation raises."""

from __future__ import annotations

import unicodedata

from grader.errors import GraderError
from grader.text import safe_text

_BEFORE = 60
_AFTER = 20


class DerivationError(GraderError):
    """A text that is not a derivation; shows `message` at a place, counted from 1, in its line."""

    def __init__(self, message: str, line: int = 1, column: int = 1, source: str = "") -> None:
        super().__init__(message, line, column, source)
        self.message = message
        self.line = line
        self.column = column
        self.source = source

    def __str__(self) -> str:
        head = f"line {self.line}, column {self.column}: {self.message}"
        return f"{head}\n{_picture(self.source, self.column - 1)}" if self.source.strip() else head


def _picture(source: str, at: int) -> str:
    start = max(0, at - _BEFORE)
    before = ("…" if start else "") + safe_text(source[start:at], limit=10 * _BEFORE)
    after = safe_text(source[at : at + _AFTER], limit=10 * _AFTER)
    return f"    {before}{after}\n    {' ' * _width(before)}^"


def _width(text: str) -> int:
    return sum(not unicodedata.combining(letter) for letter in text)

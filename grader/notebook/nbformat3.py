"""Formats 2 and 3, in which cells lie in worksheets and code is an `input`.

They differ from format 4 in so little that matters here that they are read directly: nbformat's
converter checks the whole file against a schema and needs outputs that the grader has no use for.
A test holds this to what nbformat makes of the same files.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_KINDS = {"heading": "markdown", "html": "markdown", "plaintext": "raw"}


def cells_of_worksheets(sheets: Iterable[object]) -> list[Any]:
    """Return the cells of all worksheets, each as a cell of format 4."""
    return [_upgraded(cell) for sheet in sheets for cell in _sheet_cells(sheet)]


def _sheet_cells(sheet: object) -> list[Any]:
    cells = sheet.get("cells") if isinstance(sheet, dict) else None
    return cells if isinstance(cells, list) else []


def _upgraded(raw: object) -> object:
    if not isinstance(raw, dict):
        return raw
    old_kind = raw.get("cell_type")
    source = _joined(raw.get("input" if old_kind == "code" else "source"))
    if old_kind == "heading":
        level = raw.get("level")
        hashes = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        source = f"{hashes} {' '.join(source.splitlines())}"
    kind = _KINDS.get(old_kind, old_kind) if isinstance(old_kind, str) else old_kind
    return raw | {"cell_type": kind, "source": source}


def _joined(source: object) -> str:
    if isinstance(source, str):
        return source
    lines = [line for line in source if isinstance(line, str)] if isinstance(source, list) else []
    # Format 2 writes its lines without their ends, format 3 with them.
    ended = bool(lines) and lines[0].endswith(("\n", "\r"))
    return ("" if ended else "\n").join(lines)

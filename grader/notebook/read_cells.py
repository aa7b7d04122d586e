"""Converts the JSON of a notebook to cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grader.errors import NotebookError
from grader.notebook.notebook import Cell, Kind
from grader.text import cell_label, safe_text

LIMIT_CELLS = 10_000
LIMIT_CELL_CHARACTERS = 200_000  # 800 kB of UTF-8 at most: a cell travels in one frame
LIMIT_CODE_CHARACTERS = 2_000_000

_KINDS: Mapping[str, Kind] = {"code": "code", "markdown": "markdown", "raw": "raw"}
# Of formats 2 and 3.
_OLD_KINDS = {"heading": "markdown", "html": "markdown", "plaintext": "raw"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_cells(document: Mapping[str, Any]) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return the cells of a notebook, in document order, and remarks about odd ones.

    Parameters
    ----------
    document : Mapping
        The JSON object of the file.

    Raises
    ------
    NotebookError
        There is no list of cells, the format is newer than 4, or a limit is exceeded.
    """
    raw_cells = _raw_cells(document)
    if len(raw_cells) > LIMIT_CELLS:
        raise NotebookError(
            f"has {len(raw_cells):,} cells; at most {LIMIT_CELLS:,} are read. "
            "Delete those that you do not need and hand it in again."
        )
    cells = tuple(_read_cell(index, raw) for index, raw in enumerate(raw_cells))
    _refuse_long_code(cells)
    return cells, tuple(_remarks(raw_cells))


def _raw_cells(document: Mapping[str, Any]) -> list[Any]:
    version = document.get("nbformat")
    if isinstance(version, int | float) and version > 4:
        raise NotebookError(
            f"is of notebook format {safe_text(str(version), 20)}, which the grader does not know. "
            "Save it in format 4 (nbformat 4) and hand it in again."
        )
    cells, sheets = document.get("cells"), document.get("worksheets")
    if isinstance(cells, list):
        return cells
    if isinstance(sheets, list):
        return _cells_of_worksheets(sheets)
    raise NotebookError(
        "is JSON, but not a notebook: it has no list of `cells`. Hand in the .ipynb file."
    )


def _read_cell(index: int, raw: object) -> Cell:
    if not isinstance(raw, dict):
        return Cell(index=index, kind="raw", source="")
    cell_id = raw.get("id")
    return Cell(
        index=index,
        kind=_kind(raw),
        source=_joined(raw.get("source")),
        id=_clean(cell_id) if isinstance(cell_id, str) else None,
        tags=_tags(raw.get("metadata")),
        exercise=_of_ours(raw.get("metadata"), "exercise"),
        part=_of_ours(raw.get("metadata"), "part"),
    )


def _kind(raw: Mapping[str, Any]) -> Kind:
    guess: Kind = "code" if raw.keys() & {"outputs", "execution_count"} else "raw"
    return _known_kind(raw) or guess


def _known_kind(raw: Mapping[str, Any]) -> Kind | None:
    cell_type = raw.get("cell_type")
    return _KINDS.get(cell_type) if isinstance(cell_type, str) else None


def _joined(source: object) -> str:
    if isinstance(source, list):
        return _clean("".join(line for line in source if isinstance(line, str)))
    return _clean(source) if isinstance(source, str) else ""


def _clean(text: str) -> str:
    r"""Make lines end in \n; replace lone surrogates, which can be neither run nor encoded."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() else _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _tags(metadata: object) -> tuple[str, ...]:
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    if not isinstance(tags, list):
        return ()
    return tuple(_clean(tag) for tag in tags if isinstance(tag, str))


def _of_ours(metadata: object, key: str) -> str | None:
    ours = metadata.get("grader") if isinstance(metadata, dict) else None
    text = ours.get(key) if isinstance(ours, dict) else None
    return _clean(text) if isinstance(text, str) else None


def _refuse_long_code(cells: tuple[Cell, ...]) -> None:
    total = 0
    for cell in cells:
        if cell.kind == "code":
            total += len(cell.source)
            if len(cell.source) > LIMIT_CELL_CHARACTERS:
                raise _too_long(cell_label(cell.index + 1, cell.source), LIMIT_CELL_CHARACTERS)
    if total > LIMIT_CODE_CHARACTERS:
        raise _too_long("its code", LIMIT_CODE_CHARACTERS)


def _too_long(what: str, limit: int) -> NotebookError:
    return NotebookError(
        f"is too long: {what} has more than {limit:,} characters. Keep data out of the code and "
        "hand it in again."
    )


def _remarks(raw_cells: list[Any]) -> Iterator[str]:
    for number, raw in enumerate(raw_cells, start=1):
        if not isinstance(raw, dict):
            yield f"cell {number} is not a cell and was passed over"
        elif _known_kind(raw) is None:
            label = cell_label(number, _joined(raw.get("source")))
            yield f"{label} has no type that is known and was read as {_kind(raw)}"


def _cells_of_worksheets(sheets: Iterable[object]) -> list[Any]:
    """Return the cells of all worksheets of formats 2 and 3, as cells of format 4.

    They differ little from format 4 in what matters here. nbformat's converter checks the whole
    file against a schema and needs outputs, which the grader does not use. A test compares the
    result with nbformat's.
    """
    return [_upgraded(cell) for sheet in sheets for cell in _sheet_cells(sheet)]


def _sheet_cells(sheet: object) -> list[Any]:
    cells = sheet.get("cells") if isinstance(sheet, dict) else None
    return cells if isinstance(cells, list) else []


def _upgraded(raw: object) -> object:
    if not isinstance(raw, dict):
        return raw
    old_kind = raw.get("cell_type")
    source = _joined_lines(raw.get("input" if old_kind == "code" else "source"))
    if old_kind == "heading":
        level = raw.get("level")
        hashes = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        source = f"{hashes} {' '.join(source.splitlines())}"
    kind = _OLD_KINDS.get(old_kind, old_kind) if isinstance(old_kind, str) else old_kind
    return raw | {"cell_type": kind, "source": source}


def _joined_lines(source: object) -> str:
    if isinstance(source, str):
        return source
    lines = [line for line in source if isinstance(line, str)] if isinstance(source, list) else []
    # Format 2 writes its lines without their ends, format 3 with them.
    ended = bool(lines) and lines[0].endswith(("\n", "\r"))
    return ("" if ended else "\n").join(lines)

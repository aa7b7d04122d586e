"""Writing notebooks and zips, byte for byte the same each time."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

PYTHON: Mapping[str, Any] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "version": "3.11.7"},
}
_EPOCH = (2025, 1, 1, 0, 0, 0)


def markdown(source: str) -> dict[str, Any]:
    """Return a cell of text."""
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def code(source: str, **fields: Any) -> dict[str, Any]:
    """Return a cell of code that was never run; `fields` replace its own."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    } | fields


def notebook(
    cells: Sequence[Mapping[str, Any]],
    *,
    metadata: Mapping[str, Any] = PYTHON,
    minor: int = 5,
) -> bytes:
    """Return a notebook of format 4, as Jupyter writes it; from 4.5 on, cells have ids."""
    if minor >= 5:
        cells = [{"id": f"cell-{number:02}", **cell} for number, cell in enumerate(cells)]
    document = {
        "cells": [dict(sorted(cell.items())) for cell in cells],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": minor,
    }
    return dump(document)


def dump(document: object) -> bytes:
    """Return JSON as Jupyter lays it out."""
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def archive(members: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip; stored, since versions of zlib compress to different bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target:
        for name, content in members:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            entry.compress_type = compression
            target.writestr(entry, content)
    return buffer.getvalue()

"""Notebooks for tests, made in the test that needs them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "version": "3.11.7"},
}


def notebook_bytes(cells: Iterable[str | Mapping[str, Any]], **metadata: Any) -> bytes:
    """Return a notebook of format 4, as Jupyter writes it.

    A text is the source of a code cell; a mapping is a cell as it stands. Metadata are those of a
    Python kernel, and `metadata` replace them key by key.
    """
    document = {
        "cells": [cell if isinstance(cell, Mapping) else code_cell(cell) for cell in cells],
        "metadata": PYTHON | metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1).encode()


def code_cell(source: str, **fields: Any) -> dict[str, Any]:
    """Return a code cell that was never run; `fields` replace or add to its own."""
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }
    return cell | fields

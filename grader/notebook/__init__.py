"""Reads .ipynb files that students hand in into cells, or reports why it cannot."""

from __future__ import annotations

from grader.notebook.file import is_hidden, open_regular, read_regular
from grader.notebook.handed_in import (
    SubmittedFiles,
    folders_above,
    pack_handed_in,
    read_handed_in,
    unpack_handed_in,
)
from grader.notebook.notebook import Cell, Notebook
from grader.notebook.read import LIMIT_BYTES, read_notebook

__all__ = [
    "LIMIT_BYTES",
    "Cell",
    "Notebook",
    "SubmittedFiles",
    "folders_above",
    "is_hidden",
    "open_regular",
    "pack_handed_in",
    "read_handed_in",
    "read_notebook",
    "read_regular",
    "unpack_handed_in",
]

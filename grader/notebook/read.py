"""Reads a notebook that a student handed in."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grader.errors import NotebookError
from grader.notebook.file import read_regular
from grader.notebook.language import find_language
from grader.notebook.notebook import Notebook
from grader.notebook.notebook_json import parse_document
from grader.notebook.read_cells import read_cells
from grader.text import encodable, safe_text

LIMIT_BYTES = 32 * 1024 * 1024


def read_notebook(
    source: Path | bytes,
    *,
    name: str | None = None,
    limit_bytes: int = LIMIT_BYTES,
    within: Path | None = None,
) -> Notebook:
    """Read a notebook of format 2 to 4, with cells in document order and without outputs.

    Parameters
    ----------
    source : Path or bytes
        A file, or its content.
    name : str, optional
        Its name in messages; by default the file's name.
    limit_bytes : int
        Largest accepted size [byte].
    within : Path, optional
        A folder that `source` must not lead out of through a link.

    Raises
    ------
    NotebookError
        It cannot be read; the message for the student says why and what to do.
    """
    if name is None:
        name = source.name if isinstance(source, Path) else ""
    try:
        if isinstance(source, Path):
            source = read_regular(source, limit_bytes, within=within)
        return _notebook(source, name, limit_bytes)
    except NotebookError as error:
        label = f"`{safe_text(name)}`" if name else "The notebook"
        raise NotebookError(f"{label} {error}") from error.__cause__


def _notebook(content: bytes, name: str, limit_bytes: int) -> Notebook:
    if len(content) > limit_bytes:
        raise NotebookError(
            f"is larger than {limit_bytes:,} bytes, the limit. Clear all outputs "
            "(Kernel > Restart & Clear Output), save, and hand it in again."
        )
    document = parse_document(content)
    cells, remarks = read_cells(document)
    language = find_language(document)
    if language != "python":
        raise NotebookError(
            f"is written for another language, {safe_text(language, 30)}. Choose a Python "
            "kernel (Kernel > Change Kernel), run it, save, and hand it in again."
        )
    return Notebook(
        name=encodable(name),
        sha256=hashlib.sha256(content).hexdigest(),
        language=language,
        cells=cells,
        remarks=remarks,
    )

"""Find the bundle in a notebook."""

from __future__ import annotations

import re
from pathlib import Path

from grader.bundle.packing import LIMIT_CHARACTERS
from grader.errors import NotebookError
from grader.notebook import Notebook, read_notebook, read_regular

VARIABLE = "grader_checks"
"""The variable that holds the bundle in a released notebook's set-up cell."""

_ASSIGNED = re.compile(rf'^{VARIABLE} = "([^"\n]*)"[ \t]*$', re.MULTILINE)


def bundle_in_notebook(notebook: Notebook) -> str | None:
    """Return the bundle in a notebook, the last if there are several, or None."""
    found = [text for cell in notebook.code_cells for text in _ASSIGNED.findall(cell.source)]
    return found[-1] if found else None


def bundle_in_file(path: Path) -> str:
    """Return the bundle of a file: a released notebook, or a bundle alone.

    Raises
    ------
    NotebookError
        The file cannot be read or holds no bundle.
    """
    if path.suffix != ".ipynb":
        try:
            content = read_regular(path, LIMIT_CHARACTERS + 1)
        except NotebookError as error:
            raise NotebookError(f"`{path.name}` {error}") from error.__cause__
        return content.decode("ascii", "replace").strip()
    bundle = bundle_in_notebook(read_notebook(path))
    if bundle is None:
        raise NotebookError(
            f"`{path.name}` holds no checks: use a notebook as your course gave it to you."
        )
    return bundle

"""Notebooks as function arguments: a path, the bytes of a file, or a node of nbformat."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from grader.errors import NotebookError, UsageError
from grader.submissions import Submission, find_submissions
from grader.submissions.files.byte_sources import FileSource, MemorySource
from grader.submissions.files.side_files import SideFile, files_nearby

NotebookLike: TypeAlias = str | os.PathLike[str] | bytes | Mapping[str, Any]
"""A path, the bytes of a file, or a notebook as nbformat or json reads it."""

_UNNAMED = "notebook.ipynb"
_FOR_CHECK = "`check` takes one; `grader grade` takes them all."
_FOR_GRADE = "`grader.grade` takes one; `grader.grade_class` takes them all."


def given_submission(
    notebook: NotebookLike, files: Mapping[str, bytes] | None = None, *, nearby: bool = False
) -> Submission:
    """Return one notebook as a submission.

    Parameters
    ----------
    notebook : str, PathLike, bytes or Mapping
        A path may also be that of a folder or a zip with one notebook.
    files : Mapping of str to bytes, optional
        Contents of the only other files in the notebook's folder, by path.
    nearby : bool
        Whether to take the files in the notebook's own folder if `files` is None.

    Raises
    ------
    UsageError
        The path does not exist, or holds several notebooks or none.
    """
    if isinstance(notebook, bytes | Mapping):
        content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        found = Submission(student="", notebook=_UNNAMED, source=MemorySource(content))
    else:
        path = Path(notebook)
        submissions = find_submissions([path])
        if len(submissions) != 1:
            advice = _FOR_CHECK if nearby else _FOR_GRADE
            raise UsageError(f"{path} holds {len(submissions)} notebooks, and {advice}")
        (found,) = submissions
        if nearby and files is None and not path.is_dir():
            found = _with_nearby(found, path)
    if files is None:
        return found
    beside = tuple(SideFile(name, name, MemorySource(held)) for name, held in files.items())
    return replace(found, beside=beside)


def _with_nearby(submission: Submission, path: Path) -> Submission:
    if not isinstance(submission.source, FileSource):
        return submission
    try:
        content = submission.read_bytes()
    except NotebookError:  # reported when the notebook is graded
        return submission
    return replace(submission, beside=files_nearby(path, content))

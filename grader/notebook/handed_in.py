"""Packs what a student handed in into bytes: a notebook, and the files next to it.

Grades are stored under the hash of these bytes, and workers receive nothing else. So equal
notebooks with different files are graded separately, and an identical hand-in is not graded again.
A notebook without such files is kept as its own bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

import msgpack

from grader.notebook.notebook import Notebook
from grader.notebook.read import LIMIT_BYTES, read_notebook

_MAGIC = b"notebook and the files beside it, 1\n"


@dataclass(frozen=True, slots=True)
class SubmittedFiles:
    """A notebook and the files next to it.

    Attributes
    ----------
    notebook : bytes
        The notebook's file.
    beside : Mapping of str to bytes
        Paths below the notebook's folder, and the content of each file.
    left_out : Mapping of str to str
        Paths of files too large or oddly named to be kept, and why.
    """

    notebook: bytes
    beside: Mapping[str, bytes] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def folders_above(path: str) -> list[str]:
    """Return the folders that contain a path.

    >>> folders_above("data/week1/points.csv")
    ['data', 'data/week1']
    """
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def pack_handed_in(handed_in: SubmittedFiles) -> bytes:
    """Return the files as bytes, equal for equal files; a notebook alone is not changed."""
    notebook, beside, left_out = handed_in.notebook, handed_in.beside, handed_in.left_out
    # A file that imitates packed bytes is packed too, so that it is never unpacked.
    if not (beside or left_out or notebook.startswith(_MAGIC)):
        return notebook
    packed: bytes = msgpack.packb([notebook, sorted(beside.items()), sorted(left_out.items())])
    return _MAGIC + packed


def unpack_handed_in(content: bytes) -> SubmittedFiles:
    """Return the files that `pack_handed_in` packed."""
    if not content.startswith(_MAGIC):
        return SubmittedFiles(content)
    notebook, beside, left_out = msgpack.unpackb(content[len(_MAGIC) :])
    return SubmittedFiles(notebook, dict(beside), dict(left_out))


def read_handed_in(content: bytes, *, name: str = "", limit_bytes: int = LIMIT_BYTES) -> Notebook:
    """Read a notebook with the files next to it; see `read_notebook`.

    Raises
    ------
    NotebookError
        The notebook cannot be read; the message for the student says why and what to do.
    """
    handed_in = unpack_handed_in(content)
    notebook = read_notebook(handed_in.notebook, name=name, limit_bytes=limit_bytes)
    if not (handed_in.beside or handed_in.left_out):
        return notebook
    return replace(
        notebook,
        sha256=sha256(content).hexdigest(),
        beside=handed_in.beside,
        left_out=handed_in.left_out,
    )

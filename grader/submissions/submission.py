"""One submission: who handed in what, and how to read it when its turn comes.

A submission holds a path, never the notebook, so that it costs little to send to a worker and a
class of any size costs the trusted side no memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from grader.errors import NotebookError
from grader.notebook import LIMIT_BYTES, Notebook, read_notebook, read_regular
from grader.results import HandIn
from grader.submissions.archive import Entry, read_member
from grader.text import safe_text

__all__ = ["FileSource", "MemberSource", "Refused", "Source", "Submission"]


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file; a link must not lead out of `within`."""

    path: Path
    within: Path | None = None

    def content(self, limit_bytes: int) -> bytes:
        """Return at most `limit_bytes` and one more."""
        return read_regular(self.path, limit_bytes, within=self.within)


@dataclass(frozen=True, slots=True)
class MemberSource:
    """A member of a zip, by its place in the zip's directory: names may stand there twice."""

    archive: Path
    within: Path | None
    index: int
    entry: Entry | None = None

    def content(self, limit_bytes: int) -> bytes:
        """Return at most `limit_bytes` and one more."""
        return read_member(
            self.archive, self.index, limit_bytes, within=self.within, entry=self.entry
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was handed in and is not opened; the reason is for the student."""

    reason: str

    def content(self, limit_bytes: int) -> bytes:  # noqa: ARG002
        """Raise NotebookError with the reason."""
        raise NotebookError(self.reason)


Source: TypeAlias = FileSource | MemberSource | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What one student handed in.

    Attributes
    ----------
    student : str
        Id of the student, unique within a run: the name of a file or a folder, untrusted, and
        shown by `grader.text.safe_text` only. A ``/`` in it separates what tells it from others.
    notebook : str
        Path of the notebook, for people to read; untrusted too. It may lead into a zip.
    source : FileSource, MemberSource or Refused
        Where its bytes come from.
    hand_in : HandIn, optional
        What a platform or a roster says of it, and which other files are the student's.
    owner : str
        Id of the student, which several submissions may share; `student` where it is empty.
    work : str
        What then tells these apart.
    """

    student: str
    notebook: str
    source: Source
    hand_in: HandIn | None = None
    owner: str = ""
    work: str = ""

    def read(self, limit_bytes: int = LIMIT_BYTES) -> Notebook:
        """Read the notebook.

        Raises
        ------
        NotebookError
            It cannot be read; the message tells the student why and what to do.
        """
        name = self.notebook.rsplit("/", 1)[-1]
        return read_notebook(self.read_bytes(limit_bytes), name=name, limit_bytes=limit_bytes)

    def read_bytes(self, limit_bytes: int = LIMIT_BYTES) -> bytes:
        """Read the file: at most `limit_bytes` of it, and one more.

        Raises
        ------
        NotebookError
            It cannot be read; the message tells the student why and what to do.
        """
        try:
            return self.source.content(limit_bytes)
        except NotebookError as error:
            name = self.notebook.rsplit("/", 1)[-1]
            raise NotebookError(f"`{safe_text(name)}` {error}") from error.__cause__

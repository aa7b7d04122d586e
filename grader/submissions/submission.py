"""One submission: who handed in what, and how to read it when its turn comes.

A submission holds a path, never the notebook, so that it costs little to send to a worker and a
class of any size costs the trusted side no memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.errors import NotebookError
from grader.notebook import LIMIT_BYTES, Notebook, SubmittedFiles, pack_handed_in, read_handed_in
from grader.results import SubmissionInfo
from grader.submissions.files.byte_sources import Source
from grader.submissions.files.side_files import SideFile, read_side_files
from grader.text import safe_text


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
    hand_in : SubmissionInfo, optional
        What a platform or a roster says of it, and which other files are the student's.
    owner : str
        Id of the student, which several submissions may share; `student` where it is empty.
    work : str
        What then tells these apart.
    beside : tuple of SideFile
        Files that were handed in with the notebook.
    stated : bool
        Whether a table that a person gave says when it came.
    """

    student: str
    notebook: str
    source: Source
    hand_in: SubmissionInfo | None = None
    owner: str = ""
    work: str = ""
    beside: tuple[SideFile, ...] = ()
    stated: bool = False

    def read(self, limit_bytes: int = LIMIT_BYTES) -> Notebook:
        """Read the notebook, with what lies beside it.

        Raises
        ------
        NotebookError
            It cannot be read; the message tells the student why and what to do.
        """
        content = self.read_all(limit_bytes)
        return read_handed_in(content, name=self._name, limit_bytes=limit_bytes)

    def read_all(self, limit_bytes: int = LIMIT_BYTES) -> bytes:
        """Read the notebook's file and those beside it; see `grader.notebook.pack_handed_in`.

        Raises
        ------
        NotebookError
            The notebook cannot be read; the message tells the student why and what to do.
        """
        content = self.read_bytes(limit_bytes)
        if len(content) > limit_bytes:  # which whoever reads it will say
            return content
        return pack_handed_in(SubmittedFiles(content, *read_side_files(self.beside)))

    def read_bytes(self, limit_bytes: int = LIMIT_BYTES) -> bytes:
        """Read the notebook's file alone: at most `limit_bytes` of it, and one more.

        Raises
        ------
        NotebookError
            It cannot be read; the message tells the student why and what to do.
        """
        try:
            return self.source.content(limit_bytes)
        except NotebookError as error:
            raise NotebookError(f"`{safe_text(self._name)}` {error}") from error.__cause__

    @property
    def _name(self) -> str:
        return self.notebook.rsplit("/", 1)[-1]

"""One submission: its student, its notebook, and how to read it when its turn comes.

A submission holds a path and not the notebook, so that it is cheap to send to a worker and a
class of any size takes no memory on the trusted side.
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
    """A notebook that one student handed in.

    Attributes
    ----------
    student : str
        Id of the submission, unique within a run: the name of a file or a folder, untrusted, and
        shown only through `grader.text.safe_text`. After a ``/`` comes what distinguishes it from
        other submissions.
    notebook : str
        Path of the notebook, for display; untrusted too. It may lead into a zip.
    source : FileSource, MemberSource or Refused
        Where its bytes come from.
    hand_in : SubmissionInfo, optional
        What a platform or a roster says about it, and the student's other files.
    owner : str
        Id of the student, which several submissions may share; empty if it is `student`.
    work : str
        Which of the student's submissions this is.
    beside : tuple of SideFile
        Files that were handed in with the notebook.
    stated : bool
        Whether its time comes from a table that the instructor gave.
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
        """Read the notebook and the files handed in with it.

        Raises
        ------
        NotebookError
            It cannot be read; the message for the student says why and what to do.
        """
        content = self.read_all(limit_bytes)
        return read_handed_in(content, name=self._name, limit_bytes=limit_bytes)

    def read_all(self, limit_bytes: int = LIMIT_BYTES) -> bytes:
        """Read the notebook and the files handed in with it; see `grader.notebook.pack_handed_in`.

        Raises `NotebookError` as `read` does.
        """
        content = self.read_bytes(limit_bytes)
        if len(content) > limit_bytes:  # the reader reports it
            return content
        return pack_handed_in(SubmittedFiles(content, *read_side_files(self.beside)))

    def read_bytes(self, limit_bytes: int = LIMIT_BYTES) -> bytes:
        """Read the notebook alone: at most `limit_bytes` + 1 bytes.

        Raises `NotebookError` as `read` does.
        """
        try:
            return self.source.content(limit_bytes)
        except NotebookError as error:
            raise NotebookError(f"`{safe_text(self._name)}` {error}") from error.__cause__

    @property
    def _name(self) -> str:
        return self.notebook.rsplit("/", 1)[-1]

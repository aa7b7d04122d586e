"""Sources of the bytes of submitted files; nothing is opened before it is graded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from grader.errors import NotebookError
from grader.notebook import read_regular
from grader.submissions.files.archive import DirectoryEntry, read_member


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file, in which a link must not lead out of `within`."""

    path: Path
    within: Path | None = None

    def content(self, limit_bytes: int) -> bytes:
        """Return at most `limit_bytes` + 1 bytes."""
        return read_regular(self.path, limit_bytes, within=self.within)


@dataclass(frozen=True, slots=True)
class MemberSource:
    """A member of a zip, by its index in the zip's directory, in which names may repeat."""

    archive: Path
    within: Path | None
    index: int
    entry: DirectoryEntry | None = None

    def content(self, limit_bytes: int) -> bytes:
        """Return at most `limit_bytes` + 1 bytes."""
        return read_member(
            self.archive, self.index, limit_bytes, within=self.within, entry=self.entry
        )


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Bytes in memory, from a program that calls the grader."""

    held: bytes

    def content(self, limit_bytes: int) -> bytes:
        """Return at most `limit_bytes` + 1 bytes."""
        return self.held[: limit_bytes + 1]


@dataclass(frozen=True, slots=True)
class Refused:
    """A submitted file that is not opened; the reason is for the student."""

    reason: str

    def content(self, limit_bytes: int) -> bytes:  # noqa: ARG002
        """Raise NotebookError with the reason."""
        raise NotebookError(self.reason)


Source: TypeAlias = FileSource | MemberSource | MemorySource | Refused

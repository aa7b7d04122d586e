"""Cache of a course's exercise files that an earlier run found free of faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.cache import Cache
from grader.cache.origins import FilesRead, UnreadableError, installation, read_files
from grader.checks.base import Check
from grader.checks.registry import KindTable
from grader.course.course_files import CONTENTS, exercise_file
from grader.course.document import Document, Place
from grader.course.exercise_file import ReadExercise, read_exercise
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.packed_value import pack, unpack

_OURS = "grader."


@dataclass(frozen=True, slots=True)
class Listed:
    """An exercise of the course: its unit, its id, and its place in ``course.yaml``."""

    unit: str
    id: str
    place: Place = ()


@dataclass(frozen=True, slots=True)
class SoundFiles:
    """The cached content of a course's exercise files, which have no fault.

    Attributes
    ----------
    folder : Path
        The course.
    kinds : Mapping of str to type of Check
        Kinds of check by the key that names them.
    cache : Cache
        Where the content is kept.
    files : FilesRead
        All files of the course.
    name : str
        Name of the cache entry, derived from the above.
    """

    folder: Path
    kinds: Mapping[str, type[Check]]
    cache: Cache
    files: FilesRead
    name: str

    @classmethod
    def of(
        cls, folder: Path, kinds: Mapping[str, type[Check]], cache: Cache | None
    ) -> SoundFiles | None:
        """Return the entry of a course; None if a file is unreadable or there is no cache."""
        # A kind from another package may have changed which faults it looks for.
        if cache is None or not _are_ours(kinds):
            return None
        try:
            files = read_files(folder, CONTENTS)
        except UnreadableError:
            return None
        name = cache.name_of(b"sound", files.digest, installation())
        return cls(folder, kinds, cache, files, name)

    def read(self, listed: Sequence[Listed]) -> dict[str, ReadExercise]:
        """Return the exercises from the cache; none unless all are there."""
        kept = self.cache.read(self.name)
        read: dict[str, ReadExercise] = {}
        if not isinstance(kept, dict):
            return read
        with suppress(ValueError, KeyError, TypeError):
            for item in listed:
                path = exercise_file(self.folder, item.unit, item.id)
                document = Document(path, unpack(kept[item.id]))
                read[item.id] = read_exercise(document, self.kinds, sound=True)
        has_all = len(read) == len(listed)
        return read if has_all and not any(each.document.faults for each in read.values()) else {}

    def write(self, read: Mapping[str, ReadExercise]) -> None:
        """Store exercises without faults, unless a file has changed since it was read."""
        with suppress(WireError):
            values = {name: pack(each.document.value) for name, each in read.items()}
            if self.files.are_unchanged():
                self.cache.write(self.name, values)


def _are_ours(kinds: Mapping[str, type[Check]]) -> bool:
    if isinstance(kinds, KindTable):  # which knows without importing each
        return kinds.are_ours
    return all(kind.__module__.startswith(_OURS) for kind in kinds.values())

"""A course whose files were found without fault by an earlier run, which need not look again."""

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
    """An exercise that the course has: its unit, its id, where ``course.yaml`` lists it."""

    unit: str
    id: str
    place: Place = ()


@dataclass(frozen=True, slots=True)
class SoundFiles:
    """What the exercises' files of a course hold, once they were found without fault.

    Attributes
    ----------
    folder : Path
        The course.
    kinds : Mapping of str to type of Check
        Kinds of check by the key that names them.
    cache : Cache
        Where it is kept.
    files : FilesRead
        All files of the course.
    name : str
        Of its entry; it is made of these.
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
        """Return those of a course; None where not all can be known, or there is no cache."""
        # A kind of another package may look for faults that it did not look for before.
        if cache is None or not _are_ours(kinds):
            return None
        try:
            files = read_files(folder, CONTENTS)
        except UnreadableError:
            return None
        name = cache.name_of(b"sound", files.digest, installation())
        return cls(folder, kinds, cache, files, name)

    def read(self, listed: Sequence[Listed]) -> dict[str, ReadExercise]:
        """Return the exercises that an earlier run has read; none where it has not read all."""
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
        """Keep what was read, since it has no fault, unless a file was changed meanwhile."""
        with suppress(WireError):
            values = {name: pack(each.document.value) for name, each in read.items()}
            if self.files.are_unchanged():
                self.cache.write(self.name, values)


def _are_ours(kinds: Mapping[str, type[Check]]) -> bool:
    if isinstance(kinds, KindTable):  # which knows without importing each
        return kinds.are_ours
    return all(kind.__module__.startswith(_OURS) for kind in kinds.values())

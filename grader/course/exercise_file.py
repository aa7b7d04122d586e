"""Reads one exercise's file: its keys and its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from grader.checks.base import Check
from grader.checks.yaml_model import WRITTEN
from grader.course.consistency import inconsistencies
from grader.course.document import Document, Place
from grader.course.faults import add_invalid, validate_leniently
from grader.course.yaml_keys import ExerciseEntry
from grader.inputs import one_kind

_STANDINS: Mapping[str, Any] = {
    "id": "unknown",
    "title": "unknown",
    "unit": "unknown",
    "points": 1,
    "prompt": "unknown",
    "defines": ["unknown"],
    "checks": [None],
}


@dataclass(frozen=True, slots=True)
class ReadExercise:
    """An exercise file after validation.

    Attributes
    ----------
    document : Document
        The file, with all its faults.
    entry : ExerciseEntry or None
        None if the file holds no mapping.
    doubtful : frozenset of str
        Keys that are invalid in the file; the entry has stand-in values for them.
    indexed : Mapping of int to Check
        Its valid checks, by their index.
    """

    document: Document
    entry: ExerciseEntry | None = None
    doubtful: frozenset[str] = frozenset()
    indexed: Mapping[int, Check] = field(default_factory=dict)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Its valid checks."""
        return tuple(self.indexed.values())


def read_exercise(
    document: Document, kinds: Mapping[str, type[Check]], *, sound: bool = False
) -> ReadExercise:
    """Read an exercise; faults are added to the document.

    Parameters
    ----------
    document : Document
        Its file.
    kinds : Mapping of str to type of Check
        Kinds of check by the key that names them.
    sound : bool
        Whether an earlier run found no fault in the same file.
    """
    raw = document.value
    if not isinstance(raw, dict):
        if not document.faults:
            document.add((), "an exercise is a mapping: it starts with `id: ...`")
        return ReadExercise(document)
    entry, doubtful = validate_leniently(ExerciseEntry, document, _STANDINS)
    listed = raw.get("checks")
    checks = _read_checks(document, listed, kinds) if isinstance(listed, list) else {}
    for place, message in () if sound else inconsistencies(raw, entry, checks, doubtful):
        document.add(place, message)
    return ReadExercise(document, entry, doubtful, checks)


def _read_checks(
    document: Document, listed: Sequence[Any], kinds: Mapping[str, type[Check]]
) -> dict[int, Check]:
    checks = {}
    for index, raw in enumerate(listed):
        place: Place = ("checks", index)
        try:
            kind = kinds[one_kind(raw, kinds, "a check")]
        except ValueError as error:
            document.add(place, str(error))
            continue
        try:
            checks[index] = kind.model_validate(raw, context=WRITTEN)
        except ValidationError as error:
            add_invalid(document, error, place, kind)
    return checks

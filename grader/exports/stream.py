"""``results.json``, written one submission at a time, so that memory does not grow with a class."""

from __future__ import annotations

import json
from typing import Any, TextIO

from grader.results import ExerciseResult, RunHeader, SubmissionResult

_KEPT = 500


class ResultsStream:
    """Writes one JSON document: the run's header, then its submissions, a line each.

    Parameters
    ----------
    out : TextIO
        Where to; stays open.
    header : RunHeader
        What holds for the whole run.
    """

    def __init__(self, out: TextIO, header: RunHeader) -> None:
        self._out = out
        self._separator = "\n"
        self._exercises: dict[int, tuple[ExerciseResult, dict[str, Any]]] = {}
        opening = json.dumps(header.model_dump(mode="json", by_alias=True))[:-1]
        self._out.write(f'{opening}, "submissions": [')

    def add(self, result: SubmissionResult) -> dict[str, Any]:
        """Write one submission, and return what was written."""
        # ensure_ascii: names may hold lone surrogates or escape sequences, which must not reach
        # a terminal or break an encoder.
        plain = self._plain(result)
        line = json.dumps(plain, ensure_ascii=True)
        self._out.write(self._separator + line)
        self._separator = ",\n"
        return plain

    def close(self) -> None:
        """End the document."""
        self._out.write("\n]}\n")

    def _plain(self, result: SubmissionResult) -> dict[str, Any]:
        """Return a result as plain data; exercises that students share are made plain once."""
        known = result.model_dump(mode="json", exclude={"exercises"})
        known["exercises"] = [self._plain_exercise(each) for each in result.exercises]
        return {name: known[name] for name in SubmissionResult.model_fields if name in known}

    def _plain_exercise(self, exercise: ExerciseResult) -> dict[str, Any]:
        # By identity, which costs nothing; the object is kept, so that no other gets its id.
        kept, plain = self._exercises.get(id(exercise), (None, {}))
        if kept is None:
            plain = exercise.model_dump(mode="json")
            if len(self._exercises) >= _KEPT:
                self._exercises.clear()
            self._exercises[id(exercise)] = (exercise, plain)
        return plain

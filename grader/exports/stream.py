"""``results.json``, written one submission at a time, so that memory does not grow with a class."""

from __future__ import annotations

import json
from typing import Any, TextIO

from grader.results import RunHeader, SubmissionResult

__all__ = ["ResultsStream"]


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
        opening = json.dumps(header.model_dump(mode="json", by_alias=True))[:-1]
        self._out.write(f'{opening}, "submissions": [')

    def add(self, result: SubmissionResult) -> dict[str, Any]:
        """Write one submission, and return what was written."""
        # ensure_ascii: names may hold lone surrogates or escape sequences, which must not reach
        # a terminal or break an encoder.
        plain = result.model_dump(mode="json")
        line = json.dumps(plain, ensure_ascii=True)
        self._out.write(self._separator + line)
        self._separator = ",\n"
        return plain

    def close(self) -> None:
        """End the document."""
        self._out.write("\n]}\n")

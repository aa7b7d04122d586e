"""The files that a run writes into its output folder."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from grader.errors import UsageError
from grader.exports.spreadsheet import spreadsheet_text
from grader.results import ExerciseResult, RunHeader, SubmissionInfo, SubmissionResult

PERSON = ("student", "name", "email", "section")
"""The first columns of every table of a class."""
_KEPT = 500


class ResultsStream:
    """Writer of ``results.json``: the run's header, then its submissions, a line each.

    One submission is written at a time, so that memory does not grow with a class.

    Parameters
    ----------
    out : TextIO
        Open file, which is not closed.
    header : RunHeader
        Facts of the whole run.
    """

    def __init__(self, out: TextIO, header: RunHeader) -> None:
        self._out = out
        self._separator = "\n"
        self._exercises: dict[int, tuple[ExerciseResult, dict[str, Any]]] = {}
        opening = json.dumps(header.model_dump(mode="json", by_alias=True))[:-1]
        self._out.write(f'{opening}, "submissions": [')

    def add(self, result: SubmissionResult) -> dict[str, Any]:
        """Write one submission, and return what was written."""
        plain = self._plain(result)
        # ensure_ascii: names may hold lone surrogates or escape sequences, which must not reach
        # a terminal or break an encoder.
        self._out.write(self._separator + json.dumps(plain, ensure_ascii=True))
        self._separator = ",\n"
        return plain

    def close(self) -> None:
        """End the document."""
        self._out.write("\n]}\n")

    def _plain(self, result: SubmissionResult) -> dict[str, Any]:
        """Return a result as plain data; exercises that students share are converted once."""
        known = result.model_dump(mode="json", exclude={"exercises"})
        known["exercises"] = [self._plain_exercise(each) for each in result.exercises]
        return {name: known[name] for name in SubmissionResult.model_fields if name in known}

    def _plain_exercise(self, exercise: ExerciseResult) -> dict[str, Any]:
        # The key is the identity, which is cheap; the object is kept, so that its id is not reused.
        kept, plain = self._exercises.get(id(exercise), (None, {}))
        if kept is None:
            plain = exercise.model_dump(mode="json")
            if len(self._exercises) >= _KEPT:
                self._exercises.clear()
            self._exercises[id(exercise)] = (exercise, plain)
        return plain


class RunFiles:
    """Writer of ``results.json`` and ``grades.csv``; both appear complete, or not at all.

    During the run they are called ``*.part``, so that an interrupted run leaves the files of the
    run before unchanged.

    Parameters
    ----------
    folder : Path
        Created if it does not exist.
    header : RunHeader
        Facts of the whole run.
    exercises : sequence of str
        Ids of the exercises, a column each in ``grades.csv``.

    Raises
    ------
    UsageError
        The folder cannot be created or written.
    """

    def __init__(self, folder: Path, header: RunHeader, exercises: Sequence[str]) -> None:
        self.results = folder / "results.json"
        self.grades = folder / "grades.csv"
        self._exercises = exercises
        self._files = ExitStack()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            results = self._files.enter_context(_part(self.results).open("w", encoding="utf-8"))
            grades = self._files.enter_context(
                _part(self.grades).open("w", encoding="utf-8", newline="")
            )
        except OSError as error:
            self._files.close()
            text = f"Cannot write into {folder}: {error}. Choose another --out."
            raise UsageError(text) from error
        self._stream = ResultsStream(results, header)
        self._table = csv.writer(grades)
        self._table.writerow(
            [*PERSON, "notebook", "status", "score", "max_score", *exercises, "to_be_marked"]
        )

    def __enter__(self) -> RunFiles:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            with contextlib.suppress(OSError):  # the first error is the one to report
                self._files.close()
            return
        with self._writing():
            self._stream.close()
            self._files.close()
            for path in (self.results, self.grades):
                _part(path).replace(path)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            with contextlib.suppress(OSError):
                self._files.close()
            text = (
                f"Cannot write into {self.results.parent}: {error.strerror}. Make room there, or "
                "choose another --out; all grades so far are in the gradebook."
            )
            raise UsageError(text) from error

    def add(self, result: SubmissionResult) -> None:
        """Write one submission into both files."""
        person = result.hand_in or SubmissionInfo()
        texts = (result.student, person.name, person.email, person.section, result.notebook)
        with self._writing():
            row = self._stream.add(result)
            scores = {exercise["id"]: exercise["score"] for exercise in row["exercises"]}
            self._table.writerow(
                [
                    *map(spreadsheet_text, texts),
                    result.status,
                    row["score"],
                    row["max_score"],
                    *(scores.get(name, "") for name in self._exercises),
                    " ".join(each.id for each in result.exercises if each.status == "needs_review"),
                ]
            )


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")

"""Find the modules that a course should preload, by what its submissions import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from grader.errors import NotebookError
from grader.sandbox.packages import import_seconds, installed
from grader.sandbox.settings import SandboxSettings
from grader.submissions import Submission
from grader.submissions.imports import common_imports

_EXAMINED = 200
_WORTH_S = 0.02


@dataclass(frozen=True, slots=True)
class Preload:
    """A module that `notebooks` of `examined` notebooks import and the course does not preload."""

    module: str
    notebooks: int
    examined: int
    seconds: float | None = None
    """Processor time of the first import [s], if it was measured."""

    @property
    def text(self) -> str:
        """The advice for the instructor."""
        cost = "" if self.seconds is None else f", at {self.seconds:.2f} s of processor time each"
        return (
            f"{self.notebooks} of {self.examined} notebooks import `{self.module}`{cost}: "
            f"`sandbox: {{preload: [{self.module}]}}` in course.yaml imports it once for all."
        )


def worth_preloading(
    submissions: Sequence[Submission], settings: SandboxSettings, *, measured: bool = False
) -> tuple[Preload, ...]:
    """Return the modules that are worth preloading, the most common first.

    Examines the first 200 submissions, and leaves out modules that are not installed in the
    notebooks' Python. With `measured`, imports each module once to measure the time, and leaves
    out those that take next to none.
    """
    files = tuple(_contents(islice(submissions, _EXAMINED)))
    common = common_imports(files, settings.preload)
    available = installed([each.module for each in common], settings)
    found = [
        Preload(each.module, each.notebooks, len(files))
        for each in common
        if each.module in available
    ]
    return tuple(_measured(found, settings)) if measured else tuple(found)


def _contents(submissions: Iterable[Submission]) -> Iterator[bytes]:
    for submission in submissions:
        try:
            yield submission.read_bytes()
        except NotebookError:  # reported by the run
            continue


def _measured(found: Iterable[Preload], settings: SandboxSettings) -> Iterator[Preload]:
    for each in found:
        seconds = import_seconds(each.module, settings)
        if seconds is not None and seconds >= _WORTH_S:
            yield replace(each, seconds=round(seconds, 3))

"""Which modules a course should preload, by what its students' notebooks import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from grader.errors import NotebookError
from grader.sandbox.packages import import_seconds, installed
from grader.sandbox.settings import SandboxSettings
from grader.submissions import Submission
from grader.submissions.imports import common_imports

_LOOKED_AT = 200
_WORTH_S = 0.02


@dataclass(frozen=True, slots=True)
class Preload:
    """A module that many notebooks import and the course does not preload.

    Attributes
    ----------
    module : str
        Its name.
    notebooks : int
        How many of those that were looked at import it.
    looked_at : int
        How many those were.
    seconds : float or None
        Processor time of its first import, where it was measured [s].
    """

    module: str
    notebooks: int
    looked_at: int
    seconds: float | None = None

    @property
    def text(self) -> str:
        """A sentence for the instructor."""
        cost = "" if self.seconds is None else f", at {self.seconds:.2f} s of processor time each"
        return (
            f"{self.notebooks} of {self.looked_at} notebooks import `{self.module}` anew{cost}: "
            f"`sandbox: {{preload: [{self.module}]}}` in course.yaml imports it once for all."
        )


def worth_preloading(
    submissions: Sequence[Submission], settings: SandboxSettings, *, measured: bool = False
) -> tuple[Preload, ...]:
    """Return the modules that are worth preloading, the commonest first.

    Parameters
    ----------
    submissions : sequence of Submission
        What was handed in; the first 200 are looked at.
    settings : SandboxSettings
        What is preloaded already, and the Python that runs notebooks.
    measured : bool
        Whether to import each once, to say what it costs; what costs next to nothing is left out.

    Notes
    -----
    What is not installed where notebooks run is left out.
    """
    files = tuple(_contents(islice(submissions, _LOOKED_AT)))
    common = common_imports(files, settings.preload)
    there = installed([each.module for each in common], settings)
    found = [
        Preload(each.module, each.notebooks, len(files)) for each in common if each.module in there
    ]
    return tuple(_measured(found, settings)) if measured else tuple(found)


def _contents(submissions: Iterable[Submission]) -> Iterator[bytes]:
    for submission in submissions:
        try:
            yield submission.read_bytes()
        except NotebookError:  # the run itself says so
            continue


def _measured(found: Iterable[Preload], settings: SandboxSettings) -> Iterator[Preload]:
    for each in found:
        seconds = import_seconds(each.module, settings)
        if seconds is not None and seconds >= _WORTH_S:
            yield Preload(each.module, each.notebooks, each.looked_at, round(seconds, 3))

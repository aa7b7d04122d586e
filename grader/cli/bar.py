"""Progress bars on a terminal."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from grader.results import SubmissionResult

if TYPE_CHECKING:
    from grader.batch.regrade import Regraded

_REFRESH_S = 0.1

Item = TypeVar("Item", SubmissionResult, "Regraded")


def with_bar(
    results: Iterable[Item], what: str, total: int | None, console: Console
) -> Iterator[Item]:
    """Yield results; show rate, time left and a count of each status on a terminal."""
    counts: Counter[str] = Counter()
    shown = 0.0
    columns = (MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    counted = TextColumn("{task.fields[counts]}")
    # On one terminal, the bar and the lines have to share a console.
    shared = console if sys.stdout.isatty() else None
    with progress_bar(*columns, counted, console=shared) as bar:
        task = bar.add_task(what, total=total, counts="")
        for done, result in enumerate(results, start=1):
            yield result
            counts[result.status] += 1
            if not bar.disable and (time.monotonic() - shown > _REFRESH_S or done == total):
                text = ", ".join(f"{number} {status}" for status, number in counts.items())
                bar.update(task, completed=done, counts=text, refresh=True)
                shown = time.monotonic()


class _Rate(ProgressColumn):
    """Submissions per second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f}/s")


def progress_bar(*columns: ProgressColumn, console: Console | None = None) -> Progress:
    """Return a progress bar on the console, by default stderr, shown only on a terminal."""
    shown_on = console or Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        console=shown_on,
        auto_refresh=False,  # no thread: this process forks workers while the bar is shown
        transient=True,
        disable=not shown_on.file.isatty(),
    )

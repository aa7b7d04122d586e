"""A bar on a terminal: how far a run is, how fast, and what came of it so far."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

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

_REFRESH_S = 0.1


class Counted(Protocol):
    """Something with a status."""

    @property
    def status(self) -> str:
        """What it is counted under."""


Item = TypeVar("Item", bound=Counted)


def with_bar(
    results: Iterable[Item], what: str, total: int | None, console: Console
) -> Iterator[Item]:
    """Show on a terminal how far it is: rate, time left, and how many have each status."""
    counts: Counter[str] = Counter()
    shown = 0.0
    with _bar(console) as bar:
        task = bar.add_task(what, total=total, counts="")
        for done, result in enumerate(results, start=1):
            yield result
            counts[result.status] += 1
            if not bar.disable and (time.monotonic() - shown > _REFRESH_S or done == total):
                counted = ", ".join(f"{number} {status}" for status, number in counts.items())
                bar.update(task, completed=done, counts=counted, refresh=True)
                shown = time.monotonic()


class _Rate(ProgressColumn):
    """Submissions a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f}/s")


def _bar(lines: Console) -> Progress:
    """Return a bar that shares the console of the lines where both are on one terminal."""
    on_stdout = sys.stdout.isatty()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
        console=lines if on_stdout else Console(stderr=True),
        auto_refresh=False,  # no thread: workers are forked from this process while it is shown
        transient=True,
        disable=not (on_stdout or sys.stderr.isatty()),
    )

"""What student code prints and displays: kept up to a cap, counted beyond it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ..protocol.encoding import without_addresses

_CALL_BYTES = 300

CLEARED = "\0clear\0"
"""Among what goes the way of other processes' output: all before it was taken back."""


@dataclass(slots=True)
class OutputBudget:
    """How many bytes may still be kept, over all streams of a cell.

    Attributes
    ----------
    left_bytes : int
        The bytes.
    before_more : callable or None
        What to do once before more is shown.
    """

    left_bytes: int
    before_more: Callable[[], None] | None = None

    def keep(self, text: str) -> str:
        """Return as much of a text as may be kept."""
        if self.before_more is not None:
            self.before_more()
        left = self.left_bytes
        if left <= 0:
            return ""
        kept = text[:left].encode("utf-8", "backslashreplace")[:left]
        self.left_bytes -= len(kept)
        return kept.decode("utf-8", "ignore")

    @property
    def is_over(self) -> bool:
        """Whether a task prints whose cell has ended."""
        return printing.get(self) is not self

    def release(self, kept: str) -> None:
        """Take back the room of a text that is kept no longer."""
        self.left_bytes += len(kept.encode())


printing: ContextVar[OutputBudget | None] = ContextVar("printing")
"""The budget of the cell that a task was made in: what it prints after that cell is shown nowhere,
as in a notebook that nbconvert runs. A thread has none, and prints into the cell that runs."""


@dataclass(slots=True)
class Offspring:
    """Whether this process has started another, which may print too.

    What is printed then goes the way that other processes' goes, so that all comes in order.
    """

    seen: bool = False

    def look_out(self) -> None:
        """See every process that is started from now on."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._see)
        # These make a process without what Python does around a fork.
        below = sys.modules.get("_posixsubprocess")
        starts = ((subprocess, "_fork_exec"), (below, "fork_exec"), (os, "system"))
        for module, name in (*starts, (os, "posix_spawn"), (os, "posix_spawnp")):
            if hasattr(module, name):
                setattr(module, name, self._seen_by(getattr(module, name)))

    def _see(self) -> None:
        self.seen = True

    def _seen_by(self, start: Callable[..., Any]) -> Callable[..., Any]:
        def start_seen(*args: Any, **kwargs: Any) -> Any:
            self.seen = True
            return start(*args, **kwargs)

        return start_seen


class OutputStream(io.TextIOBase):
    """A text stream that keeps what the budget allows and counts the rest.

    It holds no file descriptor and no lock, so a fork finds it as it was. One serves all cells,
    since what a cell sets up, such as logging, may hold on to it.

    Parameters
    ----------
    budget : OutputBudget
        What may be kept.
    descriptor : int, optional
        Where other processes write what belongs to this stream. What a process prints that was
        forked from this one goes there, and, once there was any, all else. By default what such a
        process prints is dropped.
    offspring : Offspring, optional
        Whether there was any.
    """

    encoding = "UTF-8"

    def __init__(
        self,
        budget: OutputBudget,
        descriptor: int | None = None,
        offspring: Offspring | None = None,
    ) -> None:
        self._budget = budget
        self._descriptor = descriptor
        self._offspring = offspring or Offspring()
        self._process = os.getpid()
        self._parts: list[str] = []
        self._dropped = 0

    def begin(self, budget: OutputBudget) -> None:
        """Begin anew, with what the next cell may keep."""
        self.take()
        self._budget = budget

    def clear(self) -> None:
        """Take back what was printed."""
        self._budget.release(self.take()[0])
        if self._offspring.seen and self._descriptor is not None:
            _write_all(self._descriptor, CLEARED.encode())

    @property
    def name(self) -> str:
        """The stream's name, as in a kernel."""
        return "stderr" if self._descriptor == 2 else "stdout"

    def fileno(self) -> int:
        """Return the descriptor that other processes write to."""
        return super().fileno() if self._descriptor is None else self._descriptor

    def writable(self) -> bool:
        """Return True, as any output stream does."""
        return True

    def write(self, text: str) -> int:
        """Keep as much of `text` as the budget allows."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        length = len(text)
        if not length or self._budget.is_over:
            return length
        kept = self._budget.keep(text)
        self._dropped += max(length - len(kept), 0)
        own = os.getpid() == self._process
        if self._descriptor is not None and (self._offspring.seen or not own):
            _write_all(self._descriptor, kept.encode())
        elif own and kept:
            self._parts.append(kept)
        return length

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written since the last time."""
        return not self._parts and not self._dropped

    def take(self) -> tuple[str, int]:
        """Return what was kept since the last time, and how many characters were not."""
        text, dropped = "".join(self._parts), self._dropped
        self._parts.clear()
        self._dropped = 0
        return text, dropped


class CallOutput(OutputStream):
    """Keeps the beginning of what each call prints, the same however many calls there are."""

    def __init__(self) -> None:
        self._call_budget = OutputBudget(_CALL_BYTES)
        super().__init__(self._call_budget)

    def take_call(self) -> str:
        """Return what one call printed; it ends in ``…`` where that was more."""
        text, dropped = self.take()
        self._call_budget.left_bytes = _CALL_BYTES
        return without_addresses(text) + ("…" if dropped else "")


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


@dataclass(slots=True)
class Display:
    """One thing that a cell displayed: as much of its text as was kept, and what was not."""

    text: str
    dropped: int


@dataclass(slots=True)
class Shown:
    """What one cell has shown so far, as a front end keeps it.

    Attributes
    ----------
    index : int
        The cell's place.
    budget : OutputBudget
        What may be kept.
    named : MutableMapping of str to list
        What this cell and those before it displayed under an id, each with its cell's place.
    stdout, stderr : OutputStream
        What it printed.
    displays : list of Display
        What it displayed.
    error : BaseException or None
        What was last told to have been raised.
    updated : set of int
        Cells of which a display was replaced.
    """

    index: int
    budget: OutputBudget
    named: MutableMapping[str, list[tuple[int, Display]]]
    stdout: OutputStream
    stderr: OutputStream
    displays: list[Display] = field(default_factory=list)
    error: BaseException | None = None
    updated: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.stdout.begin(self.budget)
        self.stderr.begin(self.budget)

    def display(self, text: str, display_id: str | None = None, *, update: bool = False) -> None:
        """Show a text, or show it in place of all that has the same id."""
        if self.budget.is_over:
            return
        if display_id is not None:
            for index, shown in self.named.get(display_id, ()):
                self._replace(shown, text)
                self.updated.add(index)
        if not update:
            shown = self._kept(text)
            if self.displays and not shown.text and display_id is None:
                self.displays[-1].dropped += shown.dropped  # a flood leaves no objects either
                return
            self.displays.append(shown)
            if display_id is not None:
                self.named.setdefault(display_id, []).append((self.index, shown))

    def clear(self, *, wait: bool = False) -> None:
        """Take back all that was shown; with `wait`, once something else is."""
        if wait:
            self.budget.before_more = self.clear
            return
        self.budget.before_more = self.error = None
        self.stdout.clear()
        self.stderr.clear()
        for shown in self.displays:
            self.budget.release(shown.text)
        self.displays.clear()
        for places in self.named.values():
            places[:] = [(index, shown) for index, shown in places if index != self.index]

    def _replace(self, shown: Display, text: str) -> None:
        self.budget.release(shown.text)
        new = self._kept(text)
        shown.text, shown.dropped = new.text, new.dropped

    def _kept(self, text: str) -> Display:
        text += "\n"
        kept = self.budget.keep(text)
        return Display(kept, max(len(text) - len(kept), 0))

"""Captures what student code prints and displays, up to a cap, and counts the rest."""

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
"""Marker in the output of other processes: everything before it was cleared."""


@dataclass(slots=True)
class OutputBudget:
    """How many bytes may still be kept, for all streams of a cell.

    Attributes
    ----------
    left_bytes : int
        Bytes left.
    before_more : callable or None
        Called once before the next output.
    """

    left_bytes: int
    before_more: Callable[[], None] | None = None

    def keep(self, text: str) -> str:
        """Return as much of a text as the budget allows."""
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
        """Return whether the current task belongs to a cell that has ended."""
        return printing.get(self) is not self

    def release(self, kept: str) -> None:
        """Return the bytes of a text that is dropped to the budget."""
        self.left_bytes += len(kept.encode())


printing: ContextVar[OutputBudget | None] = ContextVar("printing")
"""The budget of the cell that created the current task. Output after that cell's end is dropped, as
nbconvert does. A thread has no budget of its own, and prints into the running cell."""


@dataclass(slots=True)
class Offspring:
    """Whether this process has started another process, which may print too.

    From then on all output takes the path of other processes' output, which keeps it in order.
    """

    seen: bool = False

    def look_out(self) -> None:
        """Watch for processes that are started from now on."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._see)
        # These start a process without Python's fork hooks.
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

    It has no file descriptor and no lock, so a fork can use it as it is. All cells share one
    stream, because handlers that a cell sets up, such as those of logging, keep a reference to it.

    Parameters
    ----------
    budget : OutputBudget
        How much may be kept.
    descriptor : int, optional
        Where other processes write for this stream. Output of forks of this process goes there and,
        once there was a fork, all other output. By default the output of forks is dropped.
    offspring : Offspring, optional
        Whether there were other processes.
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
        """Start the next cell with its budget."""
        self.take()
        self._budget = budget

    def clear(self) -> None:
        """Drop what was printed."""
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
        """Return whether nothing was written since the last `take`."""
        return not self._parts and not self._dropped

    def take(self) -> tuple[str, int]:
        """Return the text since the last `take`, and how many characters were dropped."""
        text, dropped = "".join(self._parts), self._dropped
        self._parts.clear()
        self._dropped = 0
        return text, dropped


class CallOutput(OutputStream):
    """Keeps the start of the output of each call, independent of other calls."""

    def __init__(self) -> None:
        self._call_budget = OutputBudget(_CALL_BYTES)
        super().__init__(self._call_budget)

    def take_call(self) -> str:
        """Return what one call printed; it ends in ``…`` if it was cut."""
        text, dropped = self.take()
        self._call_budget.left_bytes = _CALL_BYTES
        return without_addresses(text) + ("…" if dropped else "")


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


@dataclass(slots=True)
class Display:
    """One display of a cell: the text that was kept, and how much was dropped."""

    text: str
    dropped: int


@dataclass(slots=True)
class Shown:
    """The output of one cell so far, as a front end would show it.

    Attributes
    ----------
    index : int
        The cell's index.
    budget : OutputBudget
        How much may be kept.
    named : MutableMapping of str to list
        Displays with an id, of this and earlier cells, each with its cell's index.
    stdout, stderr : OutputStream
        Printed output.
    displays : list of Display
        Displays.
    error : BaseException or None
        The last exception that was reported.
    updated : set of int
        Cells whose displays this cell replaced.
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
        """Add a display, or replace those with the same id."""
        if self.budget.is_over:
            return
        if display_id is not None:
            for index, shown in self.named.get(display_id, ()):
                self._replace(shown, text)
                self.updated.add(index)
        if not update:
            shown = self._kept(text)
            if self.displays and not shown.text and display_id is None:
                self.displays[
                    -1
                ].dropped += shown.dropped  # a flood must not pile up objects either
                return
            self.displays.append(shown)
            if display_id is not None:
                self.named.setdefault(display_id, []).append((self.index, shown))

    def clear(self, *, wait: bool = False) -> None:
        """Clear the output; with `wait`, when there is new output."""
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

"""The interfaces of engines that run notebooks and of their sessions; the tiers of isolation."""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grader.guest.limits.own_time import OwnTime
    from grader.sandbox.connection import Connection
    from grader.sandbox.deadline import Doubt
    from grader.sandbox.notebook_run import NotebookRun, NotebookSource
    from grader.sandbox.outcome import CellOutcome


class Isolation(StrEnum):
    """The tiers of isolation; docs/security.md describes what each one stops."""

    STRONG = "strong"
    BASIC = "basic"
    NONE = "none"


class EngineName(StrEnum):
    """The engines that run the cells of a notebook."""

    SANDBOX = "sandbox"
    JUPYTER = "jupyter"


class Engine(Protocol):
    """Runs notebooks: the sandbox, or a Jupyter kernel."""

    def run_notebook(self, source: NotebookSource) -> NotebookRun:
        """Run code cells in order and keep the session for questions."""


class EngineFactory(Protocol):
    """Starts a worker's engine, inside the worker."""

    def start(self) -> AbstractContextManager[Engine]:
        """Start an engine; raise SandboxError if it cannot be started."""


class AnySession(Protocol):
    """A session of any engine; see `grader.sandbox.session.Session`."""

    @property
    def lost(self) -> str:
        """Why it cannot be asked any more; empty while it can."""

    @property
    def killed(self) -> bool:
        """Whether something other than this side killed it."""

    @property
    def clock(self) -> OwnTime:
        """The clock of its own time, including its forks."""

    @property
    def doubt(self) -> Doubt:
        """Whether the machine may have caused a time limit to strike."""

    @property
    def spent(self) -> bool:
        """Whether its processes together used up their processor time."""

    @property
    def cpu_s(self) -> float:
        """Its processor time, known once it has ended [s]."""

    def limit_struck(self, *, backstop: bool = False) -> None:
        """Record that a time limit struck, and whether the machine may be the cause."""

    def run_cell(
        self, source: str, *, index: int | None, limit_s: float | None, number: int
    ) -> CellOutcome:
        """Run one code cell."""

    def share(self, names: Sequence[str]) -> None:
        """From now on, merge the dicts that cells bind to these names."""

    def place(self, files: Mapping[str, bytes]) -> None:
        """Write files into the working folder, before the first cell."""

    def fork(self, wait_s: float) -> Connection:
        """Start a fork that answers questions; raise ConnectionLost if the session is gone."""

    def end_fork(self) -> int | None:
        """End the fork; return its exit status or minus a signal, or None if there was no fork."""

    def close(self) -> None:
        """End it."""

"""The interface of engines that run notebooks, and the tiers of isolation."""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from grader.sandbox.notebook_run import NotebookRun, NotebookSource


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

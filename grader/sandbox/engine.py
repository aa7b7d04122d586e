"""What runs notebooks: the sandbox at one of its tiers, or a Jupyter kernel."""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from grader.sandbox.notebook_run import NotebookRun, NotebookSource


class Isolation(StrEnum):
    """How far a session is kept from the machine; docs/security.md says what each one stops."""

    STRONG = "strong"
    BASIC = "basic"
    NONE = "none"


class EngineName(StrEnum):
    """What runs the cells of a notebook."""

    SANDBOX = "sandbox"
    JUPYTER = "jupyter"


class Engine(Protocol):
    """Runs notebooks: the sandbox, or a Jupyter kernel."""

    def run_notebook(self, source: NotebookSource) -> NotebookRun:
        """Run code cells in order and keep the session to be asked."""


class EngineFactory(Protocol):
    """Makes a worker's engine, inside the worker."""

    def start(self) -> AbstractContextManager[Engine]:
        """Start an engine; SandboxError says why it cannot be started."""

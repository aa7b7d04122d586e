"""What runs notebooks: the sandbox, or a Jupyter kernel."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from grader.sandbox.notebook_run import NotebookRun, NotebookSource


class Engine(Protocol):
    """Runs notebooks: the sandbox, or a Jupyter kernel."""

    def run_notebook(self, source: NotebookSource) -> NotebookRun:
        """Run code cells in order and keep the session to be asked."""


class EngineFactory(Protocol):
    """Makes a worker's engine, inside the worker."""

    def start(self) -> AbstractContextManager[Engine]:
        """Start an engine; SandboxError says why it cannot be started."""

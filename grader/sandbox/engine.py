"""What runs notebooks: the sandbox, or a Jupyter kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from grader.sandbox.notebook_run import NotebookRun


class Engine(Protocol):
    """Runs notebooks: the sandbox, or a Jupyter kernel."""

    def run_notebook(
        self,
        cells: Sequence[str],
        shared: Sequence[str] = (),
        files: Mapping[str, bytes] = ...,
        numbers: Sequence[int] = (),
    ) -> NotebookRun:
        """Run code cells in order and keep the session to be asked.

        The dicts that cells bind to the `shared` names are put together; the later key wins. The
        `files` lie in the working folder of each session as it begins. `numbers` are what people
        know the cells by.
        """


class EngineFactory(Protocol):
    """Makes a worker's engine, inside the worker."""

    def start(self) -> AbstractContextManager[Engine]:
        """Start an engine; SandboxError says why it cannot be started."""

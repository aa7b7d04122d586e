"""The sandbox: one warm zygote, a session for each notebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.sandbox.engine import Isolation
from grader.sandbox.notebook_run import NotebookRun, NotebookSource, run_cells
from grader.sandbox.session import Session
from grader.sandbox.session_process import ZygoteDied
from grader.sandbox.settings import Limits, SandboxSettings
from grader.sandbox.zygote import Zygote


class Sandbox:
    """Starts sessions, all forked from one warm process; replaces that process when it died.

    Parameters
    ----------
    settings : SandboxSettings
        The Python, what it preloads, and the limits.
    isolation : Isolation
        The tier; a machine that cannot give it is refused, never served below it.
    hidden : sequence of Path
        Folders that must not be reachable from inside, such as the course.
    launched : Zygote, optional
        One that was started with the same settings and is not awaited yet; it is the sandbox's now.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        isolation: Isolation,
        *,
        hidden: Sequence[Path] = (),
        launched: Zygote | None = None,
    ) -> None:
        self._settings = settings
        self._isolation = isolation
        self._hidden = tuple(hidden)
        self._zygote: Zygote | None = None
        self._launched = launched

    @property
    def limits(self) -> Limits:
        """The limits of a submission."""
        return self._settings.limits

    def session(self) -> Session:
        """Start a session in which nothing has run yet.

        Raises
        ------
        ZygoteDied
            The process that sessions are forked from died twice as it started one.
        SandboxError
            The sandbox cannot be started on this machine.
        """
        try:
            process = self._warm().spawn()
        except ZygoteDied:
            # Its channels close before it is seen to be dead: at `strong` bubblewrap outlives it.
            self.close()
            process = self._warm().spawn()
        return Session(process, self.limits)

    def _warm(self) -> Zygote:
        """Return the zygote, a new one where there is none that lives."""
        if self._zygote is not None and not self._zygote.alive:
            self.close()
        if self._zygote is None:
            try:
                self._zygote = self._start()
            except ZygoteDied:
                self._zygote = self._start()
        return self._zygote

    def _start(self) -> Zygote:
        launched, self._launched = self._launched, None
        if launched is None:
            return Zygote.start(self._settings, self._isolation, hidden=self._hidden)
        launched.await_ready(self._settings.preload)
        return launched

    def run_notebook(self, source: NotebookSource) -> NotebookRun:
        """Run code cells in order and keep the session to be asked; see `run_cells`.

        Raises
        ------
        ZygoteDied
            The zygote died meanwhile. The caller tries once more: the notebook at hand need not
            be the one that killed it.
        """
        return run_cells(self, source)

    def close(self) -> None:
        """End the zygote, and with it every session."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def __enter__(self) -> Sandbox:
        """Start the zygote, so that a machine that cannot is reported before the first notebook."""
        self._warm()
        return self

    def __exit__(self, *_: object) -> None:
        """End the zygote."""
        self.close()

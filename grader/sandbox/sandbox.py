"""The sandbox: a warm zygote, and a session for each notebook."""

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
    """Starts sessions, all forked from one zygote, which is replaced if it dies.

    The tier is never weakened: a machine that does not support it is refused. No session may see
    the folders `hidden`. `launched` is a zygote started with the same settings and not awaited yet;
    the sandbox ends it.
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

        Raise ZygoteDied if the zygote dies twice, and SandboxError if it cannot be started.
        """
        try:
            process = self._warm().spawn()
        except ZygoteDied:
            # Its channels close before it counts as dead: at `strong` bubblewrap outlives it.
            self.close()
            process = self._warm().spawn()
        return Session(process, self.limits)

    def _warm(self) -> Zygote:
        """Return a live zygote, started if necessary."""
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
        """Run code cells in order and keep the session for questions; see `run_cells`.

        If this raises ZygoteDied, the caller should try once more, since another notebook may have
        killed the zygote.
        """
        return run_cells(self, source)

    def close(self) -> None:
        """End the zygote, and with it every session."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def __enter__(self) -> Sandbox:
        """Start the zygote, so that a failure is reported before the first notebook."""
        self._warm()
        return self

    def __exit__(self, *_: object) -> None:
        """End the zygote."""
        self.close()

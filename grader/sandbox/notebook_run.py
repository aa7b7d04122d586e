"""Runs whole notebooks on any engine, so that a bad cell affects no other cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from grader.sandbox.connection import Connection
from grader.sandbox.deadline import Doubt
from grader.sandbox.engine import AnySession
from grader.sandbox.exercise_session import ExerciseSession
from grader.sandbox.outcome import CellOutcome, with_redisplayed
from grader.sandbox.settings import Limits

RERUNS = 3  # number of cells that may kill or hang the session before the rest is skipped
REVIVALS = 2  # number of exercises that may do so afterwards


@dataclass(frozen=True, slots=True)
class NotebookSource:
    """The code cells of a notebook, and what they run with.

    Attributes
    ----------
    cells : sequence of str
        The source of each code cell.
    numbers : sequence of int
        The number of each cell for messages and tracebacks; 1, 2, 3 and so on if empty.
    shared : sequence of str
        Names whose dicts are merged, cell after cell; the later key wins.
    files : Mapping of str to bytes
        The files in the working folder of each new session.
    """

    cells: Sequence[str]
    numbers: Sequence[int] = ()
    shared: Sequence[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


class Sessions(Protocol):
    """Starts sessions."""

    @property
    def limits(self) -> Limits:
        """The limits of a submission."""

    def session(self) -> AnySession:
        """Start a session in which nothing has run yet."""


class NotebookSession:
    """The session after a notebook's cells, restored when an exercise ends it.

    Parameters
    ----------
    sessions : Sessions
        Starts fresh sessions.
    source : NotebookSource
        The notebook to run in each.

    Attributes
    ----------
    session : AnySession
        The current session; another one after it was restored.
    cpu_s : float
        Processor time of the ended sessions [s].
    killed : bool
        Whether something other than this side killed a session or a fork of one.
    doubt : Doubt
        Whether the machine may have caused a time limit to strike.
    """

    def __init__(self, sessions: Sessions, source: NotebookSource) -> None:
        self._sessions = sessions
        self._source = source
        self._numbers = source.numbers or range(1, len(source.cells) + 1)
        # A name in a single cell needs no merging, and no message.
        self._shared = [
            name for name in source.shared if sum(name in cell for cell in source.cells) > 1
        ]
        self._struck: dict[int, CellOutcome] = {}
        self._left_s = sessions.limits.notebook_s
        self._revivals = REVIVALS
        self._as_new: Connection | None = None
        self.cpu_s = 0.0
        self.killed = False
        self.doubt = Doubt.NONE
        self.session = sessions.session()

    def run(self) -> tuple[CellOutcome, ...]:
        """Run the cells; after one that ends the session, run the others in a fresh one."""
        outcomes = self._run_once()
        for _ in range(RERUNS):
            if not self.session.lost or self._left_s <= 0:
                break
            outcomes = self._run_again()
        if self.session.lost:
            first = len(outcomes) and max(self._struck) + 1
            self._give_up_from(first, "too many earlier cells ended their process")
            outcomes = self._run_again()
        return outcomes

    @contextmanager
    def open(self, harmless: Collection[str] | None = None) -> Iterator[ExerciseSession]:
        """Open the session for the questions of one exercise.

        Calls of `harmless` functions leave a fork as good as new, as reading variables then does,
        too. A fork that was asked nothing else is reused for the next exercise. With None the
        exercise gets a fork of its own.
        """
        if self.session.lost:
            self.revive()
        fork, self._as_new = self._as_new, None
        if fork is not None and harmless is None:
            fork.close()
            fork = None
        limits = self._sessions.limits
        exercise = ExerciseSession(self, limits, fork=fork, harmless=harmless)
        try:
            yield exercise
        finally:
            self._drop_used()  # from an exercise that was open at the same time
            self._as_new = exercise.leave()
            self.killed = self.killed or exercise.killed

    def revive(self) -> None:
        """Run the notebook again in a fresh session, unless the limit of revivals is reached."""
        if self._revivals > 0 and not self.session.spent:
            self._revivals -= 1
            self._left_s = self._sessions.limits.notebook_s
            self._run_again()

    def close(self) -> None:
        """End the session."""
        self._drop_used()
        self.session.close()
        self.cpu_s += self.session.cpu_s
        self.killed = self.killed or self.session.killed
        self.doubt = self.doubt.or_worse(self.session.doubt)

    def _drop_used(self) -> None:
        if self._as_new is not None:
            self._as_new.close()
            self._as_new = None

    def _run_again(self) -> tuple[CellOutcome, ...]:
        self.close()
        self.session = self._sessions.session()
        return self._run_once()

    def _run_once(self) -> tuple[CellOutcome, ...]:
        if self._source.files:
            self.session.place(self._source.files)
        if self._shared:
            self.session.share(self._shared)
        cells = enumerate(self._source.cells)
        return with_redisplayed([self._outcome(index, source) for index, source in cells])

    def _outcome(self, index: int, source: str) -> CellOutcome:
        if index in self._struck:
            return self._struck[index]
        if self.session.lost:
            return CellOutcome(index=index, status="skipped", error_message=self.session.lost)
        if self._left_s <= 0:
            self.session.limit_struck()
            return _out_of_time(index, self._sessions.limits)
        clock = self.session.clock
        started_s = clock.now()
        is_last = self._left_s <= self._sessions.limits.cell_s
        outcome = self.session.run_cell(
            source, index=index, limit_s=self._left_s, number=self._numbers[index]
        )
        self._left_s -= clock.now() - started_s
        if outcome.status == "timed_out" and is_last:
            self._left_s = 0.0  # the session's clock and this one differ slightly
            notebook_s = self._sessions.limits.notebook_s
            outcome = replace(
                outcome,
                limit="notebook",
                error_message=f"the notebook's {notebook_s:g} s for all cells were used up",
            )
        if self.session.lost:
            self._struck[index] = outcome
        return outcome

    def _give_up_from(self, first: int, why: str) -> None:
        for index in range(first, len(self._source.cells)):
            self._struck.setdefault(
                index, CellOutcome(index=index, status="skipped", error_message=why)
            )


def _out_of_time(index: int, limits: Limits) -> CellOutcome:
    return CellOutcome(
        index=index,
        status="skipped",
        error_message=f"earlier cells used up the notebook's {limits.notebook_s:g} s",
        limit="notebook",
    )


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """A notebook whose cells have run; leaving its ``with`` block ends the session.

    Attributes
    ----------
    session : NotebookSession
        The session for questions.
    outcomes : tuple of CellOutcome
        One a cell, in order.
    """

    session: NotebookSession
    outcomes: tuple[CellOutcome, ...]

    @property
    def timed_out(self) -> bool:
        """Whether the notebook's total time ran out before its last cell."""
        return any(outcome.limit == "notebook" for outcome in self.outcomes)

    @property
    def reason(self) -> str:
        """Why cells did not run, for the student; empty if all ran."""
        skipped = [outcome for outcome in self.outcomes if outcome.status == "skipped"]
        if not skipped:
            return ""
        return f"{len(skipped)} of {len(self.outcomes)} cells did not run: " + (
            skipped[0].error_message + "."
        )

    @property
    def doubt(self) -> Doubt:
        """Whether the machine may have caused a time limit to strike; known after the session."""
        return self.session.doubt

    @property
    def killed(self) -> bool:
        """Whether a process of it was killed for no limit of ours; known after the session.

        It may have killed itself; another run shows that.
        """
        return self.session.killed

    def __enter__(self) -> NotebookRun:
        """Return the run."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the session."""
        self.session.close()


def run_cells(sessions: Sessions, source: NotebookSource) -> NotebookRun:
    """Run code cells in order and keep the session for questions.

    A cell that kills or hangs its session is left out when the others run again in a fresh one, so
    that other exercises keep their points. The reruns count towards ``notebook_s``.
    """
    session = NotebookSession(sessions, source)
    try:
        return NotebookRun(session, session.run())
    except BaseException:
        session.close()
        raise

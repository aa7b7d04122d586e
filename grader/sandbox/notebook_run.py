"""Running a whole notebook, by whatever engine, so that one bad cell costs only itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from grader.guest.limits.own_time import OwnTime
from grader.guest.protocol.values import Answer, Call, Died
from grader.sandbox.connection import Pipes
from grader.sandbox.deadline import Doubt
from grader.sandbox.exercise_session import ExerciseSession, Forks, LeavesNothing, Revive
from grader.sandbox.outcome import CellOutcome, with_redisplayed
from grader.sandbox.session import Usage
from grader.sandbox.settings import Limits

NO_FILES: Mapping[str, bytes] = MappingProxyType({})

RERUNS = 3  # how many cells may kill or hang the session before the rest is given up
REVIVALS = 2  # how many exercises may do so afterwards


class AnySession(Protocol):
    """A session of any engine; see `grader.sandbox.session.Session`."""

    @property
    def lost(self) -> str:
        """Why it can no longer be asked; empty while it can."""

    @property
    def killed(self) -> bool:
        """Whether it was killed, by whomever but this side."""

    @property
    def clock(self) -> OwnTime:
        """What counts its own time."""

    @property
    def doubt(self) -> Doubt:
        """Whether a limit of time that struck may be the machine's doing."""

    @property
    def spent(self) -> bool:
        """Whether its processes together used up their processor time."""

    def limit_struck(self) -> None:
        """Note that a limit of time struck."""

    def run_cell(
        self,
        source: str,
        *,
        index: int | None = None,
        limit_s: float | None = None,
        number: int = 0,
    ) -> CellOutcome:
        """Run one code cell."""

    def share(self, names: Sequence[str]) -> None:
        """Put together the dicts that cells bind to these names, from now on."""

    def place(self, files: Mapping[str, bytes]) -> None:
        """Write files into the working folder, before the first cell."""

    @property
    def forks(self) -> tuple[Forks, Pipes]:
        """What makes the forks that are asked, and where they print."""

    def open(
        self,
        exercise_id: str,
        revive: Revive | None = None,
        leaves_nothing: LeavesNothing | None = None,
    ) -> AbstractContextManager[ExerciseSession]:
        """Return what answers the questions of one exercise."""

    def close(self) -> Usage:
        """End it."""


class Sessions(Protocol):
    """Starts a fresh session whenever one is needed."""

    @property
    def limits(self) -> Limits:
        """The limits of a submission."""

    def session(self) -> AnySession:
        """Start a session in which nothing has run yet."""


class _Gone:
    """Answers for a session that could not be brought back."""

    def __init__(self, how: str) -> None:
        self._died = Died(how)

    def get(self, name: str) -> Answer:  # noqa: ARG002
        return self._died

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:  # noqa: ARG002
        return [self._died] * len(cases)

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:  # noqa: ARG002
        return [self._died] * (1 if cases is None else len(cases))


class NotebookSession:
    """The session that a notebook's cells left, brought back when an exercise takes it down.

    Parameters
    ----------
    sessions : Sessions
        Where a fresh session comes from.
    cells : sequence of str
        The source of each code cell.
    shared : sequence of str
        Names whose dicts are put together, cell after cell.
    files : Mapping of str to bytes
        What lies in the working folder of every session as it begins.
    numbers : sequence of int
        What people know each cell by; 1, 2, 3 where there are none.

    Attributes
    ----------
    cpu_s : float
        Processor time of the sessions that have ended [s].
    killed : bool
        Whether a session, or a fork of one, was killed, by whomever but this side.
    doubt : Doubt
        Whether a limit of time that struck may be the machine's doing.
    """

    def __init__(
        self,
        sessions: Sessions,
        cells: Sequence[str],
        shared: Sequence[str] = (),
        files: Mapping[str, bytes] = NO_FILES,
        numbers: Sequence[int] = (),
    ) -> None:
        self._sessions = sessions
        self._files = files
        self._cells = cells
        self._numbers = numbers or range(1, len(cells) + 1)
        # What one cell alone speaks of is together already, and needs no message.
        self._shared = [name for name in shared if sum(name in cell for cell in cells) > 1]
        self._struck: dict[int, CellOutcome] = {}
        self._left_s = sessions.limits.notebook_s
        self._revivals = REVIVALS
        self.cpu_s = 0.0
        self.killed = False
        self.doubt = Doubt.NONE
        self._session = sessions.session()

    def run(self) -> tuple[CellOutcome, ...]:
        """Run the cells; after one that ends the session, run the others in a fresh one."""
        outcomes = self._run_once()
        for _ in range(RERUNS):
            if not self._session.lost or self._left_s <= 0:
                break
            outcomes = self._run_again()
        if self._session.lost:
            first = len(outcomes) and max(self._struck) + 1
            self._give_up_from(first, "too many cells before it ended their process")
            outcomes = self._run_again()
        return outcomes

    @contextmanager
    def open(
        self, exercise_id: str, leaves_nothing: LeavesNothing | None = None
    ) -> Iterator[ExerciseSession | _Gone]:
        """Return what answers the questions of one exercise.

        Parameters
        ----------
        exercise_id : str
            The exercise.
        leaves_nothing : callable, optional
            Says whether asking this left a fork as it was; such a fork is used for the next
            exercise too. Without it, the exercise is asked in a fork that was asked nothing.
        """
        if self._session.lost and self._revive() is None:
            yield _Gone(self._session.lost)
            return
        with self._session.open(exercise_id, self._revive, leaves_nothing) as exercise:
            yield exercise
        self.killed = self.killed or exercise.killed

    def _revive(self) -> tuple[Forks, Pipes] | None:
        if self._revivals <= 0 or self._session.spent:
            return None
        self._revivals -= 1
        self._left_s = self._sessions.limits.notebook_s
        self._run_again()
        return None if self._session.lost else self._session.forks

    def close(self) -> None:
        """End the session."""
        self.cpu_s += self._session.close().cpu_s
        self.killed = self.killed or self._session.killed
        self.doubt = self.doubt.or_worse(self._session.doubt)

    def _run_again(self) -> tuple[CellOutcome, ...]:
        self.close()
        self._session = self._sessions.session()
        return self._run_once()

    def _run_once(self) -> tuple[CellOutcome, ...]:
        if self._files:
            self._session.place(self._files)
        if self._shared:
            self._session.share(self._shared)
        cells = enumerate(self._cells)
        return with_redisplayed([self._outcome(index, source) for index, source in cells])

    def _outcome(self, index: int, source: str) -> CellOutcome:
        if index in self._struck:
            return self._struck[index]
        if self._session.lost:
            return CellOutcome(index=index, status="skipped", error_message=self._session.lost)
        if self._left_s <= 0:
            self._session.limit_struck()
            return _out_of_time(index, self._sessions.limits)
        clock = self._session.clock
        started_s = clock.now()
        is_last = self._left_s <= self._sessions.limits.cell_s
        outcome = self._session.run_cell(
            source, index=index, limit_s=self._left_s, number=self._numbers[index]
        )
        self._left_s -= clock.now() - started_s
        if outcome.status == "timed_out" and is_last:
            self._left_s = 0.0  # the session's clock and this one differ by a little
            notebook_s = self._sessions.limits.notebook_s
            outcome = replace(
                outcome,
                limit="notebook",
                error_message=f"the notebook's {notebook_s:g} s for all cells were used up",
            )
        if self._session.lost:
            self._struck[index] = outcome
        return outcome

    def _give_up_from(self, first: int, why: str) -> None:
        for index in range(first, len(self._cells)):
            self._struck.setdefault(
                index, CellOutcome(index=index, status="skipped", error_message=why)
            )


def _out_of_time(index: int, limits: Limits) -> CellOutcome:
    return CellOutcome(
        index=index,
        status="skipped",
        error_message=f"the cells before it took the notebook's {limits.notebook_s:g} s",
        limit="notebook",
    )


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """A notebook whose cells have run; ends its session when its ``with`` block ends.

    Attributes
    ----------
    session : NotebookSession
        What the cells left, to be asked.
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
        """Why cells were left out, for a student; empty where none was."""
        skipped = [outcome for outcome in self.outcomes if outcome.status == "skipped"]
        if not skipped:
            return ""
        return f"{len(skipped)} of {len(self.outcomes)} cells did not run: " + (
            skipped[0].error_message + "."
        )

    @property
    def doubt(self) -> Doubt:
        """Whether a limit of time that struck may be the machine's doing; known once it is over."""
        return self.session.doubt

    @property
    def killed(self) -> bool:
        """Whether something of it was killed, for no limit of ours; known once it is over.

        It may have killed itself. What it does when it runs once more tells.
        """
        return self.session.killed

    def __enter__(self) -> NotebookRun:
        """Return the run."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the session."""
        self.session.close()


def run_cells(
    sessions: Sessions,
    cells: Sequence[str],
    shared: Sequence[str] = (),
    files: Mapping[str, bytes] = NO_FILES,
    numbers: Sequence[int] = (),
) -> NotebookRun:
    """Run code cells in order and keep the session to be asked.

    The dicts that cells bind to the `shared` names are put together; the later key wins. The
    `files` lie in the working folder of each session as it begins. `numbers` are what people know
    the cells by, as tracebacks name them; 1, 2, 3 where there are none.

    A cell that kills or hangs its session is left out when the others run again in a fresh one, so
    that what stands beside it keeps its marks. The reruns count towards ``notebook_s``.
    """
    session = NotebookSession(sessions, cells, shared, files=files, numbers=numbers)
    try:
        return NotebookRun(session, session.run())
    except BaseException:
        session.close()
        raise

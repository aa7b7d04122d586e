"""The trusted end of one session: runs its cells, forks it for questions, and ends it."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from grader.errors import SandboxError
from grader.guest.limits.own_time import OwnTime
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.values import Value
from grader.sandbox.connection import CLOSED, Connection, ConnectionLost, Pipes
from grader.sandbox.deadline import Doubt, doubt_now
from grader.sandbox.endings import KILLS, ended_by
from grader.sandbox.outcome import CellOutcome, hung_outcome, outcome_from
from grader.sandbox.session_process import Exit
from grader.sandbox.settings import Limits

GRACE_S = 1.0  # how much later the deadline outside is than the limit inside
_KILL_S = 60.0  # for the kernel to end a session; milliseconds, except on an overloaded machine
_SEND_S = 10.0
_PLACE_S = 30.0  # for a session to write its files into memory; milliseconds
_PLACED_AT_ONCE, _PLACED_BYTES = 100, 32 << 20  # below the caps of one message
_FULL = (
    0.5  # share of its address space that is resident; code and mapped files take some of it, too
)
_END_S = 3.0  # for a session to end one of its forks; a kill takes milliseconds


class Process(Protocol):
    """The process of a session."""

    sock: socket.socket
    stdout: int
    stderr: int

    def members(self) -> Iterable[int]:
        """Return the ids of the processes that started all others of the session."""

    def kill(self) -> None:
        """Kill it, and everything that it started."""

    def wait(self, timeout_s: float | None = None) -> Exit:
        """Wait for its end; return how it ended."""

    def close(self) -> None:
        """Close its descriptors on this side."""


class Session:
    """A session that runs a notebook's cells and then answers questions.

    Parameters
    ----------
    process : Process
        The result of `Zygote.spawn`; the session ends it.
    limits : Limits
        The limits of the submission.

    Attributes
    ----------
    lost : str
        Why the session cannot be asked any more; empty while it can.
    killed : bool
        Whether something other than this side killed it, for no limit of ours.
    cpu_s, max_rss_bytes : float, int
        What all its processes used together, known once it has ended.
    clock : OwnTime
        Counts the own time of all its processes.
    doubt : Doubt
        Whether the machine may have caused a time limit to strike.
    spent : bool
        Whether its processes together used up their processor time.
    """

    def __init__(self, process: Process, limits: Limits) -> None:
        self._process = process
        self._limits = limits
        self._pipes = Pipes(process.stdout, process.stderr, int(limits.output_bytes))
        self.clock = OwnTime(process.members, fresh=True)
        self._began = time.monotonic()
        self._connection = Connection(process.sock, self._pipes, self.clock, limits.cpu_s)
        self._ended = False
        self._cells = 0
        self.cpu_s, self.max_rss_bytes = 0.0, 0
        self.lost = ""
        self.killed = self.spent = False
        self.doubt = Doubt.NONE

    def run_cell(
        self,
        source: str,
        *,
        index: int | None = None,
        limit_s: float | None = None,
        number: int = 0,
    ) -> CellOutcome:
        """Run one code cell to its end, its time limit, or its death.

        `index` is its place in the notebook, by default the next one; `limit_s` the own time that
        the notebook has left [s]. `number` is the cell's number in the notebook; 0 stands for
        ``index + 1``.
        """
        index = self._cells if index is None else index
        self._cells = index + 1
        seconds = min(self._limits.cell_s, limit_s or self._limits.cell_s)
        sendable = source.encode(
            "utf-8", "backslashreplace"
        ).decode()  # JSON may have lone surrogates
        try:
            value = self._ask("run", index, sendable, seconds, number, wait_s=seconds + GRACE_S)
            outcome = outcome_from(value, index)
        except (ConnectionLost, WireError) as error:
            outcome = self._bad_end(index, error, seconds)
        if outcome.status == "timed_out" and not self.lost:
            self.limit_struck()
        return outcome.with_printed(*self._pipes.take())

    def share(self, names: Sequence[str]) -> None:
        """From now on, merge the dicts that cells bind to these names."""
        try:
            self._ask("share", list(names), wait_s=_SEND_S)
        except ConnectionLost as lost:
            self._end(lost.how)

    def place(self, files: Mapping[str, bytes]) -> None:
        """Write files into the session's working folder before the first cell.

        Raise SandboxError if they cannot be written.
        """
        for batch in _batches(files):
            try:
                fault = self._ask("files", batch, wait_s=_PLACE_S)
            except ConnectionLost as lost:
                fault = self._end(lost.how)[0]
            if fault != "":
                raise SandboxError(
                    f"the notebook's files could not be put into its folder: {fault}"
                )

    def _bad_end(
        self, index: int, error: ConnectionLost | WireError, seconds: float
    ) -> CellOutcome:
        if isinstance(error, ConnectionLost) and error.hung:
            self.limit_struck(backstop=error.backstop)
            self._end("did not stop in time")
            return hung_outcome(index, seconds)
        how, limit = self._end(str(error))
        return CellOutcome(index=index, status="died", error_message=how, limit=limit)

    def limit_struck(self, *, backstop: bool = False) -> None:
        """Record that a time limit struck, and whether the machine may be the cause."""
        self.doubt = self.doubt.or_worse(doubt_now(self.clock, self._began, backstop=backstop))

    def fork(self, wait_s: float) -> Connection:
        """Fork the session for questions; an earlier fork ends.

        This does not wait for the fork. If the process limit allows none, its connection is closed.
        Sending the request may take `wait_s` [s], at most 10 s. Raise ConnectionLost if the session
        is gone.
        """
        self._require()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._connection.tell(
                    "open", wait_s=min(wait_s, _SEND_S), descriptors=[theirs.fileno()]
                )
            except ConnectionLost as lost:
                ours.close()
                self._end(lost.how)
                raise
        return Connection(ours, self._pipes, self.clock, self._limits.cpu_s)

    def end_fork(self) -> int | None:
        """End the fork; return its exit status, or minus the signal that had ended it.

        None if the process limit allowed no fork.
        """
        if self.lost:
            return 0
        try:
            status = self._ask("end", wait_s=_END_S)
            return status if status is None or type(status) is int else 0
        except ConnectionLost as lost:
            self._end(lost.how)
            return 0

    def close(self) -> None:
        """End the session, with all its processes."""
        self._end("was closed")

    def __enter__(self) -> Session:
        """Return the session."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the session."""
        self.close()

    def _ask(self, kind: str, *arguments: Value, wait_s: float) -> Value:
        self._require()
        return self._connection.ask(kind, *arguments, wait_s=wait_s)

    def _require(self) -> None:
        """Raise `ConnectionLost` if the session is gone, or has used up its processor time."""
        if not self.lost and self.clock.ran_s > self._limits.cpu_s:
            self._end("used up its processor time")
        if self.lost:
            raise ConnectionLost(self.lost, gone=True)

    def _end(self, how: str) -> tuple[str, str]:
        """Kill the session; return how it ended, and the limit that struck."""
        if self._ended:
            return self.lost, "cpu" if self.spent else ""
        self._ended, self.lost = True, how  # first, so that it is ended only once
        self.spent = self.clock.ran_s > self._limits.cpu_s
        self._connection.close()
        self._process.kill()
        try:
            ended = self._process.wait(_KILL_S)
            self._pipes.take()
        except TimeoutError as error:
            raise SandboxError(
                f"A session did not end within {_KILL_S:g} s of being killed; "
                "look for processes in uninterruptible sleep on this machine."
            ) from error
        finally:
            self._pipes.close()
            self._process.close()
        self.cpu_s, self.max_rss_bytes = ended.cpu_s, ended.max_rss_bytes
        self.lost, limit = _ending(how, ended, self._limits, spent=self.spent)
        self.spent = limit == "cpu"
        self.killed = how == CLOSED and ended.signal in KILLS and not limit
        return self.lost, limit


def _batches(files: Mapping[str, bytes]) -> Iterator[dict[str, Value]]:
    """Yield files in groups that fit into one message; their content is not copied."""
    batch: dict[str, Value] = {}
    size = 0
    for name, content in files.items():
        if batch and (len(batch) == _PLACED_AT_ONCE or size + len(content) > _PLACED_BYTES):
            yield batch
            batch, size = {}, 0
        batch[name] = np.frombuffer(content, np.uint8)
        size += len(content)
    if batch:
        yield batch


def _ending(how: str, ended: Exit, limits: Limits, *, spent: bool) -> tuple[str, str]:
    """Describe how a session ended; return that and the limit that struck."""
    spent = spent or ended.cpu_s >= limits.cpu_s
    if spent or ended.signal == getattr(signal, "SIGXCPU", None):
        used = f"used more than {limits.cpu_s:g} s of processor time"
        return f"its processes {used}, all together", "cpu"
    by_itself = how == CLOSED  # otherwise this side killed it for what it did
    if ended.signal is not None and (by_itself or ended.signal != signal.SIGKILL):
        full = ended.max_rss_bytes > limits.memory_bytes * _FULL
        return ended_by(-ended.signal, full=full)
    if ended.code is not None and by_itself:
        return ended_by(ended.code)
    return f"its process {how}", ""

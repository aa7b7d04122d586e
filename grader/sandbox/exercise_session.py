"""Asking one exercise: in a fork of the session, within the exercise's own time."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from grader.compare.weight import Allowance
from grader.errors import CheckError
from grader.guest.limits.own_time import OwnTime
from grader.guest.protocol.encoding import Encoded
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.messages import answer_from, encoded_call
from grader.guest.protocol.values import Answer, Call, Died, Raised, Returned, TimedOut, Value
from grader.sandbox.connection import Connection, ConnectionLost, Pipes
from grader.sandbox.endings import ended_by
from grader.sandbox.prefetch import Key, Message, first_cases
from grader.sandbox.settings import Limits

KILLS = frozenset({signal.SIGKILL, signal.SIGTERM})
"""What ends a process for somebody else: a machine without memory, or whoever runs it."""

GRACE_S = 1.0
# What asking takes by itself: 0.2 ms, and 30 ns a byte of plain values, each with a wide margin.
_TRIP_S, _READ_S, _COPY_S = 1e-3, 1e-7, 2e-9
# What ends badly forgets the answers that came before it; to ask for them again takes no longer.
_PREFETCH_S = 0.1
_PREFETCHED_BYTES = 16 << 20


class Forks(Protocol):
    """What makes and ends the forks in which an exercise is asked."""

    @property
    def lost(self) -> str:
        """Why it can make no more; empty while it can."""

    @property
    def clock(self) -> OwnTime:
        """What counts the own time of the session and its forks."""

    def limit_struck(self, *, backstop: bool = False) -> None:
        """Note that a limit of time struck, and whether that may be the machine's doing."""

    def fork(self, far_end: socket.socket, wait_s: float) -> None:
        """Start a fork that answers over `far_end`; ConnectionLost where the session is gone."""

    def end_fork(self) -> int | None:
        """End the fork; return its exit status, minus a signal, or None where there was none."""


Revive: TypeAlias = Callable[[], tuple[Forks, Pipes] | None]
"""Brings back a session that is gone; None where it has been brought back often enough."""

LeavesNothing: TypeAlias = Callable[[Collection[str], Collection[str]], bool]
"""Says whether a fork is as it was when these functions were called and these variables read."""


@dataclass(frozen=True, slots=True)
class UsedFork:
    """A fork that an exercise was asked in, and what of."""

    connection: Connection
    called: frozenset[str]
    read: frozenset[str]


class ExerciseSession:
    """Answers the questions of one exercise; it is a `grader.grading.grade.RemoteStudent`.

    When its fork dies or hangs, the next question gets a fresh one, as long as the exercise has
    time left. Questions go several at a time; when that ends badly, they are asked again one by
    one, so that only the one at fault has a bad answer.

    The exercise before may have taken the session down unnoticed, since nothing waits for the end
    of its fork. So a session that is gone before the first answer is brought back, once. Nor need
    this exercise be at fault where a used fork dies; a fresh one is then asked the same.

    Attributes
    ----------
    killed : bool
        Whether a fork was killed, by whomever but this side.
    """

    def __init__(
        self,
        exercise_id: str,
        forks: Forks,
        pipes: Pipes,
        limits: Limits,
        revive: Revive | None = None,
        used: UsedFork | None = None,
    ) -> None:
        self.exercise_id = exercise_id
        self._forks = forks
        self._pipes = pipes
        self._limits = limits
        self._left_s = limits.exercise_s
        self._connection = used.connection if used else None
        self._used = used is not None
        self._functions: set[str] = set(used.called) if used else set()
        self._variables: set[str] = set(used.read) if used else set()
        self._spoilt = False
        # Each answer lies with its case, which lives on so that no other gets its id.
        self._known: dict[Key, tuple[Call | None, Answer]] = {}
        self._may_prefetch = True
        self._counted_s: float | None = None  # by the kernel, where nothing was asked since
        self._revive = revive
        self.killed = False

    def prefetch(self, message: Message) -> None:
        """Ask at once what `get` and `call` will ask; they then have the answers.

        What there is no time for is left to be asked when it comes up. So is everything where it
        ends badly, from then on: who is at fault shows there.
        """
        asked = message.questions
        if not asked or not self._may_prefetch or self._left_s <= 0:
            return
        wait_s = min(self._left_s, self._limits.call_s + _PREFETCH_S)
        self._functions |= message.called
        self._variables |= message.read
        try:
            answers = self._ask(
                "ask", self._left_s, _PREFETCH_S, message.encoded, asked=len(asked), wait_s=wait_s
            )
        except ConnectionLost as lost:
            self._bad_end(lost)
            if self._starts_over():
                self.prefetch(message)
            self._may_prefetch = False
            return
        allowance = Allowance(_PREFETCHED_BYTES)  # what is over it is asked when it comes up
        self._known |= {
            question.key: (question.case, answer)
            for question, answer in zip(asked, answers, strict=False)
            if allowance.has_room(answer)
        }

    def get(self, name: str) -> Answer:
        """Read a variable."""
        self._variables.add(name)
        _, known = self._known.get((name, id(None)), (None, None))
        return self._answers("get", name, [])[0] if known is None else known

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once a case; one answer a case, in their order.

        Raises
        ------
        CheckError
            A case is too large to be sent.
        """
        self._functions.add(name)
        known = [self._known.get((name, id(case))) for case in cases]
        unknown = [case for case, found in zip(cases, known, strict=True) if found is None]
        asked = iter(self._called("call", name, unknown))
        return [next(asked) if found is None else found[1] for found in known]

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Call a function once a case, or read a variable; a figure is the value of each answer.

        Raises
        ------
        CheckError
            A case is too large to be sent.
        """
        self._spoilt = True  # figures stay open
        return (
            self._answers("draw", name, []) if cases is None else self._called("draw", name, cases)
        )

    def _called(self, kind: str, name: str, cases: Sequence[Call]) -> list[Answer]:
        answers: list[Answer] = []
        allowance = Allowance()
        encoded = [_encoded(name, case) for case in cases]
        while len(answers) < len(cases):
            case = cases[len(answers)]
            if case.measured == "time":
                answers.append(allowance.take(self._timed(name, encoded[len(answers)])))
                continue
            batch = first_cases(encoded[len(answers) :])
            answers += map(allowance.take, self._answers(kind, name, batch))
        return answers

    def _timed(self, name: str, case: Encoded) -> Answer:
        """Call a function whose processor time is asked for, and let none of it be hidden.

        What the kernel counted for all processes of the session is the whole call, reading the
        arguments and writing the answer included; with that taken off, generously, it is the least
        that the function took.
        """
        clock = self._forks.clock
        before_s = clock.processor_s() if self._counted_s is None else self._counted_s
        (answer,) = self._answers("call", name, [case])
        self._counted_s = clock.processor_s()
        took_s = self._counted_s - before_s
        least_s = took_s - _TRIP_S - _READ_S * case.header_bytes - _COPY_S * case.raw_bytes
        match answer:
            case Returned((value, float(said_s)), changed) if said_s < least_s:
                return Returned((value, least_s), changed)
        return answer

    def leave(self) -> UsedFork | None:
        """Ask no more, and return the fork; None where there is none that could be asked again."""
        if self._connection is None or self._spoilt:
            self.close()
            return None
        connection, self._connection = self._connection, None
        return UsedFork(connection, frozenset(self._functions), frozenset(self._variables))

    def close(self) -> None:
        """Ask no more: the fork ends by itself, and at the latest when the next one starts."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _answers(self, kind: str, name: str, batch: Sequence[Encoded]) -> list[Answer]:
        """Ask, and return at least one answer and at most one a case."""
        if self._left_s <= 0:
            self._forks.limit_struck()
            return [TimedOut(self._limits.exercise_s, "exercise")] * max(len(batch), 1)
        # A fork begins no case once `call_s` has passed, and ends the last one as late again.
        wait_s = min(self._left_s, self._limits.call_s * min(max(len(batch), 1), 2))
        arguments: Sequence[Value] = [] if kind == "get" else [list(batch) or None]
        asked = max(len(batch), 1)
        try:
            return self._ask(kind, name, self._left_s, *arguments, asked=asked, wait_s=wait_s)
        except ConnectionLost as lost:
            old = self._used and lost.closed
            bad_end = self._bad_end(lost)
        if old or self._starts_over():
            return self._answers(kind, name, batch)
        if len(batch) <= 1:
            return [bad_end]
        return [answer for case in batch for answer in self._answers(kind, name, [case])]

    def _ask(self, kind: str, *arguments: Value, asked: int, wait_s: float) -> list[Answer]:
        clock = self._forks.clock
        started_s = clock.now()
        self._counted_s = None
        try:
            if self._connection is None:
                self._connection = self._fork()
            reply = self._connection.ask(kind, *arguments, wait_s=wait_s + GRACE_S)
            self._revive = None  # the session is there: what becomes of it now is this one's doing
            answers = [self._as_stated(answer) for answer in _read_answers(reply, asked)]
            self._spoilt = self._spoilt or any(map(_spoils, answers))
            late = [answer for answer in answers if isinstance(answer, TimedOut)]
            if late:
                self._forks.limit_struck()
            if any(answer.limit == "exercise" for answer in late):
                self._left_s = 0.0  # its clock and this side's differ by a little
            return answers
        finally:
            self._left_s -= clock.now() - started_s

    def _as_stated(self, answer: Answer) -> Answer:
        # What was left of the exercise's time differs from run to run; its limit does not.
        if isinstance(answer, TimedOut) and answer.limit == "exercise":
            return TimedOut(self._limits.exercise_s, "exercise")
        return answer

    def _fork(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._forks.fork(theirs, self._left_s + GRACE_S)
            except ConnectionLost:
                ours.close()
                raise
        return Connection(ours, self._pipes, self._forks.clock, self._limits.cpu_s)

    def _starts_over(self) -> bool:
        """Bring back a session that was gone before the first answer; False where it was not."""
        revive, self._revive = self._revive, None
        revived = revive() if revive is not None and self._forks.lost else None
        if revived is None:
            return False
        self._forks, self._pipes = revived
        self._spoilt = True  # whoever holds the forks from now on is not asked for the next one
        return True

    def _bad_end(self, lost: ConnectionLost) -> Answer:
        """End the fork, and say what became of it."""
        limit = "call" if self._left_s > 0 else "exercise"
        clock = self._forks.clock
        started_s = clock.now()
        if lost.hung:
            self._forks.limit_struck(backstop=lost.backstop)
        status: int | None = 0
        self._used = False  # the next one is fresh
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            status = self._forks.end_fork()
        # A session that takes its time over each end must not get it for nothing.
        self._left_s -= clock.now() - started_s
        if lost.hung:
            return TimedOut(getattr(self._limits, f"{limit}_s"), limit)
        if not lost.closed:
            return Died(f"its process {lost.how}")
        self.killed = self.killed or (status is not None and -status in KILLS)
        return Died(_told(status))


def _spoils(answer: Answer) -> bool:
    """Return whether a fork may not be what it was: a call was stopped, or filled the memory."""
    return isinstance(answer, TimedOut) or (
        isinstance(answer, Raised) and answer.type_name == "MemoryError"
    )


def _encoded(name: str, case: Call) -> Encoded:
    try:
        return encoded_call(case)
    except WireError as error:
        raise CheckError(
            f"A case of `{name}` cannot be sent: {error}; use a smaller one."
        ) from error


def _read_answers(reply: object, asked: int) -> list[Answer]:
    if type(reply) is not list or not 1 <= len(reply) <= asked:
        raise ConnectionLost("broke the protocol: it gave more or fewer answers than were asked")
    try:
        return [answer_from(value) for value in reply]
    except WireError as error:
        raise ConnectionLost(f"broke the protocol: {error}") from error


def _told(status: int | None) -> str:
    """Return in words how a fork ended."""
    if status is None:
        return "its process could not start another process (limit: processes)"
    if status == -signal.SIGXCPU:
        return "its process used up its processor time (limit: cpu)"
    how, limit = ended_by(status)
    return f"{how} (limit: {limit})" if limit else how

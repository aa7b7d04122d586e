"""Asks the questions of one exercise, in a fork of the session and within its time limit."""

from __future__ import annotations

import signal
from collections.abc import Collection, Sequence
from typing import Protocol

from grader.compare.weight import Allowance
from grader.errors import CheckError
from grader.guest.protocol.encoding import Encoded
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.messages import answer_from
from grader.guest.protocol.query_batch import QueryBatch, first_cases
from grader.guest.protocol.values import Answer, Call, Died, Key, Raised, Returned, TimedOut, Value
from grader.sandbox.connection import Connection, ConnectionLost
from grader.sandbox.endings import KILLS, ended_by
from grader.sandbox.engine import AnySession
from grader.sandbox.settings import Limits

GRACE_S = 1.0
# Overhead of a question: 0.2 ms, and 30 ns per byte of plain values, each with a wide margin.
_TRIP_S, _READ_S, _COPY_S = 1e-3, 1e-7, 2e-9
# A batch that ends badly loses its earlier answers; asking for them again takes no longer.
_PREFETCH_S = 0.1
_PREFETCHED_BYTES = 16 << 20


class SessionOwner(Protocol):
    """Holds the session in which an exercise is asked, and restores it when it is gone."""

    @property
    def session(self) -> AnySession:
        """The current session."""

    def revive(self) -> None:
        """Restore a session that is gone, unless the limit of revivals is reached."""


class ExerciseSession:
    """A student who answers the questions of one exercise, in a fork of the notebook's session.

    If its fork dies or hangs, the next question gets a fresh one, as long as the exercise has time
    left. Questions are sent several at a time; if that ends badly, they are asked again one by one,
    so that only the question that caused it gets a bad answer.

    An earlier exercise may have ended the session unnoticed, since nothing waits for the end of its
    fork. So a session that is gone before the first answer is restored, once. An earlier exercise
    may also be the cause if a reused fork dies; the same question then goes to a fresh fork.

    Parameters
    ----------
    owner : SessionOwner
        Holds the session.
    limits : Limits
        The limits of the submission.
    fork : Connection or None
        A used fork that is as good as new; None for a fresh one.
    harmless : collection of str or None
        Functions that leave a fork as good as new, as reading variables then does, too. None if
        nothing does.

    Attributes
    ----------
    killed : bool
        Whether something other than this side killed a fork.
    """

    def __init__(
        self,
        owner: SessionOwner,
        limits: Limits,
        *,
        fork: Connection | None = None,
        harmless: Collection[str] | None = None,
    ) -> None:
        self._owner = owner
        self._limits = limits
        self._left_s = limits.exercise_s
        self._connection = fork
        self._is_used = fork is not None
        self._harmless = frozenset(harmless or ())
        self._as_new = harmless is not None
        self._known: dict[Key, Answer] = {}
        self._may_prefetch = True
        self._may_start_over = True
        self._counted_s: float | None = None  # the kernel's count, if nothing was asked since
        self.killed = False

    def prefetch(self, batch: QueryBatch) -> None:
        """Ask now what `get` and `call` will ask, in one message, and keep the answers.

        Questions for which there is no time are asked when they come up. If the batch ends badly,
        all later questions are, which shows the question that ends it.
        """
        if not batch.keys or not self._may_prefetch or self._left_s <= 0:
            return
        wait_s = min(self._left_s, self._limits.call_s + _PREFETCH_S)
        self._as_new = self._as_new and self._harmless >= batch.called
        asked = len(batch.keys)
        try:
            answers = self._ask("ask", _PREFETCH_S, batch.encoded, asked=asked, wait_s=wait_s)
        except ConnectionLost as lost:
            self._bad_end(lost)
            if self._starts_over():
                self.prefetch(batch)
            self._may_prefetch = False
            return
        allowance = Allowance(_PREFETCHED_BYTES)  # larger answers are asked for when they come up
        self._known |= {
            key: answer
            for key, answer in zip(batch.keys, answers, strict=False)
            if allowance.has_room(answer)
        }

    def get(self, name: str) -> Answer:
        """Read a variable."""
        known = self._known.get((name, None))
        return self._answers("ask", name, [])[0] if known is None else known

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once per case; return one answer per case, in order.

        Raise CheckError if a case is too large to be sent.
        """
        self._as_new = self._as_new and name in self._harmless
        known = [self._known.get((name, case)) for case in cases]
        unknown = [case for case, found in zip(cases, known, strict=True) if found is None]
        asked = iter(self._called("ask", name, unknown))
        return [next(asked) if found is None else found for found in known]

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Call a function once per case, or read a variable; each answer's value is a figure.

        Raise CheckError if a case is too large to be sent.
        """
        self._as_new = False  # figures stay open
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
        """Call a function and measure its processor time so that it cannot hide any.

        The kernel counts all processes of the session for the whole call, including reading the
        arguments and writing the answer. Less a generous deduction for these, that is a lower bound
        of the function's time.
        """
        clock = self._owner.session.clock
        before_s = clock.processor_s() if self._counted_s is None else self._counted_s
        (answer,) = self._answers("ask", name, [case])
        self._counted_s = clock.processor_s()
        took_s = self._counted_s - before_s
        least_s = took_s - _TRIP_S - _READ_S * case.header_bytes - _COPY_S * case.raw_bytes
        match answer:
            case Returned((value, float(said_s)), changed) if said_s < least_s:
                return Returned((value, least_s), changed)
        return answer

    def leave(self) -> Connection | None:
        """Stop asking, and return the fork; None if it is not as good as new.

        A fork that is not returned ends by itself, and at the latest when the next one starts.
        """
        fork, self._connection = self._connection, None
        if fork is not None and not self._as_new:
            fork.close()
            return None
        return fork

    def _answers(self, kind: str, name: str, batch: Sequence[Encoded]) -> list[Answer]:
        """Ask, and return at least one answer and at most one per case."""
        if self._left_s <= 0:
            self._owner.session.limit_struck()
            return [TimedOut(self._limits.exercise_s, "exercise")] * max(len(batch), 1)
        # A fork begins no case after `call_s`, and the last one may take `call_s` again.
        wait_s = min(self._left_s, self._limits.call_s * min(max(len(batch), 1), 2))
        asked = max(len(batch), 1)
        groups: Value = [(name, list(batch) or None)]
        try:
            return self._ask(kind, self._limits.call_s, groups, asked=asked, wait_s=wait_s)
        except ConnectionLost as lost:
            was_used = self._is_used and lost.closed
            bad_end = self._bad_end(lost)
        if was_used or self._starts_over():
            return self._answers(kind, name, batch)
        if len(batch) <= 1:
            return [bad_end]
        return [answer for case in batch for answer in self._answers(kind, name, [case])]

    def _ask(
        self, kind: str, begin_s: float, groups: Value, *, asked: int, wait_s: float
    ) -> list[Answer]:
        session = self._owner.session
        clock = session.clock
        started_s = clock.now()
        self._counted_s = None
        try:
            if self._connection is None:
                self._connection = session.fork(self._left_s + GRACE_S)
            arguments = self._left_s, begin_s, groups
            reply = self._connection.ask(kind, *arguments, wait_s=wait_s + GRACE_S)
            self._may_start_over = False  # from now on this exercise is responsible for the session
            answers = _read_answers(reply, asked)
            self._as_new = self._as_new and not any(map(_spoils, answers))
            for place, answer in enumerate(answers):
                if isinstance(answer, TimedOut):
                    session.limit_struck()
                    if answer.limit == "exercise":
                        self._left_s = 0.0  # its clock and this side's differ slightly
                        # The time left varies from run to run; the limit does not.
                        answers[place] = TimedOut(self._limits.exercise_s, "exercise")
            return answers
        finally:
            self._left_s -= clock.now() - started_s

    def _starts_over(self) -> bool:
        """Restore a session that was gone before the first answer; return whether it was."""
        may_start_over, self._may_start_over = self._may_start_over, False
        if not (may_start_over and self._owner.session.lost):
            return False
        self._owner.revive()
        return not self._owner.session.lost

    def _bad_end(self, lost: ConnectionLost) -> Answer:
        """End the fork, and return its end as an answer."""
        limit = "call" if self._left_s > 0 else "exercise"
        session = self._owner.session
        started_s = session.clock.now()
        if lost.hung:
            session.limit_struck(backstop=lost.backstop)
        status: int | None = 0
        self._is_used = False  # the next one is fresh
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            status = session.end_fork()
        # Time that a session takes to end its forks counts, too.
        self._left_s -= session.clock.now() - started_s
        if lost.hung:
            return TimedOut(getattr(self._limits, f"{limit}_s"), limit)
        if not lost.closed:
            return Died(lost.how if lost.gone else f"its process {lost.how}")
        self.killed = self.killed or (status is not None and -status in KILLS)
        return Died(_ending(status))


def _spoils(answer: Answer) -> bool:
    """Return whether an answer may spoil its fork: a call was stopped, or filled the memory."""
    return isinstance(answer, TimedOut) or (
        isinstance(answer, Raised) and answer.type_name == "MemoryError"
    )


def _encoded(name: str, case: Call) -> Encoded:
    try:
        return case.encoded
    except WireError as error:
        raise CheckError(
            f"A case of `{name}` cannot be sent: {error}; use a smaller one."
        ) from error


def _read_answers(reply: object, asked: int) -> list[Answer]:
    if type(reply) is not list or not 1 <= len(reply) <= asked:
        raise ConnectionLost("broke the protocol: it gave a wrong number of answers")
    try:
        return [answer_from(value) for value in reply]
    except WireError as error:
        raise ConnectionLost(f"broke the protocol: {error}") from error


def _ending(status: int | None) -> str:
    """Describe how a fork ended."""
    if status is None:
        return "its process could not start another process (limit: processes)"
    if status == -signal.SIGXCPU:
        return "its process used up its processor time (limit: cpu)"
    how, limit = ended_by(status)
    return f"{how} (limit: {limit})" if limit else how

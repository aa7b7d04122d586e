"""Run a function in a separate process, which asks the student through this one.

The process has limits of processor time and memory. It runs an author's code on a student's
answers, or a reference together with a student's functions.
"""

from __future__ import annotations

import math
import os
import pickle
import signal
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NoReturn, TypeVar, cast

from grader.checks.base import Answering, Student
from grader.checks.student_work import StudentWork
from grader.checks.students.transcript import ReplayedStudent, TranscriptEntry, put
from grader.guest.protocol.values import Answer, Call, Query
from grader.limits.own_alarm import left_s
from grader.limits.own_memory import bound_address_space

_MOST_BYTES = 256 << 20
_LOOK_S = 0.05
_OUT_OF_MEMORY = 77
_T = TypeVar("_T")


class Overspent(Exception):  # noqa: N818 (says what happened)
    """The separate process was ended; the message says why, as the end of a sentence."""


def do_apart(
    do: Callable[[Student], _T],
    student: Answering,
    *,
    known: Sequence[TranscriptEntry] = (),
    sent: Sequence[Call] = (),
    limit_s: float = 5.0,
    limit_bytes: int = _MOST_BYTES,
) -> _T:
    """Call a function in a separate process and return its result, which is pickled.

    Parameters
    ----------
    do : callable
        The function; it takes the student, whom it may ask.
    student : Answering
        The student that this process asks; a `Student`, if its work is read.
    known : sequence of TranscriptEntry
        The questions that `do` asks first, with their answers.
    sent : sequence of Call
        Calls that may have been answered in a batch, whose answers are found by identity.
    limit_s : float
        Limit of its own processor time [s].
    limit_bytes : int
        Limit of memory in addition to that of this process [byte].

    Raises
    ------
    Overspent
        The process was ended. Errors of `do` are raised as they are.
    """
    if not hasattr(os, "fork"):
        return do(cast("Student", student))
    ours, theirs = Pipe()
    # The warning is about the threads of linear algebra libraries, which can handle a fork.
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        pid = os.fork()
    if pid == 0:
        ours.close()
        _work(theirs, do, _Far(theirs, known, sent), limit_s, limit_bytes)
    theirs.close()
    apart = _Apart(pid, ours, limit_s)
    try:
        return cast("_T", apart.serve(cast("Student", student), sent))
    except EOFError:
        raise Overspent(_ending(apart.end(), limit_s, limit_bytes)) from None
    finally:
        apart.end()


def _ending(status: int, limit_s: float, limit_bytes: int) -> str:
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"it takes more than {limit_s:g} s"
    if status == _OUT_OF_MEMORY:
        return f"it takes more than {limit_bytes >> 20} MiB of memory"
    return "its process ended"


@dataclass(slots=True)
class _Apart:
    """The separate process and the pipe to it."""

    pid: int
    pipe: Connection
    limit_s: float
    status: int | None = None

    def serve(self, student: Student, sent: Sequence[Call]) -> Any:
        """Answer its questions and return its result; EOFError if it ends before that."""
        waited_for_s = 0.0
        while True:
            started = time.monotonic()
            self._wait(waited_for_s)
            kind, *rest = self.pipe.recv()
            waited_for_s += time.monotonic() - started
            if kind == "done":
                return rest[0]
            if kind == "raised":
                raise rest[0]
            if kind == "work":
                _send(self.pipe, student.work)
                continue
            name, cases, draws = rest
            if cases is not None:
                cases = tuple(sent[case] if isinstance(case, int) else case for case in cases)
            _send(self.pipe, put(Query(name, cases, draws), student))

    def _wait(self, waited_for_s: float) -> None:
        """Wait for its next message; EOFError if its time is over."""
        started, rest_s = time.monotonic(), self.limit_s - waited_for_s
        while not self.pipe.poll(max(rest_s, _LOOK_S)):
            passed_s = waited_for_s + time.monotonic() - started
            rest_s = left_s(self.pid, passed_s, self.limit_s)
            if rest_s <= 0:
                raise EOFError

    def end(self) -> int:
        """Kill it and return its exit status, or minus the signal that ended it."""
        if self.status is None:
            self.pipe.close()
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)
        return self.status


def _send(pipe: Connection, thing: object) -> None:
    """Send an object; large arrays are sent from memory without a copy."""
    buffers: list[pickle.PickleBuffer] = []
    pipe.send_bytes(pickle.dumps(thing, protocol=5, buffer_callback=buffers.append))
    pipe.send([buffer.raw().nbytes for buffer in buffers])
    for buffer in buffers:
        pipe.send_bytes(buffer.raw())


def _receive(pipe: Connection) -> Any:
    """Return an object that `_send` sent."""
    pickled, buffers = pipe.recv_bytes(), [bytearray(size) for size in pipe.recv()]
    for buffer in buffers:
        pipe.recv_bytes_into(buffer)
    return pickle.loads(pickled, buffers=buffers)  # noqa: S301


class _Far(ReplayedStudent):
    """The student as the separate process sees it."""

    def __init__(
        self, pipe: Connection, known: Sequence[TranscriptEntry], sent: Sequence[Call]
    ) -> None:
        super().__init__(known)
        self._pipe = pipe
        self._sent = {case: number for number, case in enumerate(sent)}

    @property
    def work(self) -> StudentWork:
        self._pipe.send(("work",))
        work: StudentWork = _receive(self._pipe)
        return work

    def otherwise(self, query: Query) -> Sequence[Answer]:
        cases = None if query.cases is None else [self._as_sent(case) for case in query.cases]
        self._pipe.send(("ask", query.name, cases, query.draws))
        answers: Sequence[Answer] = _receive(self._pipe)
        return answers

    def _as_sent(self, case: Call) -> int | Call:
        # A new call leaves out the cached encoding, which is large.
        number = self._sent.get(case)
        return Call(case.args, case.kwargs, case.measured) if number is None else number


def _work(
    pipe: Connection, do: Callable[[Student], Any], student: _Far, limit_s: float, limit_bytes: int
) -> NoReturn:
    """Call the function, send the result, and exit; runs in the separate process."""
    status = 0
    try:
        _limit(limit_s, limit_bytes)
        try:
            pipe.send(("done", do(student)))
        except MemoryError:
            status = _OUT_OF_MEMORY
        except Exception as error:
            pipe.send(("raised", error))
    except BaseException:  # the other side is gone, or the result cannot be pickled
        status = status or 1
    finally:
        os._exit(status)


def _limit(limit_s: float, limit_bytes: int) -> None:
    import resource  # not on Windows, which does not fork

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    seconds = math.ceil(limit_s)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    bound_address_space(limit_bytes)

"""A student on the trusted side: a reference, an accepted answer or a known mistake.

It answers like a session, so that checks need not distinguish them: arguments are copied, results
become plain values, an exception is an answer, and a call that takes too long is stopped.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import sys
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.checks.student_work import StudentWork
from grader.checks.students.transcript import QueriedStudent
from grader.compare.weight import Allowance
from grader.guest.figures import figure_drawn_by, figure_drawn_last, read_figure
from grader.guest.limits.capped_output import CallOutput
from grader.guest.limits.own_time import with_processor_time
from grader.guest.limits.peak_memory import with_peak
from grader.guest.protocol.conversions import as_received, encode_plain
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.values import (
    Answer,
    Call,
    Missing,
    Opaque,
    Query,
    Raised,
    Returned,
    TimedOut,
    Value,
)
from grader.limits.own_alarm import OwnAlarm

_MESSAGE_LIMIT = 500
_NO_WORK = StudentWork()


class LocalStudent(QueriedStudent):
    """A student that answers from a Python namespace.

    Parameters
    ----------
    namespace : Mapping of str to object
        The names that the program defines.
    limit_s : float
        Limit of one call's own time [s], without waiting for a processor; it applies only in the
        main thread, since alarms need it.
    work : StudentWork
        The cells and their output.
    where : callable, optional
        Returns a phrase for where an exception was raised.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any],
        *,
        limit_s: float = 5.0,
        work: StudentWork = _NO_WORK,
        where: Callable[[BaseException], str] | None = None,
    ) -> None:
        self.work = work
        self.names = namespace
        self._limit_s = limit_s
        self._where = where

    def ask(self, query: Query) -> list[Answer]:
        """Read a variable, or call once per case; calls after one that hangs are not tried."""
        if query.draws:
            os.environ.setdefault("MPLBACKEND", "agg")  # so that pyplot opens no window
        if query.cases is None:
            return [self._figure(query.name) if query.draws else self._value(query.name)]
        function = self.names.get(query.name)
        if not callable(function):
            return [Missing(query.name, callable_wanted=True)] * len(query.cases)

        def drawn(*args: Value, **kwargs: Value) -> Value:
            return figure_drawn_by(lambda: function(*args, **kwargs))

        return self._answer_each(drawn if query.draws else function, query.cases)

    def _value(self, name: str) -> Answer:
        return Returned(_received(self.names[name])) if name in self.names else Missing(name)

    def _figure(self, name: str) -> Answer:
        figure = self.names[name] if name in self.names else figure_drawn_last()
        if figure is None:
            return Missing(name)
        return Returned(_received(read_figure(figure)))

    def _answer_each(self, function: Callable[..., Any], cases: Sequence[Call]) -> list[Answer]:
        answers: list[Answer] = []
        allowance = Allowance()
        output = CallOutput()
        with quiet(output), _awaiting() as finish:

            def finished(*args: Value, **kwargs: Value) -> Value:
                value = function(*args, **kwargs)
                return finish(value) if isinstance(value, Awaitable) else value

            for case in cases:
                hung = answers and isinstance(answers[-1], TimedOut)
                answer = answers[-1] if hung else self._with_output(finished, case, output)
                answers.append(allowance.take(answer))
        return answers

    def _with_output(self, function: Callable[..., Any], case: Call, output: CallOutput) -> Answer:
        answer = self._answer(function, case)
        return answer if output.is_empty else replace(answer, printed=output.take_call())

    def _answer(self, function: Callable[..., Any], case: Call) -> Returned | Raised | TimedOut:
        args, kwargs = copy.deepcopy((case.args, dict(case.kwargs)))
        alarm = OwnAlarm(self._limit_s)
        try:
            with alarm:
                value = _received(_called(function, args, kwargs, case.measured))
        except (Exception, SystemExit) as error:
            return TimedOut(self._limit_s) if alarm.struck else self._raised(error)
        if alarm.struck:
            return TimedOut(self._limit_s)
        return Returned(value, _changed(case, args, kwargs))

    def _raised(self, error: BaseException) -> Raised:
        raised = _raised(error)
        return replace(raised, where=self._where(error)) if self._where else raised


def _called(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], measured: str
) -> Any:
    if measured:
        measure = with_peak if measured == "memory" else with_processor_time
        return measure(lambda: function(*args, **kwargs))
    return function(*args, **kwargs)


def _received(value: object) -> Value:
    try:
        return as_received(value)
    except WireError as error:  # too large or too deep: a session gives the same answer
        return Opaque(type(value).__name__, f"<{error}>")


def _raised(error: BaseException) -> Raised:
    bases = tuple(base.__name__ for base in type(error).__mro__[1:])
    return Raised(type(error).__name__, str(error)[:_MESSAGE_LIMIT], bases)


def _changed(case: Call, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    before = dict(enumerate(case.args)) | dict(case.kwargs)
    after = dict(enumerate(args)) | dict(kwargs)
    return tuple(
        str(place)
        for place, old in before.items()
        if not encode_plain(old).same_as(encode_plain(after[place]))
    )


@contextlib.contextmanager
def _awaiting() -> Iterator[Callable[[Any], Any]]:
    """Yield a function that awaits an answer.

    In a kernel an event loop is already running and cannot wait: another takes its place.
    """
    events = sys.modules.get("asyncio.events")
    running = events._get_running_loop() if events is not None else None  # noqa: SLF001
    if events is None or running is None:
        yield _run
        return
    from grader.guest.event_loop import NotebookLoop

    loop = NotebookLoop()
    try:
        with loop.asked():
            yield loop.finish
    finally:
        loop.release()
        events._set_running_loop(running)  # noqa: SLF001


def _run(awaited: Coroutine[Any, Any, Value]) -> Value:
    import asyncio  # slow to import and rarely needed

    return asyncio.run(awaited)


@contextlib.contextmanager
def quiet(output: io.TextIOBase | None = None) -> Iterator[None]:
    """Suppress output and warnings in the block; `output` receives what it prints."""
    with (
        contextlib.redirect_stdout(io.StringIO() if output is None else output),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(action="ignore"),
        np.errstate(all="warn"),
    ):
        yield

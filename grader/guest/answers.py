"""Answers the questions of one exercise from the variables and functions of the notebook."""

from __future__ import annotations

import asyncio
import os
import socket
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from .argument_changes import changed, watch
from .cell_runner import error_of
from .event_loop import NotebookLoop
from .figures import figure_drawn_by, figure_drawn_last, read_figure
from .limits.alarm import Alarm, TimeLimit
from .limits.capped_output import CallOutput
from .limits.free_memory import use_spare
from .limits.own_time import OwnTime, itself, with_processor_time
from .limits.peak_memory import with_peak
from .places import NOWHERE, NumberOf, Place, number_of_cell, place_of
from .protocol.conversions import encode_plain
from .protocol.encoding import Encoded, encode, type_name
from .protocol.frames import WireError
from .protocol.messages import answer_to, with_printed
from .protocol.values import Answer, Missing, Opaque, Raised, Returned, TimedOut, Value
from .requests import receive_alone, reply

_Group: TypeAlias = tuple[str, Sequence[Value] | None]
_AWAITED = (types.CoroutineType, asyncio.Future)
_Caller: TypeAlias = Callable[[Callable[..., Any], Sequence[Value], Mapping[str, Value]], Value]


class Questions:
    """Answers `ask` and `draw` from a namespace.

    Parameters
    ----------
    namespace : Mapping of str to object
        The names of the notebook.
    limits : Mapping of str to float
        ``call_s``: own time of one call, or of reading one variable [s].
    loop : NotebookLoop
        The event loop of the notebook, on which what is awaited runs.
    number_of : callable
        Returns the number of the cell that was compiled under a file name.

    Attributes
    ----------
    asked : Mapping of str to callable
        What answers each kind of request.
    heard : CallOutput
        Where calls print to, once it is ``sys.stdout``.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any],
        limits: Mapping[str, float],
        loop: NotebookLoop,
        number_of: NumberOf = number_of_cell,
    ) -> None:
        self._namespace = namespace
        self._loop = loop
        self._number_of = number_of
        self._call_s = limits["call_s"]
        self._alarm: Alarm | None = None  # to make one takes longer than most cells
        self.asked: Mapping[str, Callable[..., list[Encoded]]] = {
            "ask": self.ask,
            "draw": partial(self.ask, draws=True),
        }
        self.heard = CallOutput()
        self._drawn_last: Any | None = None

    def begin(self) -> None:
        """Start the clock of this process, which is a new fork."""
        self._alarm = Alarm(self._call_s, OwnTime(itself, fresh=True))

    def ask(
        self, budget_s: float, begin_s: float, groups: Sequence[_Group], *, draws: bool = False
    ) -> list[Encoded]:
        """Answer queries about several names, in order; return the first answers, at least one.

        A reply that is full, or that took longer than `begin_s`, ends early, so that the trusted
        side never waits long; it then asks for the remaining answers. A call that does not end is
        stopped after ``call_s``. A coroutine is awaited.

        Parameters
        ----------
        budget_s : float
            Own time that the exercise has left [s].
        begin_s : float
            No question is begun later than this after the first, in own time [s].
        groups : sequence of tuple
            Names with the cases of a function, or with None for a variable.
        draws : bool
            Whether each answer is what the figure shows that a call drew. Without cases, it is the
            figure that a variable holds; if there is no such variable, the one drawn last.
        """
        alarm = self._alarm = self._alarm or Alarm(self._call_s)
        try:
            with self._loop.asked():
                start = alarm.clock.now()
                answers: list[Encoded] = []
                room = encode(["", *([None] * 8)])
                for name, case in _one_by_one(groups):
                    used_s = alarm.clock.now() - start
                    if answers and used_s >= begin_s:
                        break
                    answer = self._answer(name, case, budget_s - used_s, alarm, draws=draws)
                    if not room.takes(answer) and answers:
                        break  # the rest is asked for again, in another message
                    answers.append(answer)
                return answers
        finally:
            alarm.disarm()

    def _answer(
        self, name: str, case: Value, left_s: float, alarm: Alarm, *, draws: bool
    ) -> Encoded:
        if left_s <= 0:
            return _plain_answer(TimedOut(0.0, "exercise"))
        if draws and self._drawn_last is None:
            self._drawn_last = figure_drawn_last()  # now, before any is closed
        if case is not None:
            function = self._namespace.get(name)
            if callable(function):
                call = self._drawn if draws else self._called
                return self._call_once(function, case, left_s, alarm, call)
            return _plain_answer(Missing(name, callable_wanted=True))
        if name not in self._namespace and not (draws and self._drawn_last is not None):
            return _plain_answer(Missing(name))

        def read() -> Returned:
            value = self._namespace.get(name, self._drawn_last)
            return Returned(read_figure(value) if draws else value)

        return self._timed(read, left_s, alarm)

    def _called(
        self, function: Callable[..., Any], args: Sequence[Value], kwargs: Mapping[str, Value]
    ) -> Value:
        value = function(*args, **kwargs)
        if not isinstance(value, _AWAITED):
            return value
        return self._loop.finish(value)

    def _drawn(
        self, function: Callable[..., Any], args: Sequence[Value], kwargs: Mapping[str, Value]
    ) -> Value:
        return figure_drawn_by(lambda: self._called(function, args, kwargs))

    def _call_once(
        self, function: Any, case: Value, left_s: float, alarm: Alarm, call: _Caller
    ) -> Encoded:
        args, kwargs, *measured = case
        watched = watch(args, kwargs)

        def answer() -> Returned:
            return Returned(call(function, args, dict(kwargs)), changed(watched))

        def answer_measured() -> Returned:
            measure = with_peak if measured == ["memory"] else with_processor_time
            pair = measure(lambda: call(function, args, dict(kwargs)))
            return Returned(pair, changed(watched))

        return self._timed(answer_measured if measured else answer, left_s, alarm)

    def _timed(self, answer: Callable[[], Returned], left_s: float, alarm: Alarm) -> Encoded:
        """Return what `answer` makes, or that it raised, or that it took too long."""
        limit = "call" if self._call_s <= left_s else "exercise"
        seconds = min(self._call_s, left_s)
        alarm.set(seconds)
        encoded = None
        try:
            alarm.arm()  # set again: the timer of the previous call may still run
            encoded = self._caught(answer)
        except TimeLimit:
            pass
        finally:
            alarm.rest()
        if alarm.struck or encoded is None:
            encoded = _plain_answer(TimedOut(seconds, limit))
        if self.heard.is_empty:
            return encoded
        return with_printed(encoded, self.heard.take_call())

    def _caught(self, answer: Callable[[], Returned]) -> Encoded:
        try:
            return _sendable(answer())
        except TimeLimit:
            raise
        except BaseException as error:
            if isinstance(error, MemoryError):
                use_spare()  # this fork gets no more questions
            return _plain_answer(Raised(*error_of(error), *self._place(error)))

    def _place(self, error: BaseException) -> Place:
        try:
            return place_of(error, self._number_of)[1]
        except Exception:  # its parts may be anything
            return NOWHERE


def _one_by_one(groups: Sequence[_Group]) -> Iterator[tuple[str, Value]]:
    for name, cases in groups:
        for case in [None] if cases is None else cases:
            yield name, case


def _sendable(answer: Returned) -> Encoded:
    if type(answer.value) in _USUAL_TYPES and not answer.changed:
        tokens = _USUAL.tokens.copy()
        tokens[_PLACE] = float(answer.value)
        return Encoded(tokens, header_bytes=_USUAL.header_bytes)
    try:
        return encode_plain(answer_to(answer))
    except WireError as error:
        stands_for = Opaque(type_name(type(answer.value)), f"<{error}>")
        return _plain_answer(Returned(stands_for, answer.changed))


def _plain_answer(answer: Answer) -> Encoded:
    return encode(answer_to(answer))


# Most answers are one float: it is put into a frame that is already encoded.
_USUAL_TYPES = (float, np.float64)
_USUAL = _plain_answer(Returned(0.5))
_PLACE = _USUAL.tokens.index(0.5)


def serve_questions(sock: socket.socket, questions: Questions) -> None:
    """Answer the questions that come over a socket until its other end closes."""
    here = os.getpid()
    questions.begin()
    while (request := receive_alone(sock)) is not None:
        number, kind, *arguments = request
        reply(sock, here, number, kind, questions.asked[kind](*arguments))

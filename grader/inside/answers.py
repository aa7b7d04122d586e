"""Answering the questions of one exercise from the names that the notebook left."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .alarm import Alarm, TimeLimit
from .cells import error_of
from .encoding import Encoded, encode, type_name
from .link import receive, reply
from .messages import answer_to, call_from
from .plain import encode_plain
from .values import Answer, Call, Missing, Opaque, Raised, Returned, TimedOut, Value
from .wire import WireError

__all__ = ["Questions", "serve_questions"]

_UNCHANGEABLE = frozenset({type(None), bool, int, float, complex, str, bytes})


class Questions:
    """Answers `get` and `call` from a namespace.

    Parameters
    ----------
    namespace : Mapping of str to object
        The names of the notebook.
    limits : Mapping of str to float
        ``call_s``: how long one call, or the reading of one variable, may take [s].
    """

    def __init__(self, namespace: Mapping[str, Any], limits: Mapping[str, float]) -> None:
        self._namespace = namespace
        self._call_s = limits["call_s"]

    def get(self, name: str, budget_s: float) -> list[Encoded]:
        """Return the variable's value as it is now; the list has one answer."""
        if name not in self._namespace:
            return [_plain_answer(Missing(name))]
        alarm = Alarm(self._call_s)
        return [self._timed(lambda: Returned(self._namespace[name]), budget_s, alarm)]

    def call(self, name: str, budget_s: float, cases: Sequence[Value]) -> list[Encoded]:
        """Call a function once a case; return the first answers, at least one.

        There are fewer answers than cases when a reply is full, or when ``call_s`` has passed: the
        trusted side then asks for the rest, and never waits long for one reply. A function that
        does not end is stopped once a case. A coroutine is awaited.
        """
        function = self._namespace.get(name)
        if not callable(function):
            return [_plain_answer(Missing(name, callable_wanted=True)) for _ in cases]
        start = time.monotonic()
        alarm = Alarm(self._call_s)
        answers: list[Encoded] = []
        room = encode(["", *([None] * 8)])
        for case in cases:
            used_s = time.monotonic() - start
            if answers and used_s >= self._call_s:
                break
            answer = self._call_once(function, call_from(case), budget_s - used_s, alarm)
            if answers and not room.fits(answer):
                break  # the rest is asked for again, in another message
            room.splice(answer)
            answers.append(answer)
        return answers

    def _call_once(self, function: Any, call: Call, left_s: float, alarm: Alarm) -> Encoded:
        if left_s <= 0:
            return _plain_answer(TimedOut(0.0, "exercise"))
        given = [(str(i), arg) for i, arg in enumerate(call.args)] + list(call.kwargs)
        given = [(name, arg) for name, arg in given if type(arg) not in _UNCHANGEABLE]
        before = [encode(value) for _, value in given]
        for encoded in before:
            encoded.keep()

        def answer() -> Returned:
            returned = _awaited(function(*call.args, **dict(call.kwargs)))
            changed = tuple(
                name
                for (name, value), was in zip(given, before, strict=True)
                if not _unchanged(value, was)
            )
            return Returned(returned, changed)

        return self._timed(answer, left_s, alarm)

    def _timed(self, answer: Callable[[], Returned], left_s: float, alarm: Alarm) -> Encoded:
        """Return what `answer` makes, or that it raised, or that it took too long."""
        limit = "call" if self._call_s <= left_s else "exercise"
        seconds = min(self._call_s, left_s)
        alarm.set(seconds)
        encoded = None
        with alarm:
            encoded = _caught(answer)
        if alarm.struck or encoded is None:
            return _plain_answer(TimedOut(seconds, limit))
        return encoded


def _caught(answer: Callable[[], Returned]) -> Encoded:
    try:
        return _sendable(answer())
    except TimeLimit:
        raise
    except BaseException as error:
        return _plain_answer(Raised(*error_of(error)))


def _sendable(answer: Returned) -> Encoded:
    try:
        return encode_plain(answer_to(answer))
    except WireError as error:
        stands_for = Opaque(type_name(type(answer.value)), f"<{error}>")
        return _plain_answer(Returned(stands_for, answer.changed))


def _plain_answer(answer: Answer) -> Encoded:
    return encode(answer_to(answer))


def _awaited(value: Any) -> Any:
    return asyncio.run(value) if type(value) is types.CoroutineType else value


def _unchanged(value: Value, before: Encoded) -> bool:
    try:
        return before.same_as(encode(value))
    except WireError:
        return False


def serve_questions(
    sock: socket.socket, namespace: Mapping[str, Any], limits: Mapping[str, float]
) -> None:
    """Answer the questions that come over a socket until its other end closes."""
    questions = Questions(namespace, limits)
    asked: dict[str, Callable[..., list[Encoded]]] = {
        "get": questions.get,
        "call": questions.call,
    }
    here = os.getpid()
    while (request := receive(sock)) is not None:
        number, kind, *arguments = request[0]
        reply(sock, here, number, kind, asked[kind](*arguments))

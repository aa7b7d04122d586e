"""Students on the trusted side that test claims about an exercise."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.checks.base import Answering
from grader.checks.students.transcript import QueriedStudent, TranscriptEntry, put, same_call
from grader.guest.protocol.conversions import encode_plain
from grader.guest.protocol.values import Answer, Call, Missing, Query, Returned, Value

_LARGEST_WHOLE = 2**53
_LONGEST_LIST = 10_000  # a list of a million floats takes a second to copy, an array none


class Replayer(QueriedStudent):
    """Repeats recorded answers to recorded calls, and the first answer to all others.

    It draws nothing: checks of figures show no figure.
    """

    def __init__(self, shown: Sequence[TranscriptEntry]) -> None:
        self._variables: dict[str, Answer] = {}
        self._answers: dict[str, list[tuple[Call, Answer]]] = {}
        for entry in shown:
            for call, answer in () if entry.query.draws else entry.pairs:
                if call is None:
                    self._variables[entry.name] = answer
                else:
                    self._answers.setdefault(entry.name, []).append((call, answer))

    def ask(self, query: Query) -> Sequence[Answer]:
        """Look each call up."""
        name = query.name
        if query.draws:
            return [Missing(name)] * len(query.keys)
        if query.cases is None:
            return [self._variables.get(name, Missing(name))]
        known = self._answers.get(name)
        if known is None:
            return [Missing(name, callable_wanted=True)] * len(query.cases)
        return [self._look_up(known, case) for case in query.cases]

    @staticmethod
    def _look_up(known: Sequence[tuple[Call, Answer]], case: Call) -> Answer:
        for call, answer in known:
            if call is case or same_call(call, case):
                return answer
        return known[0][1]


class Scaled(QueriedStudent):
    """Gives another student's answers with every number a hundredth larger.

    Attributes
    ----------
    changed : bool
        Whether scaling changed any answer.
    """

    def __init__(self, student: Answering, factor: float = 1.01) -> None:
        self._student = student
        self._factor = factor
        self.changed = False

    def ask(self, query: Query) -> Sequence[Answer]:
        """Scale the answers; a figure stays as it is."""
        answers = put(query, self._student)
        return answers if query.draws else list(map(self._beside, answers))

    def _beside(self, answer: Answer) -> Answer:
        if not isinstance(answer, Returned):
            return answer
        value = _mapped(answer.value, self._scaled)
        self.changed = self.changed or not encode_plain(value).same_as(encode_plain(answer.value))
        return Returned(value, answer.changed)

    def _scaled(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value * self._factor if value.dtype.kind in "fc" else value
        return value * self._factor if isinstance(value, (float, complex)) else value


class Reformed(QueriedStudent):
    """Passes calls on with the same numbers in another form, such as lists for arrays.

    Parameters
    ----------
    student : Answering
        Receives the calls.
    form : callable
        Changes one argument; see `FORMS`.
    only : container of (str, int), optional
        Function and position of the arguments to change; all by default.
    """

    def __init__(
        self,
        student: Answering,
        form: Callable[[Value], Value],
        only: Container[tuple[str, int]] | None = None,
    ) -> None:
        self._student = student
        self._form = form
        self._only = only

    def ask(self, query: Query) -> Sequence[Answer]:
        """Pass the calls on in the form."""
        if query.cases is not None:
            reformed = tuple(self._reformed(query.name, case) for case in query.cases)
            query = replace(query, cases=reformed)
        return put(query, self._student)

    def _reformed(self, name: str, case: Call) -> Call:
        args = (
            self._form(value) if self._only is None or (name, place) in self._only else value
            for place, value in enumerate(case.args)
        )
        return Call(tuple(args), case.kwargs, case.measured)


def calls_in(transcript: Sequence[TranscriptEntry]) -> Iterator[tuple[str, Call]]:
    """Yield each function call that was not made to draw."""
    for entry in transcript:
        if not entry.query.draws:
            yield from ((entry.name, case) for case in entry.query.cases or ())


def asked_both_ways(transcript: Sequence[TranscriptEntry]) -> frozenset[tuple[str, int]]:
    """Return function and position of the arguments that were given as lists and as arrays."""
    types: dict[tuple[str, int], set[type]] = {}
    for name, call in calls_in(transcript):
        for place, value in enumerate(call.args):
            types.setdefault((name, place), set()).add(type(value))
    return frozenset(place for place, found in types.items() if {list, np.ndarray} <= found)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(item, change) for item in value)
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    return change(value)


def _as_lists(value: Value) -> Value:
    return _mapped(value, _as_list)


def _as_list(value: Any) -> Any:
    is_small = isinstance(value, np.ndarray) and value.size <= _LONGEST_LIST
    return value.tolist() if is_small else value


def _as_arrays(value: Value) -> Value:
    is_numbers = isinstance(value, list) and all(type(each) in (int, float) for each in value)
    return np.array(value) if is_numbers and value else value


def _as_integers(value: Value) -> Value:
    return _mapped(value, _whole)


def _whole(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        whole = value.dtype.kind == "f" and all(map(_is_whole, value.flat))
        return value.astype(int) if whole else value
    return int(value) if isinstance(value, float) and _is_whole(value) else value


def _is_whole(value: float) -> bool:
    # -0.0 is not 0: 1 / -0.0 differs.
    return abs(value) < _LARGEST_WHOLE and value == int(value) and str(value) != "-0.0"


FORMS: dict[str, Callable[[Value], Value]] = {
    "lists": _as_lists,
    "arrays": _as_arrays,
    "whole numbers": _as_integers,
}
"""Forms of the same numbers: in lists, in arrays, as integers if they are whole."""

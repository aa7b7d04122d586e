"""Students on the trusted side that bring a claim about an exercise to the point."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

import numpy as np

from grader.checks.base import Answering
from grader.guest.protocol.conversions import encode_plain
from grader.guest.protocol.values import Answer, Call, Missing, Returned, Value

_LARGEST_WHOLE = 2**53
_LONGEST_LIST = 10_000  # a list of a million floats takes a second to copy, an array none


class AnswerRecorder:
    """Passes questions on, and keeps them with their answers.

    Attributes
    ----------
    calls : list of (str, Call, Answer)
        Function, call and answer, in the order in which they were asked.
    drawn : list of (Call or None, Answer)
        Calls that were to draw a figure, and the figures.
    variables : dict of str to Answer
        What each variable that was read holds.
    """

    def __init__(self, student: Answering) -> None:
        self._student = student
        self.calls: list[tuple[str, Call, Answer]] = []
        self.drawn: list[tuple[Call | None, Answer]] = []
        self.variables: dict[str, Answer] = {}

    def get(self, name: str) -> Answer:
        """Read a variable."""
        self.variables[name] = self._student.get(name)
        return self.variables[name]

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once a case."""
        answers = self._student.call(name, cases)
        self.calls += [(name, *pair) for pair in zip(cases, answers, strict=True)]
        return answers

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Draw a figure a case."""
        answers = self._student.draw(name, cases)
        self.drawn += zip([None] if cases is None else cases, answers, strict=True)
        return answers


class Replayer:
    """Answers what was recorded to the calls that were recorded, and the first answer to others."""

    def __init__(self, shown: AnswerRecorder) -> None:
        self._variables = dict(shown.variables)
        self._answers: dict[str, list[tuple[Call, Answer]]] = {}
        for name, call, answer in shown.calls:
            self._answers.setdefault(name, []).append((call, answer))

    def get(self, name: str) -> Answer:
        """Read a variable."""
        return self._variables.get(name, Missing(name))

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Look each call up."""
        known = self._answers.get(name)
        if known is None:
            return [Missing(name, callable_wanted=True)] * len(cases)
        return [self._look_up(known, case) for case in cases]

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Draw nothing: a figure's check shows no figure."""
        return [Missing(name)] * (1 if cases is None else len(cases))

    @staticmethod
    def _look_up(known: Sequence[tuple[Call, Answer]], case: Call) -> Answer:
        for call, answer in known:
            if call is case or same_call(call, case):
                return answer
        return known[0][1]


def same_call(one: Call, other: Call) -> bool:
    """Tell whether two calls have the same arguments, bit for bit."""
    if len(one.args) != len(other.args) or len(one.kwargs) != len(other.kwargs):
        return False
    pairs = zip((*one.args, *one.kwargs), (*other.args, *other.kwargs), strict=True)
    return all(encode_plain(mine).same_as(encode_plain(yours)) for mine, yours in pairs)


class Scaled:
    """Answers a little beside what another answers: every number is a hundredth larger.

    Attributes
    ----------
    changed : bool
        Whether any answer was a number that this changes.
    """

    def __init__(self, student: Answering, factor: float = 1.01) -> None:
        self._student = student
        self._factor = factor
        self.changed = False

    def get(self, name: str) -> Answer:
        """Read a variable."""
        return self._beside(self._student.get(name))

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once a case."""
        return [self._beside(answer) for answer in self._student.call(name, cases)]

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Draw a figure a case, as it is."""
        return self._student.draw(name, cases)

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


class Reformed:
    """Passes calls on with the same numbers in another form, as another caller would write them.

    Parameters
    ----------
    student : Answering
        Who is asked.
    form : callable
        Changes one argument; see `FORMS`.
    only : container of (str, int), optional
        Function and position of the arguments that are changed; all where absent.
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

    def get(self, name: str) -> Answer:
        """Read a variable."""
        return self._student.get(name)

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once a case, in the form."""
        return self._student.call(name, [self._reformed(name, case) for case in cases])

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Draw a figure a case, in the form."""
        reformed = cases and [self._reformed(name, case) for case in cases]
        return self._student.draw(name, reformed)

    def _reformed(self, name: str, case: Call) -> Call:
        args = (
            self._form(value) if self._only is None or (name, place) in self._only else value
            for place, value in enumerate(case.args)
        )
        return Call(tuple(args), case.kwargs, case.measured)


def asked_both_ways(recorder: AnswerRecorder) -> frozenset[tuple[str, int]]:
    """Return function and position of the arguments that were given as lists and as arrays."""
    types: dict[tuple[str, int], set[type]] = {}
    for name, call, _ in recorder.calls:
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
    # -0.0 is not 0: 1 / -0.0 tells them apart.
    return abs(value) < _LARGEST_WHOLE and value == int(value) and str(value) != "-0.0"


FORMS: dict[str, Callable[[Value], Value]] = {
    "lists": _as_lists,
    "arrays": _as_arrays,
    "whole numbers": _as_integers,
}
"""How the same numbers may come: in lists, in arrays, as integers where they are whole."""

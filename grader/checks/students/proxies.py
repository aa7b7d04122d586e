"""Student functions inside an author's expression: each call asks the session.

An answer gets into the expression only if it has the kind, shape and keys of what the reference
answers to the same call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from grader.checks.base import Answering, CheckContext
from grader.checks.expressions.claim import Claim
from grader.checks.students.coercion import (
    as_argument,
    form_mismatch,
    in_form_of,
    reshapable,
    settled,
)
from grader.checks.students.local import LocalStudent
from grader.checks.verdict_text import WRONG, Failure, call_text, failure_of, wrong_answer
from grader.compare.shapes import squeezed
from grader.guest.protocol.conversions import encode_plain
from grader.guest.protocol.values import Answer, Call, Returned, Value


class BadAnswerError(Exception):
    """An answer cannot stand in an expression; it ends the evaluation and is not shown as such."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call, or with no call a variable, and what the reference answers.

    Attributes
    ----------
    name : str
        The function, or the variable.
    call : Call or None
        As it is sent.
    expected : Value
        The reference's answer.
    written : tuple
        The very objects that the expression gave as positional arguments.
    slack : Value
        What the answer may be off by rounding alone; None where that is nothing.
    """

    name: str
    call: Call | None
    expected: Value
    written: tuple[Any, ...] = ()
    slack: Value = None


class Questioner:
    """Puts the calls of one evaluation to a student.

    Parameters
    ----------
    student : Answering
        Who is asked.
    context : CheckContext
        Where the reference is.
    known : sequence of Asked
        What the reference answered to the calls of this evaluation, in order; a call that differs
        from it is put to the reference anew.
    answers : sequence of Answer
        What the student answered to those of `known` that are calls, where already asked.
    shapeless : collection of str
        Names whose shape does not matter.
    squeeze : bool
        Whether axes of length 1 do not matter.
    """

    def __init__(
        self,
        student: Answering,
        context: CheckContext,
        known: Sequence[Asked] = (),
        answers: Sequence[Answer] = (),
        *,
        shapeless: Collection[str] = (),
        squeeze: bool = False,
    ) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []
        self._student = student
        self._context = context
        calls = [asked for asked in known if asked.call is not None]
        self._known = calls
        self._variables = {asked.name: asked for asked in known if asked.call is None}
        self._ahead = answers
        self._shapeless = shapeless
        self._squeeze = squeeze

    def variable(self, name: str) -> Value:
        """Return the student's variable in the form of the reference's."""
        known = self._variables.get(name)
        if known is None:
            known = Asked(name, None, as_argument(self._context.reference[name]))
        return self._accept(self._student.get(name), known)

    def function(self, name: str) -> Callable[..., Value]:
        """Return a stand-in for the student's function."""

        def ask(*args: Any, **kwargs: Any) -> Value:
            known = self._next_known(name, args, kwargs)
            ahead = known is not None and len(self.answers) < len(self._ahead)
            if known is None or known.call is None:
                call = _call(args, kwargs)
                known = Asked(name, call, self._reference_answer(name, call), args)
            if ahead:
                answer = self._ahead[len(self.answers)]
            else:
                (answer,) = self._student.call(name, [_call(args, kwargs)])
            return self._accept(answer, known)

        return ask

    def _next_known(
        self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Asked | None:
        """Return what is known of this call, which comes after those that were asked before."""
        place = len(self.answers)
        known = self._known[place] if place < len(self._known) else None
        if known is None or known.name != name:
            return None
        # Drawn inputs are the very objects that the reference was given; to encode them takes long.
        if not kwargs and len(args) == len(known.written) and all(map(_is, args, known.written)):
            return known
        return known if same_call(known.call, _call(args, kwargs)) else None

    def _reference_answer(self, name: str, call: Call) -> Value:
        (answer,) = LocalStudent(self._context.reference).call(name, [call])
        if isinstance(answer, Returned):
            return answer.value
        failure = failure_of(answer)
        assert failure is not None
        text = f"{call_text(name, call)}, which is asked for, is refused: the reference"
        raise BadAnswerError(Failure(f"{text} {failure.message}", WRONG))

    def _accept(self, answer: Answer, asked: Asked) -> Value:
        if asked.call is not None:
            self.answers.append(answer)
        self.asked.append(asked)
        failure = failure_of(answer)
        if failure is None and isinstance(answer, Returned):
            value, expected = answer.value, asked.expected
            if self._squeeze:
                value = squeezed(value, expected)
            mismatch = form_mismatch(value, expected)
            if mismatch is None:
                value = in_form_of(value, expected)
                return value if asked.slack is None else settled(value, expected, asked.slack)
            if asked.name in self._shapeless and (array := reshapable(value, expected)) is not None:
                return array
            failure = wrong_answer(value, mismatch, from_call=asked.call is not None)
        assert failure is not None
        text = call_text(asked.name, asked.call) if asked.call else f"`{asked.name}`"
        raise BadAnswerError(Failure(f"{text} {failure.message}", failure.brief))


def _call(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
    named = tuple((key, as_argument(value)) for key, value in kwargs.items())
    return Call(tuple(map(as_argument, args)), named)


def _is(one: object, other: object) -> bool:
    return one is other


def same_call(one: Call | None, other: Call) -> bool:
    """Tell whether two calls have the same arguments, to the bit."""
    if one is None or len(one.args) != len(other.args) or one.measured != other.measured:
        return False
    pairs = [*zip(one.args, other.args, strict=True), (one.kwargs, other.kwargs)]
    return all(_same_value(mine, yours) for mine, yours in pairs)


def _same_value(one: Value, other: Value) -> bool:
    if type(one) is np.ndarray and type(other) is np.ndarray:
        alike = one.dtype == other.dtype and one.shape == other.shape
        return alike and one.tobytes() == other.tobytes()
    return encode_plain(one).same_as(encode_plain(other))


def names_for(
    claim: Claim, context: CheckContext, questioner: Questioner, drawn: Mapping[str, Value]
) -> dict[str, Any]:
    """Return what the names of a claim mean: the student's first, then what is drawn."""
    names: dict[str, Any] = {**context.reference, "reference": SimpleNamespace(**context.reference)}
    for name in claim.free_names:
        if name in context.defines and name in context.reference:
            is_function = callable(context.reference[name])
            names[name] = questioner.function(name) if is_function else questioner.variable(name)
    return {**names, **drawn}

"""Listed and generated calls of a function, and the reference's answers to them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import AfterValidator, Field

from grader.checks.base import CheckContext, WrittenCall
from grader.checks.students.coercion import settled
from grader.checks.students.local import LocalStudent
from grader.checks.verdict_text import WRAPS_AROUND, WRONG, Failure, failure_of, wrong_answer
from grader.checks.yaml_model import Model
from grader.compare import Tolerance, compare, describe, is_vacuous
from grader.compare.shapes import as_array
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Call, Returned, Value
from grader.inputs import Draw, draw
from grader.text import safe_text

Form: TypeAlias = Literal["array", "list"]


_TOO_LARGE = 2**63
_LEFT = 2**40


def _is_name(text: str) -> str:
    if not text.isidentifier():
        raise ValueError(f"`{text}` is not a Python name")
    return text


PythonName: TypeAlias = Annotated[str, AfterValidator(_is_name)]

# Keys of several kinds, with their descriptions.
Forms: TypeAlias = Annotated[
    tuple[Form, ...],
    Field(
        description="Make each call with its arrays as `array`, as `list`, or both; unchanged by "
        "default."
    ),
]
SweptArgs: TypeAlias = Annotated[
    tuple[PythonName, ...],
    Field(
        description="Names in the order of the arguments; by default the drawn ones, then the axis "
        "unless it is a size."
    ),
]


class Case(Model):
    """A call that an author lists, without its expected answer."""

    args: tuple[Any, ...] = Field(default=(), description="Positional arguments.")
    kwargs: Mapping[PythonName, Any] = Field(default={}, description="Keyword arguments.")

    @property
    def call(self) -> Call:
        """The call that the case asks for."""
        return Call(self.args, tuple(self.kwargs.items()))


def written_cases(
    function: str, cases: Sequence[Case], key: str = "cases"
) -> Iterator[WrittenCall]:
    """Return the calls of a function that an author lists under a key."""
    for index, case in enumerate(cases):
        yield WrittenCall((key, index), function, case.args, tuple(case.kwargs))


def written_draws(
    function: str, names: Sequence[str], *, args: Sequence[str]
) -> Iterator[WrittenCall]:
    """Return the call of a function with the drawn arguments `names`, if there are any.

    `args` are the same names if the author lists them, else empty.
    """
    if names:
        yield WrittenCall(("args" if args else "given",), function, tuple(names), drawn=True)


def generated_calls(
    context: CheckContext, given: Mapping[str, Draw], args: Sequence[str], trials: int
) -> Iterator[Call]:
    """Yield one call with drawn arguments per trial."""
    for trial in range(trials if args else 0):
        drawn = draw(given, context.rng(trial), trial)
        yield Call(tuple(drawn[name] for name in args))


def in_forms(call: Call, forms: Sequence[Form]) -> Iterator[Call]:
    """Yield a call with its arrays in each of the forms, leaving out equal calls.

    Examples
    --------
    >>> list(in_forms(Call(([1, 2], 0.5)), ["array", "list"]))
    [Call(args=(array([1, 2]), 0.5), kwargs=()), Call(args=([1, 2], 0.5), kwargs=())]
    """
    if not forms:
        yield call
        return
    seen: list[tuple[type, ...]] = []
    for form in forms:
        args = tuple(_in_form(form, value) for value in call.args)
        kwargs = tuple((name, _in_form(form, value)) for name, value in call.kwargs)
        types = tuple(type(value) for value in (*args, *dict(kwargs).values()))
        if types not in seen:
            seen.append(types)
            yield Call(args, kwargs)


def _in_form(form: Form, value: Value) -> Value:
    if form == "list":
        return value.tolist() if isinstance(value, np.ndarray) else value
    rectangle = isinstance(value, (list, tuple)) and as_array(value) is not None
    return np.array(value) if rectangle else value


def ask_reference(context: CheckContext, name: str, calls: Sequence[Call]) -> Sequence[Answer]:
    """Return the answers of a function of the reference."""
    return LocalStudent(context.reference, limit_s=context.limit_s).call(name, calls)


@dataclass(frozen=True, slots=True)
class Question:
    """A call with its expected answer, and the slack of that: its possible rounding error."""

    call: Call
    expected: Value
    slack: Value = None

    def settled(self, answer: Answer) -> Answer:
        """Return an answer whose numbers that are right up to rounding are the expected ones."""
        if self.slack is None or not isinstance(answer, Returned):
            return answer
        return replace(answer, value=settled(answer.value, self.expected, self.slack))


def judge_answer(
    answer: Answer, expected: Value, tolerance: Tolerance, slack: Value = None
) -> Failure | None:
    """Return why the answer to a call is wrong, or None if it is right; see `compare`."""
    failure = failure_of_call(answer)
    if failure is not None or not isinstance(answer, Returned):
        return failure
    mismatch = compare(answer.value, expected, tolerance, slack)
    if mismatch is None:
        return None
    found = wrong_answer(answer.value, mismatch)
    if not _wraps_around(answer.value, expected):
        return found
    return replace(found, message=f"{found.message}{WRAPS_AROUND}")


def _wraps_around(actual: Value, expected: Value) -> bool:
    """Return whether integers in an answer are what remains of numbers of more than 64 bits.

    That is 0 after enough factors of 2, or any number of about 64 bits.
    """
    is_whole = type(actual) is int or (type(actual) is np.ndarray and actual.dtype.kind in "iu")
    if not is_whole or not isinstance(expected, (int, float, np.ndarray)):
        return False
    wanted, found = np.asarray(expected, dtype=object), np.asarray(actual, dtype=object)
    if wanted.shape != found.shape:
        return False
    return any(
        math.inf > abs(one) >= _TOO_LARGE > abs(other) and (other == 0 or abs(other) >= _LEFT)
        for one, other in zip(wanted.flat, found.flat, strict=True)
    )


def failure_of_call(answer: Answer) -> Failure | None:
    """Return why a call has no value to judge, or None if it has one."""
    failure = failure_of(answer)
    if failure is not None or not isinstance(answer, Returned) or not answer.changed:
        return failure
    names = " and ".join(map(_argument, answer.changed))
    text = f"changed {names} in place: work on a copy, such as `x = x.copy()`"
    return Failure(text, WRONG)


_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def _argument(place: str) -> str:
    """Return a phrase for an argument, given by its position from 0 or by its keyword."""
    if place in map(str, range(len(_ORDINALS))):
        return f"its {_ORDINALS[int(place)]} argument"
    return f"its argument {safe_text(place, 40)}"


def reference_value(answer: Answer, text: str) -> Value:
    """Return the value that the reference answered; CheckError if there is none."""
    if not isinstance(answer, Returned):
        why = failure_of(answer).message
        raise CheckError(f"The reference fails: {text} {why}. Correct reference.py.")
    if answer.changed:
        raise CheckError(f"The reference changes its arguments in place in {text}: make it copy.")
    return answer.value


def require_sound(expected: Value, tolerance: Tolerance, text: str) -> None:
    """Refuse an expected value that no answer can equal.

    Raises
    ------
    CheckError
        The value holds nan, which is not accepted, or something that cannot be compared.
    """
    mismatch = compare(expected, expected, tolerance)
    if mismatch is not None:
        raise CheckError(
            f"No answer could be right: {text} {mismatch}. If nan is meant, set "
            "`tolerance: {nan_equal: true}`; else correct the inputs or the reference."
        )


def require_biting(expected: Value, tolerance: Tolerance, text: str, slack: Value = None) -> None:
    """Refuse a tolerance that would accept 0 for a number that is not 0 up to rounding."""
    if is_vacuous(expected, tolerance, slack):
        raise CheckError(
            f"The tolerance atol = {tolerance.atol:g} accepts 0 where {describe(expected)} is "
            f"expected ({text}): make it smaller than every expected number."
        )

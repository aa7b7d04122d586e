"""Convert calls and answers to the plain data of a student's bundle, and back.

A bundle cannot be trusted. A value of the wrong form raises ValueError when the bundle is read, so
that judging a check never meets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from grader.checks.cases import Question
from grader.compare import Tolerance
from grader.compare.shapes import unwrap
from grader.guest.protocol.values import Call, Value

MAX_ELEMENTS = 10_000
"""Limit of numbers in one call or answer; larger ones are left out to keep notebooks small."""


def is_small(*values: Value) -> bool:
    """Return whether values together hold few enough numbers to be stored in a notebook."""
    return sum(map(_elements, values)) <= MAX_ELEMENTS


def _elements(value: Value) -> int:
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(_elements(item) for pair in value.items() for item in pair)
    if isinstance(value, (list, tuple, set)):
        return sum(map(_elements, value))
    return 1


def call_to_bundle(call: Call) -> Value:
    """Return a call as plain data."""
    return [list(call.args), dict(call.kwargs)]


def calls_from_bundle(bundled: Value) -> tuple[Call, ...]:
    """Return the calls that were bundled."""
    return tuple(map(_call_from_bundle, list_from_bundle(bundled)))


def _call_from_bundle(bundled: Value) -> Call:
    args, kwargs = _of_length(bundled, 2)
    if type(args) is not list or type(kwargs) is not dict or {*map(type, kwargs)} - {str}:
        raise ValueError(
            "a call must be a list of positional arguments and a dict of keyword arguments"
        )
    return Call(tuple(args), tuple(kwargs.items()))


def questions_to_bundle(questions: Iterable[Question]) -> list[Value]:
    """Return the questions as plain data, without those that are too large."""
    return [
        [call_to_bundle(question.call), question.expected, question.slack]
        for question in questions
        if is_small(question.call.args, dict(question.call.kwargs), question.expected)
    ]


def questions_from_bundle(bundled: Value) -> tuple[Question, ...]:
    """Return the questions that were bundled."""
    return tuple(map(_question_from_bundle, list_from_bundle(bundled)))


def _question_from_bundle(bundled: Value) -> Question:
    # Bundles of older versions have no slack.
    with_slack = [*bundled, None] if type(bundled) is list and len(bundled) == 2 else bundled
    call, expected, slack = _of_length(with_slack, 3)
    return Question(_call_from_bundle(call), expected, slack_from_bundle(slack, expected))


def slack_from_bundle(slack: Value, expected: Value) -> Value:
    """Return the slack that was bundled with an expected value; it must have the same form."""
    if slack is not None and not _is_slack(slack, unwrap(expected)):
        raise ValueError("a slack must have the form of the expected value")
    return slack


def _is_slack(slack: Value, expected: Value) -> bool:
    if isinstance(expected, dict):
        if type(slack) is not dict or slack.keys() != expected.keys():
            return False
        return all(_is_slack(slack[key], unwrap(item)) for key, item in expected.items())
    if isinstance(expected, (list, tuple)):
        if type(slack) is not list or len(slack) != len(expected):
            return False
        return all(map(_is_slack, slack, map(unwrap, expected)))
    if type(expected) is np.ndarray:
        is_array = type(slack) is np.ndarray and slack.dtype == np.float64
        return is_array and slack.shape == expected.shape
    return type(slack) is float


def tolerance_to_bundle(tolerance: Tolerance) -> Value:
    """Return a tolerance as plain data."""
    return tolerance.model_dump()


def tolerance_from_bundle(bundled: Value) -> Tolerance:
    """Return the tolerance that was bundled."""
    return Tolerance.model_validate(bundled)


def items_from_bundle(bundled: Value, *keys: str, late: Sequence[str] = ()) -> list[Any]:
    """Return the values of a bundled mapping that has exactly these keys.

    The `late` keys may be absent (None), since older versions do not have them.
    """
    if type(bundled) is not dict or not set(keys) <= set(bundled) <= {*keys, *late}:
        raise ValueError(f"this must be a dict of {', '.join((*keys, *late))}")
    return [bundled.get(key) for key in (*keys, *late)]


def list_from_bundle(bundled: Value) -> list[Any]:
    """Return what was bundled as a list."""
    if type(bundled) is not list:
        raise ValueError("this must be a list")
    return bundled


def _of_length(bundled: Value, length: int) -> list[Any]:
    if type(bundled) is not list or len(bundled) != length:
        raise ValueError(f"this must be a list of {length}")
    return bundled

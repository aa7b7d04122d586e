"""A kind of check that is not the project's: a function gives more at each number than before.

It is also the smallest that a kind can be which calls a function.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from pydantic import Field

from grader.checks.base import CheckContext
from grader.checks.calls import CallCheck, PreparedCalls
from grader.checks.cases import PythonName, failure_of_call
from grader.checks.verdict_text import WRONG, Failure
from grader.guest.protocol.values import Answer, Call, Returned


class RisesCheck(CallCheck):
    """A function gives more at each number than at the one before it."""

    kind: ClassVar[str] = "rises"

    rises: PythonName = Field(description="Name of the function.")
    at: tuple[float, ...] = Field(min_length=2, description="Numbers, from small to large.")

    def calls(self, context: CheckContext) -> list[Call]:
        """Return a call for each number."""
        return [Call((number,)) for number in self.at]

    def failures(self, prepared: PreparedCalls, answers: Sequence[Answer]) -> list[Failure | None]:
        """Return which answers are no more than the one before."""
        failures = list(map(failure_of_call, answers))
        if not any(failures):
            flat = Failure("is no more than at the number before", WRONG)
            pairs = pairwise(map(_number, answers))
            failures[1:] = [None if one < other else flat for one, other in pairs]
        return failures


def _number(answer: Answer) -> float:
    value = answer.value if isinstance(answer, Returned) else None
    return value if type(value) in (int, float) else math.nan

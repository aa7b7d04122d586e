"""The time or the memory of a function grows no faster than a stated power of the size.

Time is processor time, which neither a busy machine nor a sleeping function changes. The student's
process measures the function itself; the trusted side compares the result with the kernel's account
of the process, so that code can hardly understate it. Memory is measured by the student's process
alone, so that deceitful code could understate it. Seconds and bytes are not judged, only the
exponent, with wide margins.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from grader.checks.base import Answering, CheckContext, Student, Verdict, failed, passed
from grader.checks.calls import SweptCheck
from grader.checks.cases import (
    PythonName,
    Question,
    SweptArgs,
    ask_reference,
    judge_answer,
    reference_value,
    require_sound,
)
from grader.checks.students.local import LocalStudent
from grader.checks.verdict_text import failed_by
from grader.compare import Tolerance
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Opaque, Returned
from grader.inputs import MAX_ELEMENTS, PartialGiven, PlacedFaultsError

_CLEAR = 0.25
_MARGIN = 0.5
_ROUNDS = 6
"""Most measurements of a function that is not clearly fast enough, each with other inputs."""
_FEWEST_SIZES = 3
_LEAST = {"time": 1e-5, "memory": 4096}
"""Smaller amounts count as this much, since their growth cannot be measured [s, byte]."""


@dataclass(frozen=True, slots=True)
class PreparedCost:
    """The first round of calls, one per size, and one for warming up."""

    context: CheckContext
    warm_up: Question
    first: tuple[Question, ...]
    tolerance: Tolerance


class CostCheck(SweptCheck):
    """Time or memory grows no faster than a power of the size, and the answers are right."""

    kind: ClassVar[str] = "cost"
    heeds_shape: ClassVar[bool] = True
    evaluates: ClassVar[bool] = False
    reads_work: ClassVar[bool] = False

    cost: PythonName = Field(description="Name of the function.")
    at_most: float = Field(
        ge=0, le=10, allow_inf_nan=False, description="The largest allowed power of the size."
    )
    over: Mapping[PythonName, tuple[int, ...]] = Field(
        description="One name and three or more growing values; the name is a size in `given`, or "
        "an argument."
    )
    measure: Literal["time", "memory"] = Field(
        default="time", description="What is measured: `time` or `memory`."
    )
    given: PartialGiven = Field(default={}, description="Inputs drawn for each call.")
    args: SweptArgs = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes, from small to large."""
        return self.over[self.axis]

    @model_validator(mode="after")
    def _fits(self) -> CostCheck:
        if len(self.over) != 1 or len(self.sizes) < _FEWEST_SIZES:
            message = "`over` must be one name with three or more sizes, as in `n: [1, 10, 100]`"
            raise PlacedFaultsError([(("over",), message)])
        growing = all(one < two for one, two in zip(self.sizes, self.sizes[1:], strict=False))
        if self.sizes[0] < 1 or not growing:
            raise PlacedFaultsError([(("over",), "the sizes of `over` must be positive and grow")])
        if any(item.edges for item in self.given.values()):
            raise ValueError("remove `edges`: each call is drawn at its size")
        self.require_sweep(self.sizes[-1] if self.sizes[-1] <= MAX_ELEMENTS else None)
        return self

    def prepare(self, context: CheckContext) -> PreparedCost:
        """Ask the reference at every size; its own cost must be low enough."""
        tolerance = self.tolerance or context.tolerance
        first = self._round(context, 0, self.sizes)
        (warm_up,) = self._round(context, _ROUNDS, self.sizes[:1])
        for question in (*first, warm_up):
            require_sound(question.expected, tolerance, f"`{self.cost}`")
        prepared = PreparedCost(context, warm_up, first, tolerance)
        if self._reference_exponent(prepared) > self.at_most + _MARGIN:
            raise CheckError(
                f"The reference's own {self.measure} grows faster than "
                f"{self._power(self.at_most)}: correct `at_most` or reference.py, or choose larger "
                "sizes."
            )
        return prepared

    def _round(
        self, context: CheckContext, number: int, sizes: Sequence[int]
    ) -> tuple[Question, ...]:
        """Draw a call at every size; rounds differ, so that remembering answers does not help."""
        calls = [
            self.call_at(size, context.rng(number * len(self.sizes) + index))
            for index, size in enumerate(sizes)
        ]
        answers = ask_reference(context, self.cost, calls)
        return tuple(
            Question(call, reference_value(answer, f"{self.cost}(...) at {self.axis} = {size}"))
            for call, answer, size in zip(calls, answers, sizes, strict=True)
        )

    def _power(self, exponent: float) -> str:
        return f"{self.axis}^{exponent:g}"

    def _reference_exponent(self, prepared: PreparedCost) -> float:
        student = LocalStudent(prepared.context.reference, limit_s=prepared.context.limit_s)
        exponent = self._exponent(prepared, student)
        if isinstance(exponent, Verdict):
            raise CheckError(f"The reference is wrong when it is asked again: {exponent.message}")
        return exponent

    def _exponent(self, prepared: PreparedCost, student: Answering) -> float | Verdict:
        """Return the exponent, measured until it is clearly low enough, or a failed verdict."""
        least = [math.inf] * len(self.sizes)
        exponent = math.inf
        for number in range(_ROUNDS):
            again = self._round(prepared.context, number, self.sizes) if number else prepared.first
            measured = self._measured(student, again, prepared.tolerance)
            if isinstance(measured, Verdict):
                return measured
            least = list(map(min, least, measured))
            exponent = growth_exponent(self.sizes, least)
            if exponent <= self.at_most + _CLEAR:
                break
        return exponent

    def judge(self, prepared: PreparedCost, student: Student) -> Verdict:
        """Compare the measured exponent with the allowed one; all answers must also be right."""
        warm = self._measured(student, [prepared.warm_up], prepared.tolerance)
        exponent = warm if isinstance(warm, Verdict) else self._exponent(prepared, student)
        if isinstance(exponent, Verdict):
            return exponent
        if exponent <= self.at_most + _CLEAR:
            return passed()
        allowed = max(self.at_most, self._reference_exponent(prepared)) + _MARGIN
        return passed() if exponent <= allowed else self._too_fast()

    def _measured(
        self, student: Answering, questions: Sequence[Question], tolerance: Tolerance
    ) -> list[float] | Verdict:
        """Return what each call took, or the verdict of the first wrong answer."""
        amounts: list[float] = []
        answers: list[Answer] = []
        for question in questions:
            (answer,) = student.call(self.cost, [replace(question.call, measured=self.measure)])
            amount, answer = _parted(answer, _LEAST[self.measure])
            answer = self.in_shape(answer, question.expected)
            amounts.append(amount)
            answers.append(answer)
            failure = judge_answer(answer, question.expected, tolerance)
            if failure is not None:
                at = f"{self.cost}(...) at {self.axis} = {self.sizes[len(answers) - 1]}"
                return failed_by(failure, self.cost, answers, at=at)
        return amounts

    def _too_fast(self) -> Verdict:
        # The measurements are not shown: they differ from run to run.
        first, last = self.sizes[0], self.sizes[-1]
        fast, allowed = self._power(self.at_most + _MARGIN), self._power(self.at_most)
        return failed(
            f"`{self.cost}` takes {self.measure} that grows faster than {fast} from {self.axis} = "
            f"{first} to {self.axis} = {last}, but {allowed} is enough.",
            brief=f"`{self.cost}` takes {self.measure} that grows too fast with its input.",
            evidence=("grows too fast",),
        )


def _parted(answer: Answer, least: float) -> tuple[float, Answer]:
    """Return amount and answer of a measured call, which may hold anything that a student sends."""
    if not isinstance(answer, Returned):
        return math.inf, answer
    pair = answer.value
    if type(pair) is not tuple or len(pair) != 2 or type(pair[1]) not in (int, float):
        return math.inf, Returned(Opaque("answer", "without a measurement"))
    amount = min(max(least, pair[1]), 2**63)  # a NaN counts as the least
    return float(amount), Returned(pair[0], answer.changed)


def growth_exponent(sizes: Sequence[int], amounts: Sequence[float]) -> float:
    """Return the least-squares slope of a line through the logarithms of positive numbers.

    Examples
    --------
    >>> growth_exponent([10, 100, 1000], [2.0, 200.0, 20000.0])
    2.0
    """
    slope, _ = np.polyfit(np.log(sizes), np.log(amounts), 1)
    return round(float(slope), 9)

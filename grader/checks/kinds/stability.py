"""A function agrees with 50-digit arithmetic along an axis: a size or a parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from grader.checks.base import (
    CheckContext,
    Expression,
    Student,
    Verdict,
    WrittenCall,
    failed,
    passed,
)
from grader.checks.bundling import (
    is_small,
    items_from_bundle,
    list_from_bundle,
    questions_from_bundle,
    questions_to_bundle,
    tolerance_from_bundle,
    tolerance_to_bundle,
)
from grader.checks.calls import CallCheck, PreparedCalls, SweptCheck
from grader.checks.cases import (
    PythonName,
    Question,
    SweptArgs,
    ask_reference,
    require_biting,
    require_sound,
    written_draws,
)
from grader.checks.verdict_text import Failure, evidence_of, sentence
from grader.compare import Tolerance, describe
from grader.errors import CheckError
from grader.guest.protocol.values import Call, Returned, Value
from grader.inputs import MAX_ELEMENTS, PartialGiven, PlacedFaultsError

_DIGITS = 50


@dataclass(frozen=True, slots=True)
class PreparedStability(PreparedCalls):
    """One question per point of the axis, with the true answer rounded to floats."""

    points: tuple[Value, ...]


class StabilityCheck(CallCheck, SweptCheck):
    """A function agrees with 50-digit arithmetic over a stated range."""

    kind: ClassVar[str] = "stability"
    heeds_shape: ClassVar[bool] = True
    numerical: ClassVar[bool] = True
    shows_expected: ClassVar[bool] = True

    stability: PythonName = Field(description="Name of the function.")
    truth: PythonName = Field(
        description="Name of a function in reference.py that takes the same arguments and returns "
        "mpmath numbers; it runs with 50 digits."
    )
    over: Mapping[PythonName, tuple[Any, ...]] = Field(
        description="The axis: one name and its values in order. It may be a size in `given`."
    )
    given: PartialGiven = Field(default={}, description="Inputs drawn at each point.")
    args: SweptArgs = ()

    @model_validator(mode="after")
    def _fits(self) -> StabilityCheck:
        if len(self.over) != 1 or len(self.over[self.axis]) < 2:
            message = "`over` must be one name with two or more values, as in `n: [1, 100]`"
            raise PlacedFaultsError([(("over",), message)])
        if not all(type(point) in (int, float) for point in self.over[self.axis]):
            raise PlacedFaultsError([(("over",), "the values of `over` must be numbers")])
        points = self.over[self.axis]
        whole = all(type(point) is int and 0 <= point <= MAX_ELEMENTS for point in points)
        self.require_sweep(max(points) if whole else None)
        return self

    def expressions(self) -> tuple[Expression]:
        """Return the name of the true function."""
        return (Expression(("truth",), self.truth),)

    def written_calls(self) -> Iterator[WrittenCall]:
        """Return the calls of the student's and of the true function."""
        for function in (self.stability, self.truth):
            yield from written_draws(function, self.argument_names(), args=self.args)

    def prepare(self, context: CheckContext) -> PreparedStability:
        """Compute the true answers, and require that the reference is right at every point."""
        tolerance = self.tolerance or context.tolerance
        points = self.over[self.axis]
        questions = tuple(
            self._question(context, index, point, tolerance) for index, point in enumerate(points)
        )
        prepared = PreparedStability(questions, tolerance, points)
        failures = self.failures(prepared, ask_reference(context, self.stability, prepared.calls))
        if any(failures):
            raise CheckError(f"The reference is not right: {self._report(points, failures)}")
        return prepared

    def _question(
        self, context: CheckContext, index: int, point: Value, tolerance: Tolerance
    ) -> Question:
        call = self.call_at(point, context.rng(index), index)
        text = f"the truth at {self.axis} = {describe(point)}"
        expected = self._truth_of(context, call, text)
        require_sound(expected, tolerance, text)
        require_biting(expected, tolerance, text)
        return Question(call, expected)

    def _truth_of(self, context: CheckContext, call: Call, text: str) -> Value:
        truth = context.reference.get(self.truth)
        if not callable(truth):
            raise CheckError(f"reference.py defines no function `{self.truth}`: write it there.")
        import mpmath  # slow to import, and not needed for cached answers

        try:
            with mpmath.workdps(_DIGITS), np.errstate(all="ignore"):
                return _to_float(truth(*call.args))
        except Exception as error:
            raise CheckError(
                f"`{self.truth}` fails to give {text}: {type(error).__name__}: {error}"
            ) from error

    def to_bundle(self, prepared: PreparedStability) -> Value | None:
        """Return the calls with true answers, without points at which they are too large."""
        small = [
            (point, question)
            for point, question in zip(prepared.points, prepared.questions, strict=True)
            if is_small(question.call.args, question.expected)
        ]
        if not small:
            return None
        points, questions = zip(*small, strict=True)
        return {
            "points": list(points),
            "questions": questions_to_bundle(questions),
            "tolerance": tolerance_to_bundle(prepared.tolerance),
        }

    def from_bundle(self, bundled: Value) -> PreparedStability:
        """Return the bundled points."""
        points, questions, tolerance = items_from_bundle(
            bundled, "points", "questions", "tolerance"
        )
        asked = questions_from_bundle(questions)
        if len(list_from_bundle(points)) != len(asked):
            raise ValueError("there must be one question per point")
        return PreparedStability(asked, tolerance_from_bundle(tolerance), tuple(points))

    def judge(self, prepared: PreparedStability, student: Student) -> Verdict:
        """Judge all points; each must be right."""
        answers = self.answers(prepared, student)
        failures = self.failures(prepared, answers)
        if not any(failures):
            return passed()
        pattern = "".join("0" if failure else "1" for failure in failures)
        evidence = evidence_of(answers)
        shows_where = any(isinstance(answer, Returned) for answer in answers)
        return failed(
            self._report(prepared.points, failures),
            brief=f"`{self.stability}` does not stay accurate over the whole range.",
            evidence=(pattern, *evidence) if shows_where else evidence,
        )

    def _report(self, points: Sequence[Value], failures: Sequence[Failure | None]) -> str:
        bad, first = next((index, each) for index, each in enumerate(failures) if each is not None)
        at = f"{self.axis} = {describe(points[bad])}"
        if bad == 0:
            held = f"breaks at {at}, the first point"
        else:
            held = f"holds {self._span(points[:bad])} and breaks at {at}"
        again = sum(failure is None for failure in failures[bad:])
        more = f" It holds again at {again} of the points after that." if again else ""
        return sentence(f"`{self.stability}` {held}: {self.stability}(...) {first.message}") + more

    def _span(self, points: Sequence[Value]) -> str:
        first, last = describe(points[0]), describe(points[-1])
        if len(points) == 1:
            return f"at {self.axis} = {first}"
        return f"from {self.axis} = {first} to {self.axis} = {last}"


def _to_float(value: Any) -> Value:
    """Round mpmath numbers, alone or in lists, tuples and arrays, to floats."""
    import mpmath

    if isinstance(value, mpmath.mpf):
        return float(value)
    if isinstance(value, mpmath.mpc):
        return complex(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_to_float(item) for item in value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return np.array([_to_float(item) for item in value.flat]).reshape(value.shape)
    return value

"""The check kind ``gradient``: a gradient agrees with numerical derivatives of its function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from grader.checks.base import (
    CheckContext,
    Expression,
    Student,
    Verdict,
    WrittenCall,
    failed,
    passed,
)
from grader.checks.bundling import items_from_bundle, tolerance_from_bundle, tolerance_to_bundle
from grader.checks.calls import CallCheck
from grader.checks.cases import (
    Case,
    Forms,
    PythonName,
    Question,
    ask_reference,
    failure_of_call,
    generated_calls,
    in_forms,
    written_cases,
    written_draws,
)
from grader.checks.expressions.formula import Formula, is_formula
from grader.checks.kinds.gradient.diagnosis import (
    Slope,
    components_text,
    explanation,
    wrong_components,
)
from grader.checks.kinds.gradient.differences import ScalarFunction
from grader.checks.kinds.gradient.sampler import (
    GradientPoint,
    GradientSampler,
    own_points,
    points_from_bundle,
    points_to_bundle,
)
from grader.checks.noise import Noise
from grader.checks.students.coercion import form_mismatch, in_form_of
from grader.checks.verdict_text import (
    WRONG,
    Failure,
    call_text,
    evidence_of,
    sentence,
    way_of,
    wrong_answer,
)
from grader.compare import Tolerance
from grader.compare.shapes import numbers_in, shape_of
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Call, Query, Returned, Value
from grader.inputs import Given, PlacedFaultsError, require_names


@dataclass(frozen=True, slots=True)
class PreparedGradient:
    """The points to check; `own` names the student's function, if theirs is differentiated."""

    points: tuple[GradientPoint, ...]
    tolerance: Tolerance
    own: str | None

    @property
    def questions(self) -> tuple[Question, ...]:
        """The calls of the gradient, each with an answer of the expected form."""
        return tuple(Question(point.call, point.form) for point in self.points)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls of the gradient."""
        return tuple(point.call for point in self.points)

    @property
    def probes(self) -> tuple[Call, ...]:
        """The calls of the student's own function."""
        return tuple(probe for point in self.points for probe in point.probes)


class GradientCheck(CallCheck):
    """Check that a gradient agrees with numerical derivatives of its function."""

    kind: ClassVar[str] = "gradient"
    heeds_shape: ClassVar[bool] = True
    numerical: ClassVar[bool] = True
    shows_expected: ClassVar[bool] = True

    gradient: PythonName = Field(description="Name of the function that returns the gradient.")
    of: Annotated[str, AfterValidator(is_formula)] = Field(
        description="What is differentiated: a function of the same arguments, the student's own "
        "if `defines` lists it, else one of reference.py; or a formula in the arguments."
    )
    wrt: tuple[PythonName, ...] = Field(
        min_length=1, description="Arguments to differentiate by, in the order of the answer."
    )
    cases: tuple[Case, ...] = Field(default=(), description="Calls, listed one by one.")
    given: Given = Field(default={}, description="Inputs to draw for each trial.")
    trials: int = Field(default=5, ge=1, le=1000, description="Number of calls to draw.")
    args: tuple[PythonName, ...] = Field(
        default=(), description="Names of the arguments, in order; by default all of `given`."
    )
    forms: Forms = ()

    @property
    def _names(self) -> tuple[str, ...]:
        return self.args or tuple(self.given)

    @model_validator(mode="after")
    def _asks_something(self) -> GradientCheck:
        if not self.cases and not self.given:
            raise ValueError("nothing is checked: list `cases`, or draw inputs with `given`")
        if self.given:
            require_names(self.args, tuple(self.given), "which `given` does not draw")
        unknown = [
            (
                ("wrt", index),
                f"`wrt` names `{name}`, which is not an argument: name them all in `args`",
            )
            for index, name in enumerate(self.wrt)
            if name not in self._names
        ]
        if unknown:
            raise PlacedFaultsError(unknown)
        return self

    @property
    def _is_name(self) -> bool:
        """Whether `of` is the name of a function rather than a formula."""
        return self.of.removeprefix("reference.").isidentifier()

    def misfits(self, defines: Sequence[str]) -> Iterator[tuple[tuple[str], str]]:
        """Yield a fault if a formula uses a name that students define."""
        names = Formula.read(self.of).free_names
        own = [name for name in defines if name in names]
        if own and not self._is_name:
            advice = f"write `reference.{own[0]}` for ours, or only the function's name for theirs"
            yield ("of",), f"this uses `{own[0]}`, which a student defines: {advice}"

    def expressions(self) -> tuple[Expression]:
        """Return the expression that is differentiated."""
        return (Expression(("of",), self.of, self._names),)

    def written_calls(self) -> Iterator[WrittenCall]:
        """Return the listed calls, and the drawn one."""
        yield from written_cases(self.gradient, self.cases)
        if self.given:
            yield from written_draws(self.gradient, self._names, args=self.args)

    def prepare(self, context: CheckContext) -> PreparedGradient:
        """Differentiate at every point, and check the reference's gradient there."""
        tolerance = self.tolerance or context.tolerance
        sampler = GradientSampler(
            gradient=self.gradient,
            of=self.of,
            names=self._names,
            wrt=self.wrt,
            function=self._function(context),
            tolerance=tolerance,
            own=self.of in context.defines,
        )
        calls = [form for call in self._calls(context) for form in in_forms(call, self.forms)]
        answers = ask_reference(context, self.gradient, calls)
        noise = Noise(context, tolerance)
        points = tuple(
            sampler.point(call, answer, noise) for call, answer in zip(calls, answers, strict=True)
        )
        if all(bool(np.all(p.slope.allowed >= np.abs(p.slope.values))) for p in points):
            raise CheckError(
                f"A gradient of zeros would pass for `{self.of}`: at every point the gradient is "
                "0, or the tolerance exceeds it. Choose other inputs or a smaller tolerance."
            )
        return PreparedGradient(points, tolerance, self.of if sampler.own else None)

    def _calls(self, context: CheckContext) -> Iterator[Call]:
        for index, case in enumerate(self.cases):
            named = {*self._names[: len(case.args)], *case.kwargs}
            twice = len(case.args) + len(case.kwargs) != len(self._names)
            if named != set(self._names) or twice:
                raise CheckError(
                    f"`cases[{index}]` does not give each of the arguments "
                    f"{', '.join(self._names)} exactly once: correct it, or name them in `args`, "
                    "in order."
                )
            yield case.call
        if self.given:
            yield from generated_calls(context, self.given, self._names, self.trials)

    def _function(self, context: CheckContext) -> ScalarFunction:
        """Return the reference's version of the differentiated function."""
        for _, message in self.misfits(context.defines):
            raise CheckError(f"`of: {self.of}`: {message}.")
        formula, is_name = Formula.read(self.of), self._is_name
        ours = {**context.reference, "reference": SimpleNamespace(**context.reference)}

        def value(args: Sequence[Value]) -> Value:
            if is_name:
                return formula.value(ours, args)
            return formula.value({**ours, **dict(zip(self._names, args, strict=True))})

        return value

    def queries(self, prepared: PreparedGradient) -> tuple[Query, ...]:
        """Return the calls of the gradient, and those of the student's own function."""
        own = () if prepared.own is None else (Query(prepared.own, prepared.probes),)
        return (*super().queries(prepared), *own)

    def keys_for_students(self) -> Mapping[str, Any]:
        """Return the keys without the distribution of inputs and without our formula."""
        secret = {"explanation", "given", "trials", "forms", "of", "cases"}
        keys = self.model_dump(by_alias=True, exclude_unset=True, exclude=secret)
        return keys | {"of": "f", "args": self._names, "cases": [{"args": []}]}

    def to_bundle(self, prepared: PreparedGradient) -> Value | None:
        """Return the points and their derivatives, without those that are too large."""
        points = points_to_bundle(prepared.points)
        if not points:
            return None
        return {
            "points": points,
            "tolerance": tolerance_to_bundle(prepared.tolerance),
            "own": prepared.own,
        }

    def from_bundle(self, bundled: Value) -> PreparedGradient:
        """Return the bundled points."""
        points, tolerance, own = items_from_bundle(bundled, "points", "tolerance", "own")
        found = points_from_bundle(points)
        if own is not None and (type(own) is not str or not all(each.probes for each in found)):
            raise ValueError("`own` names a function that is called at every point")
        return PreparedGradient(found, tolerance_from_bundle(tolerance), own)

    def judge(self, prepared: PreparedGradient, student: Student) -> Verdict:
        """Send all calls at once, and report the first wrong answer."""
        answers = self.answers(prepared, student)
        points: Sequence[GradientPoint] | Failure = prepared.points
        if prepared.own is not None:
            points = own_points(prepared.points, prepared.own, prepared.tolerance, student)
        if isinstance(points, Failure):
            at, first, slip = f"`{prepared.own}`, whose gradient is asked for,", points, ""
        else:
            pairs = zip(answers, points, strict=True)
            wrong = [(*pair, failure) for pair in pairs if (failure := _failure(*pair)) is not None]
            if not wrong:
                return passed()
            at, first = call_text(self.gradient, wrong[0][1].call), wrong[0][2]
            slip = _slip([each for each, _, _ in wrong], [point for _, point, _ in wrong])
        return failed(
            sentence(f"{at} {first.message}") + slip,
            brief=self._brief(prepared, first),
            evidence=evidence_of(answers),
        )

    def _brief(self, prepared: PreparedGradient, failure: Failure) -> str:
        """Return how it failed, without function and components, which a student can choose."""
        if prepared.own is None:
            return f"`{self.gradient}` {failure.brief}."
        way = way_of(failure) or WRONG
        return f"`{self.gradient}`, or `{prepared.own}`, whose gradient it is, {way}."


def _failure(answer: Answer, point: GradientPoint) -> Failure | None:
    failure = failure_of_call(answer)
    if failure is not None or not isinstance(answer, Returned):
        return failure
    mismatch = form_mismatch(answer.value, point.form)
    if mismatch is not None:
        return wrong_answer(answer.value, mismatch)
    numbers = numbers_in(in_form_of(answer.value, point.form))
    assert numbers is not None  # the reference's has numbers, and this has the same form
    wrong = wrong_components(numbers, point.slope)
    return _component_failure(numbers, point.slope, wrong) if wrong else None


def _component_failure(numbers: np.ndarray, slope: Slope, wrong: Sequence[int]) -> Failure:
    named = components_text([slope.components[i] for i in wrong])
    is_zero = abs(slope.values[wrong[0]]) <= slope.allowed[wrong[0]]
    wanted = "0 up to rounding" if is_zero else f"{slope.values[wrong[0]]:.10g}"
    first = f"{numbers[wrong[0]].item():.10g}, expected {wanted}"
    message = f"is off in {named}: {slope.components[wrong[0]]} is {first}"
    right = [slope.components[i] for i in range(numbers.size) if i not in wrong]
    if right:
        message += f"; {components_text(right)} {'is' if len(right) == 1 else 'are'} right"
    return Failure(message, WRONG)


def _slip(answers: Sequence[Answer], points: Sequence[GradientPoint]) -> str:
    """Return a sentence about the slip that explains all wrong answers, or an empty text."""
    values = [
        (_settled(answer.value, point.form), point.slope)
        for answer, point in zip(answers, points, strict=True)
        if isinstance(answer, Returned) and not answer.changed
    ]
    slip = explanation(values) if len(values) == len(answers) else ""
    return f" {sentence(slip)}" if slip else ""


def _settled(value: Value, form: Value) -> Value:
    """Return an answer in the reference's form, or unchanged if it is transposed; else None."""
    if form_mismatch(value, form) is None:
        return in_form_of(value, form)
    turned = shape_of(value) == (shape_of(form) or ())[::-1]
    return value if turned else None

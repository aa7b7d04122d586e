"""The points at which a gradient is checked, with the true derivatives, and their bundles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from grader.checks.base import Student
from grader.checks.bundling import (
    call_to_bundle,
    calls_from_bundle,
    is_small,
    items_from_bundle,
    list_from_bundle,
)
from grader.checks.cases import reference_value
from grader.checks.kinds.gradient.diagnosis import Slope, components_text, wrong_components
from grader.checks.kinds.gradient.differences import (
    Component,
    Derivative,
    ScalarFunction,
    best_scale,
    components_of,
    derivative,
    derivative_of,
    steps_around,
)
from grader.checks.noise import Noise
from grader.checks.verdict_text import WRONG, Failure, call_text, failure_of
from grader.compare import Tolerance
from grader.compare.shapes import as_array, numbers_in, shape_of, unwrap
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Call, Returned, Value

_ROUNDING = 1e-13
"""Allowed rounding error of a right gradient, relative to its largest component."""
_CERTAIN = 1e-3
STEPS = 6
"""Number of calls of a student's own function per component."""


@dataclass(frozen=True, slots=True)
class GradientPoint:
    """One call of a gradient, and the true derivatives there.

    Attributes
    ----------
    call : Call
        The call of the gradient.
    form : Value
        The reference's answer; a student's must have its form.
    slope : Slope
        The true gradient of the reference's function.
    probes : tuple of Call
        Calls of the student's own function, six per component.
    places : tuple of float
        The changed number in each of the probes.
    """

    call: Call
    form: Value
    slope: Slope
    probes: tuple[Call, ...] = ()
    places: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientSampler:
    """Differentiates the reference's `function` of the arguments `names` by those in `wrt`.

    `gradient` and `of` name the gradient and the function or formula in messages; `own` is whether
    a student's own function will be differentiated instead.
    """

    gradient: str
    of: str
    names: tuple[str, ...]
    wrt: tuple[str, ...]
    function: ScalarFunction
    tolerance: Tolerance
    own: bool

    def point(self, call: Call, answer: Answer, noise: Noise) -> GradientPoint:
        """Return the point of a call; CheckError unless the reference's answer is right there."""
        text = call_text(self.gradient, call)
        form = reference_value(answer, text)
        named = dict(zip(self.names, call.args, strict=False)) | dict(call.kwargs)
        args = [named[name] for name in self.names]
        arrays = [_as_array(value) for value in args]
        try:
            components = tuple(components_of(self.names, arrays, self.wrt))
        except ValueError as error:
            raise CheckError(f"{text} cannot be differentiated: {error}.") from error
        found = [derivative(self.function, arrays, each) for each in components]
        certain = self._certain(found, components, text)
        sizes = tuple(
            (name, shape[0])
            for name, value in zip(self.names, args, strict=True)
            if (shape := shape_of(value))
        )
        slope = _slope(components, certain, self.tolerance, sizes)
        slack = noise.of_call(self.gradient, call, form)
        spare = None if slack is None else numbers_in(slack)
        if spare is not None and spare.shape == slope.allowed.shape:
            slope = replace(slope, allowed=np.maximum(slope.allowed, spare))
        self._require_right(form, slope, text)
        point = GradientPoint(call, form, slope)
        return self._probed(point, args, arrays) if self.own else point

    def _certain(
        self, found: Sequence[Derivative | None], components: Sequence[Component], text: str
    ) -> list[Derivative]:
        certain = [each for each in found if each is not None]
        largest = max((abs(each.value) for each in certain), default=0.0)
        for each, component in zip(found, components, strict=True):
            if each is None or each.bound > _CERTAIN * largest + 2 * each.rounding:
                raise CheckError(
                    f"`{self.of}` cannot be differentiated by `{component}` at {text}: its values "
                    "nearby are not finite numbers, or it is not smooth. Move the inputs away from "
                    "edges and kinks."
                )
        return certain

    def _require_right(self, form: Value, slope: Slope, text: str) -> None:
        numbers = numbers_in(form)
        if numbers is None or numbers.size != slope.values.size:
            raise CheckError(
                f"The reference's {text} does not give one number for each of "
                f"{components_text(slope.components)}: correct `wrt` or reference.py."
            )
        wrong = wrong_components(numbers, slope)
        if wrong:
            named = components_text([slope.components[i] for i in wrong])
            raise CheckError(
                f"The reference is not the gradient of `{self.of}`: {text} is off in {named}, "
                f"with {numbers[wrong[0]]:g} for {slope.values[wrong[0]]:g}. Correct `of`, `wrt` "
                "or reference.py."
            )

    def _probed(
        self, point: GradientPoint, args: Sequence[Value], arrays: Sequence[Value]
    ) -> GradientPoint:
        probes: list[Call] = []
        places: list[float] = []
        for component in point.slope.components:
            scale = best_scale(self.function, arrays, component)
            assert scale is not None  # its derivative is certain
            around = steps_around(args, component, scale)
            probes += [Call(tuple(moved)) for moved in around]
            places += [component.value_in(moved) for moved in around]
        return replace(point, probes=tuple(probes), places=tuple(places))


def _as_array(value: Value) -> Value:
    array = as_array(value) if isinstance(value, (list, tuple)) else None
    return value if array is None else array


def _slope(
    components: tuple[Component, ...],
    found: Sequence[Derivative],
    tolerance: Tolerance,
    sizes: tuple[tuple[str, int], ...],
) -> Slope:
    values = np.array([each.value for each in found])
    bounds = np.array([each.bound for each in found]) + _ROUNDING * np.max(np.abs(values))
    allowed = tolerance.atol + tolerance.rtol * np.abs(values) + bounds
    return Slope(components, values, allowed, sizes)


def own_points(
    points: Sequence[GradientPoint], name: str, tolerance: Tolerance, student: Student
) -> list[GradientPoint] | Failure:
    """Return the points with gradients of the student's own function, or why it has none."""
    answers = student.call(name, tuple(probe for point in points for probe in point.probes))
    rest = iter(answers)
    found: list[GradientPoint] = []
    for point in points:
        own = [next(rest) for _ in point.probes]
        failure = next((each for answer in own if (each := failure_of(answer))), None)
        if failure is not None:
            return failure
        slope = _own_slope(point, own, tolerance)
        if slope is None:
            return Failure("does not return a finite number", WRONG)
        found.append(replace(point, slope=slope))
    if all(bool(np.all(np.abs(p.slope.values) <= p.slope.allowed)) for p in found):
        return Failure("does not change with its arguments as it should", WRONG)
    return found


def _own_slope(
    point: GradientPoint, answers: Sequence[Answer], tolerance: Tolerance
) -> Slope | None:
    values = [_number(answer) for answer in answers]
    derivatives = [
        derivative_of(values[i : i + STEPS], point.places[i : i + STEPS])
        for i in range(0, len(values), STEPS)
    ]
    certain = [each for each in derivatives if each is not None]
    if len(certain) < len(derivatives):
        return None
    return _slope(point.slope.components, certain, tolerance, point.slope.sizes)


def _number(answer: Answer) -> float | None:
    value: Any = unwrap(answer.value) if isinstance(answer, Returned) else None
    try:
        return float(value) if type(value) in (int, float) else None
    except OverflowError:  # an integer too large for a float
        return None


_COMPONENTS = TypeAdapter(tuple[Component, ...])
_SIZES = TypeAdapter(tuple[tuple[str, int], ...])
_PLACES = TypeAdapter(tuple[float, ...])


def points_to_bundle(points: Sequence[GradientPoint]) -> list[Value]:
    """Return plain data of the points that are small enough."""
    return [_to_bundle(point) for point in points if _is_small(point)]


def _is_small(point: GradientPoint) -> bool:
    calls = (point.call, *point.probes)
    return is_small(point.slope.values, *((call.args, dict(call.kwargs)) for call in calls))


def _to_bundle(point: GradientPoint) -> Value:
    slope = point.slope
    return {
        "call": call_to_bundle(point.call),
        "form": point.form,
        "components": [asdict(component) for component in slope.components],
        "values": slope.values,
        "allowed": slope.allowed,
        "sizes": slope.sizes,
        "probes": [call_to_bundle(probe) for probe in point.probes],
        "places": point.places,
    }


def points_from_bundle(bundled: Value) -> tuple[GradientPoint, ...]:
    """Return the bundled points."""
    return tuple(map(_from_bundle, list_from_bundle(bundled)))


def _from_bundle(bundled: Value) -> GradientPoint:
    call, form, components, values, allowed, sizes, probes, places = items_from_bundle(
        bundled, "call", "form", "components", "values", "allowed", "sizes", "probes", "places"
    )
    slope = Slope(
        _COMPONENTS.validate_python(components),
        _floats(values),
        _floats(allowed),
        _SIZES.validate_python(sizes),
    )
    (gradient_call,) = calls_from_bundle([call])
    point = GradientPoint(
        gradient_call, form, slope, calls_from_bundle(probes), _PLACES.validate_python(places)
    )
    count = len(slope.components)
    if not {slope.values.size, slope.allowed.size} == {count} or numbers_in(form) is None:
        raise ValueError("there must be one derivative per component")
    if len(point.places) != len(point.probes) or len(point.probes) not in (0, STEPS * count):
        raise ValueError(f"there must be {STEPS} calls of the function per component, or none")
    return point


def _floats(value: Value) -> np.ndarray:
    if type(value) is not np.ndarray or value.dtype != np.float64 or value.ndim != 1:
        raise ValueError("derivatives must be an array of floats")
    return value

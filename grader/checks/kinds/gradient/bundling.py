"""Where a gradient is asked for, as plain data for a student's bundle, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from pydantic import TypeAdapter

from grader.checks.bundling import frozen_call, is_small, thawed_calls, thawed_items, thawed_list
from grader.checks.kinds.gradient.diagnosis import Slope, numbers_in
from grader.checks.kinds.gradient.differences import Component
from grader.checks.kinds.gradient.points import STEPS, Point
from grader.guest.protocol.values import Value

__all__ = ["frozen_points", "thawed_points"]

_COMPONENTS = TypeAdapter(tuple[Component, ...])
_SIZES = TypeAdapter(tuple[tuple[str, int], ...])
_PLACES = TypeAdapter(tuple[float, ...])


def frozen_points(points: Sequence[Point]) -> list[Value]:
    """Return the points that are small enough as plain data."""
    return [_frozen(point) for point in points if _is_small(point)]


def _is_small(point: Point) -> bool:
    calls = (point.call, *point.probes)
    return is_small(point.slope.values, *((call.args, dict(call.kwargs)) for call in calls))


def _frozen(point: Point) -> Value:
    slope = point.slope
    return {
        "call": frozen_call(point.call),
        "form": point.form,
        "components": [asdict(component) for component in slope.components],
        "values": slope.values,
        "allowed": slope.allowed,
        "sizes": slope.sizes,
        "probes": [frozen_call(probe) for probe in point.probes],
        "places": point.places,
    }


def thawed_points(frozen: Value) -> tuple[Point, ...]:
    """Return the points that were frozen."""
    return tuple(map(_thawed, thawed_list(frozen)))


def _thawed(frozen: Value) -> Point:
    call, form, components, values, allowed, sizes, probes, places = thawed_items(
        frozen, "call", "form", "components", "values", "allowed", "sizes", "probes", "places"
    )
    slope = Slope(
        _COMPONENTS.validate_python(components),
        _floats(values),
        _floats(allowed),
        _SIZES.validate_python(sizes),
    )
    (asked,) = thawed_calls([call])
    point = Point(asked, form, slope, thawed_calls(probes), _PLACES.validate_python(places))
    count = len(slope.components)
    if not {slope.values.size, slope.allowed.size} == {count} or numbers_in(form) is None:
        raise ValueError("there is one derivative a component")
    if len(point.places) != len(point.probes) or len(point.probes) not in (0, STEPS * count):
        raise ValueError(f"there are {STEPS} calls of the function a component, or none")
    return point


def _floats(value: Value) -> np.ndarray:
    if type(value) is not np.ndarray or value.dtype != np.float64 or value.ndim != 1:
        raise ValueError("derivatives are an array of floats")
    return value

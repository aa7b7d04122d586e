"""Where a gradient is asked for, as plain data for a student's bundle, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from pydantic import TypeAdapter

from grader.checks.bundling import (
    call_to_bundle,
    calls_from_bundle,
    is_small,
    items_from_bundle,
    list_from_bundle,
)
from grader.checks.kinds.gradient.diagnosis import Slope
from grader.checks.kinds.gradient.differences import Component
from grader.checks.kinds.gradient.sampler import STEPS, GradientPoint
from grader.compare.shapes import numbers_in
from grader.guest.protocol.values import Value

_COMPONENTS = TypeAdapter(tuple[Component, ...])
_SIZES = TypeAdapter(tuple[tuple[str, int], ...])
_PLACES = TypeAdapter(tuple[float, ...])


def points_to_bundle(points: Sequence[GradientPoint]) -> list[Value]:
    """Return the points that are small enough as plain data."""
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
    """Return the points that were bundled."""
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
    (asked,) = calls_from_bundle([call])
    point = GradientPoint(
        asked, form, slope, calls_from_bundle(probes), _PLACES.validate_python(places)
    )
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

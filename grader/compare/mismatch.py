"""How an answer differs from the expected value, as data and as a sentence.

A comparison finds either one mismatch of kind, shape or keys, or any number of places whose values
differ; `summarise` combines the latter into one `Mismatch`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from grader.compare.describe import describe_pair
from grader.guest.protocol.values import Value


@dataclass(frozen=True, slots=True)
class Mismatch:
    """How an answer differs from the expected value; ``str()`` is a sentence without subject.

    Attributes
    ----------
    kind : str
        ``"kind"``, ``"shape"``, ``"keys"`` or ``"value"``: the first of them that differs.
    text : str
        Such as ``is 0.25, expected 0.5 (off by 50 %)``; one line, safe to print.
    where : str
        The first place that differs, such as ``[2]`` or ``['a'][0]``; empty for the whole.
    absolute : float
        Largest absolute error of the numbers that differ; inf if undefined.
    relative : float
        Largest error relative to the expected number; inf if undefined.
    """

    kind: Literal["kind", "shape", "keys", "value"]
    text: str
    where: str = ""
    absolute: float = math.inf
    relative: float = math.inf

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Spot:
    """One place that differs; `severity` is its error divided by the allowed error.

    With `up_to_rounding`, the expected number is 0 except for its own rounding error.
    """

    where: str
    actual: Value
    expected: Value
    absolute: float = math.inf
    relative: float = math.inf
    severity: float = math.inf
    up_to_rounding: bool = False

    @property
    def texts(self) -> tuple[str, str]:
        """The actual and the expected value, with as many digits as needed."""
        if not self.up_to_rounding:
            return describe_pair(self.actual, self.expected)
        return describe_pair(self.actual, 0.0)[0], "0 up to rounding"


@dataclass(frozen=True, slots=True)
class Differing:
    """The differing places of one value or array, with the largest errors."""

    count: int
    first: Spot
    worst: Spot
    absolute: float = math.inf
    relative: float = math.inf


def summarise(differing: list[Differing], places: int) -> Mismatch:
    """Combine all differences among the compared places into one mismatch."""
    count = sum(part.count for part in differing)
    first = differing[0].first
    worst = max((part.worst for part in differing), key=lambda spot: spot.severity)
    if places == 1 and not first.where:
        actual, wanted = first.texts
        text = f"is {actual}, expected {wanted}{_off_by(first)}"
    elif places == 1:
        text = f"differs at {_spot_text(first)}"
    elif count == 1:
        text = f"differs at 1 of {places} places: at {_spot_text(first)}"
    else:
        text = f"differs at {count} of {places} places; first at {_spot_text(first)}"
        if worst.where != first.where:
            text += f"; worst at {_spot_text(worst)}"
    errors = max(part.absolute for part in differing), max(part.relative for part in differing)
    return Mismatch("value", text, first.where, *errors)


def _spot_text(spot: Spot) -> str:
    actual, wanted = spot.texts
    return f"{spot.where}: expected {wanted}, got {actual}{_off_by(spot)}"


def _off_by(spot: Spot) -> str:
    if math.isinf(spot.absolute) or isinstance(spot.expected, bool):
        return ""
    if math.isinf(spot.relative):
        return f" (off by {spot.absolute:.2g})"
    if spot.relative >= 10:
        return _times(spot.actual, spot.expected)
    if spot.relative >= 1e-4:
        return f" (off by {100 * spot.relative:.3g} %)"
    return f" (relative error {spot.relative:.2g})"


def _times(actual: Value, expected: Value) -> str:
    """Return the ratio to the expected number as text; empty if the signs differ."""
    if isinstance(actual, complex) or isinstance(expected, complex) or actual / expected < 0:
        return ""
    return f" ({actual / expected:.3g} times as large)"

"""Generated inputs: a small vocabulary for YAML, drawn from a seeded generator."""

from grader.inputs.draws import Draw
from grader.inputs.fields import (
    MAX_ELEMENTS,
    PlacedFaultsError,
    did_you_mean,
    one_kind,
    require_names,
)
from grader.inputs.given import DRAWS, AnyDraw, Given, PartialGiven, draw, require_sizes

__all__ = [
    "DRAWS",
    "MAX_ELEMENTS",
    "AnyDraw",
    "Draw",
    "Given",
    "PartialGiven",
    "PlacedFaultsError",
    "did_you_mean",
    "draw",
    "one_kind",
    "require_names",
    "require_sizes",
]

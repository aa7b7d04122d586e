"""Generated inputs: a small vocabulary for YAML, drawn from a seeded generator."""

from grader.inputs.base import Draw
from grader.inputs.fields import MAX_ELEMENTS, PlacedFaultsError, one_kind
from grader.inputs.given import DRAWS, AnyDraw, Given, PartialGiven, draw, require_sizes

__all__ = [
    "DRAWS",
    "MAX_ELEMENTS",
    "AnyDraw",
    "Draw",
    "Given",
    "PartialGiven",
    "PlacedFaultsError",
    "draw",
    "one_kind",
    "require_sizes",
]

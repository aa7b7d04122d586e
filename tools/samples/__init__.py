"""The bundled samples: notebooks of every kind that a class hands in, and what each must earn.

What a sample must earn is worked out here, from the points and the mistakes that the exercises
state. It is never taken from what the grader says.
"""

from __future__ import annotations

from tools.samples import accidents, answers, cheats, formats, mistakes, unreadable
from tools.samples.sample import Sample

__all__ = ["Sample", "all_samples"]


def all_samples() -> list[Sample]:
    """Return every sample, sorted by its path."""
    makers = (answers, formats, mistakes, accidents, cheats, unreadable)
    return sorted((one for maker in makers for one in maker.samples()), key=lambda one: one.path)

"""Which platform gave things their names."""

from __future__ import annotations

from collections.abc import Mapping

from grader.submissions.claim import Claim
from grader.submissions.platforms.canvas import parse_canvas, with_attempts
from grader.submissions.platforms.moodle import parse_moodle


def is_platform_name(name: str) -> bool:
    """Whether a platform may have given something this name."""
    return parse_moodle(name) is not None or parse_canvas(name) is not None


def claims_by_name(hopes: Mapping[str, bool]) -> dict[str, Claim]:
    """Return the claims of those names that a platform gave.

    Moodle's names are like no other. Canvas's could be a student's own (``hw_1_234_new.ipynb``),
    so that they count only where most names are of that form.

    Parameters
    ----------
    hopes : mapping of str to bool
        The names that lie together, and whether each should be a notebook or hold one.
    """
    moodle = {name: claim for name in hopes if (claim := parse_moodle(name)) is not None}
    rest = [name for name in hopes if name not in moodle]
    canvas = {name: claim for name in rest if (claim := parse_canvas(name)) is not None}
    counted = [name for name in rest if hopes[name] or name in canvas]
    if 2 * len(canvas) <= len(counted):
        return moodle
    return moodle | dict(zip(canvas, with_attempts(canvas.items()), strict=True))

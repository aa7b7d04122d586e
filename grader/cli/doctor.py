"""``grader doctor``: what this machine offers, and how to get what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from grader.cli.options import CourseOption, JsonOption
from grader.course import load_course
from grader.sandbox.doctor import Piece, examine, tiers
from grader.sandbox.settings import Isolation

__all__ = ["doctor"]

_MACHINE_AT_FAULT = 2


def doctor(course: CourseOption = Path(), as_json: JsonOption = False) -> None:
    """Show every piece that the isolation tiers need, and which tiers this machine offers.

    Where --course holds a course, the Python that its sandbox names is looked at too.
    Exit status: 0 when the tier `strong` can be had, 2 when it cannot.
    """
    there = (course / "exercises" / "course.yaml").exists()
    pieces = examine(load_course(course).sandbox.python if there else None)
    offered = tiers(pieces)
    typer.echo(_document(pieces, offered) if as_json else "\n".join(_lines(pieces, offered)))
    if Isolation.STRONG not in offered:
        raise typer.Exit(_MACHINE_AT_FAULT)


def _document(pieces: Sequence[Piece], offered: Sequence[Isolation]) -> str:
    described = [
        {
            "name": piece.name,
            "ok": piece.ok,
            "detail": piece.detail,
            "remedy": piece.remedy,
            "tiers": sorted(piece.tiers),
        }
        for piece in pieces
    ]
    return json.dumps({"tiers": list(offered), "pieces": described}, indent=2)


def _lines(pieces: Sequence[Piece], offered: Sequence[Isolation]) -> Iterator[str]:
    width = max(len(piece.name) for piece in pieces)
    for piece in pieces:
        mark = "ok     " if piece.ok else "MISSING" if piece.tiers else "absent "
        yield f"{mark}  {piece.name:<{width}}  {piece.detail}"
        if piece.remedy:
            needed = ", ".join(sorted(piece.tiers))
            yield f"{'':9}{'needed for ' + needed if needed else 'optional'}: {piece.remedy}"
    yield ""
    yield f"Tiers that this machine offers: {', '.join(offered) or 'none at all'}"

"""``grader doctor``: what this machine offers, and how to get what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.cli.options import CourseOption, JsonOption
from grader.cli.preloads import Preload, worth_preloading
from grader.course import Course, load_course
from grader.sandbox.doctor import Piece, examine, examine_packages, tiers
from grader.sandbox.engine import Isolation
from grader.sandbox.settings import SandboxSettings
from grader.submissions import find_submissions

_MACHINE_AT_FAULT = 2


def doctor(
    submissions: Annotated[
        list[Path] | None,
        typer.Argument(help="Notebooks, folders or zips; shows which modules to preload."),
    ] = None,
    course: CourseOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show every piece that the isolation tiers need, and which tiers this machine offers.

    Where --course holds a course, the Python that its sandbox names is looked at too, and the
    packages that it states. With
    submissions, modules that many of them import are named, and what preloading them saves.
    Exit status: 0 when the tier `strong` can be had, 2 when it cannot.
    """
    there = (course / "exercises" / "course.yaml").exists()
    loaded = load_course(course) if there else None
    pieces = examine(loaded.sandbox.python if loaded else None)
    pieces += examine_packages(loaded.sandbox) if loaded else ()
    offered = tiers(pieces)
    found = _preloads(submissions or (), loaded)
    if as_json:
        typer.echo(_document(pieces, offered, found))
    else:
        typer.echo("\n".join([*_lines(pieces, offered), *(each.text for each in found)]))
    if Isolation.STRONG not in offered:
        raise typer.Exit(_MACHINE_AT_FAULT)


def _preloads(submissions: Sequence[Path], course: Course | None) -> Sequence[Preload]:
    if not submissions:
        return ()
    settings = SandboxSettings()
    if course is not None:
        settings = course.sandbox_for(course.exercises.values())
    return worth_preloading(find_submissions(submissions), settings, measured=True)


def _document(
    pieces: Sequence[Piece], offered: Sequence[Isolation], found: Sequence[Preload]
) -> str:
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
    document: dict[str, Any] = {"tiers": list(offered), "pieces": described}
    document["preload"] = [
        {"module": each.module, "notebooks": each.notebooks, "seconds": each.seconds}
        for each in found
    ]
    return json.dumps(document, indent=2)


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

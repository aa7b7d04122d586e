"""``grader doctor``: show what this machine offers, and how to install what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.options import CourseOption, JsonOption
from grader.cli.preloads import Preload, worth_preloading
from grader.course import load_course
from grader.sandbox.doctor import Piece, examine, examine_packages, tiers
from grader.sandbox.engine import Isolation
from grader.sandbox.settings import SandboxSettings
from grader.submissions import find_submissions

_NOT_STRONG = 2


def doctor(
    submissions: Annotated[
        list[Path] | None,
        typer.Argument(help="Notebooks, folders or zips, to find modules worth preloading."),
    ] = None,
    course: CourseOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show the requirements of each isolation tier, and which tiers this machine offers.

    If --course holds a course, its Python and packages are examined too. With submissions, shows
    the modules that many of them import, and how much time preloading them saves.
    Exit status: 0 if this machine offers the tier `strong`, else 2.
    """
    has_course = (course / "exercises" / "course.yaml").exists()
    loaded = load_course(course) if has_course else None
    pieces = examine(loaded.sandbox.python if loaded else None)
    pieces += examine_packages(loaded.sandbox) if loaded else ()
    offered = tiers(pieces)
    found: Sequence[Preload] = ()
    if submissions:
        settings = SandboxSettings()
        if loaded is not None:
            settings = loaded.sandbox_for(loaded.exercises.values())
        found = worth_preloading(find_submissions(submissions), settings, measured=True)
    if as_json:
        typer.echo(_document(pieces, offered, found))
    else:
        typer.echo("\n".join([*_lines(pieces, offered), *(each.text for each in found)]))
    if Isolation.STRONG not in offered:
        raise typer.Exit(_NOT_STRONG)


def _document(
    pieces: Sequence[Piece], offered: Sequence[Isolation], found: Sequence[Preload]
) -> str:
    document = {
        "tiers": list(offered),
        "pieces": [asdict(piece) | {"tiers": sorted(piece.tiers)} for piece in pieces],
        "preload": [
            {"module": each.module, "notebooks": each.notebooks, "seconds": each.seconds}
            for each in found
        ],
    }
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
    yield f"Tiers that this machine offers: {', '.join(offered) or 'none'}"

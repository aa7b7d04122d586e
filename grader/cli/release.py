"""``grader release``: the notebooks that students work in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.authoring.release.release_course import (
    Handout,
    Release,
    Released,
    prepare_handouts,
    prepare_releases,
    write_releases,
)
from grader.cli.options import CourseOption, JsonOption
from grader.course import load_course


def release(
    unit: Annotated[
        list[str] | None, typer.Argument(help="Units; all where none is named.", show_default=False)
    ] = None,
    course: CourseOption = Path(),
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="Folder to write to: `release`, or `release-solutions`."
        ),
    ] = None,
    solutions: Annotated[
        bool, typer.Option("--solutions", help="The instructor's notebooks, with right answers.")
    ] = False,
    student: Annotated[
        list[str] | None,
        typer.Option(
            "--student",
            metavar="NAME",
            help="A notebook for this student, with choices in an order of its own; may be given "
            "several times.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over notebooks that were changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the notebooks of a course's units, and the files that go with them.

    A student's notebook holds prompts, starters, and the visible checks with what they expect;
    nothing of solutions, hidden checks or seeds. The same course gives the same bytes.
    """
    folder = out or Path("release-solutions" if solutions else "release")
    loaded = load_course(course)
    releases = prepare_releases(loaded, unit or (), students=student or (), solutions=solutions)
    handouts = prepare_handouts(loaded, unit or (), students=student or ())
    written = write_releases([*releases, *handouts], folder, force=force)
    if as_json:
        typer.echo(json.dumps(_document(written), indent=2))
    else:
        for done in written:
            typer.echo(_line(done))


def _document(written: Sequence[Released]) -> dict[str, Any]:
    released, files = [], []
    for done in written:
        entry = {"path": str(done.path), "status": done.status}
        if isinstance(done.release, Release):
            released.append(entry | _about(done.release))
        else:
            files.append(entry)
    return {"released": released, "files": files}


def _about(release: Release) -> dict[str, Any]:
    return {
        "unit": release.unit.id,
        "student": release.student or None,
        "exercises": list(release.unit.exercises),
        "visible_checks": release.bundled,
        "left_for_grading": release.later,
    }


def _line(done: Released) -> str:
    release = done.release
    if isinstance(release, Handout):
        return f"{done.path}: a file to hand out with it ({done.status})"
    later = f", {release.later} more when it is graded" if release.later else ""
    held = ", ".join(
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in (
            (len(release.unit.exercises), "exercise"),
            (release.bundled, "visible check"),
        )
    )
    return f"{done.path}: {held}{later} ({done.status})"

"""``grader release``: write the notebooks that students work in."""

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
from grader.text import count_text


def release(
    unit: Annotated[
        list[str] | None, typer.Argument(help="Ids of units.", show_default="all")
    ] = None,
    course: CourseOption = Path(),
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Folder to write to.",
            show_default="release, with --solutions release-solutions",
        ),
    ] = None,
    solutions: Annotated[
        bool, typer.Option("--solutions", help="Write instructor notebooks, with right answers.")
    ] = False,
    student: Annotated[
        list[str] | None,
        typer.Option(
            "--student",
            metavar="NAME",
            help="Notebook for this student, with choices in an individual order; repeatable.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite notebooks that were changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the notebooks of a course's units, and the files to hand out with them.

    A student's notebook holds prompts, starter code, and the visible checks with their expected
    values, but no solutions, hidden checks or seeds. The same course gives the same bytes.
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
        return f"{done.path}: file to hand out ({done.status})"
    exercises = count_text(len(release.unit.exercises), "exercise")
    checks = count_text(release.bundled, "visible check")
    later = f", {release.later} more at grading" if release.later else ""
    return f"{done.path}: {exercises}, {checks}{later} ({done.status})"

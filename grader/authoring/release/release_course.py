"""Makes student notebooks from a course, reproducible byte for byte."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from grader.authoring.new.scaffold import BLANK
from grader.authoring.prove.leaks import withholding
from grader.authoring.release.clashes import reference_clashes
from grader.authoring.release.released_cells import ReleasedCell, cell_document, cells_of
from grader.bundle import bundle_unit, read_bundle
from grader.checks.verdict_text import sentence
from grader.course import Course, Unit
from grader.errors import CourseError, Fault, UsageError
from grader.grading.preparation import prepare_course
from grader.inputs import did_you_mean
from grader.text import safe_text

ReleaseStatus: TypeAlias = Literal["new", "replaced", "unchanged"]

_NO_FILE = '/\\:*?"<>|'
_LANGUAGE = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A notebook to be written.

    Attributes
    ----------
    unit : Unit
        What it holds.
    student : str
        Its owner; empty for a notebook for all students.
    path : Path
        Where it goes, below the folder of releases.
    content : bytes
        The notebook.
    bundled, later : int
        Number of visible checks in it, and of checks that run only at grading.
    """

    unit: Unit
    student: str
    path: Path
    content: bytes
    bundled: int
    later: int


@dataclass(frozen=True, slots=True)
class Handout:
    """A file that the course gives to students, to be written beside their notebook.

    Attributes
    ----------
    path : Path
        Where it goes, below the folder of releases.
    content : bytes
        What it holds.
    """

    path: Path
    content: bytes


@dataclass(frozen=True, slots=True)
class Released:
    """A notebook or file that was written, its path, and whether it replaced another."""

    release: Release | Handout
    path: Path
    status: ReleaseStatus


def prepare_releases(
    course: Course,
    units: Iterable[str] = (),
    *,
    students: Iterable[str] = (),
    solutions: bool = False,
) -> list[Release]:
    """Return the notebooks of units, without writing any.

    Parameters
    ----------
    course : Course
        The course.
    units : iterable of str
        Ids; all units by default.
    students : iterable of str
        Students with their own notebook; by default there is one for all.
    solutions : bool
        Whether the notebooks are the instructor's.

    Raises
    ------
    UsageError
        The course has no such unit, or a student's name cannot be that of a folder.
    CourseError
        A visible check is invalid, a blank of ``grader new`` is left, or, with `solutions`, two
        references of a unit define a name differently.
    """
    chosen = _chosen(course, tuple(units))
    names = tuple(students) or ("",)
    for name in names:
        _refuse_odd_name(name)
    _refuse_blanks(course, chosen)
    instructors = chosen if solutions else ()
    clashes = [fault for unit in instructors for fault in reference_clashes(course, unit)]
    if clashes:
        raise CourseError(clashes)
    ready = prepare_course(course, units=[unit.id for unit in chosen])
    with course.working():  # known mistakes run, and may read the course's files
        bundles = [bundle_unit(ready, unit, withholding) for unit in chosen]
    return [
        release
        for unit, bundle in zip(chosen, bundles, strict=True)
        for release in _releases_of(course, unit, bundle, names, solutions=solutions)
    ]


def prepare_handouts(
    course: Course, units: Iterable[str] = (), *, students: Iterable[str] = ()
) -> list[Handout]:
    """Return the files that go with the notebooks of units; see `prepare_releases`.

    Raises
    ------
    UsageError
        The course has no such unit.
    CourseError
        A file cannot be read.
    """
    names = {name for unit in _chosen(course, tuple(units)) for name in course.files_for(unit)}
    found = course.read_files()
    return [
        Handout(Path(student) / name, found[name])
        for student in tuple(students) or ("",)
        for name in sorted(names)
    ]


def _chosen(course: Course, units: tuple[str, ...]) -> list[Unit]:
    known = [unit.id for unit in course.units]
    for name in units:
        if name not in known:
            raise UsageError(
                sentence(f"The course has no unit `{name}`{did_you_mean(name, known)}")
            )
    return [unit for unit in course.units if unit.id in (units or known)]


def _refuse_blanks(course: Course, units: Iterable[Unit]) -> None:
    paths = [course.exercises[name].path for unit in units for name in unit.exercises]
    blanks = [
        Fault(path, number, "", f"a blank is left here: write what belongs in place of {BLANK}")
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if BLANK in line
    ]
    if blanks:
        raise CourseError(blanks)


def _refuse_odd_name(name: str) -> None:
    if name != "" and (name in (".", "..") or not name.isprintable() or set(name) & set(_NO_FILE)):
        raise UsageError(
            f"`{safe_text(name)}` cannot be the name of a folder: leave out {' '.join(_NO_FILE)} "
            "and what cannot be printed."
        )


def _releases_of(
    course: Course, unit: Unit, bundle: str, students: Iterable[str], *, solutions: bool
) -> Iterator[Release]:
    checks = read_bundle(bundle)  # as a student's kernel will
    bundled = sum(len(ready.checks) for ready in checks.preparation.exercises)
    later = sum(len(each.names) for each in checks.later.values())
    name = f"{unit.id}_solutions.ipynb" if solutions else f"{unit.id}.ipynb"
    for student in students:
        cells = cells_of(course, unit, bundle, student=student, solutions=solutions)
        content = _notebook(course, unit, cells)
        yield Release(
            unit=unit,
            student=student,
            path=Path(student) / name,
            content=content,
            bundled=bundled,
            later=later,
        )


def _notebook(course: Course, unit: Unit, cells: Iterable[ReleasedCell]) -> bytes:
    about: dict[str, Any] = {"course": course.title, "unit": unit.id}
    document = {
        "cells": [cell_document(cell, (course.title, unit.id)) for cell in cells],
        "metadata": {**_LANGUAGE, "grader": about},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    about["digest"] = _digest(document)
    return _written(document)


def _written(document: Mapping[str, Any]) -> bytes:
    """Return a notebook as Jupyter writes it."""
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def _digest(document: Mapping[str, Any]) -> str:
    """Return a digest that shows whether a released notebook was changed."""
    return hashlib.blake2b(_written(document), digest_size=16).hexdigest()


def write_releases(
    releases: Iterable[Release | Handout], out: Path, *, force: bool = False
) -> list[Released]:
    """Write notebooks and files, without overwriting what a person made or changed.

    Parameters
    ----------
    releases : iterable of Release or Handout
        What to write.
    out : Path
        The folder of releases; created if missing.
    force : bool
        Whether to overwrite existing files.

    Raises
    ------
    UsageError
        A file is in the way, or the folder cannot be written; nothing was written.
    """
    planned = [
        Released(release, out / release.path, _status(out / release.path, release, force=force))
        for release in releases
    ]
    for done in planned:
        if done.status != "unchanged":
            _write(done.path, done.release.content)
    return planned


def _status(path: Path, release: Release | Handout, *, force: bool) -> ReleaseStatus:
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        return "new"
    except OSError as error:
        raise UsageError(f"{path} cannot be overwritten: {error.strerror}.") from error
    if there == release.content:
        return "unchanged"
    if force or (isinstance(release, Release) and _is_as_released(there)):
        return "replaced"
    if isinstance(release, Handout):
        raise UsageError(
            f"{path} is not the file that the course gives now. Move it away, name another folder "
            "with --out, or overwrite it with --force."
        )
    raise UsageError(
        f"{path} was not made by `grader release`, or was changed since. Move it away, name "
        "another folder with --out, or overwrite it with --force."
    )


def _is_as_released(content: bytes) -> bool:
    try:
        document = json.loads(content)
        digest = document["metadata"]["grader"].pop("digest")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return False
    return bool(digest == _digest(document))


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error

"""Paths of a course's files, and faults: missing, unlisted or linked from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.course.document import Place
from grader.errors import Fault

CONTENTS = ("exercises", "solutions")
"""The folders that hold everything of a course except the files given to students."""


def outside(folder: Path, path: Path) -> bool:
    """Return whether a path leads out of a course's folder, through a link."""
    return not path.resolve().is_relative_to(folder.resolve())


def exercise_file(folder: Path, unit: str, exercise: str) -> Path:
    """Return the path of an exercise's YAML file."""
    return folder / "exercises" / unit / f"{exercise}.yaml"


def reference_program(folder: Path, unit: str, exercise: str) -> Path:
    """Return the path of an exercise's reference program."""
    return folder / "solutions" / unit / exercise / "reference.py"


def mistake_program(folder: Path, unit: str, exercise: str, mistake: str) -> Path:
    """Return the path of a known mistake's program."""
    return folder / "solutions" / unit / exercise / "mistakes" / f"{mistake}.py"


def accepted_programs(folder: Path, unit: str, exercise: str) -> tuple[Path, ...]:
    """Return the paths of an exercise's other right answers, sorted by name."""
    accepted = folder / "solutions" / unit / exercise / "accepted"
    return tuple(sorted(accepted.glob("*.py")))


def authored_program(folder: Path, unit: str, exercise: str) -> Path:
    """Return the path of the author's own functions for `python` checks."""
    return folder / "solutions" / unit / exercise / "checks.py"


def program_faults(
    folder: Path, unit: str, exercise: str, mistakes: Sequence[str] | None
) -> Iterator[tuple[Place, str]]:
    """Find faults of an exercise's programs, each with the key that it belongs to.

    Parameters
    ----------
    folder : Path
        The course.
    unit, exercise : str
        Ids.
    mistakes : sequence of str or None
        Ids of the known mistakes; None if that key is invalid.
    """
    reference = reference_program(folder, unit, exercise)
    if not reference.is_file():
        shown = reference.relative_to(folder)
        yield ("id",), f"the solution is missing: write the right answer to `{shown}`"
    if mistakes is not None:
        yield from _unpaired_mistakes(folder, unit, exercise, mistakes)
    others = sorted((*reference.parent.glob("checks.py"), *reference.parent.glob("*/*.py")))
    for program in (reference, *others):
        if outside(folder, program):
            shown = program.relative_to(folder)
            yield ("id",), f"`{shown}` leads out of the course: replace the link by the file"


def _unpaired_mistakes(
    folder: Path, unit: str, exercise: str, mistakes: Sequence[str]
) -> Iterator[tuple[Place, str]]:
    programs = [mistake_program(folder, unit, exercise, mistake) for mistake in mistakes]
    for index, program in enumerate(programs):
        if not program.is_file():
            shown = program.relative_to(folder)
            yield ("mistakes", index, "id"), f"this mistake has no program: write it to `{shown}`"
    there = reference_program(folder, unit, exercise).parent / "mistakes"
    for program in sorted(set(there.glob("*.py")) - set(programs)):
        shown = program.relative_to(folder)
        advice = f"list one with `id: {program.stem}` and a hint, or remove the file"
        yield ("mistakes",), f"the program `{shown}` belongs to no mistake: {advice}"


def stray_files(folder: Path, listed: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Find files that look like exercises or solutions, but that ``course.yaml`` does not list.

    Parameters
    ----------
    folder : Path
        The course.
    listed : sequence of (str, str)
        Unit and id of each exercise that is listed.
    """
    exercises, solutions = folder / "exercises", folder / "solutions"
    known = {exercises / unit / f"{exercise}.yaml" for unit, exercise in listed}
    for path in sorted((*exercises.rglob("*.yaml"), *exercises.rglob("*.yml"))):
        if path not in known and path != exercises / "course.yaml":
            yield Fault(path, 1, "", _stray_advice(path))
    homes = {solutions / unit / exercise for unit, exercise in listed}
    for path in sorted(solutions.glob("*/*")):
        hidden = path.name.startswith((".", "__"))
        if path not in homes and not hidden:
            message = "this belongs to no exercise in `course.yaml`: list it there, or remove it"
            yield Fault(path, 1, "", message)


def _stray_advice(path: Path) -> str:
    if path.suffix == ".yml":
        return "the name of an exercise's file ends in `.yaml`: rename it"
    return f"`course.yaml` does not list this: add `{path.stem}` to a unit, or remove the file"

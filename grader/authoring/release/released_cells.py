"""The cells of a released notebook: what a student reads, starts from, and checks with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any, Literal, TypeAlias

from grader.bundle import VARIABLE
from grader.course import Course, Exercise, Unit
from grader.grading.attribution import PLACE_FOR_TEXT
from grader.results import points_text

Part: TypeAlias = Literal["title", "setup", "prompt", "starter", "check", "solution", "notes"]

_TITLE = """\
# $unit

$course

Run the cell below this one first. Below each exercise is a cell with `%check`: run it as often as \
you like, and it shows what passes already and why a point would be lost. More checks run when the \
notebook is graded.

A kernel that was restarted has forgotten everything: run the cell below this one again, then your \
own cells. Until then it says that `%check` is not found."""

_SETUP = f"""\
#@title Set-up: run this cell first, and again after each restart of the kernel
$packages# The letters are the checks that `%check` runs. Leave them as they are.
{VARIABLE} = "$bundle"
try:
    import grader

    grader.load_ipython_extension(get_ipython()$shared)
except (ImportError, AttributeError):

    def _tell_how(exercise=""):
        print("Checks need the grader: run `%pip install $install`, then this cell again.")

    get_ipython().register_magic_function(_tell_how, "line", "check")
    _tell_how()"""

_FIXED = {"deletable": False, "editable": False}
_METADATA: Mapping[Part, Mapping[str, Any]] = {
    "title": _FIXED,
    # Hidden in JupyterLab and, as a form, in Colab.
    "setup": {**_FIXED, "cellView": "form", "jupyter": {"source_hidden": True}},
    "prompt": _FIXED,
    "starter": {"deletable": False},
    "check": _FIXED,
    "solution": {},
    "notes": {},
}


@dataclass(frozen=True, slots=True)
class ReleasedCell:
    """One cell.

    Attributes
    ----------
    part : Part
        What it is for.
    source : str
        Its text.
    exercise : str
        Id of its exercise; empty where it belongs to the whole unit.
    is_code : bool
        Whether it is run.
    """

    part: Part
    source: str
    exercise: str = ""
    is_code: bool = False


def cells_of(
    course: Course, unit: Unit, bundle: str, *, student: str = "", solutions: bool = False
) -> Iterator[ReleasedCell]:
    """Yield the cells of a unit's notebook.

    Parameters
    ----------
    course : Course
        The course.
    unit : Unit
        One of its units.
    bundle : str
        The unit's visible checks, bundled.
    student : str
        Owner of the notebook: the order of a quiz's choices may differ between students.
    solutions : bool
        Whether it is the instructor's, with references instead of starters.
    """
    title = unit.title + (": solutions" if solutions else "")
    yield ReleasedCell("title", Template(_TITLE).substitute(unit=title, course=course.title))
    shared = _shared_names(course, unit)
    packages = list(course.sandbox.packages or ())
    arguments = f", {json.dumps(shared)}" if shared or packages else ""
    arguments += f", {json.dumps(packages)}" if packages else ""
    setup = Template(_SETUP).substitute(
        bundle=bundle,
        shared=arguments,
        install=" ".join(["notebook-grader", *packages]),
        packages=_packages_text(packages),
    )
    yield ReleasedCell("setup", setup, is_code=True)
    for number, name in enumerate(unit.exercises, start=1):
        exercise = course.exercises[name]
        yield ReleasedCell("prompt", _prompt(number, exercise, student), name)
        if solutions:
            reference = exercise.reference.read_text(encoding="utf-8").strip("\n")
            yield ReleasedCell("solution", reference, name, is_code=True)
        else:
            yield _starter(exercise)
        yield ReleasedCell("check", f"%check {name}", name, is_code=True)
        if solutions:
            yield ReleasedCell("notes", _notes(exercise), name)


def _packages_text(packages: Sequence[str]) -> str:
    """Return the lines of the set-up cell about packages, and how to install them."""
    if not packages:
        return ""
    return (
        f"# Your work is graded with numpy, {', '.join(packages)}, and nothing else. If one is\n"
        "# missing here, take the # off the next line and run this cell.\n"
        f"# %pip install {' '.join(packages)}\n"
    )


def _shared_names(course: Course, unit: Unit) -> list[str]:
    """Return the names to which several exercises of a unit bind answers."""
    defined = [name for each in unit.exercises for name in course.exercises[each].defines]
    return [name for name in course.shared_names if defined.count(name) > 1]


def _prompt(number: int, exercise: Exercise, student: str) -> str:
    points = points_text(exercise.points)
    head = f"## {number}. {exercise.title} ({points} point{'s' if points != '1' else ''})"
    questions = [check.prompt_text(student) for check in exercise.checks]
    return "\n\n".join([head, exercise.prompt.strip("\n"), *filter(None, questions)])


def _starter(exercise: Exercise) -> ReleasedCell:
    starter = exercise.starter.strip("\n")
    if starter:
        return ReleasedCell("starter", starter, exercise.id, is_code=True)
    if all(check.rubric for check in exercise.checks):
        return ReleasedCell("starter", PLACE_FOR_TEXT, exercise.id)
    names = ", ".join(f"`{name}`" for name in exercise.defines)
    text = f"# Define {names}." if names else "# Write your answer in this cell."
    return ReleasedCell("starter", text, exercise.id, is_code=True)


def _notes(exercise: Exercise) -> str:
    lines = ["**What is checked**", ""]
    for check in exercise.checks:
        seen = "visible" if check.visible else "hidden"
        why = f". {check.explanation.strip()}" if check.explanation else ""
        lines.append(f"- {check.name}: {points_text(check.points)} ({check.kind}, {seen}){why}")
    if exercise.mistakes:
        lines += ["", "**Known mistakes**", ""]
    for mistake in exercise.mistakes:
        score = "" if mistake.score is None else f" (gets {points_text(mistake.score)})"
        lines.append(f"- `{mistake.id}`{score}: {mistake.hint.strip()}")
    return "\n".join(lines)


def cell_document(cell: ReleasedCell, owner: Sequence[str]) -> dict[str, Any]:
    """Return a cell as notebook format 4.5 has it, never run.

    Parameters
    ----------
    cell : ReleasedCell
        The cell.
    owner : sequence of str
        Texts that make its id unique to this notebook.
    """
    about = {"part": cell.part} | ({"exercise": cell.exercise} if cell.exercise else {})
    document = {
        "cell_type": "code" if cell.is_code else "markdown",
        "id": _cell_id(*owner, cell.exercise, cell.part),
        "metadata": {**_METADATA[cell.part], "grader": about},
        "source": cell.source.splitlines(keepends=True),
    }
    return document | ({"execution_count": None, "outputs": []} if cell.is_code else {})


def _cell_id(*parts: str) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()

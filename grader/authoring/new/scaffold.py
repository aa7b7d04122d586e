"""The files of a new exercise: an example of each part, with blanks to fill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pydantic import TypeAdapter, ValidationError

from grader.authoring.new.course_yaml import list_exercise
from grader.course.faults import message_of
from grader.course.yaml_keys import Identifier
from grader.errors import UsageError
from grader.text import safe_text

_TEMPLATES = Path(__file__).with_name("templates")

BLANK = "FILL_IN"
"""Placeholder for text that the author must write."""

_REFERENCE = Template("""\
def $id(x):
    raise NotImplementedError("FILL_IN the right answer")
""")
_ACCEPTED = Template("""\
def $id(x):
    raise NotImplementedError("FILL_IN the right answer in another style, such as a plain loop")
""")
_MISTAKE = Template("""\
def $id(x):
    raise NotImplementedError("FILL_IN the mistake")
""")


@dataclass(frozen=True, slots=True)
class Scaffold:
    """A new exercise, before it is written.

    Attributes
    ----------
    files : Mapping of Path to str
        The text of each new file.
    course_file : Path
        ``course.yaml``.
    listed : str or None
        Its text with the new exercise; None if it must be added by hand.
    advice : str
        What to add by hand, if needed.
    """

    files: Mapping[Path, str]
    course_file: Path
    listed: str | None
    advice: str


def prepare_scaffold(course: Path, exercise: str, unit: str, title: str = "") -> Scaffold:
    """Return the files of a new exercise, without writing any.

    Parameters
    ----------
    course : Path
        Folder of the course.
    exercise, unit : str
        Ids; a new unit is added at the end of the course.
    title : str
        Title of the exercise; by default made from the id.

    Raises
    ------
    UsageError
        An id is not a valid name, there is no course, or a file already exists.
    """
    for what, name in (("exercise", exercise), ("unit", unit)):
        _refuse_bad_id(what, name)
    names = {
        "id": exercise,
        "unit": unit,
        "title": json.dumps(title or title_of(exercise), ensure_ascii=False),
    }
    programs = course / "solutions" / unit / exercise
    files = {
        course / "exercises" / unit / f"{exercise}.yaml": template("exercise.yaml"),
        programs / "reference.py": _REFERENCE,
        programs / "accepted" / "another_style.py": _ACCEPTED,
        programs / "mistakes" / "a_mistake.py": _MISTAKE,
    }
    _refuse_existing((programs, *files))
    course_file = course / "exercises" / "course.yaml"
    listed, advice = list_exercise(course_file, exercise, unit, title_of(unit))
    texts = {path: text.substitute(names) for path, text in files.items()}
    return Scaffold(texts, course_file, listed, advice)


def _refuse_bad_id(what: str, name: str) -> None:
    try:
        TypeAdapter(Identifier).validate_python(name)
    except ValidationError as error:
        why = message_of(error.errors()[0])
        raise UsageError(f"The id of the {what}, `{safe_text(name, 120)}`: {why}.") from error


def _refuse_existing(paths: tuple[Path, ...]) -> None:
    for path in paths:
        if path.exists():
            raise UsageError(f"{path} already exists: choose another id, or move it away.")


def template(name: str) -> Template:
    """Return a template from the folder next to this module, with ``$name`` placeholders."""
    return Template((_TEMPLATES / name).read_text(encoding="utf-8"))


def title_of(name: str) -> str:
    """Return a title made from an id."""
    return name.replace("_", " ").strip().capitalize() or name


def write_scaffold(scaffold: Scaffold) -> None:
    """Write the files of a new exercise, ``course.yaml`` last."""
    write_files(scaffold.files)
    path = scaffold.course_file
    try:
        if scaffold.listed is not None:
            path.write_text(scaffold.listed, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def write_files(files: Mapping[Path, str]) -> None:
    """Write new files and their folders; raise UsageError if one cannot be written."""
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}.") from error

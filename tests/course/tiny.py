"""The course of docs/how-to/write-an-exercise.md, for tests to use and to spoil."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from grader.course import load_course
from grader.errors import CourseError, Fault

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "write-an-exercise.md"
COURSE = "exercises/course.yaml"
EXERCISE = "exercises/coins/two_heads.yaml"
REFERENCE = "solutions/coins/two_heads/reference.py"

BLOCK = re.compile(
    r"^`((?:exercises|solutions)/[^`]+)`.*?^```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL
)


def files() -> dict[str, str]:
    """Return the files that the page shows, by their path in the course."""
    return dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


def write(folder: Path, texts: Mapping[str, str | bytes]) -> Path:
    """Write a course's files; return its folder."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """Return the course's files, one of them changed in one place."""
    texts = files()
    assert texts[name].count(old) == 1, f"{old!r} is not once in {name}"
    return {**texts, name: texts[name].replace(old, new)}


def faults_of(folder: Path) -> list[Fault]:
    """Return every fault of a course."""
    try:
        load_course(folder)
    except CourseError as error:
        return error.faults
    return []

"""Finds courses near a folder that has none, for the message about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from grader.errors import Fault, NoCourseError

COURSE_FILE = Path("exercises", "course.yaml")
_MOST_FOLDERS = 2000
_DEPTH = 3
_MOST_NAMED = 3
_MAKE = """
To make one:    grader new course my-course
To add to it:   grader new exercise ID --unit UNIT --course my-course"""


def require_course(folder: Path) -> Path:
    """Return the path of a folder's ``course.yaml``.

    Raises
    ------
    NoCourseError
        It does not exist; the message names courses nearby, or the commands that make one.
    """
    path = folder / COURSE_FILE
    if path.is_file():
        return path
    near = list(courses_near(folder))
    named = "".join(f"\nFound `{each}`: name it with --course {each}" for each, _ in near) or _MAKE
    advice = "name the folder that holds it, or write it"
    if near and near[0][1]:
        advice = "name the folder above this one"
    elif (folder / "course.yaml").is_file():
        advice, named = f"move `course.yaml` to `{COURSE_FILE}`", ""
    message = f"a course needs this file, and it is missing: {advice}"
    if folder.exists() and not folder.is_dir():
        message = "a course is a folder, and this is a file: name the folder that holds it"
    elif not folder.exists():
        message = f"the folder `{folder}` does not exist: name another"
    fault = Fault(path, 1, "", message)
    raise NoCourseError(f"There is no course here:\n  {fault}{named}", [fault])


def courses_near(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the folders of courses around and below a folder, and whether each is around it.

    Paths are relative to the current folder. A large tree is searched only in part: it may be a
    home folder.
    """
    whole = folder.resolve()
    for above in whole.parents:
        if (above / COURSE_FILE).is_file():
            yield _from_here(above), True
            return
    for count, below in enumerate(_below(whole)):
        if count == _MOST_NAMED:
            return
        yield _from_here(below), False


def _below(folder: Path) -> Iterator[Path]:
    seen, level = 0, [folder]
    for _ in range(_DEPTH):
        level = [inner for outer in level for inner in _folders(outer)]
        for path in level:
            seen += 1
            if seen > _MOST_FOLDERS:
                return
            if (path / COURSE_FILE).is_file():
                yield path


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith((".", "__"))
            ]
    except OSError:  # not ours to read
        return []
    return [folder / name for name in sorted(names)[:_MOST_FOLDERS]]


def _from_here(path: Path) -> Path:
    return Path(os.path.relpath(path))

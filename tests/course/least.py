"""For each file of the bundled course, the least course that it can be part of.

Whoever changes a file again and again need not load all exercises each time.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.course.tiny import COURSE, ROOT, faults_of, write

SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("exercises/**/*.yaml"))
}
PARSED = {name: yaml.load(text, yaml.CSafeLoader) for name, text in SOURCES.items()}


def least_course(folder: Path, name: str) -> Path:
    """Return where the course around a file is."""
    return folder / _id_of(name)


def write_least_courses(folder: Path) -> Path:
    """Write the courses around all files; return the folder."""
    for name in SOURCES:
        assert faults_of(write(least_course(folder, name), _files_around(name))) == []
    return folder


def _id_of(name: str) -> str:
    return Path(name).stem


def _around(name: str) -> list[str]:
    """Return the files of the least course that a file can be part of; of all, for course.yaml."""
    ids = {_id_of(name), *PARSED[name].get("builds_on", ())}
    return [other for other in SOURCES if name == COURSE or _id_of(other) in ids]


def _files_around(name: str) -> dict[str, str | bytes]:
    """Return the exercises and programs of that course, and what lists them."""
    ids = {_id_of(other) for other in _around(name)}
    units = [
        {**unit, "exercises": [each for each in unit["exercises"] if each in ids]}
        for unit in PARSED[COURSE]["units"]
    ]
    whole = {**PARSED[COURSE], "units": [unit for unit in units if unit["exercises"]]}
    programs = [path for each in ids for path in ROOT.glob(f"solutions/*/{each}/**/*.py")]
    return {
        **{other: SOURCES[other] for other in _around(name)},
        **{path.relative_to(ROOT).as_posix(): path.read_bytes() for path in programs},
        COURSE: yaml.safe_dump(whole, sort_keys=False),
    }

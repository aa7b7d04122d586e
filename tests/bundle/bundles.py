"""The bundle of the course in docs/how-to/write-an-exercise.md, and others made by hand."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

from grader.authoring.prove.leaks import withholding
from grader.bundle import bundle_unit
from grader.bundle.packing import pack, pack_text
from grader.course import load_course
from grader.grading.preparation import prepare_course
from tests.course.tiny import files, write

UNIT = {"version": 1, "course": "A course", "unit": "coins", "exercises": []}
EXERCISE = {
    "id": "two_heads",
    "title": "Two heads",
    "points": "3",
    "defines": ["two_heads"],
    "checks": [],
    "later": [],
}
KEYS = {"function": "two_heads", "name": "A coin", "points": "1", "cases": [{"args": [0.5]}]}
FROZEN = {
    "questions": [[[[0.5], {}], 0.25]],
    "tolerance": {"rtol": 1e-6, "atol": 0.0, "nan_equal": False},
}
CHECK = {"kind": "function", "keys": KEYS, "frozen": FROZEN}

MISTAKE = {
    "id": "doubled",
    "title": "twice p",
    "hint": "Multiply.",
    "found": {"A coin": [["answered", 1.0]]},
}


def bundle_of(folder: Path, texts=None) -> str:
    """Return the bundle of the tiny course, or of one like it."""
    course = load_course(write(folder, texts or files()))
    return bundle_unit(prepare_course(course), course.units[0], withholding)


def bundle_with(check) -> str:
    """Return a bundle of one check."""
    return pack_text({**UNIT, "exercises": [{**EXERCISE, "checks": [pack(check)]}]})


def squeezed(content: bytes) -> str:
    """Return bytes as a bundle's text."""
    return base64.b64encode(zlib.compress(content, 9)).decode()

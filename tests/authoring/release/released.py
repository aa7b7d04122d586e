"""Released notebooks of the bundled course: made once, run in a kernel, filled with answers."""

from __future__ import annotations

import json
import os
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import ExecutePreprocessor

from grader.authoring.release.release_course import Release, prepare_releases
from grader.course import Course, load_course

ROOT = Path(__file__).parents[3]


@cache
def course() -> Course:
    return load_course(ROOT)


@cache
def released(*, solutions: bool = False) -> dict[str, Release]:
    """Return the notebook of each unit, by its id."""
    releases = prepare_releases(course(), solutions=solutions)
    return {release.unit.id: release for release in releases}


def unit_ids() -> list[str]:
    return [unit.id for unit in course().units]


def document(content: bytes) -> Any:
    """Return a notebook as nbformat reads it."""
    return nbformat.reads(content.decode(), as_version=4)


def cells_of_part(notebook: Any, part: str) -> list[Any]:
    return [cell for cell in notebook.cells if cell.metadata.get("grader", {}).get("part") == part]


def filled(content: bytes) -> bytes:
    """Return a student's notebook with the reference of each exercise as its answer."""
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        about = cell["metadata"]["grader"]
        if about["part"] == "starter":
            reference = course().exercises[about["exercise"]].reference
            cell["source"] = reference.read_text(encoding="utf-8")
    return json.dumps(notebook).encode()


def run_in_kernel(content: bytes) -> Any:
    """Run a notebook from top to bottom in a real Jupyter kernel; the first error is raised."""
    notebook = document(content)
    environment = os.environ | {"IPYTHONDIR": os.devnull + "-none", "MPLBACKEND": "agg"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ExecutePreprocessor(timeout=120).preprocess(notebook, {"env": environment})
    return notebook

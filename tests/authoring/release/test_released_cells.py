"""The notebooks of the bundled course: they run, they teach, and they tell no secret."""

from __future__ import annotations

import ast
import base64
import dataclasses
import json
import math
import struct
import types
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import nbformat
import numpy as np
import pytest

from grader.authoring.release.release_course import prepare_releases
from grader.bundle import bundle_in_notebook, read_bundle
from grader.grading.preparation import prepare_course
from grader.notebook import read_notebook
from tests.authoring.release.released import (
    cells_of_part,
    course,
    document,
    filled,
    released,
    run_in_kernel,
    unit_ids,
)

SECRET = "a-secret-of-the-staff-5150"
units = pytest.mark.parametrize("unit", unit_ids())
both = pytest.mark.parametrize("solutions", [False, True], ids=["student", "solutions"])


@both
@units
def test_a_released_notebook_is_valid_and_written_as_jupyter_writes_it(unit, solutions):
    content = released(solutions=solutions)[unit].content
    notebook = document(content)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert nbformat.writes(notebook).encode() + b"\n" == content
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@both
def test_releasing_again_gives_the_same_bytes(solutions):
    again = prepare_releases(course(), solutions=solutions)
    assert {release.unit.id: release.content for release in again} == {
        unit: release.content for unit, release in released(solutions=solutions).items()
    }


@units
def test_every_exercise_has_a_prompt_a_starter_and_a_check(unit):
    notebook = document(released()[unit].content)
    exercises = next(one for one in course().units if one.id == unit).exercises
    for part in ("prompt", "starter", "check"):
        cells = cells_of_part(notebook, part)
        assert tuple(cell.metadata.grader.exercise for cell in cells) == exercises
    for cell in cells_of_part(notebook, "prompt"):
        assert course().exercises[cell.metadata.grader.exercise].prompt.strip() in cell.source
    for cell in cells_of_part(notebook, "starter"):
        starter = course().exercises[cell.metadata.grader.exercise].starter.strip("\n")
        assert not starter or cell.source == starter


@pytest.mark.parametrize("form", ["student", "filled", "solutions"])
@units
def test_it_runs_top_to_bottom_in_a_kernel_and_its_check_cells_show_results(unit, form):
    content = released(solutions=form == "solutions")[unit].content
    notebook = run_in_kernel(filled(content) if form == "filled" else content)
    assert cells_of_part(notebook, "setup")[0].outputs == []
    for cell in cells_of_part(notebook, "check"):
        name = cell.metadata.grader.exercise
        (output,) = cell.outputs
        text, page = output.data["text/plain"], output.data["text/html"]
        assert course().exercises[name].title in text
        assert "grader-result" in page
        told = "FAIL" in text or "not attempted yet" in text or "when it is graded" in text
        right = "FAIL" not in text and "ERR" not in text and "not attempted" not in text
        assert told if form == "student" else right, text


def graded(grader, tmp_path, unit: str, content: bytes) -> Any:
    path = tmp_path / f"{unit}.ipynb"
    path.write_bytes(content)
    done = grader("grade", path, "--unit", unit, "--out", tmp_path / "grades", "--json")
    assert done.status == 0, done.err + done.out
    (submission,) = done.json["submissions"]
    return submission


def points_of_people(unit: str) -> Decimal:
    """Return the points that only a person can give."""
    exercises = (one for one in course().exercises.values() if one.unit == unit)
    checks = (check for one in exercises for check in one.checks if check.kind == "manual")
    return sum((check.points for check in checks), Decimal(0))


@pytest.mark.strong
@units
def test_the_notebook_with_every_reference_gets_full_points(grader, tmp_path, unit):
    result = graded(grader, tmp_path, unit, filled(released()[unit].content))
    lost = [exercise for exercise in result["exercises"] if exercise["status"] != "passed"]
    assert result["score"] == result["max_score"] - float(points_of_people(unit)), lost
    assert result["cells"] == []


@pytest.mark.strong
@units
def test_the_untouched_notebook_gets_nothing_and_none_of_its_cells_fails(grader, tmp_path, unit):
    result = graded(grader, tmp_path, unit, released()[unit].content)
    earned = [exercise["id"] for exercise in result["exercises"] if exercise["score"]]
    assert (result["score"], earned) == (0, [])
    assert result["cells"] == []


# What must not be inside


@cache
def secretive(unit: str) -> bytes:
    """Return the notebook of the course with a secret."""
    staffed = dataclasses.replace(course(), secret=SECRET)
    (release,) = prepare_releases(staffed, [unit])
    return release.content


def bundle_of(content: bytes) -> bytes:
    text = bundle_in_notebook(read_notebook(content))
    assert text is not None
    return zlib.decompress(base64.b64decode(text))


def places(unit: str) -> dict[str, bytes]:
    """Return all that a student gets, packed and unpacked."""
    content = secretive(unit)
    sources = "\n".join("".join(cell["source"]) for cell in json.loads(content)["cells"])
    return {"file": content, "sources": sources.encode(), "bundle": bundle_of(content)}


def leaves(value: Any, depth: int = 12) -> Iterator[Any]:
    """Find numbers and texts in whatever a check prepared, but not in code."""
    if depth == 0 or callable(value) or isinstance(value, types.ModuleType):
        return
    if dataclasses.is_dataclass(value):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, np.ndarray):
        yield from value.ravel()[:200].tolist()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item, depth - 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in list(value)[:200]:
            yield from leaves(item, depth - 1)
    elif isinstance(value, int | float | str):
        yield value


def telling(value: Any) -> bool:
    """Tell whether nobody would write this down by chance."""
    if isinstance(value, float):
        return math.isfinite(value) and len(repr(value).replace(".", "").strip("0")) >= 12
    return isinstance(value, str) and len(value) >= 16 and set(value) <= {"H", "T"}


def needles(value: Any) -> list[bytes]:
    if isinstance(value, str):
        return [value.encode()]
    return [repr(value).encode(), struct.pack("<d", value), struct.pack(">d", value)]


@units
def test_no_hidden_input_or_expected_value_is_inside(unit):
    staffed = dataclasses.replace(course(), secret=SECRET)
    ready = prepare_course(staffed, units=[unit])
    checks = [check for exercise in ready.exercises for check in exercise.checks]
    seen = {leaf for check in checks if check.check.visible for leaf in leaves(check.prepared)}
    told = places(unit)["sources"]  # a prompt may give an example of its own
    hidden = {
        leaf
        for check in checks
        if not check.check.visible
        for leaf in leaves(check.prepared)
        if telling(leaf) and leaf not in seen and repr(leaf).encode() not in told
    }
    assert len(hidden) > 20  # else this test looks for nothing
    for where, content in places(unit).items():
        found = [leaf for leaf in hidden for needle in needles(leaf) if needle in content]
        assert found == [], where


@units
def test_the_visible_values_would_be_found_if_they_were_looked_for(unit):
    ready = prepare_course(dataclasses.replace(course(), secret=SECRET), units=[unit])
    seen = {
        leaf
        for exercise in ready.exercises
        for check in exercise.checks
        if check.check.visible
        for leaf in leaves(check.prepared)
        if telling(leaf)
    }
    bundle = bundle_of(secretive(unit))
    assert any(needle in bundle for leaf in seen for needle in needles(leaf))


def lines_of(program: str) -> set[str]:
    """Return the lines of code of a program that are long enough to be known again."""
    tree = ast.parse(program)
    told: set[int] = set()  # lines of docstrings, which speak as the prompt does
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            told |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    lines = [
        line.partition("#")[0].strip()
        for number, line in enumerate(program.splitlines(), start=1)
        if number not in told
    ]
    return {line for line in lines if len(line) >= 24 and not line.startswith(("def ", "import"))}


@units
def test_no_line_of_a_solution_or_a_mistake_is_inside(unit):
    exercises = [one for one in course().exercises.values() if one.unit == unit]
    given = "".join(exercise.prompt + exercise.starter for exercise in exercises)
    for exercise in exercises:
        for path in sorted(exercise.reference.parent.rglob("*.py")):
            for line in lines_of(path.read_text(encoding="utf-8")):
                for where, content in places(unit).items():
                    assert line in given or line.encode() not in content, (where, path, line)


@units
def test_nothing_of_hidden_checks_is_inside(unit):
    for exercise in (one for one in course().exercises.values() if one.unit == unit):
        shown = " ".join(
            [exercise.title, exercise.prompt, *(c.name for c in exercise.checks if c.visible)]
        )
        texts = [check.name for check in exercise.checks if not check.visible]
        texts += [check.hint for check in exercise.checks if not check.visible if check.hint]
        visible_hints = {check.hint for check in exercise.checks if check.visible}
        for text in set(texts) - visible_hints:
            for where, content in places(unit).items():
                assert len(text) < 12 or text in shown or text.encode() not in content, where


@units
def test_neither_the_secret_nor_a_seed_is_inside(unit):
    with_secret = read_bundle(bundle_in_notebook(read_notebook(secretive(unit))))
    assert with_secret.preparation.course.secret == ""
    seeds = seeds_of(unit)
    assert seeds
    for content in places(unit).values():
        assert SECRET.encode() not in content
        for seed in seeds:
            for order in ("little", "big"):
                assert seed.to_bytes(16, order) not in content
            assert str(seed).encode() not in content
            assert f"{seed:x}".encode() not in content


def seeds_of(unit: str) -> list[int]:
    from grader.grading import preparation

    secret = dataclasses.replace(course(), secret=SECRET)
    return [
        preparation._check_seed(secret, 0, exercise.id, check.name)
        for exercise in course().exercises.values()
        if exercise.unit == unit
        for check in exercise.checks
    ]

"""The JSON Schemas that editors use: true to the loader, and current in docs/schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from grader.checks.registry import all_kinds, collect_kinds
from grader.course.json_schema import course_schema, exercise_schema
from grader.inputs import DRAWS
from tests.course.tiny import COURSE, EXERCISE, ROOT, changed, files

BUNDLED = sorted(ROOT.glob("exercises/*/*.yaml"))


def complaints(schema: dict[str, Any], text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema)
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


@pytest.mark.parametrize("schema", [exercise_schema(), course_schema()], ids=["exercise", "course"])
def test_a_schema_is_valid_itself(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_the_bundled_exercises_fit_the_schema(path):
    assert complaints(exercise_schema(), path.read_text(encoding="utf-8")) == []


def test_the_bundled_course_and_the_example_of_the_docs_fit_the_schema():
    assert complaints(course_schema(), (ROOT / COURSE).read_text(encoding="utf-8")) == []
    assert complaints(course_schema(), files()[COURSE]) == []
    assert complaints(exercise_schema(), files()[EXERCISE]) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("points: 3\n", "points: three\n"),
        ("points: 3\n", "points: '3'\n"),
        ("points: 3\n", "points: 0\n"),
        ("starter: |", "startr: |"),
        ("title: Two heads in a row\n", ""),
        ("id: two_heads\n", "id: two-heads\n"),
        ("    points: 1\n", ""),
        ("trials: 10", "trial: 10"),
        ("{uniform: [0, 1]", "{unifrom: [0, 1]"),
        ("{uniform: [0, 1]", "{uniform: [0]"),
        ("    hint: Both", "    hnt: Both"),
    ],
)
def test_a_spoiled_exercise_does_not_fit_the_schema(old, new):
    assert complaints(exercise_schema(), changed(EXERCISE, old, new)[EXERCISE])


def test_every_key_of_an_exercise_and_of_its_checks_is_described():
    schema = exercise_schema()
    kinds = [schema["$defs"][kind.__name__] for kind in all_kinds().values()]
    draws = [schema["$defs"][kind.__name__] for kind in DRAWS.values()]
    for part in (schema, *kinds, *draws):
        assert part["description"]
        undescribed = [
            key for key, value in part["properties"].items() if "description" not in value
        ]
        assert undescribed == []


def test_every_kind_of_check_is_offered():
    offered = exercise_schema()["properties"]["checks"]["items"]["anyOf"]
    assert [item["$ref"] for item in offered] == [
        f"#/$defs/{kind.__name__}" for kind in all_kinds().values()
    ]


@pytest.mark.parametrize(
    ("name", "schema"),
    [("exercise", exercise_schema(collect_kinds([]))), ("course", course_schema())],
    ids=["exercise", "course"],
)
def test_the_copy_in_the_docs_is_current(name, schema):
    copy = (ROOT / "docs" / "schema" / f"{name}.json").read_text(encoding="utf-8")
    advice = f"run `grader schema {name} > docs/schema/{name}.json`"
    assert copy == json.dumps(schema, indent=2, ensure_ascii=False) + "\n", advice

"""``grader schema``: the forms of our files."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from grader.results import results_schema


@pytest.mark.parametrize("name", ["exercise", "course", "results"])
def test_a_schema_is_printed_and_is_one(grader, name):
    done = grader("schema", name)
    assert (done.status, done.err) == (0, "")
    Draft202012Validator.check_schema(done.json)


def test_the_schema_of_an_exercise_comes_first(grader):
    assert grader("schema").out == grader("schema", "exercise").out


def test_the_schema_of_results_knows_every_part(grader):
    assert grader("schema", "results").out == json.dumps(results_schema(), indent=2) + "\n"


def test_a_schema_that_there_is_not_is_a_wrong_call(grader):
    done = grader("schema", "grades")
    assert (done.status, done.out) == (2, "")
    assert "grades" in done.err
    assert all(f"'{name}'" in done.err for name in ("exercise", "course", "results"))

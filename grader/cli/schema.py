"""``grader schema``: JSON Schemas of the grader's files, for editors and other programs."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from grader.course.json_schema import course_schema, exercise_schema
from grader.results import results_schema


class SchemaName(StrEnum):
    """A file with a JSON Schema."""

    EXERCISE = "exercise"
    COURSE = "course"
    RESULTS = "results"


_SCHEMAS = {"exercise": exercise_schema, "course": course_schema, "results": results_schema}


def schema(
    name: Annotated[
        SchemaName, typer.Argument(help="Which file: exercise, course or results.")
    ] = SchemaName.EXERCISE,
) -> None:
    """Print the JSON Schema of an exercise, of course.yaml or of results.json."""
    typer.echo(json.dumps(_SCHEMAS[name](), indent=2, ensure_ascii=False))

"""The JSON Schema of a course's files, for editors that complete and explain keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import CoreSchema, core_schema

from grader.checks.base import Check
from grader.checks.registry import all_kinds
from grader.course.yaml_keys import CourseEntry, ExerciseEntry

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REF = "#/$defs/"


class _ForEditors(GenerateJsonSchema):
    """JSON Schema without titles that repeat the key, and with decimals as plain numbers."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        number: JsonSchemaValue = {"type": "number"}
        self.update_with_validations(number, schema, self.ValidationsMapping.numeric)
        return {key: _plain_number(value) for key, value in number.items()}

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Use `anyOf`, so that an editor offers the keys of every kind until one is chosen."""
        options: list[CoreSchema] = list(schema["choices"].values())
        return {"anyOf": [self.generate_inner(option) for option in options]}


def _plain_number(value: Any) -> Any:
    """Return a Decimal as an int or float, since JSON has no decimals."""
    if isinstance(value, str):
        return value
    return int(value) if value == int(value) else float(value)


def exercise_schema(kinds: Mapping[str, type[Check]] | None = None) -> dict[str, Any]:
    """Return the JSON Schema of ``exercises/<unit>/<id>.yaml``.

    Parameters
    ----------
    kinds : Mapping of str to type of Check, optional
        Kinds of check by the key that names them; all by default.
    """
    kinds = all_kinds() if kinds is None else kinds
    refs, shared = _generate(ExerciseEntry, *kinds.values())
    root = shared.pop(refs[ExerciseEntry].removeprefix(REF))
    root["properties"]["checks"]["items"] = {
        "anyOf": [{"$ref": refs[kind]} for kind in kinds.values()]
    }
    return {"$schema": DIALECT, "title": "Exercise", **_untitled(root), "$defs": shared}


def course_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``exercises/course.yaml``."""
    refs, shared = _generate(CourseEntry)
    root = shared.pop(refs[CourseEntry].removeprefix(REF))
    return {"$schema": DIALECT, "title": "Course", **_untitled(root), "$defs": shared}


def _generate(
    *models: type[BaseModel],
) -> tuple[dict[type[BaseModel], str], dict[str, dict[str, Any]]]:
    """Return the reference to each model in the shared definitions, and those definitions."""
    found, schema = models_json_schema(
        [(model, "validation") for model in models], schema_generator=_ForEditors
    )
    refs = {model: found[model, "validation"]["$ref"] for model in models}
    return refs, {name: _untitled(shared) for name, shared in sorted(schema["$defs"].items())}


def _untitled(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key != "title"}

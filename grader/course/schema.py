"""The JSON Schema of a course's files, for editors that complete and explain keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.checks.base import Check
from grader.checks.kinds import KINDS
from grader.course.entries import CourseEntry, ExerciseEntry

__all__ = ["course_schema", "exercise_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def exercise_schema(kinds: Mapping[str, type[Check]] = KINDS) -> dict[str, Any]:
    """Return the JSON Schema of ``exercises/<unit>/<id>.yaml``.

    Parameters
    ----------
    kinds : Mapping of str to type of Check
        Kinds of check by the key that names them.
    """
    schema = ExerciseEntry.model_json_schema()
    shared = schema.setdefault("$defs", {})
    for kind in kinds.values():
        one = kind.model_json_schema()
        shared.update(one.pop("$defs", {}))
        shared[kind.__name__] = one
    schema["properties"]["checks"]["items"] = {
        "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds.values()]
    }
    return _finished(schema, "An exercise")


def course_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``exercises/course.yaml``."""
    return _finished(CourseEntry.model_json_schema(), "A course")


def _finished(schema: dict[str, Any], title: str) -> dict[str, Any]:
    cleaned = _cleaned(schema)
    return {"$schema": DIALECT, **cleaned, "title": title}


def _cleaned(node: Any) -> Any:
    """Leave out titles, which only repeat names, and let editors show all kinds that could fit.

    A title is a text; a property that is called ``title`` is a mapping, and stays.
    """
    if isinstance(node, list):
        return [_cleaned(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        "anyOf" if key == "oneOf" else key: _cleaned(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str)) and key != "discriminator"
    }

"""Adds an exercise to ``course.yaml``, and keeps comments and layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from grader.errors import UsageError


def list_exercise(path: Path, exercise: str, unit: str, title: str) -> tuple[str | None, str]:
    """Return the text of ``course.yaml`` with an exercise added at the end of its unit.

    Parameters
    ----------
    path : Path
        ``course.yaml``.
    exercise, unit : str
        Ids.
    title : str
        Title of the unit, if it is new.

    Returns
    -------
    text : str or None
        None if the layout of the file is better changed by hand.
    advice : str
        What to add by hand.

    Raises
    ------
    UsageError
        The file cannot be read, or lists the exercise already.
    """
    text = _read(path)
    units = _units(text, path)
    if any(exercise in item["exercises"] for item in units):
        raise UsageError(f"{path} lists an exercise `{exercise}` already: choose another id.")
    places = [index for index, item in enumerate(units) if item["id"] == unit]
    if places:
        changed = _with_exercise(text, places[0], exercise)
        advice = f"Add `{exercise}` to the `exercises` of the unit `{unit}` in {path}."
        wanted = [*units]
        listed = [*units[places[0]]["exercises"], exercise]
        wanted[places[0]] = {**units[places[0]], "exercises": listed}
    else:
        changed = _with_unit(text, exercise, unit, title)
        entry = f"{{id: {unit}, title: {json.dumps(title)}, exercises: [{exercise}]}}"
        advice = f"Add a unit to {path}: `- {entry}`."
        wanted = [*units, {"id": unit, "title": title, "exercises": [exercise]}]
    return (changed, advice) if _says(changed, text, wanted) else (None, advice)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} does not exist: name the folder of a course with --course, or create it."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error


def _units(text: str, path: Path) -> list[dict[str, Any]]:
    """Return the units, each with an id and a list of exercises."""
    try:
        units = list(yaml.safe_load(text)["units"])
        fits = all(type(unit["id"]) is str and type(unit["exercises"]) is list for unit in units)
    except (yaml.YAMLError, TypeError, LookupError, RecursionError):
        fits = False
    if not fits:
        raise UsageError(
            f"{path} has no list of units, each with `id` and `exercises`: correct it first."
        )
    return units


def _says(changed: str, before: str, wanted: list[dict[str, Any]]) -> bool:
    """Return whether the changed text differs only in its units, which are as wanted."""
    try:
        return bool(yaml.safe_load(changed) == {**yaml.safe_load(before), "units": wanted})
    except yaml.YAMLError:
        return False


def _with_exercise(text: str, index: int, exercise: str) -> str:
    listed = _value(_value(yaml.compose(text), "units").value[index], "exercises")
    if listed.flow_style:
        end = listed.value[-1].end_mark.index if listed.value else listed.start_mark.index + 1
        return f"{text[:end]}{', ' if listed.value else ''}{exercise}{text[end:]}"
    column = " " * listed.start_mark.column
    return _with_line(text, listed.value[-1].end_mark.line, f"{column}- {exercise}")


def _with_unit(text: str, exercise: str, unit: str, title: str) -> str:
    units = _value(yaml.compose(text), "units")
    last = _last_line(units)
    column = " " * units.start_mark.column
    lines = (f"- id: {unit}", f"  title: {json.dumps(title)}", f"  exercises: [{exercise}]")
    return _with_line(text, last, "\n".join(["", *(column + line for line in lines)]))


def _last_line(node: Any) -> int:
    """Return the line on which the last scalar or bracket of a node ends."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


def _value(mapping: Any, key: str) -> Any:
    return next(value for name, value in mapping.value if name.value == key)


def _with_line(text: str, after: int, line: str) -> str:
    """Return text with lines inserted after one of its lines."""
    lines = text.splitlines(keepends=True)
    end = "\r\n" if lines[after].endswith("\r\n") else "\n"
    head = "".join(lines[: after + 1])
    if not head.endswith("\n"):
        head += end
    return head + line.replace("\n", end) + end + "".join(lines[after + 1 :])

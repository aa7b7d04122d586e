"""Write prepared checks as a bundle."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from grader.bundle.bundled_mistakes import Withheld, Withholding, mistakes_to_bundle
from grader.bundle.packing import LIMIT_CHARACTERS, pack_text
from grader.course import Course, Unit
from grader.errors import CourseError, Fault, UsageError
from grader.grading.preparation import Preparation, PreparedCheck, PreparedExercise
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.packed_value import pack
from grader.guest.protocol.values import Value

VERSION = 2
"""Version of the form of bundles; increased by changes that older readers cannot read."""


def bundle_unit(preparation: Preparation, unit: Unit, withholding: Withholding) -> str:
    """Return the bundle of a unit's visible checks, which `preparation` must hold.

    Raises
    ------
    CourseError
        Visible checks are invalid; it lists all of them.
    UsageError
        The bundle would be too long for a notebook's cell.
    """
    ready = [each for each in preparation.exercises if each.exercise.id in unit.exercises]
    faults = [
        Fault(each.exercise.path, 1, f"checks: {check.check.name}", str(check.fault))
        for each in ready
        for check in each.checks
        if check.check.visible and check.fault is not None
    ]
    if faults:
        raise CourseError(faults)
    course = preparation.course
    withheld = withholding(ready)
    exercises = [_exercise_to_bundle(each, withheld) for each in ready]
    text = _packed(course, unit, exercises)
    if len(text) > LIMIT_CHARACTERS:  # then leave out the mistakes
        text = _packed(course, unit, [{**each, "mistakes": []} for each in exercises])
    if len(text) > LIMIT_CHARACTERS:
        raise UsageError(
            f"The visible checks of the unit `{unit.id}` take {len(text):,} characters in a "
            f"notebook, and at most {LIMIT_CHARACTERS:,} are read: use smaller inputs in them."
        )
    return text


def _packed(course: Course, unit: Unit, exercises: list[dict[str, Value]]) -> str:
    packages = course.sandbox.packages
    return pack_text(
        {
            "version": VERSION,
            "course": course.title,
            "unit": unit.id,
            "exercises": exercises,
            "packages": None if packages is None else list(packages),
        }
    )


def _exercise_to_bundle(ready: PreparedExercise, withheld: Withheld) -> dict[str, Value]:
    exercise = ready.exercise
    visible = {each.check.name: each for each in ready.checks if each.check.visible}
    bundled = {name: _check_to_bundle(each) for name, each in visible.items()}
    here = [visible[name] for name, check in bundled.items() if check is not None]
    return {
        "id": exercise.id,
        "title": exercise.title,
        "points": str(exercise.points),
        "defines": list(exercise.defines),
        "starter": exercise.starter,
        "checks": [check for check in bundled.values() if check is not None],
        "later": [name for name, check in bundled.items() if check is None],
        "mistakes": mistakes_to_bundle(ready, here, withheld),
    }


def _check_to_bundle(ready: PreparedCheck) -> bytes | None:
    """Return a check as bytes; None if it runs only at grading.

    Each check is packed by itself, because the wire limits the number of arrays in one value.
    """
    bundled = ready.check.to_bundle(ready.prepared)
    if bundled is None:
        return None
    keys = {name: _as_plain(value) for name, value in ready.check.keys_for_students().items()}
    try:
        return pack({"kind": ready.check.kind, "keys": keys, "frozen": bundled})
    except WireError:
        return None


def _as_plain(value: Any) -> Value:
    """Return a key's value in the types of YAML."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: _as_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_plain(item) for item in value]
    return value

"""Read an untrusted bundle into checks that can judge a student."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from grader.bundle.bundled_mistakes import MOST_MISTAKES, Form, mistakes_from_bundle
from grader.bundle.naming import require_exercises
from grader.bundle.packing import unpack_text
from grader.bundle.write import VERSION
from grader.checks.registry import all_kinds
from grader.checks.yaml_model import MAX_POINTS
from grader.compare import Tolerance
from grader.course import Course, Exercise, Policy, Unit
from grader.course.faults import message_of
from grader.errors import NotebookError
from grader.grading.preparation import Preparation, PreparedCheck, PreparedExercise
from grader.guest.protocol.packed_value import unpack
from grader.limits.own_alarm import OwnAlarm
from grader.sandbox.settings import SandboxSettings
from grader.text import safe_text

_Text = Annotated[str, Field(min_length=1, max_length=1000)]
_Points = Annotated[Decimal, Field(gt=0, le=MAX_POINTS, max_digits=20, allow_inf_nan=False)]
_WITHIN_S = 10.0


class _BundledExercise(Form):
    id: _Text
    title: _Text
    points: _Points
    defines: tuple[_Text, ...]
    starter: Annotated[str, Field(max_length=100_000)] = ""
    checks: tuple[Annotated[bytes, Field(strict=True)], ...] = Field(max_length=200)
    later: tuple[_Text, ...] = Field(max_length=200)
    # Bundles of version 1 have none.
    mistakes: tuple[Annotated[bytes, Field(strict=True)], ...] = Field((), max_length=MOST_MISTAKES)


class _BundledUnit(Form):
    version: Literal[1, 2]
    course: _Text
    unit: _Text
    exercises: tuple[_BundledExercise, ...] = Field(max_length=100)
    packages: Annotated[tuple[_Text, ...], Field(max_length=200)] | None = None


class _BundledCheck(Form):
    kind: _Text
    keys: dict[Annotated[str, Field(strict=True)], Any]
    frozen: Any


@dataclass(frozen=True, slots=True)
class Later:
    """The checks of an exercise that run only at grading."""

    points: Decimal = Decimal(0)
    """Their points."""
    names: tuple[str, ...] = ()
    """Names of the visible ones."""


@dataclass(frozen=True, slots=True)
class StudentChecks:
    """The checks of a unit, as a bundle holds them."""

    preparation: Preparation
    """The preparation of a course that holds only these checks."""
    later: Mapping[str, Later]
    """The checks that are not in the bundle, by exercise."""

    def only(self, exercises: Collection[str]) -> StudentChecks:
        """Return the checks of some exercises in the notebook's order; all if none is named.

        Raises
        ------
        UsageError
            The notebook has no such exercise.
        """
        require_exercises(tuple(exercises), self.preparation.course)
        chosen = tuple(
            ready
            for ready in self.preparation.exercises
            if not exercises or ready.exercise.id in exercises
        )
        return replace(self, preparation=replace(self.preparation, exercises=chosen))


def read_bundle(text: str) -> StudentChecks:
    """Return the checks of a bundle.

    Raises
    ------
    NotebookError
        It is damaged, or was made by another version of this package.
    """
    try:
        return _read(text)
    except NotebookError:
        raise
    except Exception as error:  # a bundle may hold anything
        raise NotebookError(
            f"The checks in the notebook cannot be read ({_why(error)}). Take the set-up cell from "
            "a fresh copy of the notebook, as your course gave it to you."
        ) from error


def _read(text: str) -> StudentChecks:
    with OwnAlarm(_WITHIN_S):
        content = unpack_text(text)
        _refuse_newer(content)
        unit = _BundledUnit.model_validate(content)
        ready = tuple(_exercise_from_bundle(each, unit.unit) for each in unit.exercises)
        return StudentChecks(
            Preparation(course=_course(unit, ready), seed=0, exercises=ready),
            {one.id: _later(one, each) for one, each in zip(unit.exercises, ready, strict=True)},
        )
    raise ValueError(f"that takes more than {_WITHIN_S:g} s")


def _refuse_newer(content: Any) -> None:
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise NotebookError(
            "The checks in the notebook are for a newer version of the grader: run `pip install "
            "--upgrade notebook-grader`, then restart the kernel."
        )


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        text = f"{'.'.join(map(str, first['loc']))}: {message_of(first)}"
    else:
        text = str(error) or type(error).__name__
    return safe_text(text, limit=300)


def _exercise_from_bundle(form: _BundledExercise, unit: str) -> PreparedExercise:
    checks = tuple(map(_check_from_bundle, form.checks))
    mistakes, known = mistakes_from_bundle(form.mistakes)
    exercise = Exercise(
        id=form.id,
        title=form.title,
        unit=unit,
        points=form.points,
        prompt="",
        starter=form.starter,
        defines=form.defines,
        builds_on=(),
        source="",
        tolerance=Tolerance(),
        checks=tuple(ready.check for ready in checks),
        mistakes=mistakes,
        equivalents=(),
        path=Path(),
        reference=Path(),
        accepted=(),
    )
    return PreparedExercise(exercise, checks, known=known)


def _check_from_bundle(content: bytes) -> PreparedCheck:
    form = _BundledCheck.model_validate(unpack(content))
    kind = all_kinds().get(form.kind)
    if kind is None:
        raise ValueError(f"the kind of check `{form.kind}` is not known")
    check = kind.model_validate(form.keys)
    return PreparedCheck(check, check.from_bundle(form.frozen))


def _course(unit: _BundledUnit, ready: tuple[PreparedExercise, ...]) -> Course:
    exercises = {each.exercise.id: each.exercise for each in ready}
    return Course(
        folder=Path(),
        title=unit.course,
        units=(Unit(id=unit.unit, title=unit.unit, exercises=tuple(exercises)),),
        exercises=exercises,
        sandbox=SandboxSettings(packages=unit.packages),
        policy=Policy(),
        secret="",
    )


def _later(form: _BundledExercise, ready: PreparedExercise) -> Later:
    here = sum((check.points for check in ready.exercise.checks), Decimal(0))
    return Later(max(form.points - here, Decimal(0)), form.later)

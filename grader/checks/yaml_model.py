"""Base model of an author's YAML: immutable, without unknown keys, with strict plain types."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

MAX_POINTS = 1_000_000
"""Limit for a check or an exercise: a number of a million digits could not be added or printed."""

Shape: TypeAlias = Literal["strict", "squeeze"]
"""Whether axes of length 1 count in the shape of an answer."""


WRITTEN: Mapping[str, bool] = MappingProxyType({"written": True})
"""The validation context for values that come from an author's YAML."""


@cache
def _plain_type(model: type[BaseModel], field: str) -> type | None:
    """Return bool for a field of truth values, float for one of numbers, else None."""
    parts = [each for each in _parts(model.model_fields[field].annotation) if each is not NoneType]
    if parts == [bool]:
        return bool
    return float if parts and set(parts) <= {int, float, Decimal} else None


def _parts(annotation: Any) -> list[Any]:
    """Return the member types of a union, without annotations."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _parts(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [part for each in get_args(annotation) for part in _parts(each)]
    return [annotation]


def _require_plain(value: object, wanted: type) -> None:
    if wanted is bool and not isinstance(value, bool):
        quotes = ", without quotes" if value in ("true", "false", "True", "False") else ""
        raise ValueError(f"this must be `true` or `false`{quotes}")
    if wanted is float and isinstance(value, bool):
        raise ValueError("this must be a number")
    if wanted is float and isinstance(value, str) and _is_number(value):
        raise ValueError("this is text: remove the quotes to make it a number")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class Model(BaseModel):
    """Base class of what is read from an author's file: immutable, refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_as_written(cls, value: object, info: ValidationInfo) -> object:
        """Refuse a value of another type where a number or a truth value is needed.

        This holds for YAML only: a student's bundle holds numbers as text.
        """
        if info.context == WRITTEN and info.field_name is not None:
            wanted = _plain_type(cls, info.field_name)
            if wanted is not None and value is not None:
                _require_plain(value, wanted)
        return value


class Criterion(Model):
    """A criterion by which a person marks an exercise."""

    name: str = Field(min_length=1, max_length=120, description="Its name; unique.")
    points: Decimal = Field(gt=0, le=MAX_POINTS, description="Its points.")
    description: str = Field(default="", description="What earns the points, for markers.")

"""What is read from an author's file: frozen, with no unknown keys, and typed as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

MAX_POINTS = 1_000_000
"""Of a check or an exercise; a number of a million digits could be neither added nor printed."""

Shape: TypeAlias = Literal["strict", "squeeze"]
"""Whether axes of length 1 count in the shape of an answer."""


WRITTEN: Mapping[str, bool] = MappingProxyType({"written": True})
"""The context in which a model is validated where its values are an author's own YAML."""


@cache
def _plain_type(model: type[BaseModel], field: str) -> type | None:
    """Return bool, or float for any number, where a field takes that alone; else None."""
    parts = [each for each in _parts(model.model_fields[field].annotation) if each is not NoneType]
    if parts == [bool]:
        return bool
    return float if parts and set(parts) <= {int, float, Decimal} else None


def _parts(annotation: Any) -> list[Any]:
    """Return the types of a union, without what is annotated to them."""
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
        raise ValueError("this is text: leave out the quotes, so that it is a number")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class Model(BaseModel):
    """Base of what is read from an author's file: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_as_written(cls, value: object, info: ValidationInfo) -> object:
        """Refuse a number or a truth value that an author wrote as another kind of thing.

        Only for what is read from YAML: a student's bundle has numbers as texts.
        """
        if info.context == WRITTEN and info.field_name is not None:
            wanted = _plain_type(cls, info.field_name)
            if wanted is not None and value is not None:
                _require_plain(value, wanted)
        return value


class Criterion(Model):
    """One thing that a person looks for."""

    name: str = Field(min_length=1, max_length=120, description="What it is called; unique.")
    points: Decimal = Field(gt=0, le=MAX_POINTS, description="What it is worth.")
    description: str = Field(default="", description="What earns the points, for who marks.")

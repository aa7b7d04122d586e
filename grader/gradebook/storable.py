"""Texts in a form that every database can hold."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import TypeVar

from pydantic import BaseModel

from grader.results import ExerciseResult, SubmissionResult
from grader.text import encodable


def storable_text(text: str) -> str:
    r"""Return `text` in a form that every database can hold.

    >>> storable_text("a\0b\udce9")
    'a\\x00b\\udce9'
    """
    if text.isascii() and "\0" not in text:
        return text
    return encodable(text).replace("\0", "\\x00")


def storable(result: SubmissionResult) -> SubmissionResult:
    """Return a result with texts that every database can hold."""
    return result.model_copy(
        update={
            "reason": storable_text(result.reason),
            "remarks": tuple(map(storable_text, result.remarks)),
            "cells": tuple(_with_storable(cell, ("error",)) for cell in result.cells),
            "exercises": tuple(map(_storable_exercise, result.exercises)),
        }
    )


def _storable_exercise(exercise: ExerciseResult) -> ExerciseResult:
    checks = tuple(_with_storable(check, _TEXTS) for check in exercise.checks)
    same = all(map(is_, checks, exercise.checks))
    return exercise if same else exercise.model_copy(update={"checks": checks})


_TEXTS = ("message", "brief", "hint", "review", "explanation")
M = TypeVar("M", bound=BaseModel)


def _with_storable(model: M, names: Sequence[str]) -> M:
    texts = [getattr(model, name) for name in names]
    together = "".join(texts)  # one test for all: nearly all are plain
    if together.isascii() and "\0" not in together:
        return model
    return model.model_copy(update=dict(zip(names, map(storable_text, texts), strict=True)))

"""docs/exercise-format.md names every key that there is."""

from __future__ import annotations

import pytest

from grader.checks.base import Check
from grader.course.entries import CourseEntry, ExerciseEntry, MistakeEntry, UnitEntry
from grader.inputs import DRAWS, MAX_ELEMENTS
from tests.course.tiny import PAGE

TEXT = PAGE.read_text(encoding="utf-8")
KEYS = {
    field.alias or name
    for model in (Check, ExerciseEntry, CourseEntry, MistakeEntry, UnitEntry)
    for name, field in model.model_fields.items()
}
DRAW_KEYS = {
    field.alias or name
    for kind in DRAWS.values()
    for name, field in kind.model_fields.items()
    if name != kind.kind
}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_on_the_page(key):
    assert f"`{key}`" in TEXT


@pytest.mark.parametrize("kind", DRAWS)
def test_every_kind_of_draw_is_on_the_page(kind):
    assert f"| `{{{kind}: " in TEXT


@pytest.mark.parametrize("key", sorted(DRAW_KEYS))
def test_every_key_of_a_draw_is_on_the_page(key):
    assert f"| `{key}" in TEXT


def test_the_largest_draw_is_on_the_page():
    assert f"{MAX_ELEMENTS:,} values" in TEXT

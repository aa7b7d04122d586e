"""docs/exercise-format.md names every key that there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter

from grader.checks.base import Check
from grader.checks.registry import collect_kinds
from grader.course.keys import (
    CourseEntry,
    EquivalentEntry,
    ExerciseEntry,
    MistakeEntry,
    UnitEntry,
)
from grader.errors import CourseError
from grader.inputs import DRAWS, MAX_ELEMENTS, Given, draw
from tests.course.tiny import EXERCISE, PAGE, changed, faults_of, write

TEXT = PAGE.read_text(encoding="utf-8")
OURS = collect_kinds([])
KEYS = {
    field.alias or name
    for model in (Check, ExerciseEntry, EquivalentEntry, CourseEntry, MistakeEntry, UnitEntry)
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


@pytest.mark.parametrize("kind", OURS)
def test_every_kind_of_check_is_on_the_page_with_its_keys_and_an_example(kind):
    (section,) = re.findall(rf"^### {kind}\n(.*?)^##", TEXT, re.MULTILINE | re.DOTALL)
    for name in OURS[kind].model_fields.keys() - Check.model_fields.keys():
        assert f"| `{OURS[kind].model_fields[name].alias or name}` |" in section
    (example,) = re.findall(r"^```yaml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    (check,) = yaml.safe_load(example)
    assert OURS[kind].model_validate(check).points > 0


def test_the_faults_on_the_page_are_what_loading_tells(tmp_path, monkeypatch):
    texts = changed(EXERCISE, "visible: true", "visibel: true")
    del texts["solutions/coins/two_heads/mistakes/sum_not_product.py"]
    monkeypatch.chdir(tmp_path)
    faults = faults_of(write(Path("my-course"), texts))
    assert f"```text\n{CourseError(faults)}\n```" in TEXT


def test_the_example_of_generated_inputs_draws():
    (example,) = re.findall(r"^```yaml\n(given:.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    given = TypeAdapter[Any](Given).validate_python(yaml.safe_load(example)["given"])
    values = draw(given, np.random.default_rng(0))
    assert values["n"] == len(values["q"]) == 2


@pytest.mark.parametrize("kind", DRAWS)
def test_every_kind_of_draw_is_on_the_page(kind):
    assert f"| `{{{kind}: " in TEXT


@pytest.mark.parametrize("key", sorted(DRAW_KEYS))
def test_every_key_of_a_draw_is_on_the_page(key):
    assert f"| `{key}" in TEXT


def test_the_largest_draw_is_on_the_page():
    assert f"{MAX_ELEMENTS:,} values" in TEXT

"""The pages about the files of a course: kinds of check, draws, and what loading reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.checks.registry import collect_kinds
from grader.errors import CourseError
from grader.inputs import DRAWS, MAX_ELEMENTS
from tests.course.tiny import EXERCISE, PAGE, changed, faults_of, write

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
TEXT = (REFERENCE / "exercise-format.md").read_text(encoding="utf-8")
KINDS = (REFERENCE / "check-kinds.md").read_text(encoding="utf-8")
OURS = collect_kinds([])
DRAW_KEYS = {
    field.alias or name
    for kind in DRAWS.values()
    for name, field in kind.model_fields.items()
    if name != kind.kind
}


@pytest.mark.parametrize("kind", OURS)
def test_every_kind_of_check_has_a_section_with_its_keys_and_an_example(kind):
    section = KINDS.split(f"\n## {kind}\n")[1].split("\n## ")[0]
    assert f"```{{keys}} exercise {OURS[kind].__name__}\n" in section
    assert "```yaml\n- " in section or "(../how-to/write-a-derivation.md)" in section


def test_the_faults_on_the_page_are_what_loading_reports(tmp_path, monkeypatch):
    texts = changed(EXERCISE, "visible: true", "visibel: true")
    del texts["solutions/coins/two_heads/mistakes/sum_not_product.py"]
    monkeypatch.chdir(tmp_path)
    faults = faults_of(write(Path("my-course"), texts))
    assert f"```text\n{CourseError(faults)}\n```" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", DRAWS)
def test_every_kind_of_draw_is_on_the_page(kind):
    assert f"| `{{{kind}: " in TEXT


@pytest.mark.parametrize("key", sorted(DRAW_KEYS))
def test_every_key_of_a_draw_is_on_the_page(key):
    assert f"| `{key}" in TEXT


def test_the_largest_draw_is_on_the_page():
    assert f"{MAX_ELEMENTS:,} values" in TEXT

"""The page about the architecture names files that are there, one for each of ten behaviours."""

from __future__ import annotations

import re

from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_ten_questions_are_answered_with_files_that_are_there() -> None:
    table = PAGE.split("## Where to look")[1].split("\n## ")[0]
    answers = re.findall(r"\? \| `([^`]+)` \|", table)
    assert len(answers) == len(set(answers)) == 10
    assert [name for name in answers if not (ROOT / name).exists()] == []


def test_every_file_that_is_named_with_its_folder_is_there() -> None:
    named = re.findall(r"`((?:grader|tests|tools|benchmarks)/[\w/]+(?:\.\w+)?/?)`", PAGE)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []

"""The README states no figure of its own."""

from __future__ import annotations

import re

from grader.checks.registry import collect_kinds
from tests.docs.blocks import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


def test_every_time_is_one_that_was_measured() -> None:
    figures = re.findall(r"[\d.]+ m?s\b", README)
    assert figures
    assert [figure for figure in figures if figure not in BENCHMARKS] == []


def test_it_counts_the_kinds_of_check() -> None:
    assert len(collect_kinds([])) == 15
    assert "[fifteen kinds of check]" in README


def test_both_commands_that_set_everything_up_are_there_to_copy() -> None:
    assert re.findall(r"^\$ (make .*)$", README, re.MULTILINE) == ["make demo", "make test"]

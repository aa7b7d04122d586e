"""The words of feedback are all that a way to show results needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_floors import ROOT, imported_parts


@pytest.mark.parametrize("room", ["feedback", "exports"])
def test_what_shows_results_knows_nothing_of_checks_and_of_grading(room):
    modules = list(Path(ROOT / room).glob("*.py"))
    assert modules
    for module in modules:
        assert imported_parts(module).isdisjoint({"checks", "grading", "sandbox"}), module.name

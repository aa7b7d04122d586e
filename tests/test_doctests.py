"""The examples in docstrings are true: they show the text that a student reads."""

import doctest
import importlib
from pathlib import Path

import pytest

import grader

ROOT = Path(grader.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


def test_the_comparison_shows_its_failure_texts():
    assert "grader.compare.comparing" in MODULES

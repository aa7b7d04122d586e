"""The face of the package: what it offers, and how little it loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

import grader

HEAVY = ("IPython", "mpmath", "numpy", "pydantic", "rich", "sqlalchemy", "typer", "yaml")


@pytest.mark.parametrize("name", grader.__all__)
def test_every_name_is_there(name):
    assert getattr(grader, name) is not None
    assert name in dir(grader)


def test_another_name_is_not_there():
    with pytest.raises(AttributeError, match="no attribute `gradr`"):
        grader.gradr  # noqa: B018


def test_to_import_it_loads_nothing_of_the_rest():
    program = (
        "import __future__, sys; before = set(sys.modules); import grader; "
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "['grader']", done.stderr


def test_the_magic_is_there_before_anything_heavy_is_loaded():
    program = (
        "import sys, grader; grader.load_ipython_extension; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr

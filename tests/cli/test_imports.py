"""What a command loads, since starting is mostly importing; times would depend on the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grader.cli.app import COMMANDS
from tests.course import tiny
from tests.notebooks import notebook_bytes

PROGRAM = """\
import sys
from grader.cli.app import run
try:
    run()
except SystemExit:
    pass
sys.stderr.write("\\n".join(sys.modules))
"""
NEVER = ("IPython", "alembic", "grader.authoring", "matplotlib", "mpmath")
KINDS = "grader.checks.kinds."


@pytest.fixture
def loaded(tmp_path):
    """Return the modules that are loaded when a command ends, whose output goes to a file."""
    course = tiny.write(tmp_path / "course", tiny.files())
    notebook = tmp_path / "ada.ipynb"
    notebook.write_bytes(notebook_bytes(["def kl(p, q):\n    return 0\n"]))

    def run(*call):
        places = {"COURSE": course, "NOTEBOOK": notebook, "OUT": tmp_path / "out"}
        argv = [str(places.get(word, word)) for word in call]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *argv], capture_output=True, text=True, check=True
        )
        return set(done.stderr.split())

    return run


def found(modules, names):
    return [name for name in names if name in modules]


def test_help_loads_no_command_and_nothing_that_grades(loaded):
    modules = loaded("--help")
    commands = [f"grader.cli.{name}" for name in COMMANDS]
    assert found(modules, (*NEVER, *commands, "numpy", "pydantic", "rich", "sqlalchemy")) == []


def test_a_class_is_graded_without_what_is_for_terminals_authors_and_old_gradebooks(loaded):
    where = ("--course", "COURSE", "--out", "OUT", "--isolation", "none")
    modules = loaded("grade", "NOTEBOOK", *where)
    assert "sqlalchemy" in modules
    assert found(modules, (*NEVER, "rich")) == []


def test_a_notebook_is_checked_without_the_database(loaded):
    modules = loaded("check", "NOTEBOOK", "--course", "COURSE")
    assert "numpy" in modules
    assert found(modules, (*NEVER, "sqlalchemy", "multiprocessing.pool")) == []


def test_kinds_of_check_that_a_course_does_not_use_are_not_loaded(loaded):
    modules = loaded("check", "NOTEBOOK", "--course", "COURSE")
    own = {name.removeprefix(KINDS).partition(".")[0] for name in modules if name.startswith(KINDS)}
    assert own == {"function"}

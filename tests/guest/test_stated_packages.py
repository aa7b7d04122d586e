"""Only what a course states can be imported of what is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grader.guest.stated_packages import canonical, module_of

TRY = """
import sys
from grader.guest.stated_packages import allow_only
allow_only({packages!r}, {modules!r})
import importlib, importlib.util
def tried(name):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        return str(error)
    return "there"
print(repr({{name: tried(name) for name in {names!r}}}))
"""


def tried(names, packages=(), modules=()):
    """Return what comes of importing modules in a process in which nothing else was imported."""
    source = TRY.format(packages=packages, modules=modules, names=names)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    return eval(done.stdout)  # a dict of texts that this very test printed


@pytest.fixture(scope="module")
def with_pandas():
    names = ("pandas", "dateutil", "numpy", "json", "sqlalchemy", "rich.table", "yaml", "IPython")
    return tried(names, ["pandas"], ["yaml.nodes"])


def test_what_is_stated_is_there_and_what_it_needs(with_pandas):
    assert [with_pandas[name] for name in ("pandas", "dateutil", "numpy", "IPython")] == [
        "there"
    ] * 4


def test_python_s_own_modules_and_preloaded_ones_are_there(with_pandas):
    assert with_pandas["json"] == with_pandas["yaml"] == "there"


def test_what_is_installed_and_not_stated_is_not_there_in_the_words_of_python(with_pandas):
    assert with_pandas["sqlalchemy"] == "No module named 'sqlalchemy'"
    assert with_pandas["rich.table"] == "No module named 'rich'"


def test_a_notebook_s_own_modules_are_there(tmp_path):
    (tmp_path / "sqlalchemy.py").write_text("")
    source = TRY.format(packages=(), modules=(), names=("sqlalchemy",))
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{source}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert eval(done.stdout) == {"sqlalchemy": "there"}


@pytest.mark.parametrize(
    ("package", "module"),
    [("scikit-learn", "sklearn"), ("Pillow", "PIL"), ("pandas", "pandas"), ("a.b_c", "a_b_c")],
)
def test_a_package_is_imported_by_its_module(package, module):
    assert module_of(package) == module


def test_a_package_has_one_name_however_it_is_written():
    assert canonical("Scikit_Learn") == canonical("scikit.learn") == "scikit-learn"

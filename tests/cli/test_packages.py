"""The packages that a course states: who says which are missing, and what can be imported."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from grader.course import load_course
from grader.errors import CourseError
from grader.magic import load_ipython_extension
from grader.sandbox.packages import missing_packages
from grader.sandbox.settings import SandboxSettings
from tests.course.tiny import COURSE, files, write
from tests.notebooks import notebook_bytes

RIGHT = "def two_heads(p):\n    return p * p\n"
ABSENT = "no-such-package-of-anybody"
WITHOUT = ("--isolation", "none")


def course_with(folder, *packages: str):
    texts = files()
    texts[COURSE] += f"sandbox: {{packages: {json.dumps(packages)}}}\n"
    return write(folder, texts)


def handed_in(folder, *cells: str):
    (folder / "class" / "ada").mkdir(parents=True)
    (folder / "class" / "ada" / "hw.ipynb").write_bytes(notebook_bytes(cells))
    return folder / "class"


@pytest.mark.parametrize("command", ["grade", "prove"])
def test_a_package_that_is_missing_is_told_before_anything_runs(grader, tmp_path, command):
    course = course_with(tmp_path / "course", "pandas", ABSENT)
    given = [handed_in(tmp_path, RIGHT), "--out", tmp_path / "out"] if command == "grade" else []
    done = grader(command, *given, "--course", course)
    assert done.status == 2
    assert f"course.yaml states `{ABSENT}`" in " ".join(done.err.split())
    assert f"{sys.executable} -m pip install {ABSENT}" in " ".join(done.err.split())
    assert "pandas" not in done.err


def test_check_says_it_and_goes_on(grader, tmp_path):
    course = course_with(tmp_path / "course", ABSENT)
    notebook = handed_in(tmp_path, RIGHT) / "ada" / "hw.ipynb"
    done = grader("check", notebook, "--course", course)
    assert done.status == 0
    told = f"your course has `{ABSENT}`, not installed here. Install with: {sys.executable} -m pip"
    assert told in done.err


def test_doctor_lists_the_packages_of_the_course(grader, tmp_path):
    course = course_with(tmp_path / "course", "pandas", ABSENT)
    done = grader("doctor", "--course", course, "--json")
    found = {piece["name"]: piece for piece in done.json["pieces"]}
    assert found["package pandas"]["ok"]
    missing = found[f"package {ABSENT}"]
    assert not missing["ok"]
    assert missing["remedy"] == f"`{sys.executable} -m pip install {ABSENT}`"
    assert (done.status, done.json["tiers"]) == (2, [])


def test_nothing_else_that_is_installed_can_be_imported_when_it_is_graded(grader, tmp_path):
    course = course_with(tmp_path / "course", "pandas")
    cells = ("import sqlalchemy\nx = 1", "import pandas, dateutil, numpy, json", RIGHT)
    out = tmp_path / "out"
    call = ("grade", handed_in(tmp_path, *cells), "--course", course, "--out", out)
    assert grader(*call, *WITHOUT).status == 0
    (ada,) = json.loads((out / "results.json").read_text())["submissions"]
    assert ada["score"] == 3
    (cell,) = ada["cells"]
    assert cell["error"] == (
        "cell 1 (`import sqlalchemy`): ModuleNotFoundError: No module named 'sqlalchemy', in line "
        "1: `import sqlalchemy`. `sqlalchemy` is not installed where your work is graded "
        "(installed: numpy, pandas); if it is a file of yours, hand in `sqlalchemy.py` beside the "
        "notebook. The rest of the cell did not run; it defines `x`."
    )


def test_what_is_stated_is_part_of_what_a_grade_rests_on(tmp_path):
    from grader.gradebook.fingerprints import course_as_graded

    def key(*packages: str) -> str:
        course = load_course(course_with(tmp_path / "-".join(packages), *packages))
        how = {"seed": 0, "isolation": "none", "engine": "sandbox"}
        return course_as_graded(course, course.exercises.values(), **how).key

    assert key("pandas") != key("pandas", "scipy")


@pytest.mark.parametrize(
    ("packages", "told"),
    [
        (["sklearn"], "`sklearn` is what is imported: write `scikit-learn`, as pip calls it"),
        (["PIL"], "`PIL` is what is imported: write `pillow`, as pip calls it"),
        (["pandas", "Pandas"], "`Pandas` is listed twice: remove one of the two"),
        (["pandas>=2"], "this does not have the form"),
    ],
)
def test_a_name_that_pip_does_not_know_is_a_fault(tmp_path, packages, told):
    with pytest.raises(CourseError) as caught:
        load_course(course_with(tmp_path, *packages))
    assert told in str(caught.value)


def test_a_course_without_packages_lacks_none():
    assert missing_packages(SandboxSettings()) == ()
    assert missing_packages(SandboxSettings(packages=(ABSENT, "pandas"))) == (ABSENT,)


def test_release_writes_them_into_the_set_up_and_check_holds_to_them(grader, tmp_path, monkeypatch):
    course = course_with(tmp_path / "course", "scipy", "pandas")
    monkeypatch.chdir(tmp_path)
    grader("release", "--course", course, "--out", "out")
    path = tmp_path / "out" / "coins.ipynb"
    notebook = json.loads(path.read_text())
    set_up = "".join(notebook["cells"][1]["source"])
    assert "# %pip install scipy pandas\n" in set_up
    assert "%pip install notebook-grader scipy pandas`" in set_up
    assert 'load_ipython_extension(get_ipython(), [], ["scipy", "pandas"])' in set_up
    (starter,) = (c for c in notebook["cells"] if c["metadata"]["grader"]["part"] == "starter")
    starter["source"] = ["import sqlalchemy\n", RIGHT]
    path.write_text(json.dumps(notebook))
    done = grader("check", path)
    assert done.status == 1
    assert (
        "`sqlalchemy` is not installed where your work is graded (installed: numpy, scipy"
        in done.out
    )


def test_the_set_up_says_in_a_notebook_what_is_missing(capsys):
    class Shell:
        display_formatter = SimpleNamespace(format=repr)

        def register_magic_function(self, *_: object) -> None:
            pass

    load_ipython_extension(Shell(), (), ["numpy", ABSENT])
    told = f"Not installed here: {ABSENT}. Run `%pip install {ABSENT}`, then restart the kernel.\n"
    assert capsys.readouterr().out == told
    load_ipython_extension(Shell(), (), ["numpy"])
    assert capsys.readouterr().out == ""


def test_the_bundled_course_states_what_its_extra_installs():
    import tomllib

    from tests.course.tiny import ROOT

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = {each.partition(">")[0] for each in project["optional-dependencies"]["course"]}
    own = {each.partition(">")[0] for each in project["dependencies"]}
    assert set(load_course(ROOT).sandbox.packages) == extra | {"mpmath"}
    assert "mpmath" in own

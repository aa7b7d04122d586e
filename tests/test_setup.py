"""When tools/setup.sh calls pip, with what, and with which Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import require_readable_python

ROOT = Path(__file__).parents[1]
# A Python of a version, which only notes what its pip is called with.
FAKE = """#!/bin/sh
case "$1 $2" in
    "-c "*realpath*) echo "{version} {place}" ;;
    "-c "*"[1])"*) echo {minor} ;;
    "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip") [ "$3" = --version ] || {{ echo "$@" >>calls; ! [ -e broken ]; }} ;;
esac
"""


class Clone:
    """A folder in which pip only notes what it is called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "requirements", folder / "requirements")
        shutil.copy(ROOT / "pyproject.toml", folder)
        self.add_python("bin/python3", minor=11)
        for venv in (".venv", ".venv-latest"):
            self.add_python(f"{venv}/bin/python", minor=11, place="bin/python3")
        for program in ("bwrap", "initdb"):  # what it would install with a package manager
            self._write(f"bin/{program}", "#!/bin/sh\n")
        for program in ("cat", "cksum", "cp", "grep", "ls", "mkdir", "rm", "sed", "sort", "uname"):
            self._link(program)

    def add_python(self, name: str, *, minor: int, place: str = "") -> str:
        """Write a program that passes for Python 3.`minor`; return its path."""
        told = {"version": f"(3, {minor}, 0)", "minor": minor, "place": place or name}
        return self._write(name, FAKE.format(**told))

    def _link(self, program: str) -> None:
        found = shutil.which(program)
        assert found is not None
        (self.folder / "tools").mkdir(exist_ok=True)
        (self.folder / "tools" / program).symlink_to(found)

    def _write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    def python_of(self, venv: str) -> str:
        """Return which Python an environment was made with."""
        code = "os.path.realpath"
        asked = [self.folder / venv / "bin" / "python", "-c", code]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

    def set_up(self, wanted: str, python: str = "") -> list[str]:
        """Set up; return what pip was called with."""
        self.said = ""
        calls = self.folder / "calls"
        calls.write_text("")
        # No more of the machine's programs than a shell needs: some have a python3.13, some none.
        path = f"{self.folder}/bin:{self.folder}/tools"
        done = subprocess.run(
            ["/bin/sh", str(ROOT / "tools" / "setup.sh"), wanted],
            check=False,
            cwd=self.folder,
            env={"HOME": str(self.folder), "PYTHON": python, "PATH": path},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = done.stderr
        done.check_returncode()
        quiet = "-m pip install --quiet --disable-pip-version-check "
        lines = calls.read_text().splitlines()
        return [line.removeprefix(quiet) for line in lines if "compileall" not in line]

    def add_to(self, name: str) -> None:
        with (self.folder / name).open("a") as file:
            file.write("\n# changed\n")


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path)


def locked(wanted: str) -> list[str]:
    return [
        f"--require-hashes --no-deps -r requirements/{wanted}.txt",
        "--no-deps --no-build-isolation -e .",
    ]


@pytest.mark.parametrize("wanted", ["course", "dev"])
def test_the_lock_is_installed_once_and_again_when_it_changes(clone, wanted):
    assert clone.set_up(wanted) == locked(wanted)
    assert clone.set_up(wanted) == []
    for changed in (f"requirements/{wanted}.txt", "pyproject.toml"):
        clone.add_to(changed)
        assert clone.set_up(wanted) == locked(wanted)
        assert clone.set_up(wanted) == []


def test_a_developer_s_venv_serves_the_demo_too(clone):
    clone.set_up("dev")
    assert clone.set_up("course") == []
    clone.add_to("requirements/dev.txt")
    assert clone.set_up("course") == locked("course")


def test_a_set_up_that_fails_is_done_again(clone):
    clone.set_up("dev")
    clone.add_to("requirements/dev.txt")
    (clone.folder / "broken").touch()
    with pytest.raises(subprocess.CalledProcessError):
        clone.set_up("dev")
    (clone.folder / "broken").unlink()
    assert clone.set_up("dev") == locked("dev")


def test_the_newest_releases_go_into_a_venv_of_their_own_every_time(clone):
    newest = ["--upgrade --upgrade-strategy eager -e .[dev]"]
    assert clone.set_up("latest") == newest
    assert clone.set_up("latest") == newest
    assert sorted(each.name for each in (clone.folder / ".venv").iterdir()) == ["bin"]


def test_the_python_that_is_named_makes_the_venv_again_and_no_other_does(clone):
    newer = clone.add_python("elsewhere/python3.13", minor=13)
    clone.set_up("dev")
    assert clone.set_up("dev", newer) == locked("dev")
    assert clone.python_of(".venv") == "(3, 13, 0) elsewhere/python3.13"
    assert clone.set_up("dev", newer) == []
    assert clone.set_up("dev") == []  # python3 is another one, but was not asked for
    assert clone.python_of(".venv") == "(3, 13, 0) elsewhere/python3.13"


@pytest.mark.parametrize(
    "kept",
    [".pyenv/versions/3.12.1", ".asdf/installs/python/3.12.1", ".local/share/uv/python/cpython-3"],
)
def test_a_python_may_be_named_that_a_version_manager_keeps(clone, kept):
    clone._write("bin/python3.12", "#!/bin/sh\nexit 127\n")  # a shim, with none chosen
    clone.add_python(f"{kept}/bin/python3.12", minor=12)
    assert clone.set_up("dev", "python3.12") == locked("dev")
    assert clone.python_of(".venv") == f"(3, 12, 0) {kept}/bin/python3.12"


def test_what_is_no_python_is_refused_by_name(clone):
    with pytest.raises(subprocess.CalledProcessError):
        clone.set_up("dev", "python3.12")
    assert "`python3.12` is none that runs here" in clone.said
    assert "PYTHON=/path/to/python3.13 make" in clone.said


def test_where_python3_is_too_old_a_newer_one_is_looked_for(clone):
    shutil.rmtree(clone.folder / ".venv")
    clone._write("bin/python3", "#!/bin/sh\nexit 1\n")
    clone.add_python("bin/python3.12", minor=12)
    assert clone.set_up("dev") == locked("dev")
    assert clone.python_of(".venv") == "(3, 12, 0) bin/python3.12"


def test_the_newest_python_that_is_here_has_a_venv_of_its_own(clone):
    for minor in (12, 13, 99):  # no release of the project is for the last
        clone.add_python(f"bin/python3.{minor}", minor=minor)
    assert clone.set_up("newest") == locked("dev")
    assert clone.python_of(".venv-newest") == "(3, 13, 0) bin/python3.13"
    assert clone.set_up("newest") == []
    assert clone.python_of(".venv") == "(3, 11, 0) bin/python3"


def test_where_no_newer_python_is_here_the_short_form_is_left_out_and_that_is_said(clone):
    assert clone.set_up("newest") == []
    assert "No newer Python than that of .venv is here" in clone.said
    assert not (clone.folder / ".venv-newest").exists()


@pytest.mark.parametrize(
    ("chosen", "stops"),
    [
        ("tests", True),
        ("tests/sandbox", True),
        ("tests/attacks/test_files.py::test_x", True),
        ("tests/sandbox/test_session.py", False),
        ("tests/compare/test_comparing.py", False),
    ],
)
def test_a_python_that_another_user_cannot_read_is_said_once_at_the_start(
    monkeypatch, chosen, stops
):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("tests.sandbox.pythons.twin", lambda: None)
    monkeypatch.chdir(ROOT)
    if stops:
        with pytest.raises(pytest.UsageError, match=r"install one in /opt or /usr/local, then"):
            require_readable_python(SimpleNamespace(args=[chosen]))
    else:
        require_readable_python(SimpleNamespace(args=[chosen]))
    process_of_xdist = SimpleNamespace(args=[chosen], workerinput={})
    require_readable_python(process_of_xdist)

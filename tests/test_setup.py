"""When tools/setup.sh calls pip, and with what."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PIP = """#!/bin/sh
[ "$3" = --version ] && exit
echo "$@" >>calls
! [ -e broken ]
"""


class Clone:
    """A folder in which pip only notes what it is called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "requirements", folder / "requirements")
        shutil.copy(ROOT / "pyproject.toml", folder)
        for venv in (".venv", ".venv-latest"):
            self._write(f"{venv}/bin/python", PIP)
        for program in ("bwrap", "initdb"):  # what it would install with a package manager
            self._write(f"bin/{program}", "#!/bin/sh\n")

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def set_up(self, wanted: str) -> list[str]:
        """Set up; return what pip was called with."""
        calls = self.folder / "calls"
        calls.write_text("")
        subprocess.run(
            ["sh", str(ROOT / "tools" / "setup.sh"), wanted],
            check=True,
            cwd=self.folder,
            env={**os.environ, "PYTHON": sys.executable, "PATH": f"bin:{os.environ['PATH']}"},
        )
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


@pytest.mark.parametrize("wanted", ["plot", "dev"])
def test_the_lock_is_installed_once_and_again_when_it_changes(clone, wanted):
    assert clone.set_up(wanted) == locked(wanted)
    assert clone.set_up(wanted) == []
    for changed in (f"requirements/{wanted}.txt", "pyproject.toml"):
        clone.add_to(changed)
        assert clone.set_up(wanted) == locked(wanted)
        assert clone.set_up(wanted) == []


def test_a_developer_s_venv_serves_the_demo_too(clone):
    clone.set_up("dev")
    assert clone.set_up("plot") == []
    clone.add_to("requirements/dev.txt")
    assert clone.set_up("plot") == locked("plot")


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

"""Environments that hold the wheel, and of other packages only what the wheel asks for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "wheel"
"""Where environments are made: links to files of .venv cannot lead to another file system."""


@dataclass(frozen=True)
class Done:
    """What a command left."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Environment:
    """A folder as `python -m venv` makes it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        (found,) = (self.folder / "lib").glob("python3.*/site-packages")
        return found

    def run(self, *command: object, cwd: Path) -> Done:
        """Run one of its programs, or a module by `-m`, in a folder that is not the checkout."""
        first, *rest = map(str, command)
        program = (
            [str(self.python), first] if first == "-m" else [str(self.python.with_name(first))]
        )
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [*program, *rest], cwd=cwd, env=kept, capture_output=True, text=True, timeout=300
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def grader(self, *arguments: object, cwd: Path) -> Done:
        """Run the grader in it."""
        return self.run("-m", "grader", *arguments, cwd=cwd)


def build(source: Path, out: Path, *forms: str) -> None:
    """Build an sdist, and from it the wheel; or one of these forms alone, from a folder."""
    # Without isolation: with the setuptools that requirements/dev.txt names, and no network.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, *forms, source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def core_environment(wheel: Path) -> Environment:
    """Make an environment with the wheel and what it needs without any extra."""
    made = _empty_environment("core")
    _link_packages(_needed(wheel, ""), made.packages)
    _pip(made, "install", "--quiet", "--no-deps", "--no-index", wheel)
    return made


def extra_environment(core: Environment, wheel: Path, extra: str) -> Environment:
    """Make an environment that has all of another one, and what an extra adds."""
    made = _empty_environment(extra)
    shutil.copytree(
        core.packages, made.packages, copy_function=_link, dirs_exist_ok=True, symlinks=True
    )
    _link_packages(_needed(wheel, extra) - _needed(wheel, ""), made.packages)
    return made


def installed_by_pip(wheel: Path, extra: str = "") -> Environment:
    """Make an environment as a user does, with the newest releases that an index has."""
    made = _empty_environment(extra or "core", with_pip=True)
    wanted = f"notebook-grader[{extra}] @ {wheel.as_uri()}"
    subprocess.run([made.python, "-m", "pip", "install", "--quiet", wanted], check=True)
    return made


def check(environment: Environment) -> str:
    """Return what `pip check` says of an environment."""
    return _pip(environment, "check").strip()


def _empty_environment(name: str, *, with_pip: bool = False) -> Environment:
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, symlinks=True, with_pip=with_pip)
    return Environment(folder)


def _pip(environment: Environment, *arguments: object) -> str:
    command = [sys.executable, "-m", "pip", "--python", environment.python, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _needed(wheel: Path, extra: str) -> set[str]:
    """Return the packages that the wheel asks for, those that they ask for, and so on."""
    found: set[str] = set()
    seen = set()
    left = list(_asked_by(_metadata_of(wheel), {extra}))
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        extras = frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        if name == "notebook-grader":  # an extra that stands for others
            left += _asked_by(_metadata_of(wheel), extras)
            continue
        found.add(name)
        left += _asked_by(metadata.distribution(name), extras)
    return found


def _metadata_of(wheel: Path) -> metadata.Distribution:
    root = zipfile.Path(wheel)
    (folder,) = (each for each in root.iterdir() if each.name.endswith(".dist-info"))
    return metadata.PathDistribution(folder)


def _asked_by(
    distribution: metadata.Distribution, extras: set[str] | frozenset[str]
) -> Iterator[Requirement]:
    for text in distribution.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": each}) for each in {"", *extras}):
            yield requirement


def _link_packages(names: set[str], packages: Path) -> None:
    """Link the files of packages that are installed here, each by the hash that is locked."""
    for name in names:
        for file in metadata.distribution(name).files or ():
            if ".." not in file.parts:  # no programs; what is tried are modules
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(file.locate(), target)


def _link(source: object, target: object) -> None:
    try:
        os.link(str(source), str(target))
    except OSError:
        shutil.copy2(str(source), str(target))

"""Examines the packages of the Python that runs notebooks, on which grades depend."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata

from grader.errors import SandboxError, command_to_install
from grader.sandbox.interpreter import ask_python, find_interpreter
from grader.sandbox.settings import SandboxSettings

_ALWAYS = ("numpy", "ipython")
_VERSIONS = """
import json, platform, sys
from importlib import metadata
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""
_INSTALLED = """
import sys
from importlib.util import find_spec
print(*(name for name in sys.argv[1:] if find_spec(name)))
"""
# numpy is already imported when a notebook starts.
_IMPORT_COST = """
import sys, time
import numpy
before = time.process_time()
__import__(sys.argv[1])
print(time.process_time() - before)
"""
_IMPORTED_WITHIN_S = 120.0


def guest_versions(settings: SandboxSettings) -> Mapping[str, str]:
    """Return the versions of Python, numpy, IPython, and preloaded or stated packages, if known.

    Raise SandboxError if the course's Python does not answer, as do the functions below.
    """
    preloaded = (module.split(".")[0] for module in settings.preload)
    names = list(dict.fromkeys((*_ALWAYS, *preloaded, *(settings.packages or ()))))
    if settings.python is None:
        return {"python": platform.python_version(), **dict(_own_versions(names))}
    python = find_interpreter(settings.python).executable
    try:
        return dict(json.loads(ask_python(python, _VERSIONS, *names)))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise SandboxError(f"`{python}` does not report its versions: {error}") from error


def _own_versions(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue


def missing_packages(settings: SandboxSettings) -> tuple[str, ...]:
    """Return the packages that a course states and that are not installed where notebooks run."""
    if not settings.packages:
        return ()
    found = guest_versions(settings)
    return tuple(package for package in settings.packages if package not in found)


def install_command(packages: tuple[str, ...], settings: SandboxSettings) -> str:
    """Return the command that installs packages where notebooks run."""
    pip = f"{find_interpreter(settings.python).executable} -m pip"
    if settings.python is None:
        return command_to_install(*packages, pip=pip)
    return f"{pip} install {' '.join(packages)}"


def require_packages(settings: SandboxSettings) -> None:
    """Raise SandboxError if a package that the course states is not installed."""
    missing = missing_packages(settings)
    if missing:
        named = ", ".join(f"`{package}`" for package in missing)
        raise SandboxError(
            f"course.yaml states {named} under `sandbox: packages:`, not installed where notebooks "
            f"run; install with `{install_command(missing, settings)}`"
        )


def installed(modules: Sequence[str], settings: SandboxSettings) -> frozenset[str]:
    """Return the modules that are installed where notebooks run."""
    if not modules:
        return frozenset()
    python = find_interpreter(settings.python).executable
    try:
        return frozenset(ask_python(python, _INSTALLED, *modules).split())
    except (OSError, subprocess.SubprocessError):
        return frozenset()


def import_seconds(module: str, settings: SandboxSettings) -> float | None:
    """Return the processor time of the first import of a module [s]; None if it fails."""
    python = find_interpreter(settings.python).executable
    try:
        printed = ask_python(python, _IMPORT_COST, module, within_s=_IMPORTED_WITHIN_S)
        return float(printed.split()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None

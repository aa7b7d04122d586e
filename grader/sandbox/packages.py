"""The packages that a course states: whether they are there where notebooks run."""

from __future__ import annotations

from grader.errors import SandboxError
from grader.sandbox.interpreter import find_interpreter
from grader.sandbox.settings import SandboxSettings
from grader.sandbox.versions import guest_versions


def missing_packages(settings: SandboxSettings) -> tuple[str, ...]:
    """Return the packages that a course states and the Python which runs notebooks lacks.

    Raises
    ------
    SandboxError
        The course's Python does not answer.
    """
    if not settings.packages:
        return ()
    found = guest_versions(settings)
    return tuple(package for package in settings.packages if package not in found)


def install_command(packages: tuple[str, ...], settings: SandboxSettings) -> str:
    """Return the command that installs packages where notebooks run."""
    python = find_interpreter(settings.python).executable
    return f"{python} -m pip install {' '.join(packages)}"


def require_packages(settings: SandboxSettings) -> None:
    """Raise where a package that the course states is not installed.

    Raises
    ------
    SandboxError
        Says which, and how to install them.
    """
    missing = missing_packages(settings)
    if missing:
        named = ", ".join(f"`{package}`" for package in missing)
        raise SandboxError(
            f"course.yaml states {named} under `sandbox: packages:`, not installed where notebooks "
            f"run; install with `{install_command(missing, settings)}`"
        )

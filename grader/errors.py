"""The errors that this package raises; a student's wrong answer is never one of them.

A wrong answer is a value (`grader.checks.base.Verdict`). An exception means that the grader could
not do its own work, because of an author's file, a student's file, the machine or the call. Every
message says what is wrong, where, and what to do next.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


class GraderError(Exception):
    """Base of every error that this package raises on purpose."""


class UsageError(GraderError):
    """The call is wrong: a path does not exist, or an option does not fit."""


class NotebookError(GraderError):
    """A student's file cannot be read as a notebook; the message is meant for the student."""


class SandboxError(GraderError):
    """The sandbox failed, or the machine cannot provide the requested isolation."""


class GradebookError(GraderError):
    """The gradebook cannot be opened, read or written; stored results are kept."""


class CheckError(GraderError):
    """A check of the course is broken; the student loses no points."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One error in an author's file.

    Attributes
    ----------
    path : Path
        The file.
    line : int
        Line in the file, counted from 1.
    key : str
        Place in the file, as a dotted path such as ``checks[2].tolerance.rtol``.
    message : str
        What is wrong and what to do next.
    """

    path: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f" `{self.key}`:" if self.key else ""
        return f"{self.path}:{self.line}:{where} {self.message}"


class _FaultsError(GraderError):
    """An author's files have errors, listed all at once in `faults`."""

    _what = ""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__(faults)  # one argument, so that the error survives pickling

    def __str__(self) -> str:
        count = len(self.faults)
        head = f"The {self._what} has {count} fault{'s' if count != 1 else ''}:"
        return "\n".join([head, *(f"  {fault}" for fault in self.faults)])


class CourseError(_FaultsError):
    """A course's files have errors, listed all at once in `faults`."""

    _what = "course"


class NoCourseError(CourseError):
    """There is no course in the given folder; the message says where one is or how to make one."""

    def __init__(self, message: str, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.args = (message, faults)  # the arguments with which a pickled error is created again
        self._message = message

    def __str__(self) -> str:
        return self._message


class RosterError(_FaultsError):
    """A roster has errors, listed all at once in `faults`."""

    _what = "roster"


class TimesError(_FaultsError):
    """A table of submission times has errors, listed all at once in `faults`."""

    _what = "table of times"


def command_to_install(*packages: str, pip: str = "pip") -> str:
    """Return the command that installs packages in the environment of the grader.

    pipx and uv create an environment for each program, in which pip would not install anything.
    """
    named = [shlex.quote(package) for package in packages]
    prefix = Path(sys.prefix)
    # `pipx run` creates such an environment in another folder, and cannot inject into it.
    if (prefix / "pipx_metadata.json").exists() and prefix.parent.name == "venvs":
        return " ".join(("pipx inject notebook-grader", *named))
    if (prefix / "uv-receipt.toml").exists():
        return " ".join(("uv tool install notebook-grader", *(f"--with {name}" for name in named)))
    if find_spec("pip") is None:
        return " ".join(("uv pip install --python", shlex.quote(sys.executable), *named))
    return " ".join((pip, "install", *named))


def command_for_extras(*extras: str) -> str:
    """Return the command that installs extras of the grader in its environment."""
    return command_to_install(f"notebook-grader[{','.join(sorted(extras))}]")

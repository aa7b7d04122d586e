"""The faults that this package raises; a student's wrong answer is never one of them.

Two families never mix. A wrong answer is a value (`grader.checks.base.Verdict`). An exception
means that the grader could not do its own work: an author's file, a student's file, the
machinery or the call was wrong. Every message says what, where, and what to do next.
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
    """The call was wrong: a path that is not there, an option that does not fit."""


class NotebookError(GraderError):
    """A student's file cannot be read as a notebook; the message is meant for the student."""


class SandboxError(GraderError):
    """The machinery failed, or the machine cannot give the isolation that was asked for."""


class GradebookError(GraderError):
    """The gradebook cannot be opened, read or written; what was stored before is kept."""


class CheckError(GraderError):
    """A check of the course is itself broken; the student loses nothing by it."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in an author's file.

    Attributes
    ----------
    path : Path
        The file.
    line : int
        Line in the file, counted from 1.
    key : str
        Where in the file, as a dotted path such as ``checks[2].tolerance.rtol``.
    message : str
        What is wrong and what to do.
    """

    path: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f" `{self.key}`:" if self.key else ""
        return f"{self.path}:{self.line}:{where} {self.message}"


class _FaultsError(GraderError):
    """Files of an author's have faults; every one is listed at once.

    Parameters
    ----------
    faults : list of Fault
        At least one.
    """

    _what = ""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__(faults)  # one argument, so that the error survives pickling

    def __str__(self) -> str:
        count = len(self.faults)
        head = f"The {self._what} has {count} fault{'s' if count != 1 else ''}:"
        return "\n".join([head, *(f"  {fault}" for fault in self.faults)])


class CourseError(_FaultsError):
    """A course's files have faults; every one is listed at once.

    Parameters
    ----------
    faults : list of Fault
        At least one.
    """

    _what = "course"


class NoCourseError(CourseError):
    """There is no course in the folder that was named.

    Parameters
    ----------
    message : str
        What is missing, and where a course is or how to make one.
    faults : list of Fault
        The same, as a fault of the file that is missing.
    """

    def __init__(self, message: str, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.args = (message, faults)  # what pickling gives to a new one
        self._message = message

    def __str__(self) -> str:
        return self._message


class RosterError(_FaultsError):
    """A roster has faults; every one is listed at once.

    Parameters
    ----------
    faults : list of Fault
        At least one.
    """

    _what = "roster"


class TimesError(_FaultsError):
    """A table of when hand-ins came has faults; every one is listed at once.

    Parameters
    ----------
    faults : list of Fault
        At least one.
    """

    _what = "table of times"


def command_to_install(*packages: str, pip: str = "pip") -> str:
    """Return the command that adds packages to the environment that the grader runs in.

    pipx and uv keep an environment for each program, where pip would not install anything.
    """
    named = [shlex.quote(package) for package in packages]
    prefix = Path(sys.prefix)
    # `pipx run` makes such an environment too, under another folder, and cannot inject into it.
    if (prefix / "pipx_metadata.json").exists() and prefix.parent.name == "venvs":
        return " ".join(("pipx inject notebook-grader", *named))
    if (prefix / "uv-receipt.toml").exists():
        return " ".join(("uv tool install notebook-grader", *(f"--with {name}" for name in named)))
    if find_spec("pip") is None:
        return " ".join(("uv pip install --python", shlex.quote(sys.executable), *named))
    return " ".join((pip, "install", *named))


def command_for_extras(*extras: str) -> str:
    """Return the command that adds extras of the grader to the environment that it runs in."""
    return command_to_install(f"notebook-grader[{','.join(sorted(extras))}]")

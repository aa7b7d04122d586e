"""Finds the Python that runs notebooks, and the folders that it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgpack

import grader.guest
from grader.errors import SandboxError

QUESTION = "import json, sys; print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, \
sys.exec_prefix, sys.base_exec_prefix, list(sys.version_info[:3])]))"
ANSWER_WITHIN_S = 30.0
OLDEST = (3, 11)
LONGEST_CHAIN_OF_LINKS = 40


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python installation.

    Attributes
    ----------
    executable : Path
        The program to start; its links are kept, so that a virtual environment is recognised.
    prefixes : tuple of Path
        Folders of its modules: the virtual environment and the installation below it.
    version : tuple of int
        Such as (3, 11, 7).
    """

    executable: Path
    prefixes: tuple[Path, ...]
    version: tuple[int, ...]

    @property
    def links(self) -> tuple[Path, ...]:
        """The chain of links from `executable` to the real file, including both."""
        chain = [self.executable]
        while chain[-1].is_symlink() and len(chain) < LONGEST_CHAIN_OF_LINKS:
            chain.append(Path(os.path.normpath(chain[-1].parent / chain[-1].readlink())))
        return tuple(chain)


def find_interpreter(python: str | None) -> Interpreter:
    """Find the sandbox's Python: the grader's own, or a path or name such as ``python3.12``.

    Raise SandboxError if it is missing, does not answer like a Python, or is too old.
    """
    if python is None:
        return interpreter(
            sys.executable,
            [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix],
            sys.version_info[:3],
        )
    found = shutil.which(python)
    if found is None:
        raise SandboxError(
            f"there is no program `{python}`, which `sandbox.python` in course.yaml names; "
            "give the full path of a Python that has numpy and IPython"
        )
    return ask(str(Path(found).absolute()))


@cache
def ask(executable: str) -> Interpreter:
    """Ask a Python for its folders."""
    try:
        path, *prefixes, version = json.loads(ask_python(executable, QUESTION))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise SandboxError(f"`{executable}` does not answer like a Python: {error}") from error
    return interpreter(path, prefixes, version)


def ask_python(
    executable: str | Path, question: str, *arguments: str, within_s: float = ANSWER_WITHIN_S
) -> str:
    """Run a program in some Python and return its output.

    Raise OSError or SubprocessError if it cannot be started, fails, or does not end in time.
    """
    command = [str(executable), "-I", "-c", question, *arguments]
    done = subprocess.run(  # noqa: S603 (the author's own choice of Python)
        command, capture_output=True, check=True, timeout=within_s
    )
    return done.stdout.decode()


def interpreter(
    executable: str, prefixes: list[str], version: list[int] | tuple[int, ...]
) -> Interpreter:
    """Make an `Interpreter`; raise if it is too old."""
    if tuple(version) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise SandboxError(f"`{executable}` is older than Python {wanted}; give a newer one")
    unique = dict.fromkeys(Path(prefix) for prefix in prefixes)
    return Interpreter(Path(executable), tuple(unique), tuple(version))


def guest_folder() -> Path:
    """Return the folder of the package that runs inside the sandbox."""
    return Path(grader.guest.__file__).resolve().parent


def msgpack_folder() -> Path:
    """Return the folder of the grader's own msgpack, which the sandbox uses, too."""
    return Path(msgpack.__file__).resolve().parent

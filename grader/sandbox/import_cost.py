"""What importing a module costs in the Python that runs notebooks."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from grader.sandbox.interpreter import find_interpreter
from grader.sandbox.settings import SandboxSettings

# numpy is there already when a notebook starts.
_QUESTION = """
import sys, time
import numpy
before = time.process_time()
__import__(sys.argv[1])
print(time.process_time() - before)
"""
_WITHIN_S = 120.0
_WHICH = """
import sys
from importlib.util import find_spec
print(*(name for name in sys.argv[1:] if find_spec(name)))
"""


def installed(modules: Sequence[str], settings: SandboxSettings) -> frozenset[str]:
    """Return those of some modules that the Python which runs notebooks has.

    Raises
    ------
    SandboxError
        The course's Python does not answer.
    """
    if not modules:
        return frozenset()
    python = str(find_interpreter(settings.python).executable)
    command = [python, "-I", "-c", _WHICH, *modules]
    try:
        told = subprocess.run(command, capture_output=True, check=True, timeout=_WITHIN_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(told.stdout.decode().split())


def import_seconds(module: str, settings: SandboxSettings) -> float | None:
    """Return the processor time of the first import of a module [s]; None if it fails.

    Raises
    ------
    SandboxError
        The course's Python does not answer.
    """
    python = str(find_interpreter(settings.python).executable)
    command = [python, "-I", "-c", _QUESTION, module]
    try:
        told = subprocess.run(command, capture_output=True, check=True, timeout=_WITHIN_S)  # noqa: S603
        return float(told.stdout.split()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None

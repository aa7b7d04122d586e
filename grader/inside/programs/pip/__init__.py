"""Stands before pip, of which only what installs is another: see `installers`."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

__all__ = ["__version__", "main"]

try:
    __version__ = metadata.version("pip")
except metadata.PackageNotFoundError:
    __version__ = "0"
__path__ = pkgutil.extend_path(__path__, __name__)  # the rest of pip is its own


def main(args: Sequence[str] | None = None) -> int:
    """Run pip in a process of its own, print what it prints, and return its exit status."""
    program = str(Path(__file__).parents[1] / "installers.py")
    words = sys.argv[1:] if args is None else args
    command = [sys.executable, "-I", program, "pip", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    print(done.stdout, end="")
    return done.returncode

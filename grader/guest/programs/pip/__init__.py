"""Stands before pip, of which only what installs is another: see `installers`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pkgutil import extend_path

__all__ = ["main"]

__path__ = extend_path(__path__, __name__)  # the rest of pip is its own


def main(args: Sequence[str] | None = None) -> int:
    """Run pip in a process of its own, print what it prints, and return its exit status."""
    import subprocess
    from pathlib import Path

    program = str(Path(__file__).parents[1] / "installers.py")
    words = sys.argv[1:] if args is None else args
    command = [sys.executable, "-I", program, "pip", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    print(done.stdout, end="")
    return done.returncode


def __getattr__(name: str) -> str:
    """Return pip's version, which takes a while to find."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pip")
    except PackageNotFoundError:
        return "0"

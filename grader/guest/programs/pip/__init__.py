"""Replaces the entry points of pip by `installers`; the rest is the real pip."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pkgutil import extend_path

__all__ = ["main"]

__path__ = extend_path(__path__, __name__)  # the rest is the real pip


def main(args: Sequence[str] | None = None) -> int:
    """Run pip as a separate process, print its output, and return its exit status."""
    import subprocess
    from pathlib import Path

    program = str(Path(__file__).parents[1] / "installers.py")
    words = sys.argv[1:] if args is None else args
    command = [sys.executable, "-I", program, "pip", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    print(done.stdout, end="")
    return done.returncode


def __getattr__(name: str) -> str:
    """Return pip's version; looked up on demand because that is slow."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pip")
    except PackageNotFoundError:
        return "0"

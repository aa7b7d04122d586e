"""A virtual environment for each peer, so that one command is enough to measure beside them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_NEEDS = {
    "nbgrader": ("nbgrader", "numpy", "ipykernel"),
    "otter": ("otter-grader", "numpy", "ipykernel"),
}


def make_venvs(folder: Path, tell: Callable[[str], None]) -> dict[str, Path]:
    """Return the venv of each peer; those that are not in the folder are made there."""
    venvs = {name: folder.absolute() / name for name in _NEEDS}
    for name, venv in venvs.items():
        if not (venv / "bin" / name).exists():  # each peer's command is called as we call the peer
            tell(f"Installing {', '.join(_NEEDS[name])} into {venv}")
            subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
            pip = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, *_NEEDS[name]], check=True)
    return venvs

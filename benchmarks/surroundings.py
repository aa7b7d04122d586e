"""Where and with what a benchmark was run."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.accounting import has_account

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("notebook-grader", "numpy", "ipython", "msgpack", "sqlalchemy", "distributed")
_READ_VERSIONS = """\
import json, platform, sys
from importlib.metadata import PackageNotFoundError, version
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""
_PEERS = {"nbgrader": ("nbgrader",), "otter": ("otter-grader",)}


def describe_surroundings(
    isolation: str, venvs: Mapping[str, Path] | None = None
) -> dict[str, Any]:
    """Return the date, the machine, what else it had to do, and the versions of all that took part.

    Parameters
    ----------
    isolation : str
        Tier of our grader.
    venvs : Mapping of str to Path, optional
        Virtual environment of each peer.
    """
    versions = _versions(Path(sys.executable), _PACKAGES)
    peers = {
        name: _versions(venv / "bin/python", (*_PEERS[name], "numpy", "ipykernel"))
        for name, venv in (venvs or {}).items()
    }
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "isolation": isolation,
        "machine": {
            "cpu": _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
            "cores": len(os.sched_getaffinity(0)),
            "memory_bytes": int(_field("/proc/meminfo", "MemTotal").split()[0]) * 1024,
            "kernel": f"{platform.system()} {platform.release()}",
        },
        "load_before": round(os.getloadavg()[0], 2),
        "versions": versions,
        "commit": _commit(),
        "all_cpu_is_counted": has_account(),
        "peers": peers,
    }


def _versions(python: Path, packages: tuple[str, ...]) -> dict[str, str]:
    argv = [str(python), "-c", _READ_VERSIONS, *packages]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _field(path: str, name: str) -> str:
    """Return what a line of the form ``name: value`` holds; empty where there is none."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    parts = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in parts if key.strip() == name), "")


def _commit() -> str:
    """Return the last commit of the grader, with a plus where files differ; empty without git."""
    commit = _git("log", "-1", "--format=%h", "--", "grader")
    return commit + "+" * bool(_git("status", "--porcelain", "--", "grader"))


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()

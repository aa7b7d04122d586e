"""A Python that every user may read, for tests that leave root."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def public_python() -> Iterator[Path]:
    """Give our own Python where everybody may read it, else the system's with our packages.

    Ours may stand below /root, which only root may enter. The packages are linked, not copied,
    where that is possible.
    """
    packages = Path(sysconfig.get_path("purelib"))
    if all(map(public, (packages, Path(sys.base_prefix)))):
        yield Path(sys.executable)
        return
    with python_in(
        "/var/tmp"
    ) as python:  # not /tmp, which every session at `strong` has its own of
        yield python


@contextmanager
def python_in(place: str) -> Iterator[Path]:
    """Make an environment with our packages in a new folder of a place."""
    system = twin()
    assert system is not None, trouble()
    folder = Path(tempfile.mkdtemp(prefix="public-python-", dir=place))
    folder.chmod(0o755)
    try:
        subprocess.run([system, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        (own,) = (folder / "venv" / "lib").glob("python*/site-packages")
        own.rmdir()
        link(Path(sysconfig.get_path("purelib")), own)
        yield folder / "venv" / "bin" / "python"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def twin() -> Path | None:
    """Return a Python of our version that everybody may read, None where there is none."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    places = [f"{sys.base_prefix}/bin", *os.get_exec_path(), "/usr/bin"]
    found = (Path(place, name) for place in places)
    return next((path for path in found if path.exists() and public(path)), None)


def trouble() -> str:
    """Return why tests that leave root cannot run with this Python; empty where they can."""
    if os.geteuid() != 0 or twin() is not None:
        return ""
    version = ".".join(map(str, sys.version_info[:2]))
    return (
        f"{sys.base_prefix}, where this Python {version} stands, may be read by its owner alone, "
        "and tests as root run notebooks as another user. Take a Python that everybody may read: "
        f"install one in /opt or /usr/local, then `PYTHON=/opt/.../bin/python{version} make test`; "
        "or run the tests as an ordinary user."
    )


def public(path: Path) -> bool:
    resolved = path.resolve()
    return all(part.stat().st_mode & stat.S_IXOTH for part in (resolved, *resolved.parents))


def link(source: Path, target: Path) -> None:
    if subprocess.run(["cp", "-al", source, target], capture_output=True).returncode:
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", source, target], check=True)

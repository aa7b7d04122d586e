"""A Python that every user may read, for tests that leave root."""

from __future__ import annotations

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
    system = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    if not public(system):
        system = Path("/usr/bin", system.name)
        assert system.exists(), f"{sys.base_prefix} is private and there is no {system}"
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


def public(path: Path) -> bool:
    resolved = path.resolve()
    return all(part.stat().st_mode & stat.S_IXOTH for part in (resolved, *resolved.parents))


def link(source: Path, target: Path) -> None:
    if subprocess.run(["cp", "-al", source, target], capture_output=True).returncode:
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", source, target], check=True)

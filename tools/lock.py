"""Write what `make demo` and `make test` install: the newest releases, each with its hashes.

    make lock

``requirements/dev.txt`` and ``requirements/course.txt`` then hold the newest releases that
pyproject.toml allows and that go together, for Python 3.11 and every later one, on Linux and macOS.
uv works that out without running any of these Pythons, and pip reads what it writes. Where a
release has no wheel for one of `PLATFORMS`, nothing is changed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"
EXTRAS = ("dev", "course")  # the second takes its versions from the first
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")


def main() -> int:
    """Lock all extras, and put what was written in place if all of it can be installed."""
    uv = _uv(ROOT / "build" / "lock")
    with tempfile.TemporaryDirectory() as folder:
        locks = {extra: Path(folder, f"{extra}.txt") for extra in EXTRAS}
        for extra, lock in locks.items():
            _compile(uv, extra, lock, () if extra == EXTRAS[0] else ("-c", locks[EXTRAS[0]].name))
            _refuse_what_needs_a_compiler(uv, lock)
        FOLDER.mkdir(exist_ok=True)
        for lock in locks.values():
            (FOLDER / lock.name).write_bytes(lock.read_bytes())
    return 0


def _uv(folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", "uv"], check=True)
    return folder / "bin" / "uv"


def _compile(uv: Path, extra: str, lock: Path, constraints: tuple[str, ...]) -> None:
    project = ROOT / "pyproject.toml"
    build = tomllib.loads(project.read_text(encoding="utf-8"))["build-system"]["requires"]
    options = ["--extra", extra, "--universal", "--python-version", PYTHONS[0], *constraints]
    form = ["--generate-hashes", "--no-annotate", "--output-file", lock.name]
    quiet = ["--custom-compile-command", "make lock", "--no-config", "--quiet"]
    subprocess.run(
        [uv, "pip", "compile", project, "-", *options, *form, *quiet],
        input="\n".join(build),
        text=True,
        check=True,
        cwd=lock.parent,
    )


def _refuse_what_needs_a_compiler(uv: Path, lock: Path) -> None:
    for python in PYTHONS:
        for platform in PLATFORMS:
            place = ["--python-version", python, "--python-platform", platform]
            form = ["--only-binary", ":all:", "--require-hashes", "--no-deps", "--no-config"]
            install = [
                str(uv),
                "pip",
                "install",
                "--dry-run",
                "--target",
                str(lock.parent),
                *place,
                *form,
            ]
            done = subprocess.run([*install, "-r", str(lock)], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"{lock.name}, Python {python} on {platform}: {done.stderr}")


if __name__ == "__main__":
    sys.exit(main())

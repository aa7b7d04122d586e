"""What the tests of the wheel share."""

from __future__ import annotations

import fcntl
import shutil
from functools import partial
from pathlib import Path

import pytest

from tests.installing.environments import (
    FOLDER,
    ROOT,
    Environment,
    build,
    core_environment,
    extra_environment,
    installed_by_pip,
)

INDEX = "--from-index"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        INDEX,
        action="store_true",
        help="Have pip install the wheel and what it asks for, as a user does.",
    )


@pytest.fixture(scope="session")
def built(request, testrun_uid: str) -> Path:
    """Return the folder of all that is built, which the workers of a run share."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    note = FOLDER / "run"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the second worker waits for the first
        if not note.exists() or note.read_text() != testrun_uid:
            shutil.rmtree(FOLDER / "dist", ignore_errors=True)
            # What an earlier build noted there would be packed again.
            shutil.rmtree(ROOT / "notebook_grader.egg-info", ignore_errors=True)
            build(ROOT, FOLDER / "dist")
            make_core = installed_by_pip if request.config.getoption(INDEX) else core_environment
            make_core(next(FOLDER.glob("dist/*.whl")))
            note.write_text(testrun_uid)
    return FOLDER


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("dist/*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(built: Path) -> Path:
    (found,) = built.glob("dist/*.tar.gz")
    return found


@pytest.fixture(scope="session")
def core(built: Path) -> Environment:
    """Return an environment with the wheel and no extra."""
    return Environment(built / "core")


@pytest.fixture
def with_extra(core: Environment, wheel: Path, request):
    """Return what makes an environment with one extra."""
    if request.config.getoption(INDEX):
        return partial(installed_by_pip, wheel)
    return partial(extra_environment, core, wheel)

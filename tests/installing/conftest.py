"""What the tests of the wheel share."""

from __future__ import annotations

import shutil
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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--from-index",
        action="store_true",
        help="Have pip install the wheel and what it asks for, as a user does.",
    )


@pytest.fixture(scope="session")
def built() -> Path:
    """Return the folder of the sdist, and of the wheel that was built from it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    # What an earlier build noted there would be packed again.
    shutil.rmtree(ROOT / "notebook_grader.egg-info", ignore_errors=True)
    build(ROOT, FOLDER / "dist")
    return FOLDER / "dist"


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(built: Path) -> Path:
    (found,) = built.glob("*.tar.gz")
    return found


@pytest.fixture(scope="session")
def core(wheel, request):
    """Make an environment with the wheel and no extra."""
    if request.config.getoption("--from-index"):
        with installed_by_pip(wheel, "") as made:
            yield made
    else:
        with core_environment(wheel) as made:
            yield made


@pytest.fixture
def with_extra(core: Environment, wheel: Path, request):
    """Return what makes an environment with one extra."""
    if request.config.getoption("--from-index"):
        return lambda extra: installed_by_pip(wheel, extra)
    return lambda extra: extra_environment(core, wheel, extra)

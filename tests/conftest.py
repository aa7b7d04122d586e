"""Gradebooks for whatever test wants one, in the databases that they may be kept in; caches."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from tests.forks import measure_forks_apart
from tests.postgres import Server
from tests.sandbox.pythons import trouble

VARIABLE = "GRADER_GRADEBOOK"
SERVER = pytest.StashKey[Server]()
CACHES = pytest.StashKey[TemporaryDirectory[str]]()

measure_forks_apart()

# The same examples in every run, so that what passed here passes there; `make soak` looks for more.
settings.register_profile("same examples", derandomize=True)
settings.register_profile("new examples", derandomize=False)
settings.load_profile("same examples")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--gradebook",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="The database that tests grade into, unless they are about one of the two.",
    )


# The tests that run as another user, where we are root.
LEAVING_ROOT = (
    "attacks",
    "sandbox/test_doctor.py",
    "sandbox/test_isolation.py",
    "sandbox/test_unprivileged_user.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Stop if this Python cannot be read by another user, and make the folder for caches."""
    require_readable_python(config)
    caches = config.stash[CACHES] = TemporaryDirectory(prefix="caches-")
    config.add_cleanup(caches.cleanup)


def require_readable_python(config: pytest.Config) -> None:
    """Stop the run, once and at its start, if another user cannot read this Python."""
    found = "" if hasattr(config, "workerinput") else trouble()
    if found and any(_holds_or_is_in(argument) for argument in config.args):
        raise pytest.UsageError(found)


def _holds_or_is_in(argument: str) -> bool:
    """Return whether what is to be run has to do with `LEAVING_ROOT`."""
    chosen = Path(argument.partition("::")[0]).absolute()
    those = [Path(__file__).parent / name for name in LEAVING_ROOT]
    return any(chosen.is_relative_to(one) or one.is_relative_to(chosen) for one in those)


# Files whose tests take longest, the longest first: begun last, each would run on alone at the end.
LONGEST = (
    "tests/test_samples.py",
    "tests/test_catalogue.py",
    "tests/attacks/test_bombs.py",
    "tests/faults/test_faults.py",
    "tests/batch/cluster/test_dask_pool.py",
    "tests/attacks/test_processes.py",
    "tests/authoring/prove/test_prove_exercise.py",
    "tests/cli/test_gradebook.py",
    "tests/authoring/release/test_released_cells.py",
    "tests/faults/test_databases.py",
    "tests/faults/test_disks.py",
    "tests/faults/test_files.py",
    "tests/faults/test_killed_sandbox.py",
    "tests/benchmarks/test_peers.py",
    "tests/docs/test_blocks.py",
    "tests/sandbox/test_jupyter.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; else the order stays."""
    rank = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.nodeid.split("::")[0], len(rank)))


def pytest_collection_finish() -> None:
    """Spare the collector, and each process that is forked, all that was made so far."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give the command a gradebook and a cache of this test's own, before any fixture may grade."""
    os.environ["GRADER_CACHE"] = str(Path(item.config.stash[CACHES].name, token_hex(8)))
    if item.config.getoption("gradebook") == "sqlite":
        os.environ.pop(VARIABLE, None)  # whoever runs the tests may keep grades there
    else:
        os.environ[VARIABLE] = _server(item.config).unused_database()


def _server(config: pytest.Config) -> Server:
    """Return the server of this run, started when it is first wanted."""
    if SERVER not in config.stash:
        server = config.stash[SERVER] = Server.make()
        server.start()
        config.add_cleanup(server.remove)
    return config.stash[SERVER]


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Server:
    """A PostgreSQL server."""
    return _server(pytestconfig)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new gradebook may be, in both databases one after the other."""
    if request.param == "sqlite":
        return str(tmp_path / "gradebook.db")
    server: Server = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(scope="session")
def gradebooks(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Return what names places for new gradebooks, in the database of `--gradebook`."""
    if pytestconfig.getoption("gradebook") == "postgresql":
        return _server(pytestconfig).new_database
    return lambda: str(tmp_path_factory.mktemp("gradebook") / "gradebook.db")


@pytest.fixture
def gradebook(gradebooks: Callable[[], str]) -> str:
    """Where a new gradebook may be, in the database of `--gradebook`."""
    return gradebooks()


@pytest.fixture
def gradebook_file(tmp_path: Path) -> Path:
    """Where a new gradebook may be for a test of SQLite's file, whatever `--gradebook` says."""
    return tmp_path / "file.db"


@pytest.fixture
def mistakes_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the ids of known mistakes as their programs are run."""
    from grader.grading.preparation import PreparedExercise

    seen: list[str] = []
    run = PreparedExercise.judge_mistake
    monkeypatch.setattr(
        PreparedExercise,
        "judge_mistake",
        lambda self, mistake, ready: seen.append(mistake) or run(self, mistake, ready),
    )
    return seen

"""Sandboxes that attacks share, and the list of what stopped each."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import mock

import pytest

import grader.guest
from grader.cache import open_cache
from grader.grading.preparation import prepare_course
from grader.sandbox.engine import Isolation
from grader.sandbox.settings import SandboxSettings
from tests.attacks.arena import LIMITS, Arena
from tests.attacks.course import Secrets, write_course
from tests.attacks.exam import Exam
from tests.sandbox.pythons import public_python

PROPERTY = "stopped by"


class Arenas:
    """Makes each sandbox when a test first asks for it, and keeps it for the tests after."""

    def __init__(self, folder: Path, secret: Secrets, python: str, host: Host) -> None:
        self.secret = secret
        self.course = write_course(folder, secret)
        cache = open_cache()
        prepare_course(self.course, cache=cache)
        host.known["CACHE"] = cache.folder if cache else ""
        self.python = python
        self.host = host
        self.made: dict[str, Arena] = {}
        self.told: list[tuple[str, object]] = []

    def __call__(
        self,
        isolation: Isolation = Isolation.STRONG,
        *,
        without: frozenset[str] = frozenset(),
        limits: Mapping[str, float] | None = None,
    ) -> Arena:
        """Return the sandbox of a tier, without some layers, with limits of its own."""
        key = json.dumps([isolation.value, sorted(without), sorted((limits or {}).items())])
        if key not in self.made:
            self.made[key] = self.make(isolation, without, limits or {})
        return self.made[key]

    def drop(self, arena: Arena) -> None:
        """End a sandbox, so that the next test that asks for one of its kind gets a new one."""
        self.made = {key: kept for key, kept in self.made.items() if kept is not arena}
        arena.close()

    def make(
        self, isolation: Isolation, without: frozenset[str], limits: Mapping[str, float]
    ) -> Arena:
        """Start a sandbox that no other test has."""
        # bubblewrap shows our Python wherever it stands; without that the way to it must be open.
        unaided = isolation is Isolation.BASIC or "mount_view" in without
        settings = SandboxSettings.model_validate(
            {"limits": {**LIMITS, **limits}, "python": self.python if unaided else None}
        )
        return Arena(self.course, self.secret, isolation, settings, without, known=self.host.known)

    @contextmanager
    def weakened(
        self,
        isolation: Isolation,
        changes: Mapping[str, tuple[str, str]],
        limits: Mapping[str, float] | None = None,
    ) -> Iterator[Arena]:
        """Start a sandbox whose inside differs in a line of some files, to show what it is for."""
        with public_temporary_folder() as folder:
            guest = folder / "guest"
            shutil.copytree(Path(grader.guest.__file__).parent, guest)
            for name, (old, new) in changes.items():
                text = (guest / name).read_text()
                assert text.count(old) == 1, f"{old!r} is not once in {name}"
                (guest / name).write_text(text.replace(old, new))
            with (
                mock.patch("grader.sandbox.runtime_packages.guest_folder", return_value=guest),
                closing(self.make(isolation, frozenset(), limits or {})) as arena,
            ):
                yield arena

    def tell(self, *words: str) -> None:
        """Note for the summary what stopped an attack: its name, the layer, the tier, the proof."""
        self.told.append((PROPERTY, json.dumps(words)))

    def close(self) -> None:
        for arena in self.made.values():
            arena.close()


class Host:
    """What listens on the machine, for attacks to reach."""

    def __init__(self, folder: Path) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.local = socket.socket(socket.AF_UNIX)
        self.local.bind(str(folder / "service"))
        (folder / "service").chmod(0o777)
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0attacked-{os.getpid()}")
        self.mail = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.mail.bind(str(folder / "mail"))
        (folder / "mail").chmod(0o777)
        for listening in (self.local, self.abstract):
            listening.listen()
        self.known = {
            "PORT": self.tcp.getsockname()[1],
            "SOCKET": folder / "service",
            "MAIL": folder / "mail",
            "ABSTRACT": f"attacked-{os.getpid()}",
            "GRADER": os.getpid(),
        }

    def close(self) -> None:
        for listening in (self.tcp, self.local, self.abstract, self.mail):
            listening.close()


@contextmanager
def public_temporary_folder() -> Iterator[Path]:
    """Make a folder that every user may read; not in /tmp, which every session has its own of."""
    folder = Path(tempfile.mkdtemp(prefix="attacked-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def secret_in_home(text: str) -> Iterator[None]:
    """Put a file into the home folder of whoever runs the tests."""
    with tempfile.NamedTemporaryFile("w", prefix=".attacked-", dir=Path.home()) as file:
        file.write(text)
        file.flush()
        yield


@pytest.fixture(scope="session")
def all_arenas():
    secret = Secrets.make()
    with (
        public_python() as python,
        public_temporary_folder() as course,
        public_temporary_folder() as services,
        public_temporary_folder() as cache,
        secret_in_home(secret.texts["HOME"]),
        closing(Host(services)) as host,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("ATTACKED_SECRET", secret.texts["ENVIRONMENT"])
        patch.setenv("GRADER_CACHE", str(cache))
        with closing(Arenas(course, secret, str(python), host)) as made:
            yield made


@pytest.fixture
def arenas(all_arenas, request):
    """Give sandboxes by tier, `arenas(Isolation.STRONG, without=..., limits=...)`."""
    all_arenas.told = request.node.user_properties
    return all_arenas


@pytest.fixture
def arena(arenas):
    """Give the sandbox of the tier `strong`, with the limits of all attacks."""
    return arenas(Isolation.STRONG)


def pytest_terminal_summary(terminalreporter):
    stopped = defaultdict(lambda: defaultdict(list))
    for report in terminalreporter.stats.get("passed", []):
        for key, value in report.user_properties:
            if key == PROPERTY:
                name, layer, tier, proof = json.loads(value)
                stopped[name, layer, proof]["tiers"].append(tier)
    if not stopped:
        return
    terminalreporter.section("attack -> stopped by")
    for (name, layer, proof), where in sorted(stopped.items()):
        tiers = "+".join(where["tiers"])
        terminalreporter.write_line(f"{name} -> {layer} [{tiers}] ({proof})")


@pytest.fixture(scope="session")
def exam():
    """Give the bundled course in a sandbox of the tier `strong`."""
    with closing(Exam()) as made:
        yield made

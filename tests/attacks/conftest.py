"""Sandboxes that attacks share, and the list of what stopped each."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.sandbox.settings import Isolation, SandboxSettings
from tests.attacks.arena import LIMITS, Arena
from tests.attacks.course import Secrets, write_course
from tests.sandbox.pythons import public_python

PROPERTY = "stopped by"


class Arenas:
    """Makes each sandbox when a test first asks for it, and keeps it for the tests after."""

    def __init__(self, folder: Path, secret: Secrets, python: str) -> None:
        self.secret = secret
        self.course = write_course(folder, secret)
        self.python = python
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
            python = self.python if isolation is Isolation.BASIC else None
            settings = SandboxSettings.model_validate(
                {"limits": {**LIMITS, **(limits or {})}, "python": python}
            )
            self.made[key] = Arena(self.course, self.secret, isolation, settings, without)
        return self.made[key]

    def tell(self, *words: str) -> None:
        """Note for the summary what stopped an attack: its name, the layer, the tier, the proof."""
        self.told.append((PROPERTY, json.dumps(words)))

    def close(self) -> None:
        for arena in self.made.values():
            arena.close()


@pytest.fixture(scope="session")
def all_arenas():
    secret = Secrets.make()
    with public_python() as python, pytest.MonkeyPatch.context() as patch:
        folder = Path(tempfile.mkdtemp(prefix="attacked-course-", dir="/var/tmp"))
        home = Path.home() / f".attacked-{folder.name}"
        home.write_text(secret.texts["HOME"])
        patch.setenv("ATTACKED_SECRET", secret.texts["ENVIRONMENT"])
        made = Arenas(folder, secret, str(python))
        try:
            yield made
        finally:
            made.close()
            home.unlink()
            shutil.rmtree(folder)


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

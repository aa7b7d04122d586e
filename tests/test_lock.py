"""What the Makefile installs: each release that pyproject.toml asks for, by its hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ["dev", "course"]
PLACES = [
    {
        "python_version": python,
        "python_full_version": f"{python}.{patch}",
        "sys_platform": system,
        "platform_machine": machine,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for python in ("3.11", "3.12", "3.13", "3.14")
    for patch in (0, 20)
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
]
HASH = r" --hash=sha256:[0-9a-f]{64}"


@cache
def pins_of(lock: str) -> list[tuple[Requirement, int]]:
    """Return what a lock pins, each with the number of its hashes."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    entries = re.sub(r"\s*\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text)).splitlines()
    pins = [(Requirement(re.sub(HASH, "", line)), len(re.findall(HASH, line))) for line in entries]
    assert all(str(pin.specifier).startswith("==") and hashes for pin, hashes in pins)
    return pins


def versions_at(lock: str, place: dict[str, str]) -> dict[str, str]:
    """Return the version of each package that a lock installs on a machine."""
    versions: dict[str, str] = {}
    for pin, _ in pins_of(lock):
        if pin.marker is None or pin.marker.evaluate(place):
            name = canonicalize_name(pin.name)
            assert name not in versions, f"{name} is there twice"
            versions[name] = str(pin.specifier).removeprefix("==")
    return versions


def wanted_by(lock: str) -> Iterator[Requirement]:
    """Yield what pyproject.toml asks for, with the extras that an extra asks for."""
    extras = PROJECT["project"]["optional-dependencies"]
    left = [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *extras[lock],
    ]
    while left:
        requirement = Requirement(left.pop())
        if requirement.name == PROJECT["project"]["name"]:
            left += [each for extra in requirement.extras for each in extras[extra]]
        else:
            yield requirement


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: "-".join(list(place.values())[1:4]))
def test_all_that_the_project_asks_for_is_locked_within_its_range(lock, place):
    versions = versions_at(lock, place)
    for requirement in wanted_by(lock):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"run `make lock`: {requirement}"


@pytest.mark.parametrize("lock", LOCKS)
def test_each_release_is_known_by_the_hashes_of_its_files(lock):
    pins = pins_of(lock)
    assert len(pins) > 20
    # A release that is compiled has a wheel for each Python and platform.
    numpy = [hashes for pin, hashes in pins if pin.name == "numpy"]
    assert numpy
    assert min(numpy) > 12


@pytest.mark.parametrize("place", PLACES[::6], ids=lambda place: place["python_version"])
def test_the_demo_runs_with_the_releases_that_are_tested(place):
    assert versions_at("course", place).items() <= versions_at("dev", place).items()

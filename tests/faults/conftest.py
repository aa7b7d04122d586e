"""The class that faults meet, and what its gradebook holds when nothing happens to it."""

from __future__ import annotations

import pytest

from tests.faults.classes import Class

SIZE = 20


@pytest.fixture(scope="session")
def school(tmp_path_factory) -> Class:
    """Return a class; whoever changes its files mends them."""
    return Class.make(tmp_path_factory.mktemp("class"), SIZE)


@pytest.fixture(scope="session")
def expected(school, gradebooks) -> list[str]:
    return school.undisturbed(gradebooks())

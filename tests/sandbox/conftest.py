"""What tests of the sandbox share."""

from __future__ import annotations

import pytest

from tests.sandbox.measuring import measured


@pytest.fixture(scope="module")
def measured_inside():
    """Measure what runs inside the sandboxes of a module."""
    with measured():
        yield

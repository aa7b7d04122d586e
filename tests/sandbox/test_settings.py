from __future__ import annotations

import pytest
from pydantic import ValidationError

from grader.sandbox.engine import Isolation
from grader.sandbox.settings import Limits, SandboxSettings


def test_sizes_may_be_written_with_their_unit():
    assert Limits.model_validate({"memory_bytes": "1 GiB"}).memory_bytes == 1024**3
    assert Limits.model_validate({"file_bytes": 4096}).file_bytes == 4096


@pytest.mark.parametrize(
    "limits",
    [
        {"cell_s": 0},
        {"cell_s": float("inf")},
        {"processes": 0},
        {"memory_bytes": 0},
        {"open_files": 3},
        {"memory": "1 GiB"},
    ],
)
def test_a_limit_that_limits_nothing_is_refused(limits):
    with pytest.raises(ValidationError):
        Limits.model_validate(limits)


@pytest.mark.parametrize("name", ["os; import sys", "", "a..b", "../x", "1x"])
def test_what_is_no_module_name_cannot_be_preloaded(name):
    with pytest.raises(ValidationError):
        SandboxSettings.model_validate({"preload": [name]})


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError):
        SandboxSettings().python = "x"


def test_the_strongest_tier_comes_first():
    assert [tier.value for tier in Isolation] == ["strong", "basic", "none"]

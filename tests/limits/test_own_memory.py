"""A worker's limit on its own memory, which what it starts does not have."""

import resource
import subprocess
import sys

import numpy as np
import pytest

from grader.authoring.prove.bounded_process import BoundedTask, run_bounded
from grader.limits.own_memory import bound_own_memory, without_bound

MIB = 1 << 20


def apart(do):
    (ended,) = run_bounded([BoundedTask("it", do, 60.0)], jobs=1)
    return ended.value if not ended.lost else ended.lost


@pytest.mark.parametrize(
    "take", [lambda: bytes(300 * MIB), lambda: np.ones(40 * MIB), lambda: [0] * (40 * MIB)]
)
def test_what_is_beyond_the_limit_is_a_memory_error(take):
    def work():
        bound_own_memory(200 * MIB)
        small = bytearray(50 * MIB)
        take()
        return len(small)

    assert apart(work).startswith("raised MemoryError")


def test_what_was_there_before_does_not_count():
    def work():
        before = bytearray(400 * MIB)
        bound_own_memory(200 * MIB)
        return len(before) + len(bytearray(100 * MIB))

    assert apart(work) == 500 * MIB


def test_what_is_started_meanwhile_has_no_such_limit():
    command = [
        sys.executable,
        "-S",
        "-c",
        "import resource as r; print(r.getrlimit(r.RLIMIT_DATA))",
    ]

    def work():
        limit = resource.getrlimit(resource.RLIMIT_DATA)
        bound_own_memory(200 * MIB)
        bound = resource.getrlimit(resource.RLIMIT_DATA)
        with without_bound():
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return (
            told.strip()
            == repr(limit)
            != repr(bound)
            == repr(resource.getrlimit(resource.RLIMIT_DATA))
        )

    assert apart(work) is True

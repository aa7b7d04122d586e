"""A disk that is full is told of, and costs nothing that was stored."""

from __future__ import annotations

import resource
import signal

import pytest

from tests.faults.classes import contents


def no_more_than(size):
    """Return what limits every file of a process, as a full disk does."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("size", [0, 20_000, 260_000])  # at the start, on the way, in the run
def test_a_full_disk_is_told_and_costs_nothing_that_was_stored(
    school, expected, gradebook_file, size
):
    address = str(gradebook_file)
    process = school.start(address, preexec_fn=no_more_than(size))
    _, complained = process.communicate(timeout=300)
    assert "Traceback" not in complained
    assert process.returncode == 2, complained
    assert "disk" in complained or "Cannot write" in complained or "No space" in complained
    school.grade(address)
    assert contents(address) == expected


@pytest.mark.strong
def test_a_full_disk_for_the_output_alone_is_told_and_leaves_what_is_graded(
    school, expected, address, tmp_path
):
    out = tmp_path / "out"
    out.mkdir()
    small = ["bwrap", "--dev-bind", "/", "/", "--size", 16_384, "--tmpfs", out]
    process = school.start(address, out, before=small)
    _, complained = process.communicate(timeout=300)
    assert process.returncode == 2, complained
    assert f"Cannot write into {out}: No space left on device. Make room there" in complained
    assert "Traceback" not in complained
    school.grade(address)
    assert contents(address) == expected

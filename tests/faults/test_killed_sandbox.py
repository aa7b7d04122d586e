"""A zygote, a session or a fork that somebody else kills costs no student anything.

One worker grades, so that what was broken off comes again before anything else. The kills are so
far apart that none meets the second try of what the one before it broke off.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import cycle

import pytest

from tests.faults.classes import Class, contents, moments
from tests.faults.hunting import Hunt, SlowClass
from tests.notebooks import notebook_bytes

TIERS = ["none", pytest.param("strong", marks=pytest.mark.strong)]


def hunted(school, gradebook, kills):
    """Grade while something is killed now and then; return how often it was hit."""
    process = school.start(gradebook)
    hunt = Hunt(process, tier=school.options[1])
    hits = sum(kill(hunt, moment) for kill, moment in kills)
    said, complained = process.communicate(timeout=300)
    assert process.returncode == 3, complained  # one submission cannot be read
    assert f"{school.size - 1} graded, 1 unreadable" in said, said
    return hits


def zygote(hunt, moment):
    hunt.next(hunt.sessions, 2)
    time.sleep(moment)
    return sum(prey.kill() for prey in hunt.zygotes())


def sandbox(hunt, moment):
    hunt.next(hunt.sessions, 2)
    time.sleep(moment)
    return sum(prey.kill() for prey in hunt.sandboxes())


def session(hunt, moment):
    # What was broken off goes on in a session of its own, then the whole comes again in another.
    found = hunt.next(hunt.sessions, 4)
    time.sleep(moment)
    return found is not None and found.kill()


def fork(hunt, moment):
    hunt.next(hunt.sessions, 4)
    found = hunt.next(hunt.forks)
    time.sleep(moment / 3)
    return found is not None and found.kill()


def mixed(kinds, count, seed):
    """Return kills of these kinds, one after the other, each with a moment to wait for."""
    return list(zip(cycle(kinds), moments(count, 0.06, seed), strict=False))


KINDS = (zygote, session, fork, sandbox, session, fork)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(
    ("size", "kills"), [(20, 4), pytest.param(200, 50, marks=pytest.mark.soak)]
)
def test_a_sandbox_whose_processes_are_killed_loses_nothing(
    tmp_path, gradebooks, tier, size, kills
):
    school = SlowClass.make(tmp_path, size)
    school = replace(school, options=("--isolation", tier, "--jobs", "1"))
    gradebook, undisturbed = gradebooks(), gradebooks()
    assert hunted(school, gradebook, mixed(KINDS, kills, seed=3)) > kills / 2
    assert contents(gradebook) == school.undisturbed(undisturbed)


def test_a_notebook_that_kills_its_zygote_time_after_time_is_reported_and_no_other(tmp_path):
    few = Class.make(tmp_path, 4)
    log = tmp_path / "log"
    kill = f"import os\nopen({str(log)!r}, 'a').write('killed ')\nos.kill(os.getppid(), 9)"
    (few.folder / "work" / "killer.ipynb").write_bytes(notebook_bytes([kill]))
    said, _ = few.start(str(tmp_path / "g.db")).communicate(timeout=60)
    assert "5 graded, 1 unreadable" in said, said
    assert "1 error" in said
    assert log.read_text() == "killed killed "

"""Whether all CPU is counted: a notebook that burns a known time must cost that much more."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.contest import Contest, Setting
from benchmarks.measuring import measure

BURNT_S = 2.0
"""One second in a cell, and one in the first call of a function."""

_TRIES = 3
"""The least of these is taken, since whatever disturbs a run only adds."""

_BURNING = """

import time as _time

def _burn_a_second():
    until = _time.process_time() + 1.0
    while _time.process_time() < until:
        pass

_quick = hth_likelihood
_burnt = []

def hth_likelihood(p):
    if not _burnt:
        _burnt.append(_burn_a_second())
    return _quick(p)

_burn_a_second()
"""


def calibrate(setting: Setting) -> dict[str, float]:
    """Return by grader how much more CPU [s] is counted for a notebook that burns `BURNT_S`."""
    plain = _least_cpu_s(setting, "plain", "")
    burning = _least_cpu_s(setting, "burning", _BURNING)
    return {name: burning[name] - plain[name] for name in setting.subjects}


def _least_cpu_s(setting: Setting, folder: str, added: str) -> dict[str, float]:
    contest = Contest(replace(setting, folder=setting.folder / folder), [1], added=added)
    return {
        name: min(contest.grade(name, 1, measure).cpu_s for _ in range(_TRIES))
        for name in setting.subjects
    }

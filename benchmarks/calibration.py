"""Whether all CPU is counted: a notebook that burns a known time must cost that much more."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.contest import Contest, Setting
from benchmarks.measuring import measure

__all__ = ["BURNT_S", "calibrate"]

BURNT_S = 2.0
"""One second in a cell, and one in the first call of a function."""

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
    counted = {}
    for added in ("", _BURNING):
        folder = setting.folder / ("burning" if added else "plain")
        contest = Contest(replace(setting, folder=folder), [1], added=added)
        counted[added] = {name: contest.grade(name, 1, measure) for name in setting.subjects}
    return {
        name: counted[_BURNING][name].cpu_s - counted[""][name].cpu_s for name in setting.subjects
    }

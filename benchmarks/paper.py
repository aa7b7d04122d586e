"""The questions of this grader, as a test that nbgrader and otter-grader can run.

A copy of this file and of ``questions.pkl`` lies beside each notebook that the peers grade. It
needs numpy only, and compares as plainly as a teacher's own test would.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np


def examine(names: Mapping[str, Any], exercise: str, number: int) -> None:
    """Put check `number` of an exercise to a notebook's names; AssertionError if one is wrong."""
    check = _questions()[exercise][number]
    for asked in check["asked"]:
        answer = names[asked["name"]]
        if check["kind"] == "witness":
            _examine_witness(answer)
            continue
        if asked["case"] is not None:
            args, kwargs = asked["case"]
            try:
                answer = answer(*args, **kwargs)
            except Exception as error:
                raised = {base.__name__ for base in type(error).__mro__}
                assert asked["raises"] in raised, asked["name"]
                continue
        assert asked["raises"] is None, asked["name"]
        assert _agrees(answer, asked["expected"], check), asked["name"]


@cache
def _questions() -> Mapping[str, Any]:
    found: Mapping[str, Any] = pickle.loads(Path("questions.pkl").read_bytes())
    return found


def _agrees(actual: Any, expected: Any, check: Mapping[str, Any]) -> bool:
    if isinstance(expected, dict):
        return set(actual) == set(expected) and all(
            _agrees(actual[key], value, check) for key, value in expected.items()
        )
    if isinstance(expected, (list, tuple)):
        return len(actual) == len(expected) and all(
            _agrees(a, e, check) for a, e in zip(actual, expected, strict=True)
        )
    if expected is None or isinstance(expected, (str, bool)):
        return bool(actual == expected)
    close = {"rtol": check["rtol"], "atol": check["atol"]}
    return np.shape(actual) == np.shape(expected) and np.allclose(actual, expected, **close)


def _examine_witness(witness: Any) -> None:
    """Check the pair of `kl_asymmetry`, with our own kl."""
    p, q = (np.asarray(part, dtype=float) for part in witness)
    assert p.shape == q.shape
    for part in (p, q):
        assert part.ndim == 1
        assert np.all(part >= 0)
        assert abs(part.sum() - 1) < 1e-9
    assert np.array_equal(p > 0, q > 0)
    p, q = p[p > 0], q[q > 0]
    assert abs(np.sum(p * np.log(p / q)) - np.sum(q * np.log(q / p))) > 0.01

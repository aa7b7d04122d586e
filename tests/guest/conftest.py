"""One warm shell for the whole test process, as a zygote has one."""

from __future__ import annotations

import builtins
import sys

import pytest

from grader.guest.cell_runner import CellRunner, prepare_shell


@pytest.fixture(scope="session")
def shell():
    kept = {name: sys.modules.get(name) for name in ("__main__",)}
    hook, path = sys.displayhook, list(sys.path)
    vars(builtins).pop("_", None)  # what a doctest left would stop the shell from binding it
    yield prepare_shell()
    sys.displayhook, sys.path[:] = hook, path
    sys.modules.update({name: module for name, module in kept.items() if module})


@pytest.fixture
def runner(shell):
    fresh = CellRunner(shell, {"cell_s": 5.0, "output_bytes": 1 << 20})
    yield fresh
    fresh.forget()


@pytest.fixture
def run(runner):
    """Run one cell after another; return the outcome of the last."""
    count = iter(range(1000))

    def run_all(*sources, limit_s=None):
        return [runner.run(next(count), source, limit_s) for source in sources][-1]

    return run_all

"""Notebooks that are unfinished, that fail, hang, or take more than they may."""

from __future__ import annotations

from collections.abc import Iterator

from tools.samples.course import (
    EXERCISES,
    HTH,
    KL,
    MSE,
    NLL,
    earned,
    lost,
    program,
    score_of,
    starter,
)
from tools.samples.sample import Sample, answers, graded, with_cells
from tools.samples.writing import code

_WITNESS = "witness = ([0.5, 0.5], [0.9, 0.1])"
_PROVES_IT = "A pair that proves it"
_QUESTIONS = ("The area under the likelihood", "Likelihood is not probability")

_ENDLESS = """\
def normal_nll(eps, mu, sigma):
    total = 0.0
    while True:
        total += 1.0
    return total"""
_RECURSION = f"""\
def kl(p, q):
    return kl(p, q)

{_WITNESS}"""
_HOG = """\
def normal_nll(eps, mu, sigma):
    tables = []
    while True:
        tables.append(np.zeros((1024, 1024, 16)))"""
_LASTING_HOG = """\
hog = []
while True:
    hog.append(np.zeros(2**22))
"""

_HOG_CELL = """\
def simulate():
    runs = []
    while True:
        runs.append(np.zeros((1024, 1024, 16)))

simulate()"""
_SEGFAULT = f"""\
import ctypes

def kl(p, q):
    return ctypes.string_at(0)

{_WITNESS}"""
_EXITS = """\
import os

def normal_nll(eps, mu, sigma):
    os._exit(0)"""
_SWALLOWS = """\
import time
while True:
    try:
        time.sleep(0.01)
    except BaseException:
        pass  # never give up"""
_FLOOD = """\
line = "x" * (1 << 20)
for _ in range(200):
    print(line)"""
_RAISES = """\
hth_table = {p: hth_likelihood(p) for p in (0.1, 0.3, 0.5, 0.667, 0.8, 0.9, 1.1)}
best_p = 2 / 3"""
_FORKS = """\
import os
for _ in range(3):
    pid = os.fork()
    print("I am", "the child" if pid == 0 else "the parent")"""
_LEAVES_THREADS = """\
import subprocess, threading, time
threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
subprocess.Popen(["sleep", "3600"])"""


def samples() -> Iterator[Sample]:
    """Yield the accidents."""
    yield from _unfinished()
    yield from _failing()
    yield from _hanging()
    yield from _dying()


def _unfinished() -> Iterator[Sample]:
    blank = {name: starter(name) for name in EXERCISES}
    nothing = dict.fromkeys(EXERCISES, 0)
    yield graded("blank-starter", "nothing was filled in", answers(**blank), scores=nothing)
    yield graded("empty-notebook", "no cells at all", [], scores=nothing)
    yield graded(
        "half-finished",
        "two exercises answered, two as they were given",
        answers(stable_nll=starter(NLL), mse_from_normal_nll=starter(MSE)),
        scores={NLL: 0, MSE: 0},
    )
    yield graded(
        "last-definition-wrong",
        "a right `kl` and a wrong one below it: the last counts",
        [*answers(), code(program(KL, "mistakes/log2"))],
        mistakes={KL: "log2"},
        scores={KL: score_of(KL, "log2")},
    )


def _failing() -> Iterator[Sample]:
    broken = program(KL, "mistakes/log2").replace("def kl(p, q):", "def kl(p, q)")
    yield graded(
        "syntax-error",
        "one cell cannot be parsed; the witness stands in another",
        [*answers(kl_asymmetry=broken), code(_WITNESS)],
        scores={KL: earned(KL, _PROVES_IT)},
    )
    function = program(HTH, "accepted/grid_search").partition("points = ")[0]
    yield graded(
        "exception-in-the-middle",
        "a cell raises half-way: what stands before it counts, what stands after it is missing",
        answers(hth_likelihood=f"{function.strip()}\n\n{_RAISES}"),
        scores={HTH: lost(HTH, "The table", "The best p", *_QUESTIONS)},
    )
    function = program(HTH, "accepted/grid_search").partition("grid = ")[0]
    cells = answers(hth_likelihood=f"{function.strip()}\n\nbest_p = grid[np.argmax(curve)]")
    yield graded(
        "cells-run-out-of-order",
        "a name is used above the cell that makes it, which only worked while editing",
        [*cells, code("grid = np.linspace(0, 1, 1001)\ncurve = hth_likelihood(grid)")],
        scores={HTH: lost(HTH, "The best p", *_QUESTIONS)},
    )
    yield graded(
        "endless-recursion",
        "`kl` calls itself without end",
        answers(kl_asymmetry=_RECURSION),
        scores={KL: earned(KL, _PROVES_IT)},
    )
    yield graded(
        "memory-hog",
        "`normal_nll` takes memory until there is none",
        answers(stable_nll=_HOG),
        scores={NLL: 0},
    )
    yield graded(
        "memory-hog-in-a-cell",
        "a cell fills the memory and fails; what it held is free again",
        with_cells(4, _HOG_CELL),
    )
    yield graded(
        "memory-hog-that-stays",
        "a variable of a cell fills the memory; it goes, and the exercises keep their room",
        with_cells(4, _LASTING_HOG),
    )
    yield graded("flood-of-output", "a cell prints 200 MB", with_cells(4, _FLOOD))


def _hanging() -> Iterator[Sample]:
    yield graded(
        "endless-loop-in-a-function",
        "`normal_nll` never returns; the other exercises keep their marks",
        answers(stable_nll=_ENDLESS),
        scores={NLL: 0},
    )
    yield graded(
        "endless-loop-in-a-cell",
        "the cell of `normal_nll` never ends; the other exercises keep their marks",
        answers(stable_nll="while True:\n    pass\n\n" + program(NLL, "accepted/fsum")),
        scores={NLL: 0},
    )
    yield graded(
        "never-lets-itself-be-stopped",
        "a cell catches every interrupt; it is left out, and the others run again",
        with_cells(4, _SWALLOWS),
    )
    yield graded(
        "fork-that-goes-on",
        "a cell forks, and its children run on as if they were the notebook",
        with_cells(4, _FORKS),
        jupyter=False,  # eight kernels would share one socket
    )
    yield graded(
        "leaves-things-running",
        "a thread and a process stay behind",
        with_cells(4, _LEAVES_THREADS),
    )


def _dying() -> Iterator[Sample]:
    yield graded(
        "segfault-in-a-function",
        "`kl` kills its process through ctypes",
        answers(kl_asymmetry=_SEGFAULT),
        scores={KL: earned(KL, _PROVES_IT)},
    )
    yield graded(
        "segfault-in-a-cell",
        "a cell kills its process through ctypes",
        with_cells(4, "import ctypes\nctypes.string_at(0)"),
    )
    yield graded("exit-by-sys", "sys.exit() in a cell", with_cells(4, "import sys\nsys.exit(1)"))
    yield graded("exit-by-name", "exit() in a cell", with_cells(4, "exit()"))
    yield graded("exit-by-os", "os._exit() in a cell", with_cells(4, "import os\nos._exit(0)"))
    yield graded(
        "exit-by-os-in-a-function",
        "`normal_nll` ends its process as if all were well",
        answers(stable_nll=_EXITS),
        scores={NLL: 0},
    )

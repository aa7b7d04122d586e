"""Measures which lines run in zygotes and sessions, where coverage cannot follow.

They have an empty environment, can write no file, and end by a signal. So a tracer of our own notes
each step from line to line in memory that it shares with the tests, which hand it to coverage.
"""

from __future__ import annotations

import mmap
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from coverage import Coverage

import grader.guest
from grader.sandbox import boot

STAND_INS = ("cell_runner.py", "serving.py")  # probes.py puts others in their place
FOLDER = Path(grader.guest.__file__).parent
FILES = sorted(path for path in FOLDER.rglob("*.py") if path.name not in STAND_INS)
LINES = 512  # more than any file has; the way out of a function is a line below 0
STEPS = (2 * LINES) ** 2
TRACER = f"""\
import mmap, sys
from opcode import opmap
def _tracer(names, memory):
    ends = [opmap.get(name) for name in ("RETURN_VALUE", "RETURN_CONST", "YIELD_VALUE")]
    caught = opmap["PUSH_EXC_INFO"]
    def trace(frame, event, argument):
        code = frame.f_code
        file = names.get(code.co_filename.rpartition("/guest/")[2])
        if file is None:
            return None
        fresh = code.co_code[frame.f_lasti + 1] == 0  # of RESUME: not after a yield or an await
        last = -code.co_firstlineno if fresh else frame.f_lineno
        def note(line):
            nonlocal last
            memory[file * {STEPS} + (last + {LINES}) * {2 * LINES} + line + {LINES}] = 1
            last = line
        def steps(frame, event, argument):
            instruction = code.co_code[frame.f_lasti]
            if event == "line" and instruction != caught:
                note(frame.f_lineno)
            elif event == "return" and instruction in ends:  # not an exception
                note(-code.co_firstlineno)
            return steps
        return steps
    return trace
sys.settrace(_tracer({{names}}, mmap.mmap({{descriptor}}, {len(FILES) * STEPS})))
"""


@contextmanager
def measured() -> Iterator[None]:
    """Measure every zygote that is started meanwhile, if coverage measures the tests."""
    coverage = Coverage.current()
    if coverage is None:
        yield
        return
    descriptor = os.memfd_create("steps")
    os.truncate(descriptor, len(FILES) * STEPS)
    start = TRACER.format(
        names={str(path.relative_to(FOLDER)): number for number, path in enumerate(FILES)},
        descriptor=descriptor,
    )
    popen = subprocess.Popen

    def with_memory(*call, pass_fds=(), **options):
        return popen(*call, pass_fds=(*pass_fds, descriptor), **options)

    with (
        mock.patch.object(boot, "START", start + boot.START),
        mock.patch.object(boot.subprocess, "Popen", with_memory),
    ):
        yield
    with mmap.mmap(descriptor, 0) as memory:
        coverage.get_data().add_arcs(
            {str(path): steps(memory, number) for number, path in enumerate(FILES)}
        )
    os.close(descriptor)


def steps(memory: mmap.mmap, file: int) -> list[tuple[int, int]]:
    """Return the steps from line to line that were noted of a file."""
    found = []
    at = memory.find(b"\1", file * STEPS, (file + 1) * STEPS)
    while at >= 0:
        before, after = divmod(at - file * STEPS, 2 * LINES)
        found.append((before - LINES, after - LINES))
        at = memory.find(b"\1", at + 1, (file + 1) * STEPS)
    return found

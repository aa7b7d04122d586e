"""Engines that run nothing, and do to their worker what a notebook's first cell says."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.batch.cluster.assignment import Assignment, EngineMaker, assign
from grader.course import load_course
from grader.errors import SandboxError
from grader.gradebook.fingerprints import course_as_graded
from grader.sandbox.notebook_run import NotebookSource
from tests.course import tiny
from tests.notebooks import notebook_bytes


def paper(act: str, number: int = 0) -> bytes:
    """Return a notebook whose first cell is an act.

    An act is ``sleep 0.1``, ``die PATH``, ``kill PATH`` (of the worker's parent), ``eat BYTES`` or
    ``nothing``.
    """
    return notebook_bytes([act, f"number = {number}"])


@dataclass(frozen=True)
class StandIn:
    """An engine, and what starts it."""

    @contextmanager
    def start(self) -> Iterator[StandIn]:
        yield self

    def run_notebook(self, source: NotebookSource) -> object:
        act, _, argument = source.cells[0].partition(" ")
        if act == "sleep":
            time.sleep(float(argument))
        if act == "eat":
            bytearray(int(argument))
        if act in ("die", "kill"):
            with Path(argument).open("a") as log:
                log.write("died\n")
            os.kill(os.getpid() if act == "die" else os.getppid(), signal.SIGKILL)
        raise SandboxError(f"run by {os.getpid()}")


class BrokenEngine:
    """An engine that cannot be started."""

    @contextmanager
    def start(self) -> Iterator[None]:
        raise SandboxError("bubblewrap is missing")
        yield


def stand_ins(settings: object, *, hidden: Sequence[Path]) -> StandIn:
    """Make what starts a stand-in, on whatever machine."""
    return StandIn()


def lacking(settings: object, *, hidden: Sequence[Path]) -> StandIn:
    """Be a machine that lacks something."""
    raise SandboxError("this machine cannot give isolation `strong`, for it lacks bubblewrap")


def assignment(
    folder: Path, engines: EngineMaker = stand_ins, texts: Mapping[str, str | bytes] | None = None
) -> Assignment:
    """Return what workers get of the small course in a folder."""
    course = load_course(tiny.write(folder, texts or tiny.files()))
    exercises = list(course.exercises.values())
    graded = course_as_graded(course, exercises, seed=3, isolation="none", engine="sandbox")
    return assign(course, exercises, engines, graded)

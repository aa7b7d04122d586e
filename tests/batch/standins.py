"""Engines that run nothing, and do to their worker what a notebook's first cell says."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SandboxError
from tests.notebooks import notebook_bytes


def paper(act: str, number: int = 0) -> bytes:
    """Return a notebook whose first cell is an act: ``sleep 0.1``, ``die PATH`` or ``nothing``."""
    return notebook_bytes([act, f"number = {number}"])


@dataclass(frozen=True)
class StandIn:
    """An engine, and what starts it."""

    @contextmanager
    def start(self) -> Iterator[StandIn]:
        yield self

    def run_notebook(self, cells: Sequence[str], shared: Sequence[str] = ()) -> object:
        act, _, argument = cells[0].partition(" ")
        if act == "sleep":
            time.sleep(float(argument))
        if act == "die":
            with Path(argument).open("a") as log:
                log.write("died\n")
            os.kill(os.getpid(), signal.SIGKILL)
        raise SandboxError(f"run by {os.getpid()}")


class BrokenEngine:
    """An engine that cannot be started."""

    @contextmanager
    def start(self) -> Iterator[None]:
        raise SandboxError("bubblewrap is missing")
        yield

"""The loop of a worker process: it receives tasks and sends results."""

from __future__ import annotations

import contextlib
import gc
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection

from grader.batch.executor import Task, perform
from grader.errors import SandboxError
from grader.grading.preparation import Preparation
from grader.limits.own_memory import bound_own_memory
from grader.sandbox.engine import EngineFactory


def serve(
    connection: Connection, tasks: Iterator[Task], preparation: Preparation, engines: EngineFactory
) -> None:
    """Perform tasks, and send each result, or a SandboxError if the engine cannot start.

    EOFError and ConnectionError from `tasks` end the loop: the other process is gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    gc.freeze()  # collecting inherited objects would copy their memory, page by page
    gc.set_threshold(50_000)  # nearly all objects of judging are freed without the collector
    bound_own_memory(int(preparation.course.sandbox.limits.worker_bytes))
    with contextlib.suppress(EOFError, ConnectionError):  # the other process is gone
        try:
            with engines.start() as engine:
                for task in tasks:
                    connection.send(perform(preparation, task, engine))
        except SandboxError as error:
            connection.send(SandboxError(str(error)))

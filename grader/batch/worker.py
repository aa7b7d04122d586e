"""What every worker process does: tasks come down a pipe, results go back."""

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
    connection: Connection,
    tasks: Iterator[Task],
    preparation: Preparation,
    engines: EngineFactory,
) -> None:
    """Do tasks until there are no more; a SandboxError is sent where the engine cannot start.

    Parameters
    ----------
    connection : Connection
        Where results go.
    tasks : iterator of Task
        What comes from its other end; EOFError and ConnectionError end it.
    preparation : Preparation
        The course, ready.
    engines : EngineFactory
        Starts the engine that all of the tasks are run by.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    gc.freeze()  # to collect what was inherited would copy its memory, page by page
    gc.set_threshold(50_000)  # nearly all that judging makes dies by itself
    bound_own_memory(int(preparation.course.sandbox.limits.worker_bytes))
    with contextlib.suppress(EOFError, ConnectionError):  # the other end is gone
        try:
            with engines.start() as engine:
                for task in tasks:
                    connection.send(perform(preparation, task, engine))
        except SandboxError as error:
            connection.send(SandboxError(str(error)))

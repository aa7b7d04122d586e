"""The engine `jupyter`: cells run in a real kernel, through nbconvert's ExecutePreprocessor.

It has no isolation. It measures how faithful the sandbox is: both engines must give the same
grades. Once its cells have run, the kernel answers the same questions over the same wire.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.errors import SandboxError
from grader.guest.handed_files import place_files
from grader.guest.limits.own_time import OwnTime
from grader.sandbox.connection import Connection
from grader.sandbox.deadline import Deadline, Doubt, doubt_now
from grader.sandbox.interpreter import guest_folder
from grader.sandbox.kernel_launch import start_kernel
from grader.sandbox.kernel_outcome import displayed_text, read_outputs
from grader.sandbox.notebook_run import NotebookRun, NotebookSource, run_cells
from grader.sandbox.outcome import CellOutcome, hung_outcome
from grader.sandbox.session import Session
from grader.sandbox.session_process import Exit
from grader.sandbox.settings import Limits, SandboxSettings

GRACE_S = 2.0  # for a kernel to react to an interrupt
_CONNECT_S = 10.0

# Calls a function of `grader.guest.kernel` inside the kernel, with the kernel's globals.
_CALL = """
def _call(folder, name, *arguments):
    import importlib.util, sys
    spec = importlib.util.spec_from_file_location(
        "grader_guest", folder + "/__init__.py", submodule_search_locations=[folder]
    )
    sys.modules["grader_guest"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["grader_guest"])
    getattr(importlib.import_module("grader_guest.kernel"), name)(*arguments, globals())
_call({folder!r}, {name!r}, *{arguments!r})
del _call
"""


class JupyterEngine:
    """Runs each notebook in a Jupyter kernel of its own; the counterpart of `Sandbox`."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings

    @property
    def limits(self) -> Limits:
        """The limits of a submission."""
        return self._settings.limits

    def session(self) -> KernelSession:
        """Start a kernel; raise SandboxError if it does not start."""
        return KernelSession(self._settings)

    def run_notebook(self, source: NotebookSource) -> NotebookRun:
        """Run code cells in order and keep the kernel for questions; see `run_cells`."""
        return run_cells(self, source)

    def __enter__(self) -> JupyterEngine:
        """Return the engine."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: every kernel ends with its notebook."""


class _KernelProcess:
    """A kernel that answers questions, with the interface that `Session` needs."""

    def __init__(self, sock: socket.socket, kill: Any, members: Any) -> None:
        self.sock = sock
        self.kill = kill
        self.members = members
        self.stdout, self.stderr = _ended_pipe(), _ended_pipe()

    def wait(self, timeout_s: float | None = None) -> Exit:  # noqa: ARG002
        return Exit(code=None, signal=None, cpu_s=0.0, max_rss_bytes=0)

    def close(self) -> None:
        os.close(self.stdout)
        os.close(self.stderr)


def _ended_pipe() -> int:
    """Return a descriptor with nothing to read: a kernel sends its output as messages."""
    reading, writing = os.pipe()
    os.close(writing)
    return reading


class KernelSession:
    """A kernel that runs cells through nbconvert, then answers questions over the wire.

    Attributes
    ----------
    lost : str
        Why it cannot be asked any more; empty while it can.
    killed, spent, cpu_s : bool, bool, float
        Always False and 0: how a kernel ended and its processor time are unknown.
    clock : OwnTime
        Counts the own time of the kernel's processes.
    """

    killed = spent = False
    cpu_s = 0.0

    def __init__(self, settings: SandboxSettings) -> None:
        self._limits = settings.limits
        self._lost = ""
        self._cells = 0
        self._numbers: dict[int, int] = {}  # number of each cell, by its execution count
        self._served: Session | None = None
        self._folder = tempfile.mkdtemp(prefix="grader-")
        # Apart from the kernel's own files, which a student's files could replace.
        self._work = Path(self._folder, "work")
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._work.mkdir()
            self._client = start_kernel(settings, self._folder, stack)
            self._stack = stack.pop_all()
        self._kernel = self._client.km.provisioner.pid
        self.clock = OwnTime(self.members)
        self._began = time.monotonic()
        self._doubt = Doubt.NONE
        self._displayed: list[tuple[int, str]] = []  # index and output of each cell so far
        self._reply: dict[str, Any] = {}
        self._client.on_cell_executed = self._note_reply
        self._call("keep_figures")
        if settings.packages is not None:
            self._call("keep_to_stated", list(settings.packages), list(settings.preload))

    def _note_reply(self, *, execute_reply: Any, **_: Any) -> None:
        self._reply = execute_reply["content"]

    def members(self) -> Iterable[int]:
        """Return the kernel's id."""
        return (self._kernel,)

    @property
    def doubt(self) -> Doubt:
        """Whether the machine may have caused a time limit to strike."""
        return self._doubt.or_worse(self._served.doubt if self._served else Doubt.NONE)

    def limit_struck(self, *, backstop: bool = False) -> None:
        """Record that a time limit struck, and whether the machine may be the cause."""
        self._doubt = self._doubt.or_worse(doubt_now(self.clock, self._began, backstop=backstop))

    @property
    def lost(self) -> str:
        """Why it cannot be asked any more; empty while it can."""
        return self._lost or (self._served.lost if self._served else "")

    def run_cell(
        self,
        source: str,
        *,
        index: int | None = None,
        limit_s: float | None = None,
        number: int = 0,
    ) -> CellOutcome:
        """Run one code cell; see `grader.sandbox.session.Session.run_cell`."""
        from jupyter_core.utils import run_sync

        index = self._cells if index is None else index
        self._cells = index + 1
        if source.strip():  # nbclient neither runs nor counts blank cells
            self._numbers[len(self._numbers) + 1] = number or index + 1
        seconds = min(self._limits.cell_s, limit_s or self._limits.cell_s)
        started = time.monotonic()
        outcome: CellOutcome = run_sync(self._execute)(source, index, seconds)
        if outcome.status == "died" or (outcome.status == "timed_out" and outcome.error_message):
            self._kill()
            self._lost = outcome.error_message
        return replace(outcome, seconds=time.monotonic() - started)

    async def _execute(self, source: str, index: int, seconds: float) -> CellOutcome:
        import nbformat
        from nbclient.exceptions import DeadKernelError

        cell = nbformat.v4.new_code_cell(source)
        self._client.nb.cells.append(cell)
        place = len(self._client.nb.cells) - 1
        running = asyncio.ensure_future(self._client.async_execute_cell(cell, place))
        deadline = Deadline(self.clock, seconds)
        while not (await asyncio.wait({running}, timeout=deadline.wait_s))[0] and not (
            deadline.is_over or deadline.backstop_struck
        ):
            pass
        late = not running.done()
        if late:
            self.limit_struck(backstop=not deadline.is_over)
            await self._interrupt()
            if not (await asyncio.wait({running}, timeout=GRACE_S))[0]:
                await _cancel_all()
                return hung_outcome(index)
        try:
            await running
        except DeadKernelError:
            return CellOutcome(index=index, status="died", error_message="its kernel died")
        limit_bytes = int(self._limits.output_bytes)
        outcome = read_outputs(cell.outputs, index, late, limit_bytes, self._reply, self._numbers)
        return replace(outcome, redisplayed=self._redisplayed(outcome))

    def _redisplayed(self, outcome: CellOutcome) -> dict[int, str]:
        """Return the outputs of earlier cells that this cell replaced."""
        cells = self._client.nb.cells[: len(self._displayed)]
        found = {}
        for place, cell in enumerate(cells):
            index, before = self._displayed[place]
            now = displayed_text(cell.outputs)[: int(self._limits.output_bytes)]
            if now != before:
                found[index] = now
                self._displayed[place] = index, now
        self._displayed.append((outcome.index, outcome.displayed))
        return found

    async def _interrupt(self) -> None:
        from jupyter_core.utils import ensure_async

        await ensure_async(self._client.km.interrupt_kernel())

    def fork(self, wait_s: float) -> Connection:
        """Fork the kernel for questions; no cell can run afterwards. See `Session.fork`."""
        return self._asked().fork(wait_s)

    def end_fork(self) -> int | None:
        """End the fork; see `Session.end_fork`."""
        return self._asked().end_fork()

    def _asked(self) -> Session:
        if self._served is None:
            self._served = self._serve()
        return self._served

    def _serve(self) -> Session:
        """Make the kernel connect, as its last cell, and return the session that asks it."""
        with socket.socket(socket.AF_UNIX) as listener:
            address = str(Path(self._folder) / "questions")
            listener.bind(address)
            listener.listen(1)
            listener.settimeout(_CONNECT_S)
            limits = {"call_s": self._limits.call_s}
            self._call("serve_kernel", address, limits, self._numbers)
            try:
                sock, _ = listener.accept()
            except TimeoutError as error:
                self._kill()
                raise SandboxError(
                    "The Jupyter kernel did not connect to answer questions; check that it runs "
                    "the Python that the grader is installed in."
                ) from error
        return Session(_KernelProcess(sock, self._kill, self.members), self._limits)

    def share(self, names: Sequence[str]) -> None:
        """Merge the dicts that cells bind to these names; see `Session.share`."""
        self._call("share_names", list(names))

    def place(self, files: Mapping[str, bytes]) -> None:
        """Write files into the kernel's working folder; see `Session.place`."""
        try:
            place_files(self._work, files)
        except OSError as error:
            raise SandboxError(
                f"the notebook's files could not be put into its folder: {error}"
            ) from error

    def _call(self, name: str, *arguments: object) -> None:
        """Call a function of `grader.guest.kernel` in the kernel, after the cells so far."""
        folder = str(guest_folder())
        self._run_silently(_CALL.format(folder=folder, name=name, arguments=arguments))

    def _run_silently(self, source: str) -> None:
        from jupyter_core.utils import run_sync

        async def send() -> None:
            self._client.kc.execute(source, silent=True, store_history=False)
            await asyncio.sleep(0)

        run_sync(send)()

    def _kill(self) -> None:
        self._stack.close()

    def close(self) -> None:
        """End the kernel."""
        if self._served is not None:
            self._served.close()
        self._kill()


async def _cancel_all() -> None:
    """Cancel all tasks that wait for the kernel or watch it."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

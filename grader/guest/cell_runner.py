"""Runs cells as Jupyter would, in a shell that was prepared before the session was forked."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from IPython.core import interactiveshell

from .import_hooks import forget_waiting
from .limits.alarm import Alarm
from .limits.capped_output import Display, OutputBudget, OutputStream, Shown, printing
from .limits.free_memory import drop_variables, free_memory, has_room, is_large, use_spare
from .limits.own_time import OwnTime, itself
from .magic_stub import install_stand_in
from .magics import install_magics
from .places import number_of_cell, place_of, place_of_frame
from .protocol.encoding import without_addresses
from .shared_names import SharedNames
from .shell import GraderShell

MESSAGE_CHARS = 500
_TRACEBACK_CHARS = 4000
_TRACEBACK_FRAMES = 6
_LITTLE_BYTES = 1 << 20  # with less than this left, any error is put down to memory

# One cell of each kind, so that IPython's late imports happen before the fork.
_WARMING = (
    "1 + 1",
    "%time 1",
    "import asyncio\nawait asyncio.sleep(0)",
    "from IPython.display import display, Markdown\ndisplay(Markdown('x'))\ndisplay({'a': [1.0]})",
    "%matplotlib inline",
    "def f(:",
    "!true",
    "import numpy as np\nnp.arange(3)",
    "1 / 0",
)

# Attributes of a module that is in no package; multiprocessing's spawn reads the first.
_AS_MAIN = {
    "__doc__": "Automatically created module for IPython interactive environment",
    "__spec__": None,
    "__loader__": None,
    "__package__": None,
}


def prepare_shell() -> GraderShell:
    """Create and warm up the IPython shell of this process; call it once, before the first fork.

    History, its writer thread and colours are off. The warm-up cells leave no names behind, and no
    event loop: all forks would share its descriptors.
    """
    # Its advice on how to exit would become the cell's error if warnings are errors.
    interactiveshell.warn = lambda *_, **__: None
    shell: GraderShell = GraderShell.instance()
    install_stand_in(shell)
    install_magics(shell)
    runner = CellRunner(shell, {"cell_s": 10.0, "output_bytes": 1 << 16})
    own = shell.__dict__
    own["enable_matplotlib"] = lambda gui: (gui, gui)  # a session starts without them
    for number, source in enumerate(_WARMING):
        runner.run(number, source)
    del own["enable_matplotlib"]
    runner.forget()
    shell.expect_pyplot()
    return shell


class CellRunner:
    """Runs cells in order in one shell.

    Parameters
    ----------
    shell : GraderShell
        What `prepare_shell` made.
    limits : Mapping of str to float
        ``cell_s`` [s], ``output_bytes`` [bytes, all cells together], and ``memory_bytes`` if the
        process has a memory limit.
    """

    def __init__(self, shell: GraderShell, limits: Mapping[str, float]) -> None:
        self.shell = shell
        self.limits = limits
        self._left_bytes = int(limits["output_bytes"])
        self._shared = SharedNames(())
        self._nowhere = OutputStream(OutputBudget(0))
        self._streams = (
            OutputStream(OutputBudget(0), 1, shell.offspring),
            OutputStream(OutputBudget(0), 2, shell.offspring),
        )
        self._count = 0  # counts no blank cells: a kernel does not run them
        self._named: dict[str, list[tuple[int, Display]]] = {}
        self._displays: dict[int, list[Display]] = {}  # of the cells that those are of
        self._alarm = Alarm(limits["cell_s"], OwnTime(itself))

    def share(self, names: Sequence[str]) -> None:
        """From now on, merge the dicts that cells bind to these names."""
        self._shared = SharedNames(names)

    def run(
        self, index: int, source: str, limit_s: float | None = None, number: int = 0
    ) -> dict[str, Any]:
        """Run a cell and return its outcome, as a plain mapping.

        Parameters
        ----------
        index : int
            Position among the notebook's code cells.
        source : str
            The cell.
        limit_s : float or None
            Own time that is left, if less than ``cell_s`` [s].
        number : int
            The cell's number in the notebook; 0 stands for ``index + 1``.
        """
        self.shell.compile.cell_number = number or index + 1
        alarm, seconds = self._alarm, self.limits["cell_s"]
        alarm.set(seconds if limit_s is None else min(seconds, limit_s))
        # Half of what is left, so that a flood in one cell leaves room for later cells.
        budget = OutputBudget(self._left_bytes // 2)
        self._left_bytes -= budget.left_bytes
        shown = Shown(index, budget, self._named, *self._streams)
        streams = sys.stdout, sys.stderr
        self._show_in(shown.stdout, shown.stderr, shown)
        error: BaseException | None = None
        loop = self.shell.loop
        token = printing.set(budget)
        loop.enter()
        try:
            with alarm:
                error = self._run_in_shell(source)
                self._shared.merge(self.shell.user_ns)
                # What tasks print between two cells is dropped, as nbconvert drops it.
                self._show_in(self._nowhere, self._nowhere, None)
                loop.catch_up()
            return self._outcome(index, alarm, error or shown.error, shown)
        finally:
            loop.leave()
            printing.reset(token)
            self._show_in(*streams, None)
            self._left_bytes += budget.left_bytes

    def _show_in(self, out: Any, err: Any, shown: Shown | None) -> None:
        sys.stdout, sys.stderr, self.shell.shown = out, err, shown

    def _run_in_shell(self, source: str) -> BaseException | None:
        self._count += not (source == "" or source.isspace())
        self.shell.execution_count = self._count
        before = dict(self.shell.user_ns)
        error: BaseException | None
        try:
            result = self.shell.run_cell(source, store_history=True)
            error = result.error_before_exec or result.error_in_exec
        except Exception as gave_way:  # a hook of the student's, or IPython itself
            error = gave_way
        return self._out_of_memory(error, before) if self._lacks_room(error) else error

    def _lacks_room(self, error: BaseException | None) -> bool:
        """Return whether memory ran out, even if the cell caught the MemoryError."""
        if isinstance(error, MemoryError):
            return True
        doubted = error is not None or is_large(int(self.limits.get("memory_bytes", sys.maxsize)))
        return doubted and not has_room(_LITTLE_BYTES)

    def _out_of_memory(
        self, error: BaseException | None, before: Mapping[str, Any]
    ) -> BaseException:
        lower_again = use_spare()
        if error is not None:
            drop_variables(error)
        if "memory_bytes" in self.limits:
            free_memory(self.shell.user_ns, before, int(self.limits["memory_bytes"]))
        lower_again()
        return error if isinstance(error, MemoryError) else MemoryError()

    def _outcome(
        self,
        index: int,
        alarm: Alarm,
        error: BaseException | None,
        shown: Shown,
    ) -> dict[str, Any]:
        outcome: dict[str, Any] = {"index": index, "status": "ok", "limit": "", "dropped": 0}
        outcome["seconds"] = alarm.seconds
        if alarm.struck:
            outcome.update(status="timed_out", limit="cell", error_message=_used_up(alarm))
            outcome["line"] = place_of_frame(alarm.where)[1]
        elif error is not None:
            outcome.update(status="raised", limit=limit_of(error), **_described(error))
        for name, stream in (("stdout", shown.stdout), ("stderr", shown.stderr)):
            outcome[name], dropped = stream.take()
            outcome["dropped"] += dropped
        outcome["displayed"] = _text(shown.displays)
        outcome["dropped"] += sum(each.dropped for each in shown.displays)
        return outcome | self._redisplayed(shown)

    def _redisplayed(self, shown: Shown) -> dict[str, Any]:
        """Return the outputs of earlier cells that this cell replaced."""
        if not self._named:
            return {}
        self._displays[shown.index] = shown.displays
        before = sorted(shown.updated - {shown.index})
        texts = {index: _text(self._displays[index]) for index in before}
        return {"redisplayed": texts} if texts else {}

    def forget(self) -> None:
        """Drop every name and every other trace of the cells so far."""
        shell = self.shell
        shell.reset(new_session=True)
        shell.user_ns.update(_AS_MAIN)
        shell.loop.release()
        forget_waiting()
        for name in ("last_traceback", "last_type", "last_value", "last_exc"):
            vars(sys).pop(name, None)


def _text(displays: Sequence[Display]) -> str:
    return "".join(each.text for each in displays)


def _used_up(alarm: Alarm) -> str:
    """Say how a cell used up its time."""
    at = _importing(alarm.where)
    while_importing = f" while importing {_sendable(at)[:100]}" if at else ""
    if alarm.ran_s >= alarm.limit_s / 2:
        doing = while_importing or " (endless loop?)"
        return f"it used its {alarm.limit_s:g} s of processor time{doing}"
    return f"its {alarm.limit_s:g} s went by, mostly without work (does it sleep or wait?)"


def _importing(frame: FrameType | None) -> str:
    """Return the module that the cell was importing; empty if it was not importing."""
    name = ""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_find_and_load" and "importlib._bootstrap" in code.co_filename:
            name = str(frame.f_locals.get("name", ""))
        frame = frame.f_back
    return name


def error_of(error: BaseException) -> tuple[str, str, tuple[str, ...]]:
    """Return the name, the message (500 characters at most) and the bases of an exception."""
    try:
        message = without_addresses(str(error)[: 2 * MESSAGE_CHARS])[:MESSAGE_CHARS]
    except Exception:
        message = "<its message cannot be read>"
    bases = tuple(base.__name__ for base in type(error).__mro__[:32] if base is not object)
    clean = [_sendable(text)[:MESSAGE_CHARS] for text in (*bases, message)]
    return clean[0], clean[-1], tuple(clean[:-1])


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


_ERRNO_LIMITS = {
    errno.EFBIG: "file size",
    errno.ENOSPC: "disk",
    errno.EDQUOT: "disk",
    errno.EMFILE: "open files",
    errno.EAGAIN: "processes",
    errno.ENOMEM: "memory",
}


def limit_of(error: BaseException) -> str:
    """Return the name of the limit that an exception is about; empty if it is about none."""
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, RuntimeError) and error.args == ("can't start new thread",):
        return "processes"
    if isinstance(error, OSError):
        return _ERRNO_LIMITS.get(error.errno or 0, "")
    return ""


def _described(error: BaseException) -> dict[str, str | int]:
    name, message, _ = error_of(error)
    try:
        (_, line), (number, raised_line) = place_of(error)
        text = _traceback(error)
    except Exception:  # its parts may be anything
        line, number, raised_line, text = 0, 0, 0, ""
    texts = {"error_type": name, "error_message": message, "traceback": text}
    return texts | {"line": line, "raised_cell": number, "raised_line": raised_line}


def _traceback(error: BaseException) -> str:
    """Return a short traceback: only frames of cells, none of IPython or libraries."""
    if isinstance(error, SyntaxError):
        return _sendable("".join(traceback.format_exception_only(error)))[:_TRACEBACK_CHARS]
    frames = traceback.extract_tb(error.__traceback__, limit=-200)
    kept = [frame for frame in frames if number_of_cell(frame.filename)]
    text = "".join(traceback.format_list(kept[-_TRACEBACK_FRAMES:]))
    return _sendable(text)[:_TRACEBACK_CHARS]

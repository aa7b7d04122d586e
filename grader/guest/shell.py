"""The IPython shell of a session: behaves as a Jupyter kernel's, without a front end."""

from __future__ import annotations

import builtins
import getpass
import os
import subprocess
import sys
from codeop import PyCF_ALLOW_INCOMPLETE_INPUT  # type: ignore[attr-defined]
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from IPython.core import page
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.events import available_events
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets import Type
from traitlets.config import Config

from .displays import Events, TextFormatter, keep_displayed
from .event_loop import NotebookLoop
from .import_hooks import when_imported
from .limits.capped_output import Offspring, Shown
from .places import cell_name
from .protocol.launch_plan import ABORTED
from .screens import do_without_screen

# Backends from packages that a front end has and the sandbox may lack.
_OF_FRONT_ENDS = frozenset({"ipympl", "widget"})

_COMMAND_BYTES = 1 << 20  # kept of what a shell command prints

_CONFIG = {
    "HistoryManager": {"enabled": False, "hist_file": ":memory:"},
    "InteractiveShell": {
        "colors": "nocolor",
        "cache_size": 1000,
        "enable_tip": False,
        "separate_out": "",
        "separate_out2": "",
        "xmode": "Plain",
    },
    "IPKernelApp": {},  # as for the shell's name
}


class _Compiler(CachingCompiler):  # type: ignore[misc]
    """Puts the cell number into the file name of its code, so that tracebacks can show it."""

    cell_number = 0
    """The running cell's number in the notebook; not the execution count."""

    def __init__(self) -> None:
        super().__init__()
        # With this flag a prompt asks for more input, for which Python 3.13 has its own exception.
        self.flags &= ~PyCF_ALLOW_INCOMPLETE_INPUT

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:  # noqa: ARG002
        return cell_name(self.cell_number or number)


class _DisplayHook(DisplayHook):  # type: ignore[misc]
    """Shows a cell's last expression without a prompt."""

    def write_output_prompt(self) -> None:
        """Print no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:  # noqa: ARG002
        self.shell.show(format_dict)


class _DisplayPublisher(DisplayPublisher):  # type: ignore[misc]
    """Shows what `display` gets as text."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,  # noqa: ARG002
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        self.shell.show(data, (transient or {}).get("display_id"), update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Clear the output of the cell; with `wait`, when there is new output."""
        if self.shell.shown is not None:
            self.shell.shown.clear(wait=wait)


class _Configurables(list[Any]):
    """What `%config` can set; who looks through it finds the completer too."""

    def __init__(self, shell: GraderShell) -> None:
        super().__init__(shell.configurables)
        self._shell = shell

    def __iter__(self) -> Iterator[Any]:
        _ = self._shell.Completer
        return super().__iter__()


class GraderShell(InteractiveShell):  # type: ignore[misc]
    """A shell without history, colours, threads, a terminal or keyboard input."""

    compiler_class = Type(_Compiler)
    displayhook_class = Type(_DisplayHook)
    display_pub_class = Type(_DisplayPublisher)
    shown: Shown | None = None
    """The output of the running cell."""
    _gui: Any = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(config=Config(_CONFIG), **kwargs)
        # What `obj?` shows in a pager is not part of the output.
        self.set_hook("show_in_pager", page.as_hook(_show_nowhere), 99)
        for module, name in ((builtins, "input"), (getpass, "getpass")):
            setattr(module, name, _no_input)
        os.abort = lambda: os._exit(ABORTED)
        self.history_manager.enabled = False
        self.kernel = SimpleNamespace(shell=self)  # without a kernel pandas prints fewer columns
        self.loop = NotebookLoop()
        runners = {**InteractiveShell.loop_runner_map, "asyncio": (self.loop.finish, True)}
        self.loop_runner_map, self.loop_runner = runners, self.loop.finish
        self.offspring = Offspring()
        self.offspring.look_out()

    def begin(self) -> None:
        """Start a notebook in the current folder, which comes first in ``sys.path``."""
        here = Path.cwd()
        self.user_ns["_dh"][:] = [here]
        sys.path.insert(0, "")
        if "multiprocessing.process" in sys.modules:  # its child processes look for modules there
            sys.modules["multiprocessing.process"].ORIGINAL_DIR = str(here)  # type: ignore[attr-defined]
        self.offspring.seen = False  # processes started by preloaded modules have ended

    def init_display_formatter(self) -> None:
        """Install the formatter for displayed objects."""
        self.display_formatter = TextFormatter(parent=self)
        keep_displayed(self.display_formatter)
        self.configurables.append(self.display_formatter)

    def init_completer(self) -> None:
        """Leave the completer for when something asks for it: its modules take long to load."""
        self.configurables = _Configurables(self)

    @cached_property
    def Completer(self) -> Any:  # noqa: N802 (IPython's name)
        """What completes names; few notebooks ask for it."""
        super().init_completer()
        return vars(self)["Completer"]

    def init_events(self) -> None:
        """Install the events of cells."""
        self.events = Events(self, available_events)
        self.events.register("pre_execute", self._clear_warning_registry)

    def show(
        self, data: Mapping[str, Any], display_id: str | None = None, *, update: bool = False
    ) -> None:
        """Show the text form of displayed data, or replace the display with that id."""
        if "text/plain" not in data:
            return
        if self.shown is None:  # no cell runs
            print(data["text/plain"])
        else:
            self.shown.display(str(data["text/plain"]), display_id, update=update)

    def ask_exit(self) -> None:
        """Do nothing: ``exit`` and ``quit`` do not end the session."""

    def _tee(self, channel: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Do nothing: there is no history to copy output to."""
        return nullcontext()

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no screen."""

    def enable_matplotlib(self, gui: Any = None) -> tuple[Any, Any]:
        """Do what a kernel does, but raise nothing for a missing screen or front end.

        `inline` and `agg` take effect when matplotlib is imported: some notebooks ask for them and
        never draw, and the import takes longer than most of their cells.
        """
        if gui in ("inline", "agg") and "matplotlib.pyplot" not in sys.modules:
            self._gui = gui
            return gui, gui
        try:
            found: tuple[Any, Any] = super().enable_matplotlib(gui)
        except ImportError:  # of matplotlib, or of a window system
            return gui, None
        except RuntimeError:
            if gui not in _OF_FRONT_ENDS:
                raise
            return gui, None
        return found

    def expect_pyplot(self) -> None:
        """Set up pyplot, as `%matplotlib` asked and without a screen, when it is imported."""
        when_imported("matplotlib.pyplot", self._set_up_pyplot)

    def _set_up_pyplot(self) -> None:
        do_without_screen()
        if self._gui is not None:
            self.enable_matplotlib(self._gui)

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """Record an exception, also one raised outside the cell's own code, as in a `repr`."""
        kind, error = (exc_tuple or sys.exc_info())[:2]
        if kind is UsageError:
            self.show_usage_error(error)
        elif self.shown is not None:
            self.shown.error = error

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Record a syntax error."""
        if self.shown is not None:
            self.shown.error = sys.exc_info()[1]

    def _format_exception_for_storage(self, exception: Any, *_: Any, **__: Any) -> dict[str, Any]:
        # IPython would render a coloured traceback here, which takes longer than most cells.
        return {"ename": type(exception).__name__, "evalue": "", "traceback": []}

    def system(self, cmd: str) -> None:
        """Run a shell command and print its output; IPython would open a terminal for it."""
        sys.stdout.write(self._run_command(cmd, depth=1))

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Return the output of a shell command."""
        text = self._run_command(cmd, depth=depth + 1)
        return SList(text.splitlines()) if split else LSString(text)

    def _run_command(self, command: str, depth: int) -> str:
        seen = self.offspring.seen  # the output of this command is read here
        code, text = _run_command(self.var_expand(command, depth=depth + 1))
        self.user_ns["_exit_code"], self.offspring.seen = code, seen
        return text


# Notebooks and libraries look for this name to detect Jupyter.
GraderShell.__name__ = GraderShell.__qualname__ = "ZMQInteractiveShell"


def _show_nowhere(*_: Any, **__: Any) -> None:
    """Show nothing."""


def _no_input(prompt: str = "", *_: Any, **__: Any) -> NoReturn:
    raise StdinNotImplementedError(
        f"input({prompt!r}) was called, but nobody is there to answer when a notebook is graded"
    )


def _run_command(command: str) -> tuple[int, str]:
    """Run a command to its end; return its exit code and its output, up to a cap."""
    process = subprocess.Popen(  # noqa: S602 (a notebook's `!command` is meant for a shell)
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        kept = process.stdout.read(_COMMAND_BYTES)
        while process.stdout.read(1 << 16):
            pass  # drain the pipe, or the command would block
        code = process.wait()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return code, kept.decode("utf-8", "backslashreplace")

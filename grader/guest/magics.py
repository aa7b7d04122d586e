"""The magics that a Jupyter kernel adds to those of IPython.

Magics for a front end, an editor or another client do nothing and raise nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from IPython.core import page
from IPython.core.error import UsageError

# These open a window, an editor or a pager, or show how another client reaches the kernel.
_FRONT_END = ("connect_info", "ed", "edit", "man", "qtconsole", "subshell")
_INSTALLERS = ("conda", "mamba", "micromamba", "uv")
_NOTE = "Note: you may need to restart the kernel to use updated packages."


def install_magics(shell: Any) -> None:
    """Register the magics of a kernel in a shell.

    Parameters
    ----------
    shell : InteractiveShell
        What runs the cells.
    """
    magics: dict[str, Callable[[str], Any]] = {
        **dict.fromkeys(_FRONT_END, _do_nothing),
        **dict.fromkeys(("less", "more"), _page_file),
        "clear": lambda _: shell.system("clear"),
        "autosave": _autosave,
    }
    magics |= {name: _installer(shell, name) for name in _INSTALLERS}
    for name, function in magics.items():
        shell.register_magic_function(function, "line", name)
    shell.extension_manager.load_extension("storemagic")


def _do_nothing(_: str) -> None:
    """Do nothing; there is no front end."""


def _autosave(line: str) -> None:
    """Print how often a front end would save the notebook."""
    try:
        seconds = int(line)
    except ValueError as error:
        raise UsageError(f"%autosave requires an integer, got {line!r}") from error
    print(f"Autosaving every {seconds} seconds" if seconds else "Autosave disabled")


def _page_file(line: str) -> None:
    """Open a file in the pager; what a pager shows is not part of the output."""
    if not line:
        raise UsageError("Missing filename.")
    page.page(Path(line).read_text(encoding="utf-8", errors="replace"))


def _installer(shell: Any, name: str) -> Callable[[str], None]:
    """Return a magic that runs the installer `name`.

    IPython's own magics refuse unless this Python comes from conda; the student's may.
    """

    def run(line: str) -> None:
        shell.system(f"{name} {line}")
        print(_NOTE)

    return run

"""A `grader` module that does nothing, for notebooks that are graded.

A released notebook loads the grader and runs `%check`. The sandbox has no grader and no reader for
the result, so these cells do nothing there.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any


def install_stand_in(shell: Any) -> None:
    """Make `import grader` load a module that does nothing, and `%check` do nothing.

    Parameters
    ----------
    shell : InteractiveShell
        What runs the cells.
    """
    if "grader" not in sys.modules:  # a test process has the real grader
        sys.meta_path.insert(0, _StandIn())
        importlib.import_module("grader")
    shell.register_magic_function(_do_nothing, "line", "check")


class _StandIn(MetaPathFinder, Loader):
    """Finds the module that does nothing; also after a notebook has dropped it."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Return the spec of the module `grader`; None for any other."""
        return spec_from_loader(fullname, self) if fullname == "grader" else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module."""
        vars(module).update(check=_do_nothing, load_ipython_extension=_do_nothing)


def _do_nothing(*_: object) -> None:
    """Do nothing; the grader runs the checks after the cells."""

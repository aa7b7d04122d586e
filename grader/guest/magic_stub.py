"""What stands for the grader where it is absent: in the sandbox, which runs its notebooks.

A released notebook loads the grader and asks it for checks. When the notebook is graded there is
nothing to check with inside, and nobody to read the result; these cells then do nothing.
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
    """Have `import grader` find a module that does nothing, and `%check` do nothing.

    Parameters
    ----------
    shell : InteractiveShell
        What runs the cells.
    """
    if "grader" not in sys.modules:  # a test process has the grader itself
        sys.meta_path.insert(0, _StandIn())
        importlib.import_module("grader")
    shell.register_magic_function(_do_nothing, "line", "check")


class _StandIn(MetaPathFinder, Loader):
    """Finds the module that does nothing, as often as a notebook loads it anew."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Return where the module is made; None of any other."""
        return spec_from_loader(fullname, self) if fullname == "grader" else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module."""
        vars(module).update(check=_do_nothing, load_ipython_extension=_do_nothing)


def _do_nothing(*_: object) -> None:
    """Do nothing: the checks run when the notebook is graded."""

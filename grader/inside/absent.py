"""What stands for the grader where it is absent: in the sandbox, which runs its notebooks.

A released notebook loads the grader and asks it for checks. When the notebook is graded there is
nothing to check with inside, and nobody to read the result; these cells then do nothing.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

__all__ = ["install_stand_in"]


def install_stand_in(shell: Any) -> None:
    """Have `import grader` find a module that does nothing, and `%check` do nothing.

    Parameters
    ----------
    shell : InteractiveShell
        What runs the cells.
    """
    module = ModuleType("grader", "Stands for the grader, which is not in here.")
    vars(module).update(check=_do_nothing, load_ipython_extension=_do_nothing)
    sys.modules.setdefault("grader", module)  # a test process has the grader itself
    shell.register_magic_function(_do_nothing, "line", "check")


def _do_nothing(*_: object) -> None:
    """Do nothing: the checks run when the notebook is graded."""

"""The outside end of the sandbox: what the trusted side starts, asks, limits and ends."""

from grader.sandbox.notebook_run import NotebookRun
from grader.sandbox.outcome import CellOutcome
from grader.sandbox.session_process import ZygoteDied

__all__ = ["CellOutcome", "NotebookRun", "ZygoteDied"]

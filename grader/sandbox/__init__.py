"""The outside end of the sandbox: what the trusted side starts, asks, limits and ends."""

from grader.sandbox.outcome import CellOutcome
from grader.sandbox.process import ZygoteDied
from grader.sandbox.running import NotebookRun

__all__ = ["CellOutcome", "NotebookRun", "ZygoteDied"]

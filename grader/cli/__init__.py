"""The command line: each command reads its options, calls the Python API, and prints."""

from __future__ import annotations

from grader.cli.app import main

__all__ = ["main"]

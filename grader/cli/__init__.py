"""The command line: thin; every command reads its options, calls the floors below, and prints."""

from __future__ import annotations

from grader.cli.app import main

__all__ = ["main"]

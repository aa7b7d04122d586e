"""What student code prints: kept up to a cap, counted beyond it."""

from __future__ import annotations

import io
from dataclasses import dataclass

__all__ = ["OutputBudget", "OutputStream"]


@dataclass(slots=True)
class OutputBudget:
    """How many bytes may still be kept, over all streams of a session."""

    left_bytes: int


class OutputStream(io.TextIOBase):
    """A text stream that keeps what the budget allows and counts the rest.

    It holds no file descriptor and no lock, so a fork finds it as it was.
    """

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, budget: OutputBudget) -> None:
        self._budget = budget
        self._parts: list[str] = []
        self._dropped = 0

    def writable(self) -> bool:
        """Return True, as any output stream does."""
        return True

    def write(self, text: str) -> int:
        """Keep as much of `text` as the budget allows."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        length = len(text)
        left = self._budget.left_bytes
        if left <= 0:
            self._dropped += length
            return length
        kept = text[:left].encode("utf-8", "backslashreplace")[:left]
        self._budget.left_bytes -= len(kept)
        self._parts.append(kept.decode("utf-8", "ignore"))
        self._dropped += max(length - len(kept), 0)
        return length

    def take(self) -> tuple[str, int]:
        """Return what was kept since the last time, and how many characters were not."""
        text, dropped = "".join(self._parts), self._dropped
        self._parts.clear()
        self._dropped = 0
        return text, dropped

"""Locates errors in the cells of a notebook, as cell and line numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import TypeAlias

Place: TypeAlias = tuple[int, int]
"""Number of a cell among all cells of the notebook, and of a line in it; both from 1."""

NumberOf: TypeAlias = Callable[[str], int]
"""Return the number of the cell that was compiled under a file name; 0 for other code."""

NOWHERE: Place = (0, 0)
_PREFIX = "cell "
_MOST_FRAMES = 100_000
# The code below `%%time`, its lines counted from there.
_TIMED = ("<timed exec>", "<timed eval>")


def cell_name(number: int) -> str:
    """Return the file name that a cell is compiled under; tracebacks show it."""
    return f"{_PREFIX}{number}"


def number_of_cell(filename: str) -> int:
    """Return the number of the cell of a file name; 0 if it is not a cell's.

    Examples
    --------
    >>> number_of_cell(cell_name(4)), number_of_cell("numpy/linalg.py")
    (4, 0)
    """
    digits = filename.removeprefix(_PREFIX) if filename.startswith(_PREFIX) else ""
    return int(digits) if digits.isdecimal() and len(digits) < 9 else 0


def place_of(error: BaseException, number_of: NumberOf = number_of_cell) -> tuple[Place, Place]:
    """Return the first and the last place in cells that led to an exception.

    The first is the statement of the cell that was running. The last is the line that raised, or
    that called code outside the cells which raised.
    """
    places = _in_cells(_frames_of(error.__traceback__), number_of)
    if isinstance(error, SyntaxError) and not places:
        number = number_of(str(error.filename))
        places = [(number, error.lineno or 0)] if number else []
    return (places[0], places[-1]) if places else (NOWHERE, NOWHERE)


def place_of_frame(frame: FrameType | None) -> Place:
    """Return the statement of the cell that a frame was called from."""
    frames: list[tuple[str, int | None]] = []
    while frame is not None and len(frames) < _MOST_FRAMES:
        frames.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return next(iter(_in_cells(iter(reversed(frames)), number_of_cell)), NOWHERE)


def _frames_of(traceback: TracebackType | None) -> Iterator[tuple[str, int | None]]:
    for _ in range(_MOST_FRAMES):
        if traceback is None:
            return
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def _in_cells(frames: Iterator[tuple[str, int | None]], number_of: NumberOf) -> list[Place]:
    places: list[Place] = []
    for filename, line in frames:
        number = number_of(filename)
        if number:
            places.append((number, line or 0))
        elif places and filename in _TIMED:
            places[-1] = (places[-1][0], (line or 0) + 1)
    return places

"""The outcome of a cell, as the trusted side reads and stores it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from grader.guest.limits.capped_output import CLEARED
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.values import Value

CellStatus = Literal["ok", "raised", "timed_out", "died", "skipped"]

_TEXT_CHARS = {
    **dict.fromkeys(("stdout", "stderr", "displayed"), 1 << 23),
    "traceback": 4000,
    "limit": 40,
}
_DEFAULT_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOutcome:
    """The outcome of one code cell.

    Attributes
    ----------
    index : int
        Place among the cells that were run, counted from 0.
    status : str
        ``ok``, ``raised``, ``timed_out``, ``died`` (its process ended) or ``skipped``.
    error_type, error_message : str
        Of the exception that the cell raised; for another bad end, only the message is set.
    traceback : str
        The lines of the notebook that led to the exception.
    stdout, stderr : str
        The cell's output, up to the limit.
    displayed : str
        The text of what it displayed, each followed by a line end: its last expression, and
        objects passed to `display`.
    dropped : int
        How much output was dropped [characters].
    seconds : float
        Wall-clock time [s].
    line : int
        The line that stopped the cell, counted from 1 in its compiled code; 0 if unknown.
    raised_cell, raised_line : int
        The innermost line of a cell in the traceback, and that cell's number.
    limit : str
        The limit that struck: ``cell``, ``notebook``, ``memory``, ``cpu``, ``processes``, ``disk``,
        ``file size``, ``open files``; empty if none did.
    redisplayed : Mapping of int to str
        New outputs of earlier cells whose displays this cell updated, by their places.
    """

    index: int
    status: CellStatus
    error_type: str = ""
    error_message: str = ""
    traceback: str = ""
    stdout: str = ""
    stderr: str = ""
    displayed: str = ""
    dropped: int = 0
    seconds: float = 0.0
    limit: str = ""
    redisplayed: Mapping[int, str] = field(default_factory=dict)
    line: int = 0
    raised_cell: int = 0
    raised_line: int = 0

    @property
    def error(self) -> str:
        """Type and message of the error, in one line; empty if there is none."""
        named = ": ".join(part for part in (self.error_type, self.error_message) if part)
        # If a cell ran out of its own time, the message says so.
        return f"{named} (limit: {self.limit})" if self.limit not in ("", "cell") else named

    def with_printed(self, stdout: str, stderr: str, dropped: int) -> CellOutcome:
        """Return the outcome with the output of the cell's processes that bypassed Python."""
        if not (stdout or stderr or dropped):
            return self
        return replace(
            self,
            stdout=self.stdout + stdout.rpartition(CLEARED)[2],
            stderr=self.stderr + stderr.rpartition(CLEARED)[2],
            dropped=self.dropped + dropped,
        )


def hung_outcome(index: int, seconds: float = 0.0) -> CellOutcome:
    """Return the outcome of a cell that was still running after its time limit."""
    return CellOutcome(
        index=index,
        status="timed_out",
        limit="cell",
        error_message="it could not be stopped when its time was up",
        seconds=seconds,
    )


_FIELDS: dict[str, type] = {
    **dict.fromkeys(("status", "error_type", "error_message", "traceback"), str),
    **dict.fromkeys(("stdout", "stderr", "displayed", "limit"), str),
    **dict.fromkeys(("index", "dropped", "line", "raised_cell", "raised_line"), int),
    "seconds": float,
    "redisplayed": dict,
}


def outcome_from(value: Value, index: int) -> CellOutcome:
    """Return the outcome that a session reported for cell `index`; WireError if it is none."""
    if type(value) is not dict or not _FIELDS.keys() >= value.keys():
        raise WireError("an outcome has unknown parts")
    fields: dict[str, Any] = dict(value)
    for name, part in fields.items():
        if type(part) is not _FIELDS[name]:
            raise WireError(f"an outcome has a wrong part {name!r}")
        if type(part) is str and len(part) > _TEXT_CHARS.get(name, _DEFAULT_CHARS):
            raise WireError(f"an outcome has too long a part {name!r}")
    if fields.get("index") != index or fields.get("status") not in get_args(CellStatus)[:3]:
        raise WireError("an outcome is not that of the cell that was run")
    if not (fields.get("dropped", 0) >= 0 and 0.0 <= fields.get("seconds", 0.0) < 1e6):
        raise WireError("an outcome has an impossible number")
    texts = fields.get("redisplayed", {})
    if not all(type(place) is int and 0 <= place < index for place in texts):
        raise WireError("an outcome tells of cells that are not before it")
    if not all(type(text) is str for text in texts.values()) or (
        sum(map(len, texts.values())) > _TEXT_CHARS["displayed"]
    ):
        raise WireError("an outcome has wrong texts of other cells")
    return CellOutcome(**fields)


def with_redisplayed(outcomes: Sequence[CellOutcome]) -> tuple[CellOutcome, ...]:
    """Return the outcomes of a notebook's cells, each with its final display."""
    texts = {place: text for outcome in outcomes for place, text in outcome.redisplayed.items()}
    return tuple(
        replace(outcome, displayed=texts[outcome.index]) if outcome.index in texts else outcome
        for outcome in outcomes
    )

"""Which of several notebooks of one student is graded.

What decides is the first of these that all of them have, and in which they differ: the platform's
number of the upload, the number of the attempt, the time when it came as the platform states it,
the time when the file was last changed; and last, the path. What cannot be opened (a link, an
encrypted zip, a file that is no notebook) never displaces what can.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from grader.submissions.claim import Claim
from grader.submissions.submission import FileSource, Refused, Source

__all__ = ["Candidate", "pick_newest"]

_Key: TypeAlias = "Callable[[Candidate], float | None]"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A notebook that may be the one that counts.

    Attributes
    ----------
    claim : Claim
        What is said of it.
    notebook : str
        Path, for people.
    source : Source
        Where its bytes come from.
    modified : float, optional
        When it was last changed, where a zip says so [s].
    """

    claim: Claim
    notebook: str
    source: Source
    modified: float | None = None


def pick_newest(candidates: Sequence[Candidate]) -> tuple[int, dict[int, str]]:
    """Return the place of the one that counts, and for each other why it does not."""
    closed = {place: reason for place, one in enumerate(candidates) if (reason := _closed(one))}
    rivals = [place for place in range(len(candidates)) if place not in closed]
    newest, reasons = _newest(candidates, rivals or list(closed))
    reasons |= closed
    return newest, {place: reasons[place] for place in sorted(reasons) if place != newest}


def _closed(candidate: Candidate) -> str:
    """Return why something cannot be opened; empty if it may be."""
    source = candidate.source
    if isinstance(source, Refused):
        return source.reason
    if isinstance(source, FileSource):
        found = _stat(source.path)
        if found is None or not stat.S_ISREG(found.st_mode):
            return "is a link, or no ordinary file"
    return ""


def _newest(candidates: Sequence[Candidate], rivals: list[int]) -> tuple[int, dict[int, str]]:
    reasons: dict[int, str] = {}
    for key, reason in _CRITERIA:
        if len(rivals) == 1:
            break
        values = {place: key(candidates[place]) for place in rivals}
        known = {place: value for place, value in values.items() if value is not None}
        if len(known) < len(values):
            continue
        most = max(known.values())
        reasons |= {place: reason for place in rivals if known[place] < most}
        rivals = [place for place in rivals if known[place] == most]
    newest = max(rivals, key=lambda place: (candidates[place].notebook, place))
    reasons |= dict.fromkeys(rivals, _BY_NAME)
    return newest, reasons


def _modified(candidate: Candidate) -> float | None:
    if not isinstance(candidate.source, FileSource):
        return candidate.modified
    found = _stat(candidate.source.path)
    return found.st_mtime if found else None


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:  # it has gone since it was listed
        return None


def _received(candidate: Candidate) -> float | None:
    received = candidate.claim.received
    return None if received is None else received.timestamp()


_CRITERIA: tuple[tuple[_Key, str], ...] = (
    (lambda one: one.claim.upload, "was uploaded before the one that is graded"),
    (lambda one: one.claim.attempt, "is an earlier attempt than the one that is graded"),
    (_received, "came before the one that is graded"),
    (_modified, "is an older file than the one that is graded"),
)
_BY_NAME = "may be as new as the one that is graded, whose name comes last"

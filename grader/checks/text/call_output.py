"""The output of a check's calls, as a line below its message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from grader.checks.students.transcript import TranscriptEntry
from grader.checks.text.screen import on_screen
from grader.checks.verdict_text import call_text
from grader.guest.protocol.values import Raised, Returned, TimedOut

Printed: TypeAlias = Mapping[str, str]
"""The printed text by the text of the call."""

_SHOWN_CHARS = 160


def printed_by(transcript: Iterable[TranscriptEntry]) -> Printed:
    """Return the output of calls, without those that printed nothing."""
    return {
        call_text(entry.name, call): answer.printed
        for entry in transcript
        for call, answer in entry.pairs
        if isinstance(answer, (Returned, Raised, TimedOut)) and answer.printed and call is not None
    }


def with_printed(message: str, printed: Printed) -> str:
    r"""Return the message of a failed check with the output of its call, if it printed any.

    If several calls printed, the one in the message is shown, else the first.

    Examples
    --------
    >>> print(with_printed("square(2) is None, expected 4.", {"square(2)": "4\n"}))
    square(2) is None, expected 4.
    It printed '4'.
    """
    shown = next((call for call in printed if message.startswith(call)), None)
    if shown is not None:
        return f"{message}\nIt printed {_quoted(printed[shown])}."
    for call, text in printed.items():
        return f"{message}\n{call} printed {_quoted(text)}."
    return message


def _quoted(text: str) -> str:
    text = on_screen(text).strip("\n")
    cut = len(text) > _SHOWN_CHARS
    return repr(text[:_SHOWN_CHARS]) + ("…" if cut else "")

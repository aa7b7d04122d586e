"""What calls printed while a check asked, as a line below its message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from grader.checks.asking import call_text
from grader.checks.screen import on_screen
from grader.values import Answer, Call, Raised, Returned, TimedOut

__all__ = ["Asked", "with_printed"]

Asked: TypeAlias = tuple[str, Sequence[Call], Sequence[Answer]]
"""A function, its calls, and what they answered."""

_SHOWN_CHARS = 160


def with_printed(message: str, asked: Iterable[Asked]) -> str:
    r"""Return the message of a failed check with what was printed meanwhile, if anything was.

    Of several calls it is the one that the message shows, else the first that printed.

    Examples
    --------
    >>> call = Call((2,))
    >>> answer = Returned(None, printed="4\n")
    >>> print(with_printed("square(2) is None, expected 4.", [("square", [call], [answer])]))
    square(2) is None, expected 4.
    It printed '4'.
    """
    printed = dict(_printed_by(asked))
    shown = next((call for call in printed if message.startswith(call)), None)
    if shown is not None:
        return f"{message}\nIt printed {_quoted(printed[shown])}."
    for call, text in printed.items():
        return f"{message}\n{call} printed {_quoted(text)}."
    return message


def _printed_by(asked: Iterable[Asked]) -> Iterator[tuple[str, str]]:
    for name, calls, answers in asked:
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, (Returned, Raised, TimedOut)) and answer.printed:
                yield call_text(name, call), answer.printed


def _quoted(text: str) -> str:
    text = on_screen(text).strip("\n")
    cut = len(text) > _SHOWN_CHARS
    return repr(text[:_SHOWN_CHARS]) + ("…" if cut else "")

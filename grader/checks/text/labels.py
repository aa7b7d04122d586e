"""Read short answers, ignoring case, spaces and hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from grader.compare.shapes import is_sequence, unwrap
from grader.guest.protocol.values import Value

MAX_CHARS = 200
_MAX_LABELS = 50
_SPACE = re.compile(r"\s+")
_JOINED = re.compile(r"(?<=\w)[-_\u2010-\u2015]+(?=\w)")


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """How an answer was understood; where it was not, `answer` is None."""

    answer: Value = None

    @property
    def understood(self) -> bool:
        """Whether it could be read at all."""
        return self.answer is not None


_NOT_READ = ReadAnswer()


def plain_label(text: str) -> str:
    """Return the normal form of a label, which all its spellings share.

    Examples
    --------
    >>> plain_label(" Not-Identically distributed"), plain_label("x < -1")
    ('notidenticallydistributed', 'x<-1')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _JOINED.sub("", _SPACE.sub("", folded))


def read_label(value: Value, known: Mapping[str, str]) -> ReadAnswer:
    """Return the label in an answer, or None if it cannot be understood.

    Parameters
    ----------
    value : Value
        A text, number or truth value, or a list of one.
    known : Mapping of str to str
        The meaning of each known label in normal form. If empty, every text is a label.
    """
    labels = _labels(value, known)
    return _NOT_READ if labels is None or len(labels) != 1 else ReadAnswer(min(labels))


def read_labels(value: Value, known: Mapping[str, str]) -> ReadAnswer:
    """Return any number of labels, sorted; see `read_label`."""
    labels = _labels(value, known)
    return _NOT_READ if labels is None else ReadAnswer(tuple(sorted(labels)))


def read_number(value: Value, known: Mapping[str, str]) -> ReadAnswer:  # noqa: ARG001
    """Return a number other than NaN, or None."""
    number = unwrap(value)
    if type(number) not in (int, float) or number != number:
        return _NOT_READ
    return ReadAnswer(number)


def _labels(value: Value, known: Mapping[str, str]) -> frozenset[str] | None:
    value = unwrap(value)
    several = is_sequence(value) or type(value) is set
    if several and not 1 <= len(value) <= _MAX_LABELS:
        return None
    labels = [_label(unwrap(item), known) for item in (value if several else (value,))]
    return frozenset(labels) if all(labels) else None


def _label(value: Value, known: Mapping[str, str]) -> str:
    """Return the meaning of one item; empty if it cannot be understood."""
    if type(value) not in (str, bool, int) or (type(value) is int and abs(value) >= 10**9):
        return ""
    text = value if type(value) is str else str(value)
    if len(text) > MAX_CHARS:
        return ""
    label = plain_label(text)
    return known.get(label, "") if known else label

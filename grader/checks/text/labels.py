"""Read short answers, ignoring case, spaces and hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from grader.compare.shapes import is_sequence, unwrap
from grader.guest.protocol.values import Value

MAX_CHARS = 200
_MAX_LABELS = 50
_SPACE = re.compile(r"\s+")
_JOINED = re.compile(r"(?<=\w)[-_\u2010-\u2015]+(?=\w)")


def plain_label(text: str) -> str:
    """Return the normal form of a label, which all its spellings share.

    Examples
    --------
    >>> plain_label(" Not-Identically distributed"), plain_label("x < -1")
    ('notidenticallydistributed', 'x<-1')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _JOINED.sub("", _SPACE.sub("", folded))


def read_label(value: Value, known: Mapping[str, str]) -> Value:
    """Return the label in an answer, or None if it cannot be understood.

    An answer is a text, number or truth value, or a list of one. `known` is the meaning of each
    known label in normal form; if it is empty, every text is a label.
    """
    labels = _labels(value, known)
    return None if labels is None or len(labels) != 1 else min(labels)


def read_labels(value: Value, known: Mapping[str, str]) -> Value:
    """Return any number of labels, sorted; see `read_label`."""
    labels = _labels(value, known)
    return None if labels is None else tuple(sorted(labels))


def read_number(value: Value, known: Mapping[str, str]) -> Value:  # noqa: ARG001
    """Return a number other than NaN, or None."""
    number = unwrap(value)
    return number if type(number) in (int, float) and number == number else None


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

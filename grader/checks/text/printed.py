"""Text that is compared as a person would: white space and the spelling of numbers do not count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from grader.compare import Tolerance, compare

Token: TypeAlias = str | float

_NUMPY_SCALAR = re.compile(r"\bnp\.(?:float|int|uint|complex|bool|str)\d*_?\(([^()]*)\)")
_TOKEN = re.compile(
    r"(?P<number>(?<![\w.])[-+\u2212]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w))|\w+|[^\w\s]"
)
_MAX_DIGITS = 400  # of one number; Python itself refuses to read very long ones


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return words, signs and numbers; white space goes, as does the type of a numpy scalar.

    Examples
    --------
    >>> tokens_of("p = np.float64(0.50),  L(p)=1.25e-1")
    ('p', '=', 0.5, ',', 'L', '(', 'p', ')', '=', 0.125)
    """
    plain = _NUMPY_SCALAR.sub(r"\1", text)
    return tuple(map(_token, _TOKEN.finditer(plain)))


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    if match.lastgroup != "number" or len(text) > _MAX_DIGITS:
        return text
    return float(text.replace("\N{MINUS SIGN}", "-"))


def same_tokens(actual: Sequence[Token], expected: Sequence[Token], tolerance: Tolerance) -> bool:
    """Tell whether two texts are the same; numbers are compared within the tolerance."""
    pairs = zip(actual, expected, strict=False)
    return len(actual) == len(expected) and all(_same(*pair, tolerance) for pair in pairs)


def find_tokens(
    actual: Sequence[Token], parts: Iterable[Sequence[Token]], tolerance: Tolerance
) -> bool:
    """Tell whether all parts stand in a text, one after the other, with anything around them."""
    start = 0
    for part in parts:
        places = range(start, len(actual) - len(part) + 1)
        ends = (
            i + len(part) for i in places if same_tokens(actual[i : i + len(part)], part, tolerance)
        )
        start = next(ends, -1)
        if start < 0:
            return False
    return True


def _same(actual: Token, expected: Token, tolerance: Tolerance) -> bool:
    if isinstance(actual, float) and isinstance(expected, float):
        return compare(actual, expected, tolerance) is None
    return actual == expected

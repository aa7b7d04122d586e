"""Formats values as short, safe, one-line texts for messages.

Values come from students and are not trusted: control characters, escape sequences, direction
marks and line breaks are escaped, and every text is cut to a limit.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from grader.guest.protocol.values import Opaque, Value
from grader.text import safe_text

_TEXT_LIMIT = 60
_ITEMS_SHOWN = 6
_DEPTH_SHOWN = 3
_INT_BITS_SHOWN = 128
_DIGITS_TRIED = (6, 10)


def describe(value: Value, limit: int = 120) -> str:
    """Return a short, safe, one-line text of a value; arrays are summarised.

    Examples
    --------
    >>> describe([0.1, "a", None])
    "[0.1, 'a', None]"
    >>> describe(np.arange(1000.0))
    'array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, …], shape (1000,))'
    """
    text = _describe(value, _DEPTH_SHOWN)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def describe_pair(first: Value, second: Value) -> tuple[str, str]:
    """Describe two values with as many digits as needed to distinguish them.

    Examples
    --------
    >>> describe_pair(0.29865123162893814, 0.25)
    ('0.298651', '0.25')
    >>> describe_pair(1.0, 1.0000001)
    ('1', '1.0000001')
    """
    if all(isinstance(value, (int, float)) for value in (first, second)):
        for digits in _DIGITS_TRIED:
            texts = _rounded(first, digits), _rounded(second, digits)
            if texts[0] != texts[1]:
                return texts
    return describe(first), describe(second)


def _rounded(number: int | float, digits: int) -> str:
    return f"{number:.{digits}g}" if isinstance(number, float) else describe(number)


def _describe(value: Value, depth: int) -> str:
    if isinstance(value, (np.generic, np.ndarray)):
        return _describe_array(value)
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, bytes):
        return repr(value[:_TEXT_LIMIT]) + ("…" if len(value) > _TEXT_LIMIT else "")
    if isinstance(value, Opaque):
        return f"<{safe_text(value.type_name, 40)}: {safe_text(value.text, _TEXT_LIMIT)}>"
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return _describe_items(value, depth)
    return _describe_atom(value)


def _quote(text: str) -> str:
    return repr(text[:_TEXT_LIMIT]) + ("…" if len(text) > _TEXT_LIMIT else "")


def _describe_atom(value: Value) -> str:
    # str() of an int refuses more than 4300 digits, and takes time that grows with their square.
    if isinstance(value, int) and value.bit_length() > _INT_BITS_SHOWN:
        return f"<{'negative ' if value < 0 else ''}whole number of {value.bit_length()} bits>"
    if value is None or isinstance(value, (bool, int, float, complex)):
        return repr(value)
    return f"<{safe_text(type(value).__name__, 40)}>"


def _describe_items(value: Value, depth: int) -> str:
    opening, closing = (
        "[]" if isinstance(value, list) else "()" if isinstance(value, tuple) else "{}"
    )
    if not value:
        return "set()" if isinstance(value, (set, frozenset)) else opening + closing
    if depth == 0:
        return f"{opening}…{closing}"
    shown = _first(value)
    if isinstance(value, dict):
        items = [f"{_describe(k, 1)}: {_describe(value[k], depth - 1)}" for k in shown]
    else:
        items = [_describe(item, depth - 1) for item in shown]
    if len(value) > len(shown):
        items.append(f"… ({len(value)} items)")
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return f"{opening}{', '.join(items)}{comma}{closing}"


def _first(value: Iterable[Value]) -> list[Value]:
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=lambda item: _describe(item, 1))
    return [item for item, _ in zip(value, range(_ITEMS_SHOWN), strict=False)]


def _describe_array(array: np.ndarray | np.generic) -> str:
    if array.ndim == 0:
        item = array.item()
        return repr(item) if isinstance(item, np.generic) else _describe(item, 1)
    dtype = "" if array.dtype in (np.float64, np.int64) else f", {array.dtype}"
    if 0 < array.size <= _ITEMS_SHOWN * 2 and array.ndim <= 2:
        return f"array({_rows(array.tolist())}{dtype})"
    start = [_describe(item, 1) for item in array.reshape(-1)[:_ITEMS_SHOWN].tolist()]
    return f"array([{', '.join([*start, '…'] if start else [])}], shape {array.shape}{dtype})"


def _rows(items: Value) -> str:
    if isinstance(items, list):
        return f"[{', '.join(_rows(item) for item in items)}]"
    return _describe(items, 1)

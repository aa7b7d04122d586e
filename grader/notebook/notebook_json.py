"""From a file's bytes to the JSON object of a notebook, whatever the bytes are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from grader.errors import NotebookError
from grader.notebook.not_a_notebook import describe_bytes, describe_text

_AGAIN = "Open it in Jupyter to look, save it, and hand it in again."
_TOO_DEEP = "is nested too deeply to be a notebook. Clear all outputs, save, and hand it in again."

_LIMIT_CONTAINERS = 2_000_000
_LIMIT_DEPTH = 200  # far below what any Python can parse, and far above what any front end writes
# Possessive, and the last quote optional: else a text of nothing but `"\` takes hours.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_CONTAINERS = frozenset({list, dict})
_BRACKET = re.compile(r"[][{}]")
_BLANK = re.compile(r"[\ufeff \t\r\n]*")

_DECODER = json.JSONDecoder()
# Python refuses to read an integer of more than 4,300 digits; in an output, one may well stand.
_HUGE_NUMBERS_DECODER = json.JSONDecoder(parse_int=float)


class _TrailingTextError(json.JSONDecodeError):
    """There is more after the end of the document."""


def parse_document(content: bytes) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    NaN and Infinity, lone surrogates, a byte order mark and UTF-16 are read; of a key that stands
    twice, the last counts, as in Jupyter.

    Parameters
    ----------
    content : bytes
        A whole file.

    Raises
    ------
    NotebookError
        The file is something else, or damaged; the message says what, where, and what to do.
    """
    reason = describe_bytes(content)
    if reason is not None:
        raise NotebookError(reason)
    text = _decode(content)
    _refuse_bomb(text)
    document = _parse(text)
    if not isinstance(document, dict):
        raise NotebookError("is JSON, but not a notebook. Hand in the .ipynb file.")
    return document


def _decode(content: bytes) -> str:
    encoding = json.detect_encoding(content)
    try:
        return content.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotebookError(
            f"is not readable as text: byte {error.start + 1:,} (line {line:,}) is not "
            f"{encoding.upper()}. {_AGAIN}"
        ) from error


def _refuse_bomb(text: str) -> None:
    # `[],` is 3 bytes in the file and 64 in memory; brackets within strings cost nothing.
    if _containers(text) > _LIMIT_CONTAINERS and (
        _containers(_STRING.sub("", text)) > _LIMIT_CONTAINERS
    ):
        raise NotebookError(
            f"holds more than {_LIMIT_CONTAINERS:,} lists and objects. Clear all outputs "
            "(Kernel > Restart & Clear Output), save, and hand it in again."
        )


def _containers(text: str) -> int:
    return text.count("[") + text.count("{")


def _parse(text: str) -> object:
    try:
        document = _load(text)
    except json.JSONDecodeError as error:
        if _is_nested_too_deeply(text[: error.pos]):
            raise NotebookError(_TOO_DEEP) from error
        raise NotebookError(describe_text(text) or _damage(text, error)) from error
    except RecursionError as error:
        raise NotebookError(_TOO_DEEP) from error
    if _is_too_deep(document):
        raise NotebookError(_TOO_DEEP)
    return document


def _is_nested_too_deeply(text: str) -> bool:
    """Tell whether more lists and objects than the limit are open at once in JSON."""
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > _LIMIT_DEPTH:
            return True
    return False


def _is_too_deep(document: object) -> bool:
    level = [document]
    for _ in range(_LIMIT_DEPTH):
        level = [each for outer in level for each in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    """Return the lists and objects that stand in one."""
    every = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if _CONTAINERS.isdisjoint(map(type, every)):
        return ()  # nearly all of a notebook: the lines of a cell, numbers and texts of metadata
    return [each for each in every if type(each) in _CONTAINERS]


def _load(text: str) -> object:
    try:
        return _parse_with(_DECODER, text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _parse_with(_HUGE_NUMBERS_DECODER, text)


def _parse_with(decoder: json.JSONDecoder, text: str) -> object:
    start = _BLANK.match(text)
    assert start is not None
    document, end = decoder.raw_decode(text, start.end())
    rest = text[end:].strip("\0 \t\r\n")
    if rest:
        raise _TrailingTextError("", text, text.index(rest, end))
    return document


def _damage(text: str, error: json.JSONDecodeError) -> str:
    trailing = isinstance(error, _TrailingTextError)
    where = f"line {error.lineno:,}, column {error.colno:,}"
    where += ": more text after its end" if trailing else ""
    if trailing or text.rstrip("\0 \t\r\n").endswith("}"):
        return f"is damaged: it is not valid JSON ({where}). {_AGAIN}"
    return (
        f"is cut short: it ends in the middle ({where}). The download or upload did not finish; "
        "hand it in again, and look that its size is the same."
    )

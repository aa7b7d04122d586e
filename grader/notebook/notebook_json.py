"""Parses the bytes of any file into the JSON object of a notebook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from grader.errors import NotebookError

_AGAIN = "Open it in Jupyter to check it, save it, and hand it in again."
_TOO_DEEP = "is nested too deeply to be a notebook. Clear all outputs, save, and hand it in again."

_LIMIT_CONTAINERS = 2_000_000
_LIMIT_DEPTH = 200  # far below Python's limit, and far above what front ends write
# Possessive, and the last quote optional: otherwise a text of nothing but `"\` takes hours.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_CONTAINERS = frozenset({list, dict})
_BRACKET = re.compile(r"[][{}]")
_BLANK = re.compile(r"[\ufeff \t\r\n]*")

_DOWNLOAD = "Download the notebook itself (File > Download > .ipynb) and hand that in."

_MAGIC: Mapping[bytes, str] = {
    b"PK\x03\x04": "a zip archive or an Office document. Unpack it and hand in the .ipynb file.",
    b"PK\x05\x06": "an empty zip archive. Hand in the .ipynb file.",
    b"%PDF": f"a PDF. {_DOWNLOAD}",
    b"\x89PNG": f"a picture. {_DOWNLOAD}",
    b"\xff\xd8\xff": f"a picture. {_DOWNLOAD}",
    b"GIF8": f"a picture. {_DOWNLOAD}",
    b"\x1f\x8b": "a gzip archive. Unpack it and hand in the .ipynb file.",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive. Unpack it and hand in the .ipynb file.",
    b"Rar!": "a rar archive. Unpack it and hand in the .ipynb file.",
    b"\xd0\xcf\x11\xe0": "an Office document. Hand in the .ipynb file.",
    b"bplist00": f"a web archive or a property list. {_DOWNLOAD}",
    b"SQLite format 3": f"a database. {_DOWNLOAD}",
    b"\x80\x04\x95": f"a pickle. {_DOWNLOAD}",
}

_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)

_SHAPES: Mapping[str, str] = {
    r"<": f"a web page or XML, not a notebook. {_DOWNLOAD}",
    r"MIME-Version:|From: <Saved by": f"a saved web page, not a notebook. {_DOWNLOAD}",
    r"version https://git-lfs": "a Git LFS pointer, not the notebook. Run `git lfs pull` first.",
    r"(?:#|%|import |from \w|def |class |\"\"\"|'''|@\w|print\()": (
        "a script or plain text, not a notebook. Hand in the .ipynb file that it was made from."
    ),
}

_DECODER = json.JSONDecoder()
# Python refuses integers of more than 4,300 digits, but an output may contain one.
_HUGE_NUMBERS_DECODER = json.JSONDecoder(parse_int=float)


class _TrailingTextError(json.JSONDecodeError):
    """Text after the end of the document."""


def parse_document(content: bytes) -> dict[str, Any]:
    """Return the JSON object in a file.

    NaN and Infinity, lone surrogates, a byte order mark and UTF-16 are accepted; of duplicate keys,
    the last counts, as in Jupyter.

    Parameters
    ----------
    content : bytes
        A whole file.

    Raises
    ------
    NotebookError
        The file is not a notebook or is damaged; the message says what, where, and what to do.
    """
    reason = _describe_bytes(content)
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
        raise NotebookError(_describe_text(text) or _damage(text, error)) from error
    except RecursionError as error:
        raise NotebookError(_TOO_DEEP) from error
    if _is_too_deep(document):
        raise NotebookError(_TOO_DEEP)
    return document


def _is_nested_too_deeply(text: str) -> bool:
    """Return whether JSON text nests lists and objects beyond the limit."""
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
    """Return the lists and objects directly inside a list or object."""
    every = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if _CONTAINERS.isdisjoint(map(type, every)):
        return ()  # the usual case: the lines of a cell, metadata
    return [each for each in every if type(each) in _CONTAINERS]


def _load(text: str) -> object:
    try:
        return _parse_with(_DECODER, text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _parse_with(_HUGE_NUMBERS_DECODER, text)


def _parse_with(decoder: json.JSONDecoder, text: str) -> object:
    document, end = decoder.raw_decode(text, next(_BLANK.finditer(text)).end())
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
        "hand it in again, and check that its size is the same."
    )


def _describe_bytes(content: bytes) -> str | None:
    """Describe a file by its first bytes; return None if they might begin a notebook."""
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return "is empty. Save the notebook in Jupyter, check its size, and hand it in again."
    for magic, what in _MAGIC.items():
        if content.startswith(magic):
            return f"is {what}"
    return None


def _describe_text(text: str) -> str | None:
    """Describe a text that is not JSON; return None if it looks like a damaged notebook."""
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line = text.count("\n", 0, conflict.start()) + 1
        return (
            f"has a merge conflict of git in line {line}. Resolve it (or take one side: "
            "`git checkout --ours FILE`), open the notebook to check it, and hand it in again."
        )
    head = text[:4096].lstrip("\ufeff \t\r\n")
    for shape, what in _SHAPES.items():
        if re.match(shape, head, re.IGNORECASE):
            return f"is {what}"
    if not head.startswith(("{", "[")):
        return "is plain text, not a notebook. Hand in the .ipynb file."
    return None

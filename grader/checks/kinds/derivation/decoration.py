r"""Removes LaTeX that only decorates a formula: underbraces, equation numbers, remarks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.tokens import Token

_COMMAND = re.compile(
    r"\\(underbrace|overbrace|overset|underset|stackrel|textcolor"
    r"|tag|label|[hv]space|[hv]?phantom|color)\*?(?=\s*\{)"
)
_ABOVE = {"overset", "underset", "stackrel", "textcolor"}
_BRACES = {"underbrace", "overbrace"}
_KEPT_BEFORE_NOTHING = {"frac", "hat", "^", "_", "function", "big", "call"}
_PUNCTUATION = {".", ",", ";"}


def without_decoration(row: str) -> str:
    r"""Return a row with ``\underbrace{...}_{...}``, ``\tag{1}`` and similar replaced by spaces.

    The formula over an underbrace stays, and so does the one under an ``\overset``.
    """
    letters = list(row)
    for command in _COMMAND.finditer(row):
        _erase(letters, command.start(), command.end())
        start = row.index("{", command.end())
        end = _end_of_group(row, start)
        if command[1] in _BRACES:
            _erase_label(letters, row, end)
            continue
        _erase(letters, start, end)
        if command[1] in _ABOVE and row[end : end + 1] == "{":
            last = _end_of_group(row, end)
            _erase(letters, end, end + 1)
            _erase(letters, last - 1, last)
    return "".join(letters)


def _erase(letters: list[str], start: int, end: int) -> None:
    letters[start:end] = " " * (end - start)


def _erase_label(letters: list[str], row: str, at: int) -> None:
    label = re.compile(r"\s*[_^]\s*").match(row, at)
    if label is None:
        return
    end = label.end()
    last = _end_of_group(row, end) if row[end : end + 1] == "{" else end + 1
    _erase(letters, at, min(last, len(row)))


def _end_of_group(row: str, start: int) -> int:
    """Return the end of the group that begins at a brace."""
    depth = 0
    for brace in re.compile(r"(?<!\\)[{}]").finditer(row, start):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return brace.end()
    return len(row)


def undecorated(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens of a formula without ``{}``, remarks around it and final punctuation.

    Raises
    ------
    DerivationError
        There are words inside the formula.
    """
    kept: list[Token] = []
    for token in tokens:
        if token.kind == "}" and kept and kept[-1].kind == "{" and _means_nothing(kept):
            kept.pop()
        else:
            kept.append(token)
    while kept and kept[-1].kind in _PUNCTUATION | {"remark"} and len(kept) > 1:
        kept.pop()
    while len(kept) > 1 and kept[0].kind == "remark":
        kept.pop(0)
    for token in kept[1:]:
        if token.kind == "remark":
            message = "words in the middle of a formula: put them after it, or after a `#`"
            raise DerivationError(message, token.line, token.column)
    return [] if len(kept) == 1 and kept[0].kind in _PUNCTUATION else kept


def _means_nothing(kept: Sequence[Token]) -> bool:
    return len(kept) == 1 or kept[-2].kind not in _KEPT_BEFORE_NOTHING

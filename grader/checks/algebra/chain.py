r"""Reading a whole derivation: its lines, their relations, and what it declares to be free."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from grader.checks.algebra.fault import DerivationError
from grader.checks.algebra.nodes import Node, work
from grader.checks.algebra.parser import parse_formula
from grader.checks.algebra.symbols import Symbols
from grader.checks.algebra.tokens import Token, tokenize

__all__ = ["Chain", "Line", "Relation", "read_chain", "read_formula"]

Relation: TypeAlias = Literal["=", "~", "negate:"]

_MOST_LETTERS = 20_000
_MOST_LINES = 60
_LONGEST_LINE = 2_000
_MOST_WORK = 100_000
_WORK_AT = 12
_RELATIONS: dict[str, Relation] = {"=": "=", "~": "~", "negate": "negate:"}
_DECLARATION = re.compile(r"\s*(free|fixed)\s*:(.*)", re.DOTALL)
_FRAME = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]{1,20}\*?\}|\\\[|\\\]|\$\$")
_COMMENT = re.compile(r"#.*|(?<!\\)%.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One formula of a derivation.

    Attributes
    ----------
    number : int
        Where it stands among the formulas, counted from 1.
    relation : str or None
        How it follows from the one before; None for the first.
    source : str
        The formula as the student wrote it.
    formula : Node
        What it means.
    """

    number: int
    relation: Relation | None
    source: str
    formula: Node


@dataclass(frozen=True, slots=True)
class Chain:
    """A derivation that has been read.

    Attributes
    ----------
    lines : tuple of Line
        At least one.
    symbols : Symbols
        What its symbols stand for, with those free that it declares to be.
    """

    lines: tuple[Line, ...]
    symbols: Symbols


def read_formula(text: str, symbols: Symbols) -> Node:
    """Read one formula that stands alone.

    Raises
    ------
    DerivationError
        The text is not one formula.
    """
    chain = read_chain(text, symbols)
    if len(chain.lines) != 1:
        raise DerivationError("expected one formula", chain.lines[1].number, 1, "")
    return chain.lines[0].formula


def read_chain(text: str | Sequence[str], symbols: Symbols) -> Chain:
    """Read a derivation.

    Parameters
    ----------
    text : str or sequence of str
        The whole text, or its lines.
    symbols : Symbols
        What may stand in it.

    Raises
    ------
    DerivationError
        The first thing in the text that is not part of the language, or a text that is too long.
    """
    reader = _Reader(symbols)
    for number, source in enumerate(_rows(text), start=1):
        reader.read(_COMMENT.sub("", _FRAME.sub(_blank, source)), number)
    return reader.chain()


def _blank(frame: re.Match[str]) -> str:
    return " " * len(frame.group())


def _rows(text: str | Sequence[str]) -> list[str]:
    parts = [text] if isinstance(text, str) else text
    if sum(map(len, parts)) + len(parts) > _MOST_LETTERS:
        raise DerivationError(f"this derivation has more than {_MOST_LETTERS:,} letters")
    rows = [
        row.removesuffix("\r")
        for part in parts
        for written in part.split("\n")
        for row in re.split(r"\\\\(?:\[[^]]{0,20}\])?", written)
    ]
    longest = max(rows, key=len, default="")
    if len(longest) > _LONGEST_LINE:
        number = rows.index(longest) + 1
        raise DerivationError(f"this line has more than {_LONGEST_LINE:,} letters", number)
    return [unicodedata.normalize("NFC", row) for row in rows]


class _Reader:
    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._lines: list[Line] = []
        self._pending: Relation | None = None
        self._work = 0
        self._row = 0

    def read(self, source: str, row: int) -> None:
        self._row = row
        declaration = _DECLARATION.fullmatch(source)
        if declaration is not None:
            self._declare(source, *declaration.groups())
            return
        tokens = tokenize(source, row)
        start = 0
        for at in _splits(tokens):
            self._formula(source, tokens[start:at], tokens[at])
            start = at
            if tokens[at].kind in _RELATIONS:
                self._relate(source, tokens[at])
                start = at + 1

    def chain(self) -> Chain:
        if not self._lines:
            raise DerivationError("there is no formula in this text")
        if self._pending is not None:
            raise DerivationError(f"nothing follows the last `{self._pending}`", self._row)
        return Chain(tuple(self._lines), self._symbols)

    def _declare(self, source: str, what: str, names: str) -> None:
        if self._lines:
            message = f"`{what}:` stands before the first formula"
            raise DerivationError(message, self._row, 1, source)
        declared = tuple(self._name(source, token) for token in _named(names, self._row, source))
        if what == "free":
            self._symbols = self._symbols.freed(declared)

    def _name(self, source: str, token: Token) -> str:
        if token.text in self._symbols.scalars or token.text == self._symbols.size:
            return token.text
        known = ", ".join(self._symbols.scalars)
        raise DerivationError(f"expected one of {known}", self._row, token.column, source)

    def _relate(self, source: str, token: Token) -> None:
        if not self._lines:
            message = "the first line follows from nothing: start with a formula alone"
            raise DerivationError(message, self._row, token.column, source)
        if self._pending is not None:
            message = "two relations with no formula between them"
            raise DerivationError(message, self._row, token.column, source)
        self._pending = _RELATIONS[token.kind]

    def _formula(self, source: str, tokens: list[Token], end: Token) -> None:
        if not tokens:
            return
        first = tokens[0].column
        if self._lines and self._pending is None:
            message = "how does this line follow? Start it with `=` or `~`"
            raise DerivationError(message, self._row, first, source)
        if len(self._lines) == _MOST_LINES:
            raise DerivationError(f"more than {_MOST_LINES} lines", self._row, first, source)
        closed = [*tokens, Token("end", "", end.column, end.shown)]
        formula = parse_formula(closed, self._symbols, source, self._row)
        self._spend(formula, source)
        written = " ".join(source[first - 1 : end.column - 1].split())
        number = len(self._lines) + 1
        self._lines.append(Line(number, self._pending, written, formula))
        self._pending = None

    def _spend(self, formula: Node, source: str) -> None:
        self._work += work(formula, _WORK_AT)
        if self._work > _MOST_WORK:
            message = "this derivation is too large to check; nest fewer sums and products"
            raise DerivationError(message, self._row, 1, source)


def _splits(tokens: list[Token]) -> Iterator[int]:
    """Find the relations and the end; the ``=`` of ``sum_{i=1}`` stands in braces."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.kind == "{") - (token.kind == "}")
        if token.kind == "end" or (token.kind in _RELATIONS and depth <= 0):
            yield at


def _named(names: str, row: int, source: str) -> list[Token]:
    offset = len(source) - len(names)
    tokens = tokenize(" " * offset + names, row)
    return [token for token in tokens if token.kind not in {",", "end"}]

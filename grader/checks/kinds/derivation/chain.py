r"""Reading a whole derivation: its lines, their relations, and what it declares to be free."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.checks.kinds.derivation.decoration import undecorated, without_decoration
from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.line_names import Names, Relation
from grader.checks.kinds.derivation.nodes import Node, work
from grader.checks.kinds.derivation.parser import parse_formula
from grader.checks.kinds.derivation.symbols import Symbols
from grader.checks.kinds.derivation.tokens import Token, tokenize

_MOST_LETTERS = 20_000
_MOST_LINES = 60
_LONGEST_LINE = 2_000
_MOST_WORK = 100_000
_WORK_AT = 12
_RELATIONS: dict[str, Relation] = {"=": "=", "~": "~", "negate": "negate:"}
_DECLARATION = re.compile(r"\s*(free|fixed)\s*:(.*)", re.DOTALL)
_ROW_END = re.compile(r"\\\\\*?(?:\[[^]]{0,20}\])?")
_ENVIRONMENT = re.compile(
    r"\\begin\s*\{(?:array|alignat\*?|alignedat)\}(?:\[[tbc]\])?\s*\{[a-z0-9|@ ]{0,20}\}"
    r"|\\(?:begin|end)\s*\{[A-Za-z]{1,20}\*?\}(?:\[[tbc]\])?"
)
_FRAME = re.compile(r"(?<!\\)\\[\[\]]|\$\$")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%.*|#.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ChainLine:
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
    implied : bool
        Whether the relation was not written: the line is known by its name, as in ``-log L = ...``.
    """

    number: int
    relation: Relation | None
    source: str
    formula: Node
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """A derivation that has been read.

    Attributes
    ----------
    lines : tuple of ChainLine
        At least one.
    symbols : Symbols
        What its symbols stand for, with those free that it declares to be.
    """

    lines: tuple[ChainLine, ...]
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
    rows = _rows(text)
    reader = _Reader(symbols)
    try:
        for number, source in enumerate(rows, start=1):
            reader.read(source, number)
        return reader.chain()
    except DerivationError as error:
        source = rows[error.line - 1] if error.line <= len(rows) else ""
        raise DerivationError(error.message, error.line, error.column, source) from None


def _rows(text: str | Sequence[str]) -> list[str]:
    parts = [text] if isinstance(text, str) else text
    if sum(map(len, parts)) + len(parts) > _MOST_LETTERS:
        raise DerivationError(f"this derivation has more than {_MOST_LETTERS:,} letters")
    rows = [row.removesuffix("\r") for part in parts for row in part.split("\n")]
    longest = max(rows, key=len, default="")
    if len(longest) > _LONGEST_LINE:
        number = rows.index(longest) + 1
        raise DerivationError(f"this line has more than {_LONGEST_LINE:,} letters", number)
    return [unicodedata.normalize("NFC", row) for row in rows]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _without_comment(row: str) -> str:
    return _COMMENT.sub(lambda match: match.group(1) or "", row)


class _Reader:
    """Reads a text row by row.

    A row of the text ends a formula, but inside of a LaTeX environment, where only a double
    backslash does.
    """

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._lines: list[ChainLine] = []
        self._pending: Relation | None = None
        self._implied = False
        self._work = 0
        self._row = 1
        self._sources: list[str] = []
        self._tokens: list[Token] = []
        self._in_environment = 0
        self._names = Names(symbols)

    def read(self, source: str, row: int) -> None:
        """Read one row of the text."""
        self._row = row
        self._sources.append(source)
        plain = _FRAME.sub(_blank, without_decoration(_without_comment(source)))
        at = 0
        for found in (*_boundaries(plain), None):
            end = len(plain) if found is None else found.start()
            self._part(plain, at, end)
            if found is None:
                break
            at = found.end()
            self._flush()
            self._in_environment += found.group().startswith(r"\begin")
            self._in_environment -= found.group().startswith(r"\end")
        if self._in_environment <= 0:
            self._flush()

    def chain(self) -> Chain:
        """Return what was read."""
        self._flush()
        if not self._lines:
            raise DerivationError("there is no formula in this text")
        if self._pending is not None:
            raise DerivationError(f"nothing follows the last `{self._pending}`", self._row)
        return Chain(tuple(self._lines), self._symbols)

    def _part(self, plain: str, start: int, end: int) -> None:
        declaration = _DECLARATION.fullmatch(plain, start, end)
        if declaration is not None:
            self._declare(declaration)
        else:
            self._tokens += tokenize(plain, self._row, start, end)[:-1]

    def _declare(self, declaration: re.Match[str]) -> None:
        if self._lines or self._tokens:
            message = f"`{declaration[1]}:` stands before the first formula"
            raise DerivationError(message, self._row)
        tokens = tokenize(declaration.string, self._row, *declaration.span(2))
        declared = tuple(self._name(each) for each in tokens if each.kind not in {",", "end"})
        if declaration[1] == "free":
            self._symbols = self._symbols.freed(declared)

    def _name(self, token: Token) -> str:
        if token.text in self._symbols.scalars or token.text == self._symbols.size:
            return token.text
        known = ", ".join(self._symbols.scalars)
        raise DerivationError(f"expected one of {known}", token.line, token.column)

    def _flush(self) -> None:
        """Read the formulas of what was collected, up to here."""
        tokens, self._tokens = self._tokens, []
        if not tokens:
            return
        last = tokens[-1]
        column = last.column + len(last.shown)
        tokens.append(Token("end", "", column, "the end of the line", last.line))
        for formula, end in _pieces(tokens):
            self._piece(formula, end)
            if end.kind in _RELATIONS:
                self._relate(end)

    def _relate(self, token: Token) -> None:
        if self._names.takes_equals(token):
            return
        if not self._lines:
            message = "the first line follows from nothing: start with a formula alone"
            raise DerivationError(message, token.line, token.column)
        if self._pending is not None:
            message = "two relations with no formula between them"
            raise DerivationError(message, token.line, token.column)
        self._pending = _RELATIONS[token.kind]

    def _piece(self, written: list[Token], end: Token) -> None:
        tokens = self._names.without_arguments(undecorated(written))
        if not tokens:
            return
        found = self._names.read(tokens, end, self._pending, started=bool(self._lines))
        self._pending, self._implied = found.relation, self._implied or found.is_implied
        if found.is_name_of_the_last:
            self._names.name_last(tokens, self._lines[-1].formula)
        elif not found.is_label:
            self._formula(tokens, end)

    def _formula(self, tokens: list[Token], end: Token) -> None:
        first = tokens[0]
        if self._lines and self._pending is None:
            message = "how does this line follow? Start it with `=` or `~`"
            raise DerivationError(message, first.line, first.column)
        if len(self._lines) == _MOST_LINES:
            raise DerivationError(f"more than {_MOST_LINES} lines", first.line, first.column)
        closing = tokens[-1]
        after = Token("end", "", end.column, end.shown, end.line)
        if end.line != closing.line:
            column = closing.column + len(closing.shown)
            after = Token("end", "", column, "the end of the line", closing.line)
        formula = parse_formula([*tokens, after], self._symbols, self._names.known)
        self._spend(formula, first)
        number = len(self._lines) + 1
        written = self._written(tokens, end)
        self._lines.append(ChainLine(number, self._pending, written, formula, self._implied))
        self._names.name_next(formula)
        self._pending, self._implied = None, False

    def _written(self, tokens: list[Token], end: Token) -> str:
        """Return a formula as it stands in the text."""
        parts = []
        for row in range(tokens[0].line, tokens[-1].line + 1):
            source = _without_comment(self._sources[row - 1])
            start = tokens[0].column - 1 if row == tokens[0].line else 0
            ends_here = row == end.line and end.kind != "end"
            parts.append(source[start : end.column - 1 if ends_here else None])
        text = _ROW_END.split(" ".join(parts))[0]
        return " ".join(_ENVIRONMENT.sub(" ", text).split())

    def _spend(self, formula: Node, first: Token) -> None:
        self._work += work(formula, _WORK_AT)
        if self._work > _MOST_WORK:
            message = "this derivation is too large to check; nest fewer sums and products"
            raise DerivationError(message, first.line, first.column)


def _boundaries(row: str) -> list[re.Match[str]]:
    found = [*_ROW_END.finditer(row), *_ENVIRONMENT.finditer(row)]
    return sorted(found, key=lambda match: match.start())


def _pieces(tokens: list[Token]) -> Iterator[tuple[list[Token], Token]]:
    """Yield formulas, each with the relation or the end behind it.

    The ``=`` of ``sum_{i=1}`` stands in braces and is no relation.
    """
    depth = start = 0
    for at, token in enumerate(tokens):
        depth += (token.kind == "{") - (token.kind == "}")
        if token.kind == "end" or (token.kind in _RELATIONS and depth <= 0):
            yield tokens[start:at], token
            start = at + 1

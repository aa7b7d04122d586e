"""Reads a whole derivation: its lines, their relations and its declarations."""

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
        Position among the formulas, counted from 1.
    relation : str or None
        How it follows from the line before; None for the first.
    source : str
        The formula as the student wrote it.
    formula : Node
        The parsed formula.
    implied : bool
        Whether the relation was not written but follows from a name, as in ``-log L = ...``.
    """

    number: int
    relation: Relation | None
    source: str
    formula: Node
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """A derivation that was read: at least one line, and the symbols with its own ``free`` ones."""

    lines: tuple[ChainLine, ...]
    symbols: Symbols


def read_formula(text: str, symbols: Symbols) -> Node:
    """Read a single formula.

    Raises
    ------
    DerivationError
        The text is not exactly one formula.
    """
    chain = read_chain(text, symbols)
    if len(chain.lines) != 1:
        raise DerivationError("expected one formula", chain.lines[1].number, 1, "")
    return chain.lines[0].formula


def read_chain(text: str | Sequence[str], symbols: Symbols) -> Chain:
    """Read a derivation, given as a text or as its lines.

    Raises
    ------
    DerivationError
        The text is too long, or a part of it is not in the language; the first one is reported.
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


def _without_comment(row: str) -> str:
    return _COMMENT.sub(lambda match: match.group(1) or "", row)


class _Reader:
    """Reads a text row by row.

    The end of a row ends a formula, except inside a LaTeX environment, where only a double
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
        text = without_decoration(_without_comment(source))
        plain = _FRAME.sub(lambda frame: " " * len(frame.group()), text)
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
        """Return the derivation that was read."""
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
            message = f"`{declaration[1]}:` must stand before the first formula"
            raise DerivationError(message, self._row)
        tokens = tokenize(declaration.string, self._row, *declaration.span(2))
        declared = tuple(self._name(each) for each in tokens if each.kind not in {",", "end"})
        if declaration[1] == "free":
            self._symbols = self._symbols.freed(declared)

    def _name(self, token: Token) -> str:
        if token.text in self._symbols.scalars or token.text == self._symbols.size:
            return token.text
        raise _refusal(f"expected one of {', '.join(self._symbols.scalars)}", token)

    def _flush(self) -> None:
        """Read the formulas of the tokens collected so far."""
        tokens, self._tokens = self._tokens, []
        if not tokens:
            return
        tokens.append(_end_after(tokens))
        for formula, end in _pieces(tokens):
            self._piece(formula, end)
            if end.kind in _RELATIONS:
                self._relate(end)

    def _relate(self, token: Token) -> None:
        if self._names.takes_equals(token):
            return
        if not self._lines:
            raise _refusal("the first line follows from nothing: start with a formula alone", token)
        if self._pending is not None:
            raise _refusal("two relations with no formula between them", token)
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
            raise _refusal("how does this line follow? Start it with `=` or `~`", first)
        if len(self._lines) == _MOST_LINES:
            raise _refusal(f"more than {_MOST_LINES} lines", first)
        same_row = end.line == tokens[-1].line
        after = end._replace(kind="end", text="") if same_row else _end_after(tokens)
        formula = parse_formula([*tokens, after], self._symbols, self._names.known)
        self._work += work(formula, _WORK_AT)
        if self._work > _MOST_WORK:
            message = "this derivation is too large to check; nest fewer sums and products"
            raise _refusal(message, first)
        number = len(self._lines) + 1
        written = self._written(tokens, end)
        self._lines.append(ChainLine(number, self._pending, written, formula, self._implied))
        self._names.name_next(formula)
        self._pending, self._implied = None, False

    def _written(self, tokens: list[Token], end: Token) -> str:
        """Return a formula as the student wrote it."""
        parts = []
        for row in range(tokens[0].line, tokens[-1].line + 1):
            source = _without_comment(self._sources[row - 1])
            start = tokens[0].column - 1 if row == tokens[0].line else 0
            ends_here = row == end.line and end.kind != "end"
            parts.append(source[start : end.column - 1 if ends_here else None])
        text = _ROW_END.split(" ".join(parts))[0]
        return " ".join(_ENVIRONMENT.sub(" ", text).split())


def _end_after(tokens: Sequence[Token]) -> Token:
    last = tokens[-1]
    column = last.column + len(last.shown)
    return Token("end", "", column, "the end of the line", last.line)


def _refusal(message: str, token: Token) -> DerivationError:
    return DerivationError(message, token.line, token.column)


def _boundaries(row: str) -> list[re.Match[str]]:
    found = [*_ROW_END.finditer(row), *_ENVIRONMENT.finditer(row)]
    return sorted(found, key=lambda match: match.start())


def _pieces(tokens: list[Token]) -> Iterator[tuple[list[Token], Token]]:
    """Yield formulas, each with the relation or the end after it.

    An ``=`` in braces, as in ``sum_{i=1}``, is not a relation.
    """
    depth = start = 0
    for at, token in enumerate(tokens):
        depth += (token.kind == "{") - (token.kind == "}")
        if token.kind == "end" or (token.kind in _RELATIONS and depth <= 0):
            yield tokens[start:at], token
            start = at + 1

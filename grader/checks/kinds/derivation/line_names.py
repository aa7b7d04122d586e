r"""Names that students give to lines: ``L = ...``, ``-\log L = ...``, ``... = MSE``.

A name makes no claim: ``L = a`` is the line ``a``, and from there on `L` means `a`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from grader.checks.kinds.derivation.nodes import Node
from grader.checks.kinds.derivation.symbols import CONSTANTS, Symbols
from grader.checks.kinds.derivation.tokens import Token

Relation: TypeAlias = Literal["=", "~", "negate:"]

_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReading:
    """The role of a piece of a row.

    Attributes
    ----------
    relation : str or None
        How the formula, or the formula that this piece names, follows.
    is_label : bool
        Whether it is a name before a formula, such as the ``L`` of ``L = a``.
    is_name_of_the_last : bool
        Whether it is a name after a formula, such as the ``MSE`` of ``~ a = MSE``.
    is_implied : bool
        Whether the relation was not written but follows from the name.
    """

    relation: Relation | None
    is_label: bool = False
    is_name_of_the_last: bool = False
    is_implied: bool = False


@dataclass(frozen=True, slots=True)
class _Label:
    """A name at the start of a row, possibly after a minus sign or in a logarithm."""

    name: str
    arguments: tuple[str, ...]
    logged: bool
    plain: bool


class Names:
    """The line names that a text has introduced so far; none may be one of its symbols."""

    def __init__(self, symbols: Symbols) -> None:
        self.known: dict[str, Node] = {}
        self._arguments: dict[str, tuple[str, ...]] = {}
        self._taken = {*symbols.scalars, *symbols.vectors, symbols.size, *CONSTANTS}
        self._equals: Token | None = None
        self._next: _Label | None = None

    def takes_equals(self, token: Token) -> bool:
        """Return whether an ``=`` only follows a name, and so is not a relation."""
        taken = token is self._equals
        self._equals = None
        return taken

    def without_arguments(self, tokens: list[Token]) -> list[Token]:
        """Return tokens without the ``(σ)`` of ``L(σ)``, for names that were introduced with it."""
        kept: list[Token] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            kept.append(token)
            at += 1
            arguments = self._arguments.get(token.text, ()) if token.kind == "name" else ()
            if (
                arguments
                and tuple(each.text for each in tokens[at : at + len(arguments)]) == arguments
            ):
                at += len(arguments)
        return kept

    def read(
        self, tokens: list[Token], end: Token, relation: Relation | None, *, started: bool
    ) -> LineReading:
        """Return the role of a piece, which depends on its neighbours.

        `relation` stands before the piece and `end`, a relation or the end, after it; `started` is
        whether a line precedes it.
        """
        label = self._label(tokens)
        implied = started and relation is None and end.kind == "="
        if tokens[0].kind == "remark" and implied:  # words before the relation
            return LineReading(relation=None, is_label=True)
        if label is None or (label.name in self.known and not (label.plain and implied)):
            by_name = implied and any(
                each.kind == "name" and each.text in self.known for each in tokens
            )
            return LineReading(relation="~" if by_name else relation, is_implied=by_name)
        if end.kind == "=":
            self._equals = end
            if label.name in self.known:  # L = a, and further down L = b
                return LineReading(relation="=", is_label=True)
            self._next = label
            return LineReading(
                relation="~" if implied else relation, is_label=True, is_implied=implied
            )
        if started and relation == "=" and label.plain:
            return LineReading(relation=None, is_name_of_the_last=True)
        return LineReading(relation=relation)

    def name_next(self, formula: Node) -> None:
        """Define the name that was read before a formula, if any."""
        label, self._next = self._next, None
        if label is not None and label.plain:
            self._define(label, formula)

    def name_last(self, tokens: Sequence[Token], formula: Node) -> None:
        """Define the name that was read after a formula."""
        label = self._label(tokens)
        if label is not None:
            self._define(label, formula)

    def _define(self, label: _Label, formula: Node) -> None:
        self.known[label.name] = formula
        if label.arguments:
            self._arguments[label.name] = label.arguments

    def _label(self, tokens: Sequence[Token]) -> _Label | None:
        rest = list(tokens)
        minus = rest[0].kind == "-"
        if minus:
            rest.pop(0)
        logged = bool(rest) and rest[0].kind == "function" and rest[0].text == "log"
        if logged:
            rest.pop(0)
            if (
                len(rest) > 1
                and rest[0].kind in _CLOSING
                and rest[-1].kind == _CLOSING[rest[0].kind]
            ):
                rest = rest[1:-1]
        plain = not (minus or logged)
        if plain and len(rest) == 1 and rest[0].kind == "remark":
            return _Label(rest[0].text, (), logged, plain=True)
        if not rest or rest[0].kind != "name" or rest[0].text in self._taken:
            return None
        arguments = rest[1:]
        if arguments and not _is_one_group(arguments):
            return None
        return _Label(rest[0].text, tuple(each.text for each in arguments), logged, plain)


def _is_one_group(tokens: Sequence[Token]) -> bool:
    """Return whether tokens are one parenthesised group."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.kind == "(") - (token.kind == ")")
        if depth == 0:
            return at == len(tokens) - 1 and at > 0
    return False

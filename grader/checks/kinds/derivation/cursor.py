"""A cursor over the tokens of a formula, which also counts the parts made from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn, TypeAlias

from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.nodes import Node
from grader.checks.kinds.derivation.tokens import Token
from grader.text import safe_text

Read: TypeAlias = Callable[[], Node]

_DEEPEST = 60
_MOST_NODES = 250


class Cursor:
    """Moves along the tokens of a formula; it never passes the last one, the end.

    Attributes
    ----------
    next : Token
        The next token.
    kind : str
        Its kind.
    in_bars : bool
        Whether a bar would now close an absolute value.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.in_bars = False
        self._tokens = tokens
        self._depth = 0
        self._nodes = 0
        self._move_to(0)

    def _move_to(self, at: int) -> None:
        self._at = at
        self.next = self._tokens[at]
        self.kind = self.next.kind

    def take(self) -> Token:
        """Return the next token and advance; fail at the end."""
        token = self.next
        if token.kind == "end":
            self.fail("expected a symbol")
        self._move_to(self._at + 1)
        return token

    def follows(self, *kinds: str) -> bool:
        """Return whether tokens of these kinds follow the next one."""
        behind = self._tokens[self._at + 1 : self._at + 1 + len(kinds)]
        return tuple(token.kind for token in behind) == kinds

    def skip(self, kind: str) -> bool:
        """Advance over a token of this kind; return whether there was one."""
        if self.kind != kind:
            return False
        self._move_to(self._at + 1)
        return True

    def expect(self, kind: str, what: str) -> Token:
        """Return the next token and advance; fail if it has another kind."""
        if self.kind != kind:
            self.fail(f"expected {what}")
        return self.take()

    def fail(self, message: str, token: Token | None = None) -> NoReturn:
        """Refuse the formula at `token`; by default at the next one, which the message names."""
        where = token or self.next
        if token is None:
            found = where.shown if where.kind == "end" else f"`{safe_text(where.shown, 30)}`"
            message = f"{message}, found {found}"
        raise DerivationError(message, where.line, where.column)

    def made(self, node: Node, size: int = 1, depth: int = 0) -> Node:
        """Count a new part of the formula, which may bring `size` parts; refuse too many."""
        self._nodes += size
        if self._depth + depth > _DEEPEST:
            self.fail("this formula is nested too deep", self.next)
        if self._nodes > _MOST_NODES:
            self.fail(f"this formula has more than {_MOST_NODES} parts", self.next)
        return node

    def nested(self, read: Read, *, in_bars: bool = False) -> Node:
        """Read a part that may contain parts of the same kind; refuse deep nesting."""
        before, self.in_bars = self.in_bars, in_bars
        self._depth += 1
        if self._depth > _DEEPEST:
            self.fail("this formula is nested too deep", self.next)
        node = read()
        self._depth -= 1
        self.in_bars = before
        return node

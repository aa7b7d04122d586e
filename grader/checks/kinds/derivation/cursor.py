"""A place in the tokens of a formula: what stands next, and how much has been made of it."""

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
    """Moves along the tokens of a formula, the last of which is an end that nothing steps over.

    Attributes
    ----------
    next : Token
        What stands next.
    kind : str
        Its kind.
    in_bars : bool
        Whether a bar that stands next would be the closing one of an absolute value.
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
        """Return what stands next and step over it; fail at the end."""
        token = self.next
        if token.kind == "end":
            self.fail("expected a symbol")
        self._move_to(self._at + 1)
        return token

    def follows(self, *kinds: str) -> bool:
        """Tell whether tokens of these kinds stand behind the next one."""
        behind = self._tokens[self._at + 1 : self._at + 1 + len(kinds)]
        return tuple(token.kind for token in behind) == kinds

    def skip(self, kind: str) -> bool:
        """Step over a token of this kind; tell whether there was one."""
        if self.kind != kind:
            return False
        self._move_to(self._at + 1)
        return True

    def expect(self, kind: str, what: str) -> Token:
        """Return what stands next and step over it; fail if it is of another kind."""
        if self.kind != kind:
            self.fail(f"expected {what}")
        return self.take()

    def fail(self, message: str, token: Token | None = None) -> NoReturn:
        """Refuse the formula for what `token` is; or, if none is given, for what stands next."""
        where = token or self.next
        if token is None:
            found = where.shown if where.kind == "end" else f"`{safe_text(where.shown, 30)}`"
            message = f"{message}, found {found}"
        raise DerivationError(message, where.line, where.column)

    def made(self, node: Node, size: int = 1, depth: int = 0) -> Node:
        """Count a part of the formula, or several parts that came together."""
        self._nodes += size
        if self._depth + depth > _DEEPEST:
            self.fail("this formula is nested too deep", self.next)
        if self._nodes > _MOST_NODES:
            self.fail(f"this formula has more than {_MOST_NODES} parts", self.next)
        return node

    def nested(self, read: Read, *, in_bars: bool = False) -> Node:
        """Read a part that may hold others like itself."""
        before, self.in_bars = self.in_bars, in_bars
        self._depth += 1
        if self._depth > _DEEPEST:
            self.fail("this formula is nested too deep", self.next)
        node = read()
        self._depth -= 1
        self.in_bars = before
        return node

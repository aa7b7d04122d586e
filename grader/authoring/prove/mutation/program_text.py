"""A program's text and syntax tree, with places counted in bytes, as both parsers do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes `start` to `end` of a program become `text`."""

    start: int
    end: int
    text: str


_OPENING = (b"(", b"[", b",", b":")
_CLOSING = (b")", b"]", b",", b":")
_SIZES = frozenset({"abs", "fabs", "absolute", "square"})


@dataclass(frozen=True)
class ProgramText:
    """A program that can be parsed."""

    text: str

    @cached_property
    def content(self) -> bytes:
        """The text in UTF-8, which is what columns of `ast` count in."""
        return self.text.encode()

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        starts = [0]
        for line in self.content.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        return tuple(starts)

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """Return where a node begins and ends."""
        start = self._line_starts[node.lineno - 1] + node.col_offset
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return start, self._line_starts[end_line - 1] + end_column

    @cached_property
    def even(self) -> frozenset[ast.expr]:
        """The expressions of which only the size matters: what `abs` is taken of, or a square."""
        return frozenset(filter(None, map(_inside_even, ast.walk(self.tree))))

    @cached_property
    def _whole_values(self) -> frozenset[ast.expr]:
        statements = (n for n in ast.walk(self.tree) if isinstance(n, (ast.Return, ast.Assign)))
        return frozenset(each.value for each in statements if each.value is not None)

    def stands_alone(self, node: ast.expr) -> bool:
        """Return whether any expression can replace a node without brackets."""
        start, end = self.span(node)
        left, right = self.content[:start].rstrip()[-1:], self.content[end:].lstrip()[:1]
        return node in self._whole_values or (left in _OPENING and right in _CLOSING)

    def code(self, node: ast.expr | ast.stmt) -> str:
        """Return a node's own text."""
        start, end = self.span(node)
        return self.content[start:end].decode()

    def replaced(self, edit: Edit) -> str:
        """Return the program with one edit made."""
        before, after = self.content[: edit.start], self.content[edit.end :]
        return (before + edit.text.encode() + after).decode()

    def expressions(self, node: ast.AST) -> Iterator[ast.expr]:
        """Yield every expression in a node, texts within ``f"..."`` left out."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.expr):
                yield child
            yield from self.expressions(child)


def _inside_even(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Call) and node.args:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
        return node.args[0] if name in _SIZES else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = node.right
        is_even = isinstance(power, ast.Constant) and power.value in (2, 4)
        return node.left if is_even else None
    return None


def smallest(source: ProgramText, edit: Edit) -> Edit:
    """Return the edit without what it leaves as it was at both of its ends."""
    old, new = source.content[edit.start : edit.end], edit.text.encode()
    left, right = len(old) - len(old.lstrip()), len(old) - len(old.rstrip())
    start, old = edit.start + left, old[left : len(old) - right]
    same = _shared(old, new)
    old, new, start = old[same:], new[same:], start + same
    same = _shared(old[::-1], new[::-1])
    end = start + len(old) - same
    return Edit(start, end, new[: len(new) - same].decode(errors="replace"))


def _shared(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts have in common at their start."""
    pairs = zip(one, other, strict=False)
    different = (index for index, (mine, yours) in enumerate(pairs) if mine != yours)
    return next(different, min(len(one), len(other)))

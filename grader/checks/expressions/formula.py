"""Formulas in exercises, such as ``np.sum(w * x)``.

Like an assertion, a formula is the author's code and runs on the trusted side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from grader.checks.expressions.expression import evaluate, names_in, parse_expression
from grader.guest.protocol.values import Value


def is_formula(text: str) -> str:
    """Return the text of a formula; ValueError if it cannot be read."""
    Formula.read(text)
    return text


@dataclass(frozen=True)
class Formula:
    """A compiled formula."""

    text: str
    """As the author wrote it."""
    free_names: tuple[str, ...]
    """The names in it that are not common ones, in the order of the text."""
    code: CodeType
    """The compiled expression."""

    @classmethod
    def read(cls, text: str) -> Formula:
        """Compile a formula; ValueError if it is not a Python expression."""
        tree = parse_expression(text)
        return cls(text, names_in(tree), compile(tree, "<formula>", "eval"))

    def value(self, names: Mapping[str, Any], args: Sequence[Value] | None = None) -> Value:
        """Evaluate it with these names and the common ones.

        If the formula is the name of a function, `args` are the arguments to call it with.
        """
        return evaluate(self.code, names, args)

"""Formulas in exercises, such as ``np.sum(w * x)``.

Like an assertion, a formula is the author's code and runs on the trusted side.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from grader.checks.expressions.assertion import COMMON_NAMES, names_in, parse_expression
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
        """Evaluate it.

        Parameters
        ----------
        names : Mapping of str to object
            The values of its names, in addition to the common ones.
        args : sequence of Value or None
            Arguments, if the formula is the name of a function that has to be called.

        Raises
        ------
        Exception
            Any error of the evaluation.
        """
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = eval(self.code, {**COMMON_NAMES, **names})  # noqa: S307 - the author's own code
            return found if args is None else found(*args)

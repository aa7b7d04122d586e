"""Functions that an author writes in an exercise as a formula, such as ``np.sum(w * x)``.

Like an assertion it is the author's code, and runs on the trusted side.
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
    """Return the text of a formula; ValueError where it cannot be read."""
    Formula.read(text)
    return text


@dataclass(frozen=True)
class Formula:
    """A formula, read and ready to be worked out.

    Attributes
    ----------
    text : str
        As the author wrote it.
    free_names : tuple of str
        The names that it uses and that are not common ones, in the order of the text.
    code : code
        What is evaluated.
    """

    text: str
    free_names: tuple[str, ...]
    code: CodeType

    @classmethod
    def read(cls, text: str) -> Formula:
        """Read a formula; ValueError where it is not a Python expression."""
        tree = parse_expression(text)
        return cls(text, names_in(tree), compile(tree, "<formula>", "eval"))

    def value(self, names: Mapping[str, Any], args: Sequence[Value] | None = None) -> Value:
        """Work it out.

        Parameters
        ----------
        names : Mapping of str to object
            What its names mean, beside those of every assertion.
        args : sequence of Value or None
            What to call it with, where the formula is just the name of a function.

        Raises
        ------
        Exception
            Whatever evaluating it raises.
        """
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = eval(self.code, {**COMMON_NAMES, **names})  # noqa: S307 - the author's own code
            return found if args is None else found(*args)

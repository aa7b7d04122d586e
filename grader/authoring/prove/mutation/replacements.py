"""Tables of functions, operators and keywords that are confused in numerical code."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType

_EACH_FOR_THE_OTHER = (
    *(("cumsum", "cumprod"), ("max", "min"), ("amax", "amin"), ("maximum", "minimum")),
    *(("fmax", "fmin"), ("argmax", "argmin"), ("any", "all"), ("exp", "expm1"), ("std", "var")),
    ("logical_and", "logical_or"),
    *(("floor", "ceil"), ("zeros", "ones"), ("zeros_like", "ones_like"), ("isfinite", "isnan")),
)
FUNCTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {one: (other,) for pair in _EACH_FOR_THE_OTHER for one, other in (pair, pair[::-1])}
    | {
        "sum": ("mean",),
        "nansum": ("nanmean",),
        "mean": ("sum", "median"),
        "average": ("sum",),
        "median": ("mean",),
        "prod": ("sum",),
        "log": ("log2", "log10", "log1p"),
        "log2": ("log",),
        "log10": ("log",),
        "log1p": ("log",),
        "logaddexp": ("logaddexp2", "maximum"),
        "round": ("floor",),
        "outer": ("multiply",),
        "sin": ("cos",),
        "cos": ("sin",),
        "searchsorted": ("argmax",),
    }
)
"""A function or method, and those that are taken for it."""

THROUGH = frozenset(
    {"abs", "fabs", "absolute", "sqrt", "square", "negative", "log", "log1p", "exp", "expm1"}
    | {"sorted", "sort", "reversed", "flip", "ravel", "clip", "cumsum", "copy"}
)
"""Functions that are dropped: what remains is their first argument, or the method's object."""

SYMMETRIC = frozenset(
    {"logaddexp", "logaddexp2", "maximum", "minimum", "fmax", "fmin", "max", "min", "hypot", "add"}
    | {"multiply", "logical_and", "logical_or", "array_equal", "equal", "not_equal", "gcd"}
    | {"isclose", "allclose"}
)
"""Functions whose arguments may change places; to swap them makes no mutant."""

OPERATORS: Mapping[type[ast.operator], tuple[str, ...]] = MappingProxyType(
    {
        ast.Add: ("*",),
        ast.Sub: ("*",),
        ast.Mult: ("+", "**"),
        ast.Div: ("//", "-"),
        ast.FloorDiv: ("*",),
        ast.Pow: ("/",),
        ast.MatMult: ("*",),
        ast.Mod: ("*",),
    }
)
"""An operator, and those that take its place beside the ones that mutmut knows."""

COMPARISONS: Mapping[type[ast.cmpop], tuple[str, ...]] = MappingProxyType(
    {
        ast.Lt: ("<=", ">", ">="),
        ast.LtE: ("<", ">=", ">"),
        ast.Gt: (">=", "<", "<="),
        ast.GtE: (">", "<=", "<"),
        ast.Eq: ("!=",),
        ast.NotEq: ("==",),
    }
)
"""A comparison, and what takes its place."""

KEYWORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"axis": ("None", "0", "1", "-1"), "ddof": ("0", "1"), "keepdims": ("True", "False")}
)
"""A keyword argument, and the values that are taken for its own."""

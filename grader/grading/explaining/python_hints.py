"""Hints on common exceptions of Python and numpy: the usual cause, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TypeAlias

_Hint: TypeAlias = str | Callable[[re.Match[str]], str]

_ARRAYS = (
    "Lists have no item-by-item arithmetic: convert them to numpy arrays first, such as "
    "`np.asarray(p)`."
)
_NONE = "A value here is None: does the function that it comes from `return` its result?"
_TEXT = "A text is not a number: convert it with `float(...)`."
_FUNCTION = "A function is used here in place of its result: call it, with round brackets."
_ONE_NUMBER = "This is one number, but a list or an array is needed."
_ARGUMENTS = (
    "The function does not take these arguments: its name, the number of its arguments and their "
    "order must be those of the exercise."
)
_WHOLE = "A whole number is needed here: use `//` for division, or `int(...)`."
_SCALARS = "`math` works on one number: for arrays and lists, use numpy's function of that name."
_TOO_LARGE = (
    "The number is too large: use floats instead of whole numbers, or add logarithms instead of "
    "multiplying."
)
_LOCAL = (
    "A variable that a function assigns belongs to that function: assign it before its first use, "
    "or pass it as an argument."
)
_OBJECTS = (
    "The array holds something that is not a number: make it with `np.asarray(x, dtype=float)`, "
    "and look for None and text in it."
)
_WHOLE_ARRAY = "The array can hold whole numbers only: convert it to floats with `x.astype(float)`."
_TRUTH = (
    "`if`, `and` and `or` need one truth value: use `np.any(...)` or `np.all(...)`, or `np.where` "
    "to choose item by item."
)
_UNPACK = "There are more or fewer values than names: print the values before you unpack them."
_INDEX = (
    "Indices run from 0 to the length minus 1: check where the loop ends, and whether the list or "
    "array is empty."
)
_FRESH = "your notebook is run from top to bottom in a fresh session"

_MODULES = """
collections copy functools itertools json math matplotlib numpy os random re scipy statistics sys
time torch
""".split()  # noqa: SIM905 (a list would be as many lines as names)
_OF_MATH = ("log", "log2", "log10", "exp", "sqrt", "pi", "inf", "nan", "prod", "comb")
_IMPORTS = {
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "pd": "import pandas as pd",
    "sp": "import scipy as sp",
    "stats": "from scipy import stats",
    "sns": "import seaborn as sns",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
    "reduce": "from functools import reduce",
    **{name: f"import {name}" for name in _MODULES},
    **{name: f"from math import {name}" for name in _OF_MATH},
}
_OF_ARRAYS = frozenset(
    """
    T all any argmax argmin astype cumprod cumsum dot dtype flatten item max mean min ndim prod
    ravel reshape shape size std sum tolist transpose var
    """.split()  # noqa: SIM905 (a set literal would be as many lines as names)
)
_OF_KINDS = {
    "NoneType": _NONE,
    "str": _TEXT,
    **dict.fromkeys(("list", "tuple"), _ARRAYS),
    **dict.fromkeys(("int", "float", "bool"), _ONE_NUMBER),
    **dict.fromkeys(("function", "method", "builtin_function_or_method"), _FUNCTION),
}


def _of_operands(found: re.Match[str]) -> str:
    kinds = set(found.groups())
    if "NoneType" in kinds:
        return _NONE
    if kinds & {"function", "builtin_function_or_method", "method", "type"}:
        return _FUNCTION
    if "str" in kinds:
        return _TEXT
    return _ARRAYS if kinds & {"list", "tuple", "range"} else ""


def _of_kind(found: re.Match[str]) -> str:
    other = _ONE_NUMBER if "float64" in found[1] else ""
    return _OF_KINDS.get(found[1].removeprefix("numpy."), other)


def _of_items(found: re.Match[str]) -> str:
    if found[1]:
        return _of_kind(found)
    return _NONE if found[2] == "NoneType" else _ONE_NUMBER


def _not_callable(found: re.Match[str]) -> str:
    kind = found[1]
    if kind in ("list", "tuple", "dict", "numpy.ndarray"):
        return "Round brackets call a function: use square brackets for items, as in `x[0]`."
    if kind == "NoneType":
        return _NONE
    if kind == "module":
        return "A module cannot be called: name its function, as in `math.log(...)`."
    return (
        "This is not a function, but is called like one: is a `*` missing before a bracket, or "
        "does a variable have the function's name?"
    )


def _not_defined(found: re.Match[str]) -> str:
    name = found[1]
    if name in _IMPORTS:
        return f"`{_IMPORTS[name]}` is missing: {_FRESH}."
    return f"No cell that ran defines `{name}`: {_FRESH}."


def _no_attribute_of_module(found: re.Match[str]) -> str:
    return f"`{found[1]}` has no `{found[2]}`: check the spelling; newer versions may lack it."


def _no_attribute(found: re.Match[str]) -> str:
    kind, name = found[1], found[2]
    if kind == "NoneType":
        return _NONE
    if kind in ("list", "tuple", "range", "int", "float") and name in _OF_ARRAYS:
        return f"Only arrays have `{name}`: make one first, as in `np.asarray(x).{name}`."
    return f"The object before the dot has no `{name}`: check the spelling, and what the object is."


_NAME = r"'([\w.]{1,60})'"
_SIZED = rf"{_NAME} object is not (?:subscriptable|iterable)|object of type {_NAME} has no len"
_EMPTY = r"zero-size array|arg is an empty sequence|iterable argument is empty|argument is empty"

# The first match counts. Messages differ between versions of Python and numpy, so each pattern
# quotes as little of one as possible.
_HINTS: Mapping[str, Sequence[tuple[str, _Hint]]] = {
    "NotImplementedError": [
        ("", "The starter's `raise NotImplementedError` is still there: replace it by your answer.")
    ],
    "NameError": [(rf"name {_NAME} is not defined", _not_defined)],
    "UnboundLocalError": [("", _LOCAL)],
    "TypeError": [
        (rf"unsupported operand.*: {_NAME} and {_NAME}", _of_operands),
        (rf"not supported between instances of {_NAME} and {_NAME}", _of_operands),
        (rf"bad operand type for [\w +-]+\(?\)?: {_NAME}", _of_kind),
        (r"can't multiply sequence by non-int|can only concatenate (?:list|tuple)", _ARRAYS),
        (
            r"can only concatenate str|must be str, not",
            "A text and a number cannot be added: use an f-string, or `str(...)`.",
        ),
        (
            r"must be real number, not (?:list|tuple|numpy)|converted to Python scalars",
            _SCALARS,
        ),
        (r"must be real number, not NoneType", _NONE),
        (r"must be real number, not str", _TEXT),
        (rf"{_NAME} object is not callable", _not_callable),
        (
            r"positional argument|keyword argument|values for argument|required keyword-only",
            _ARGUMENTS,
        ),
        (
            r"'tuple' object does not support item assignment",
            "A tuple cannot be changed: make it a list with `list(...)`.",
        ),
        (_SIZED, _of_items),
        (rf"cannot unpack non-iterable {_NAME[1:-1]} object", _of_kind),
        (r"len\(\) of unsized object|iteration over a 0-d array", _ONE_NUMBER),
        (r"indices must be integers|cannot be interpreted as an integer", _WHOLE),
        (
            r"unhashable type",
            "A list or an array cannot be a key of a dictionary, or an item of a set: use a tuple.",
        ),
        (r"no callable \w+ method|ufunc '\w+' not supported", _OBJECTS),
    ],
    "UFuncTypeError|_?UFuncOutputCastingError": [("", _WHOLE_ARRAY)],
    "_?UFuncNoLoopError": [("", "One side is not a number: print both sides before this line.")],
    "ValueError": [
        (
            r"could not be broadcast|not aligned|core dimension|dimensions .*must match",
            "The shapes do not fit each other: print `x.shape` of both arrays before this line.",
        ),
        (
            r"inhomogeneous shape|setting an array element with a sequence",
            "All rows of an array must have the same length: print the lengths of your lists.",
        ),
        (r"truth value of an array", _TRUTH),
        (
            r"[Ii]ntegers to negative integer powers",
            "Numpy has no negative powers of whole numbers: use a float, as in `2.0 ** x`.",
        ),
        (
            r"math domain error|expected a (?:positive|nonnegative) input",
            "`math.log` takes numbers above 0 only, `math.sqrt` none below 0: what do you pass?",
        ),
        (
            r"could not convert string to float|invalid literal for int",
            "The text is not a number: print it before this line.",
        ),
        (r"values to unpack", _UNPACK),
        (
            r"cannot reshape array",
            "The number of items must stay the same: print `x.shape` before this line.",
        ),
        (_EMPTY, "The list or array is empty here: what should the answer be then?"),
    ],
    "OverflowError": [("", _TOO_LARGE)],
    "ZeroDivisionError": [("", "Something is divided by 0: which input makes the divisor 0?")],
    "FloatingPointError": [
        (
            "",
            "The result is not a number that a float can hold: print the numbers before this line.",
        )
    ],
    "IndexError": [
        (
            r"too many indices",
            "The array has fewer axes than there are indices: print `x.shape` before this line.",
        ),
        (r"only integers", _WHOLE),
        ("", _INDEX),
    ],
    "KeyError": [
        ("", "The dictionary has no such key: check its spelling, or use `.get(key, 0)`.")
    ],
    "RuntimeError": [
        (
            r"asyncio\.run\(\) cannot be called|event loop is already running",
            "A notebook has a running event loop already: write `await main()` in the cell.",
        )
    ],
    "RecursionError": [
        ("", "The function calls itself without end: for which input does it stop?")
    ],
    "AttributeError": [
        (rf"module {_NAME} has no attribute {_NAME}", _no_attribute_of_module),
        (rf"{_NAME} object has no attribute {_NAME}", _no_attribute),
    ],
    "MemoryError|_ArrayMemoryError": [
        ("", "This needs more memory than there is: does a list or an array grow without end?")
    ],
    "LinAlgError": [
        (
            r"[Ss]ingular",
            "The matrix has no inverse: is one row or column a combination of the others?",
        )
    ],
    "StopIteration": [
        ("", "`next(...)` found nothing: give it a default, as in `next(items, None)`.")
    ],
}


@cache
def _compiled() -> list[tuple[re.Pattern[str], re.Pattern[str], _Hint]]:
    """Compile the patterns when the first exception is explained: that takes milliseconds."""
    return [
        (re.compile(kinds), re.compile(pattern), hint)
        for kinds, hints in _HINTS.items()
        for pattern, hint in hints
    ]


def python_hint(type_name: str, message: str) -> str:
    """Return a hint on the usual cause of an exception; empty if it has many causes.

    Parameters
    ----------
    type_name, message : str
        As the student's process reports them, up to 500 characters each.

    Examples
    --------
    >>> python_hint("ValueError", "cannot reshape array of size 3 into shape (2,2)")
    'The number of items must stay the same: print `x.shape` before this line.'
    >>> python_hint("NameError", "name 'np' is not defined")
    '`import numpy as np` is missing: your notebook is run from top to bottom in a fresh session.'
    """
    for kinds, pattern, hint in _compiled():
        if kinds.fullmatch(type_name) and (found := pattern.search(message)):
            return hint if isinstance(hint, str) else hint(found)
    return ""

"""What commonly lies behind an exception of Python or numpy, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

_Hint: TypeAlias = str | Callable[[re.Match[str]], str]

_ARRAYS = (
    "Lists do not calculate item by item: make numpy arrays of them first, as in `np.asarray(p)`."
)
_NONE = "Something here is None: does the function that it comes from `return` its result?"
_TEXT = "A text is not a number: make one of it with `float(...)`."
_FUNCTION = "A function stands here in place of its result: call it, with round brackets."
_ONE_NUMBER = "This is one number, where a list or an array of several is needed."
_ARGUMENTS = (
    "The function is called with other arguments than it takes: its name, the number of its "
    "arguments and their order must be those of the exercise."
)
_WHOLE = "A whole number is needed here: use `//` for division, or `int(...)`."
_SCALARS = "`math` works on one number: for arrays and lists, use numpy's function of that name."
_TOO_LARGE = (
    "The number is too large: use floats in place of whole numbers, or add logarithms in place of "
    "multiplying."
)
_LOCAL = (
    "A function that gives a name a value has it for itself: give it one before the first use, or "
    "pass it as an argument."
)
_OBJECTS = (
    "The array holds something that is no number: make it with `np.asarray(x, dtype=float)`, and "
    "look for None and texts in it."
)
_WHOLE_ARRAY = (
    "The array holds whole numbers, and takes no others: make it one of floats, with "
    "`x.astype(float)`."
)
_TRUTH = (
    "`if`, `and` and `or` need one truth value: use `np.any(...)` or `np.all(...)`, or `np.where` "
    "to choose item by item."
)
_UNPACK = (
    "There are more or fewer values than names to unpack them into: print what stands on the right."
)
_INDEX = "Indices run from 0 to the length minus 1: look at where the loop ends; or is it empty?"
_FRESH = "your notebook is run from top to bottom in a fresh session"

_IMPORTS = {
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "matplotlib": "import matplotlib",
    "pd": "import pandas as pd",
    "sp": "import scipy as sp",
    "scipy": "import scipy",
    "stats": "from scipy import stats",
    "sns": "import seaborn as sns",
    "torch": "import torch",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
    "reduce": "from functools import reduce",
    **{
        name: f"import {name}"
        for name in ("math", "random", "itertools", "functools", "statistics")
    },
    **{
        name: f"import {name}"
        for name in ("collections", "time", "os", "sys", "re", "json", "copy")
    },
    **{
        name: f"from math import {name}"
        for name in ("log", "log2", "log10", "exp", "sqrt", "pi", "inf", "nan", "prod", "comb")
    },
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
    return {
        "NoneType": _NONE,
        "str": _TEXT,
        "list": _ARRAYS,
        "tuple": _ARRAYS,
        "int": _ONE_NUMBER,
        "float": _ONE_NUMBER,
        "bool": _ONE_NUMBER,
        "function": _FUNCTION,
        "method": _FUNCTION,
        "builtin_function_or_method": _FUNCTION,
    }.get(found[1].removeprefix("numpy."), _ONE_NUMBER if "float64" in found[1] else "")


def _not_callable(found: re.Match[str]) -> str:
    kind = found[1]
    if kind in ("list", "tuple", "dict", "numpy.ndarray"):
        return "Round brackets call a function: items are in square brackets, as in `x[0]`."
    if kind == "NoneType":
        return _NONE
    if kind == "module":
        return "A module is called here: name its function, as in `math.log(...)`."
    return (
        "This is no function, and is called like one: is a `*` missing before a bracket, or did a "
        "variable take the function's name?"
    )


def _not_defined(found: re.Match[str]) -> str:
    name = found[1]
    if name in _IMPORTS:
        return f"`{_IMPORTS[name]}` is missing: {_FRESH}."
    return f"No cell that ran gives `{name}` a meaning: {_FRESH}."


def _no_attribute_of_module(found: re.Match[str]) -> str:
    return (
        f"`{found[1]}` has no `{found[2]}`: look at the spelling; what older versions had may be "
        "gone."
    )


def _no_attribute(found: re.Match[str]) -> str:
    kind, name = found[1], found[2]
    if kind == "NoneType":
        return _NONE
    if kind in ("list", "tuple", "range", "int", "float") and name in _OF_ARRAYS:
        return f"Only arrays have `{name}`: make one first, as in `np.asarray(x).{name}`."
    return f"What stands before the dot has no `{name}`: look at the spelling, and at what it is."


_OF_ARRAYS = frozenset(
    """
    T all any argmax argmin astype cumprod cumsum dot dtype flatten item max mean min ndim prod
    ravel reshape shape size std sum tolist transpose var
    """.split()  # noqa: SIM905 (a set literal would be as many lines as names)
)
_NAME = r"'([\w.]{1,60})'"

# The first that fits counts. Texts differ from one version of Python and numpy to the next, so each
# pattern holds as little of one as it takes.
_HINTS: tuple[tuple[str, str, _Hint], ...] = (
    (
        "NotImplementedError",
        "",
        "The starter's `raise NotImplementedError` is still there: put your answer in its place.",
    ),
    ("NameError", rf"name {_NAME} is not defined", _not_defined),
    (
        "UnboundLocalError",
        "",
        _LOCAL,
    ),
    ("TypeError", rf"unsupported operand.*: {_NAME} and {_NAME}", _of_operands),
    ("TypeError", rf"not supported between instances of {_NAME} and {_NAME}", _of_operands),
    ("TypeError", rf"bad operand type for [\w +-]+\(?\)?: {_NAME}", _of_kind),
    ("TypeError", r"can't multiply sequence by non-int", _ARRAYS),
    ("TypeError", r"can only concatenate (?:list|tuple)", _ARRAYS),
    (
        "TypeError",
        r"can only concatenate str|must be str, not",
        "A text and a number do not add: use an f-string, or `str(...)`.",
    ),
    (
        "TypeError",
        r"must be real number, not (?:list|tuple|numpy)|converted to Python scalars",
        _SCALARS,
    ),
    ("TypeError", r"must be real number, not NoneType", _NONE),
    ("TypeError", r"must be real number, not str", _TEXT),
    ("TypeError", rf"{_NAME} object is not callable", _not_callable),
    (
        "TypeError",
        r"positional argument|keyword argument|values for argument|required keyword-only",
        _ARGUMENTS,
    ),
    (
        "TypeError",
        r"'tuple' object does not support item assignment",
        "A tuple cannot be changed: make a list of it with `list(...)`.",
    ),
    (
        "TypeError",
        rf"{_NAME} object is not (?:subscriptable|iterable)|object of type {_NAME} has no len",
        lambda found: (
            _of_kind(found) if found[1] else {"NoneType": _NONE}.get(found[2], _ONE_NUMBER)
        ),
    ),
    ("TypeError", rf"cannot unpack non-iterable {_NAME[1:-1]} object", _of_kind),
    ("TypeError", r"len\(\) of unsized object|iteration over a 0-d array", _ONE_NUMBER),
    ("TypeError", r"indices must be integers|cannot be interpreted as an integer", _WHOLE),
    (
        "TypeError",
        r"unhashable type",
        "A key of a dictionary, or an item of a set, cannot be a list or an array: use a tuple.",
    ),
    (
        "TypeError",
        r"no callable \w+ method|ufunc '\w+' not supported",
        _OBJECTS,
    ),
    ("UFuncTypeError|_?UFuncOutputCastingError", "", _WHOLE_ARRAY),
    (
        "UFuncNoLoopError|_UFuncNoLoopError",
        "",
        "One side is no number: print both sides before this line.",
    ),
    (
        "ValueError",
        r"could not be broadcast|not aligned|core dimension|dimensions .*must match",
        "The shapes do not fit each other: print `x.shape` of both arrays before this line.",
    ),
    (
        "ValueError",
        r"inhomogeneous shape|setting an array element with a sequence",
        "An array needs rows of one length: print the lengths of the lists that you make it of.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        _TRUTH,
    ),
    (
        "ValueError",
        r"[Ii]ntegers to negative integer powers",
        "Numpy takes no negative power of whole numbers: use a float, as in `2.0 ** x`.",
    ),
    (
        "ValueError",
        r"math domain error|expected a (?:positive|nonnegative) input",
        "`math.log` takes numbers above 0 only, and `math.sqrt` none below 0: what comes in here?",
    ),
    (
        "ValueError",
        r"could not convert string to float|invalid literal for int",
        "The text is no number: print it before this line.",
    ),
    (
        "ValueError",
        r"values to unpack",
        _UNPACK,
    ),
    (
        "ValueError",
        r"cannot reshape array",
        "The number of items must stay the same: print `x.shape` before this line.",
    ),
    (
        "ValueError",
        r"zero-size array|arg is an empty sequence|iterable argument is empty|argument is empty",
        "It is empty here: what should the answer be then?",
    ),
    ("OverflowError", "", _TOO_LARGE),
    ("ZeroDivisionError", "", "Something is divided by 0: which input makes it 0?"),
    (
        "FloatingPointError",
        "",
        "Something leaves what floats can hold: print the numbers before this line.",
    ),
    (
        "IndexError",
        r"too many indices",
        "It has fewer axes than there are indices: print `x.shape` before this line.",
    ),
    ("IndexError", r"only integers", _WHOLE),
    (
        "IndexError",
        "",
        _INDEX,
    ),
    (
        "KeyError",
        "",
        "The dictionary has no such key: look at its spelling, or use `.get(key, 0)`.",
    ),
    (
        "RuntimeError",
        r"asyncio\.run\(\) cannot be called|event loop is already running",
        "A notebook has an event loop that runs already: write `await main()` in the cell.",
    ),
    ("RecursionError", "", "The function calls itself without end: for which input does it stop?"),
    ("AttributeError", rf"module {_NAME} has no attribute {_NAME}", _no_attribute_of_module),
    ("AttributeError", rf"{_NAME} object has no attribute {_NAME}", _no_attribute),
    (
        "MemoryError|_ArrayMemoryError",
        "",
        "It needs more memory than there is: does a list or an array grow without end?",
    ),
    (
        "LinAlgError",
        r"[Ss]ingular",
        "The matrix has no inverse: is one row or column made of the others?",
    ),
    (
        "StopIteration",
        "",
        "`next(...)` found nothing: give it a value for that case, as in `next(items, None)`.",
    ),
)


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], re.Pattern[str], _Hint], ...]:
    """Compile the patterns when the first exception is looked at; that takes milliseconds."""
    return tuple((re.compile(kinds), re.compile(pattern), hint) for kinds, pattern, hint in _HINTS)


def python_hint(type_name: str, message: str) -> str:
    """Return what commonly lies behind an exception; empty where there is no one cause.

    Parameters
    ----------
    type_name, message : str
        As the student's process tells them, up to 500 characters each.

    Examples
    --------
    >>> python_hint("TypeError", "unsupported operand type(s) for -: 'list' and 'list'")
    'Lists do not calculate item by item: make numpy arrays of them first, as in `np.asarray(p)`.'
    >>> python_hint("NameError", "name 'np' is not defined")
    '`import numpy as np` is missing: your notebook is run from top to bottom in a fresh session.'
    """
    for kinds, pattern, hint in _compiled():
        if kinds.fullmatch(type_name):
            found = pattern.search(message)
            if found is not None:
                return hint if isinstance(hint, str) else hint(found)
    return ""

"""Hints for what Python and numpy raise: the exceptions are the real ones of these versions."""

from __future__ import annotations

import asyncio
import copy
import math

import numpy as np
import pytest

from grader.grading.explaining.python_hints import python_hint
from grader.grading.explaining.syntax_errors import syntax_fault_of, syntax_words


async def in_a_loop():
    """Start a loop where one runs, as a cell of a notebook would."""
    asyncio.run(None)


NAMES = {
    "asyncio": asyncio,
    "in_a_loop": in_a_loop,
    "np": np,
    "math": math,
    "copy": copy,
    "p": [1.0, 2.0],
    "none": None,
    "one": 1.5,
    "a": np.arange(3),
}
ARRAYS, NONE, NUMBER = "convert them to numpy arrays first", "is None", "This is one number"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("p - p", ARRAYS),
        ("p / 2", ARRAYS),
        ("p ** 2", ARRAYS),
        ("(1, 2) - (1, 2)", ARRAYS),
        ("p * p", ARRAYS),
        ("p + 1", ARRAYS),
        ("-p", ARRAYS),
        ("abs(p)", ARRAYS),
        ("p > 1", ARRAYS),
        ("none + 1", NONE),
        ("2 * none", NONE),
        ("none > 1", NONE),
        ("none[0]", NONE),
        ("none(1)", NONE),
        ("sum(none)", NONE),
        ("len(none)", NONE),
        ("none.sum()", NONE),
        ("a, b = none", NONE),
        ("math.log(none)", NONE),
        ("'1' - 1", "A text is not a number"),
        ("'1' < 1", "A text is not a number"),
        ("math.log('1')", "A text is not a number"),
        ("'p is ' + 1", "use an f-string"),
        ("abs - 1", "A function is used here"),
        ("math.log(p)", "`math` works on one number"),
        ("math.log(a)", "`math` works on one number"),
        ("float(a)", "`math` works on one number"),
        ("one(3)", "is a `*` missing before a bracket"),
        ("a.sum()(2)", "is a `*` missing before a bracket"),
        ("p(0)", "use square brackets for items"),
        ("a(0)", "use square brackets for items"),
        ("math(1)", "A module cannot be called"),
        ("(lambda x: x)()", "does not take these arguments"),
        ("(lambda x: x)(1, 2)", "does not take these arguments"),
        ("(lambda x: x)(y=1)", "does not take these arguments"),
        ("one[0]", NUMBER),
        ("len(1.5)", NUMBER),
        ("sum(3)", NUMBER),
        ("[x for x in np.float64(3)]", NUMBER),
        ("p[1.0]", "A whole number is needed here"),
        ("range(2.0)", "A whole number is needed here"),
        ("a[1.0]", "A whole number is needed here"),
        ("p[1, 2]", "A whole number is needed here"),
        ("a[1, 2]", "fewer axes than there are indices"),
        ("p[2]", "Indices run from 0 to the length minus 1"),
        ("a[3]", "Indices run from 0 to the length minus 1"),
        ("{}['x']", "The dictionary has no such key"),
        ("{p: 1}", "use a tuple"),
        ("exec('t = (1, 2)\\nt[0] = 3')", "A tuple cannot be changed"),
        ("a + np.arange(2)", "print `x.shape` of both arrays"),
        ("np.ones((2, 3)) @ np.ones((2, 3))", "print `x.shape` of both arrays"),
        ("np.dot(np.ones((2, 3)), np.ones((2, 3)))", "print `x.shape` of both arrays"),
        ("np.concatenate([np.ones((2, 3)), np.ones((2, 2))])", "print `x.shape` of both arrays"),
        ("np.array([[1, 2], [3]])", "have the same length"),
        ("a.reshape(2, 2)", "The number of items must stay the same"),
        ("1 if a > 1 else 0", "np.any"),
        ("max(a, np.arange(3))", "np.any"),
        ("a ** -1", "2.0 ** x"),
        ("exec('a -= 0.5')", "x.astype(float)"),
        ("np.log(np.array([1, None]))", "np.asarray(x, dtype=float)"),
        ("math.log(0)", "`math.log` takes numbers above 0 only"),
        ("math.sqrt(-1)", "`math.log` takes numbers above 0 only"),
        ("math.exp(1000)", "The number is too large"),
        ("10.0 ** 400", "The number is too large"),
        ("float(10 ** 400)", "The number is too large"),
        ("np.array([2 ** 70], dtype=np.int64)", "The number is too large"),
        ("1 / 0", "divided by 0"),
        ("1 % 0", "divided by 0"),
        ("float('one')", "The text is not a number"),
        ("exec('x, y = [1, 2, 3]')", "values than names"),
        ("exec('x, y = [1]')", "values than names"),
        ("max([])", "is empty here"),
        ("np.max(np.array([]))", "is empty here"),
        ("np.product(a)", "`numpy` has no `product`"),
        ("p.shape", "Only arrays have `shape`"),
        ("p.mean()", "Only arrays have `mean`"),
        ("(2.0).sum()", "Only arrays have `sum`"),
        ("a.foo", "has no `foo`: check the spelling"),
        ("zeros(3)", "No cell that ran defines `zeros`"),
        ("pd.DataFrame()", "`import pandas as pd` is missing"),
        ("log(2)", "`from math import log` is missing"),
        ("exec('def f():\\n y += 1\\nf()')", "assign it before its first use"),
        ("exec('def f(): return f()\\nf()', {})", "calls itself without end"),
        ("np.linalg.inv(np.zeros((2, 2)))", "The matrix has no inverse"),
        ("exec('raise NotImplementedError')", "replace it by your answer"),
        ("exec('raise MemoryError')", "more memory than there is"),
        ("next(iter([]))", "found nothing"),
        ("asyncio.run(in_a_loop())", "`await main()`"),
    ],
)
def test_a_common_exception_has_a_hint(code, told):
    with pytest.raises(Exception) as raised:
        exec(code, dict(NAMES, a=NAMES["a"].copy()))
    assert told in python_hint(type(raised.value).__name__, str(raised.value))


@pytest.mark.parametrize(
    ("kind", "message"),
    [("ValueError", "p must sum to 1"), ("MyError", "p - q"), ("TypeError", ""), ("", "x" * 500)],
)
def test_what_has_no_one_cause_has_no_hint(kind, message):
    assert python_hint(kind, message) == ""


def test_a_hint_quotes_names_alone():
    hostile = "name 'np\x1b[2J' is not defined", "name '<b>' is not defined"
    assert [python_hint("NameError", text) for text in hostile] == ["", ""]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def f(x)\n    return 1", "a colon is missing"),
        ("if x\n    y", "a colon is missing"),
        ("f(1, (2, 3)", "the bracket `(` is never closed"),
        ("x = [1, 2", "the bracket `[` is never closed"),
        ("x = 1)", "there is one `)` too many"),
        ("x = [1, 2)", "`)` closes what `[` opened"),
        ("x = 'abc", "a quote is missing"),
        ("def f(x):\nreturn 1", "the lines that belong to it must be indented"),
        ("x = 1\n  y = 2", "it is indented more than the line above"),
        ("if x:\n    y\n  z", "its indentation matches no line above"),
        ("if x:\n\ty\n        z", "tabs and spaces are mixed in the indentation"),
        ("if x = 1:\n    y", "to compare, use `==`"),
        ("x + 1 = 2", "`=`"),
        ("f(1 2)", "a comma or an operator is missing"),
        ("print 'a'", "`print` needs round brackets"),
        ("x = “a”", "a character is not valid in Python"),
        ("x = 2x", "decimal literal"),
        ("x = = 1", "Python cannot read it"),
        ("def f(x):", "the lines that belong to it must be indented"),
    ],
)
def test_a_fault_of_syntax_has_plain_words(code, told):
    fault = syntax_fault_of(code)
    assert fault is not None
    assert told in syntax_words(f"{fault['error_message']} (cell 3, line {fault['line']})")


def test_code_without_fault_has_none():
    assert syntax_fault_of("x = 1") is None

"""The mutants of a program: which there are, which there are not, and what they are called."""

from __future__ import annotations

import ast
import re
import sys
import textwrap

import pytest

from grader.authoring.prove.mutation import Mutant, make_mutants
from grader.errors import UsageError


def mutants_of(body: str, names: tuple[str, ...] = ("f",)) -> list[Mutant]:
    return make_mutants(textwrap.dedent(body), names)


def returned(expression: str) -> set[str]:
    """Return what stands in place of an expression that a function of x, y and n returns."""
    found = mutants_of(f"def f(x, y=0, n=0):\n    return {expression}\n")
    start = "f: return "
    pairs = [mutant.id.removeprefix(start).split(" -> return ") for mutant in found]
    return {pair[1] for pair in pairs if len(pair) == 2}


@pytest.mark.parametrize(
    ("expression", "others"),
    [
        ("x + y", {"x - y", "x * y", "x", "y", "None"}),
        ("x - y", {"x + y", "x * y", "y - x", "x", "-y"}),
        ("x * y", {"x / y", "x + y", "x ** y", "x", "y"}),
        ("x / y", {"x * y", "y / x", "x // y", "x - y", "x", "y"}),
        ("x ** y", {"x * y", "y ** x", "x / y", "x", "y"}),
        ("(x + y) ** n", {"n ** (x + y)", "(x + y) / n", "(x - y) ** n"}),
        ("x @ y", {"y @ x", "x * y"}),
        ("-x", {"x", "+x"}),
        ("x < y", {"x <= y", "x > y", "x >= y"}),
        ("x <= y", {"x < y", "x >= y", "x > y"}),
        ("x == y", {"x != y"}),
        ("0 < x <= y", {"0 <= x <= y", "0 < x < y", "0 > x <= y"}),
        ("x and y", {"x or y", "True and y", "x and True"}),
        ("x or y", {"x and y", "False or y", "x or False"}),
        ("not x", {"x"}),
        ("x is y", {"x is not y"}),
        ("True", {"False"}),
        ("8", {"0", "1", "9", "7", "-8", "4", "16"}),
        ("7", {"0", "1", "8", "6", "-7", "3", "14"}),
        ("2.5", {"0", "1", "3.5", "1.5", "-2.5", "1.25", "5.0"}),
        ("'head'", {"'XXheadXX'"}),
        ("np.sum(x)", {"np.mean(x)", "np.sum(None)"}),
        ("x.sum()", {"x.mean()"}),
        ("sum(x)", {"mean(x)"}),
        ("np.prod(x)", {"np.sum(x)"}),
        ("np.mean(x)", {"np.sum(x)", "np.median(x)"}),
        ("np.max(x, axis=1)", {"np.min(x, axis=1)", "np.max(x, axis=0)", "np.max(x, )"}),
        ("np.argmax(x)", {"np.argmin(x)"}),
        ("np.log(x)", {"np.log2(x)", "np.log10(x)", "np.log1p(x)", "x"}),
        ("np.exp(x)", {"np.expm1(x)", "x"}),
        ("np.sqrt(x + y)", {"x + y"}),
        ("abs(x)", {"x"}),
        ("sorted(x)", {"x"}),
        ("x.copy()", {"x"}),
        ("np.var(x)", {"np.var(x, ddof=1)", "np.std(x)"}),
        ("x.std()", {"x.std(ddof=1)"}),
        ("np.var(x, ddof=1)", {"np.var(x, ddof=0)"}),
        ("f(x, y)", {"f(y, x)", "f(x, )", "f(y)", "f(None, y)"}),
        ("range(n)", {"range(n + 1)", "range(n - 1)"}),
        ("x[y:n]", {"x[y + 1:n]", "x[y:n - 1]", "x[:n]", "x[y:]"}),
        ("x[n]", {"x[n + 1]", "x[n - 1]"}),
        ("x[1:]", {"x[0:]", "x[2:]", "x[:]"}),
        ("x if y else n", {"x if (not y) else n", "x if (y) or True else n"}),
        ("[z for z in x if z]", {"[z for z in x if True]", "[z for z in x if (not z)]"}),
    ],
)
def test_an_expression_has_these_mutants(expression, others):
    assert others <= returned(expression)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if x < 0:\n        raise ValueError", "if False:"),
        ("if x < 0:\n        raise ValueError", "if not (x < 0):"),
        ("while x:\n        x -= 1", "while not (x):"),
        ("x += 1", "x = 1"),
        ("x += 1", "pass"),
        ("x = list(x)", "pass"),
        ("x = list(x)", "x = None"),
        ("x.append(1)", "pass"),
        ("for y in x:\n        break", "return"),
        ("for y in x:\n        continue", "break"),
    ],
)
def test_a_statement_has_these_mutants(before, after):
    found = mutants_of(f"def f(x):\n    {before}\n    return x\n")
    assert any(after in mutant.id.split(" -> ")[1] for mutant in found)


def test_a_default_of_a_keyword_is_mutated():
    assert "f: def f(x, limit=0.5): -> def f(x, limit=0.25):" in {
        mutant.id for mutant in mutants_of("def f(x, limit=0.5):\n    return x > limit\n")
    }


@pytest.mark.parametrize(
    ("expression", "equal"),
    [
        ("abs(x - y)", "abs(y - x)"),
        ("(x - y) ** 2", "(y - x) ** 2"),
        ("np.square(x - y)", "np.square(y - x)"),
        ("abs(-x)", "abs(x)"),
        ("abs(*x)", "x"),
        ("np.maximum(x, y)", "np.maximum(y, x)"),
        ("np.asarray(x, dtype=float)", "np.asarray(x, )"),
        ("x.lower() == 'head'", "x.lower() == 'HEAD'"),
    ],
)
def test_what_cannot_change_an_answer_is_no_mutant(expression, equal):
    assert equal not in returned(expression)


def test_only_what_students_define_and_what_that_needs_is_mutated():
    program = """\
        import numpy as np
        scale = 2.0
        table = {}
        table["one"] = 1.0
        for size in (1, 2):
            table[size] = size * scale
        table.update(three=3.0)
        def f(x):
            return _helper(x) * scale + table[1]
        def _helper(x):
            return x + 1
        def truth(x):
            return x + 3
        checked = [5.0]
        print(7.0)
    """
    changed = {mutant.id.split(":")[0] for mutant in mutants_of(program)}
    assert changed == {"f", "_helper", "scale", "table", "size", "module"}
    sources = "".join(mutant.source for mutant in mutants_of(program))
    assert sources.count("x + 3") == sources.count("[5.0]") == len(mutants_of(program))


def test_docstrings_messages_and_warnings_are_left_as_they_are():
    program = '''\
        import numpy as np
        class C:
            """Has 1 text."""
        def f(x):
            """Return 2 things."""
            if x < 0:
                raise ValueError("not below" + str(3))
            with np.errstate(divide="ignore"):
                return C, f"{x + 4} things"
    '''
    sources = {mutant.source for mutant in mutants_of(program)}
    kept = ('"""Has 1 text."""', '"""Return 2 things."""', '"not below" + str(3)', '"ignore"')
    assert all(text in source for text in kept for source in sources)


def test_every_mutant_is_python_and_no_two_are_the_same():
    found = mutants_of("def f(x, y):\n    z = (x - y) / 2\n    return z if z > 0 else [z, x[1:]]\n")
    trees = {ast.dump(ast.parse(mutant.source)) for mutant in found}
    assert len(trees) == len(found) > 20
    assert len({mutant.id for mutant in found}) == len(found)


def test_what_is_no_python_is_no_mutant():
    program = "f = 0\nfor f in (1, 2):\n    break\n"  # mutmut makes a `return` of it
    assert {"return" in mutant.source for mutant in mutants_of(program)} == {False}


def test_a_mutant_has_its_line_and_its_diff():
    (mutant,) = [m for m in mutants_of("def f(x):\n    y = 2\n    return x\n") if "None" in m.id][
        1:
    ]
    assert mutant.line == 3
    assert mutant.diff == "@@ -2,2 +2,2 @@\n     y = 2\n-    return x\n+    return None"


def test_edits_elsewhere_leave_ids_as_they_are():
    before = "def f(x):\n    return x + 1\n"
    after = "import math\n\nLIMIT = 3\n\n\n" + before.replace("1\n", "1  # the next one\n")
    ids = {mutant.id for mutant in mutants_of(before)}
    assert ids == {mutant.id for mutant in mutants_of(after)}


def test_the_same_change_twice_under_one_name_is_numbered():
    program = "def f(x):\n    x = x + 1\n    x = x + 1\n    return x\n"
    ids = [mutant.id for mutant in mutants_of(program)]
    assert "f: x = x + 1 -> x = x - 1" in ids
    assert "f: x = x + 1 -> x = x - 1 #2" in ids


def test_letters_beyond_ascii_are_counted_right():
    program = "def f(σ):\n    '''σ²'''\n    ε = σ + 1\n    return ε * σ\n"
    ids = {mutant.id for mutant in mutants_of(program)}
    assert {"f: return ε * σ -> return ε / σ", "f: ε = σ + 1 -> ε = σ - 1"} <= ids


def test_a_program_that_defines_nothing_that_is_asked_for_has_no_mutants():
    assert mutants_of("def g(x):\n    return x + 1\n") == []


def test_where_nothing_is_to_be_defined_the_whole_program_is_mutated():
    ids = [mutant.id for mutant in mutants_of("import math\nprint(math.log(2))\n", ())]
    assert "module: print(math.log(2)) -> print(math.log10(2))" in ids


def test_without_mutmut_it_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mutmut.mutation.mutators", None)
    with pytest.raises(UsageError, match=r"pip install 'notebook-grader\[prove\]'"):
        mutants_of("def f(x):\n    return x\n")


# Dtypes

DTYPES = """\
import numpy as np
import numpy as xp
from numpy import asarray, float64

KIND = np.float64


def f(x, kind=float, *, dtype=np.float64):
    {line}
"""
KEPT = [
    "return np.asarray(x, float)",
    "return np.asarray(x, dtype=float)",
    "return np.array(x, np.float64)",
    "return np.array(x, 'f8')",
    "return np.array(x, np.dtype('f8'))",
    "return xp.asarray(x, xp.float32)",
    "return asarray(x, float64)",
    "return np.asarray(x, KIND)",
    "return np.asarray(x, kind)",
    "return np.asarray(x, dtype)",
    "return x.astype(np.float64)",
    "return x.astype(float, copy=False)",
    "return x.astype('float64')",
    "return x.astype(dtype=np.float64)",
    "return x.view(np.float64)",
    "return np.empty_like(x, x.dtype)",
    "return np.sum(x, None, float)",
]


@pytest.mark.parametrize("line", KEPT)
def test_a_dtype_is_left_alone_wherever_it_stands(line):
    program = DTYPES.format(line=line)
    types = re.compile(r"float(32|64)?|np\.dtype\([^)]*\)|KIND|kind|dtype|'(f8|float64)'")
    before = sorted(match[0] for match in types.finditer(program))
    for mutant in make_mutants(program, ["f", "KIND"]):
        if "pass" in mutant.id or "-> return None" in mutant.id:
            continue  # the whole statement is gone
        assert sorted(match[0] for match in types.finditer(mutant.source)) == before, mutant.id


@pytest.mark.parametrize("line", KEPT)
def test_no_mutant_gives_another_argument_the_place_of_a_dtype(line):
    ids = [mutant.id for mutant in make_mutants(DTYPES.format(line=line), ["f"])]
    assert not any("(float, x)" in each or "float64, x)" in each for each in ids)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("return isinstance(x, float)", "isinstance(x, None)"),
        ("return list(map(float, x))", "map(None, x)"),
        ("return np.issubdtype(x.dtype, np.floating)", "np.issubdtype(x.dtype, None)"),
        ("return x.split('f')", "x.split(None)"),
        ("return float(x)", "float(None)"),
        ("return np.full(3, 0.5, float)", "np.full(3, 1.5, float)"),
        ("return np.asarray(x, float)", "np.asarray(None, float)"),
    ],
)
def test_a_type_that_says_something_else_is_changed_as_ever(line, wanted):
    ids = [mutant.id for mutant in make_mutants(DTYPES.format(line=line), ["f"])]
    assert any(wanted in each for each in ids), ids

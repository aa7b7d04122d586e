"""Cells as syntax trees: what IPython alone knows counts as empty, and names are found."""

import ast
import time

import pytest

from grader.checks.cell_code import CellCode, parse_cell


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nx = 1",
        "!pip install numpy\nx = 1",
        "files = !ls\nx = 1",
        "files = %who_ls\nx = 1",
        "len?\nx = 1",
        "?len\nx = 1",
        "%%time\nx = 1",
        "if True:\n    %time 1\nx = 1",
    ],
)
def test_lines_for_ipython_count_as_empty(source):
    assert {"x"} <= CellCode.read(source).names <= {"x", "files"}


@pytest.mark.parametrize(
    "source", ["x = (7\n% 4)", 'x = """\n%not magic\n!neither\n"""', "x = '\\d'", "await x\nx = 1"]
)
def test_a_line_that_only_looks_like_magic_stays(source):
    assert ast.dump(parse_cell(source)) == ast.dump(ast.parse(source.replace("'\\d'", "r'\\d'")))


@pytest.mark.parametrize(
    "source", ["x = = 1", "def f(:", "x = '\0'", "(" * 5000, "-" * 200_000 + "1", "\0"]
)
def test_what_is_no_python_has_no_names(source):
    assert CellCode.read(source).names == frozenset()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b.c = d[0] = 1", "a"),
        ("a, (b, *c) = d", "a b c"),
        ("a: int = 1", "a"),
        ("a += 1", "a"),
        ("import a.b, c as d", "a d"),
        ("from a import b, c as d", "b d"),
        ("def a(b):\n    c = 1", "a"),
        ("async def a(): ...", "a"),
        ("class a:\n    b = 1", "a"),
        ("def a():\n    global b\n    b = 1", "a b"),
        ("for a in b:\n    c = 1\nelse:\n    d = 2", "a c d"),
        ("with a as b, c:\n    d = 1", "b d"),
        ("try:\n    a = 1\nexcept B as c:\n    d = 1", "a c d"),
        ("if (a := 1): b = 2", "a b"),
        ("[a for a in (b := [1]) if (c := a)]", "b c"),
        ("lambda a: (b := a)", ""),
        ("match a:\n    case [b, *c]: pass\n    case {'d': e, **f}: pass", "b c e f"),
        ("match a:\n    case [*_]: pass\n    case _: pass", ""),
        ("print(a)", ""),
    ],
)
def test_every_way_to_bind_a_name_is_known(source, names):
    assert CellCode.read(source).names == frozenset(names.split())


def test_a_sum_of_very_many_terms_is_read_or_passed_over():
    assert CellCode.read("x = " + " + ".join(["1"] * 20_000)).names <= {"x"}


@pytest.mark.parametrize(
    "source", [" " * 160_000 + "x", "x" + " " * 190_000, "x = = " + "a." * 90_000]
)
def test_a_long_line_is_read_in_no_time(source):
    began = time.process_time()
    parse_cell(source)
    assert time.process_time() - began < 5

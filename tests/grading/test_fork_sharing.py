"""Which functions of a notebook are taken to leave nothing behind; every doubt counts against."""
# ruff: noqa: E501 (a program a line)

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course import load_course
from grader.grading.fork_sharing import harmless_functions

COURSE = load_course(Path(__file__).parents[2])
NUMPY = "import numpy as np"
PURE = {
    "arithmetic": "def f(p): return p * p * (1 - p)",
    "a module": "import math\ndef f(x): return math.log(x)",
    "a module by another name": f"{NUMPY}\ndef f(x): return np.linalg.norm(np.asarray(x))",
    "a name of a module": "from math import log as ln, e\ndef f(x): return ln(x) / e",
    "a module that it imports itself": "def f(x):\n    import math\n    return math.exp(x)",
    "a list of its own": "def f(n):\n    out = []\n    out.append(n)\n    out[0] += 1\n    return out",
    "a loop over what is given": "def f(xs):\n    for i, x in enumerate(xs): xs[i] = -x\n    return xs",
    "a lambda": "f = lambda p: 1 - p",
    "a lambda beside another": "g = lambda: 1; f = lambda: 2",
    "a constant of the notebook": "EPS = -1e-12\nSHAPE = (1, 'a', None)\ndef f(x): return x + EPS, SHAPE",
    "constant defaults": "def f(x, base=2.0, *, of=(1, None)): return x, base, of",
    "another pure function": "def g(x): return -x\ndef f(x): return g(g(x))",
    "itself": "def f(n): return 1 if n < 2 else n * f(n - 1)",
    "a function that is defined later": "def f(x): return g(x)\ndef g(x): return x",
    "a comprehension with a name of the notebook": "xs = [1]\ndef f(ys): return [xs for xs in ys]",
    "a function within": "def f(xs):\n    def g(x): return x + len(xs)\n    return [g(x) for x in xs]",
    "an error of its own": "class Bad(ValueError):\n    '''No.'''\ndef f(x): raise Bad(x)",
    "a generator with its own state": f"{NUMPY}\ndef f(s): return np.random.default_rng(s).normal()",
    "such a generator by name": "from numpy.random import default_rng\ndef f(s): return default_rng(s)",
    "an operator as a function": "def f(xs): return max(range(len(xs)), key=xs.__getitem__)",
    "local settings of numpy": f"{NUMPY}\ndef f(x):\n    with np.errstate(all='ignore'):\n        return 1 / x",
    "lines for IPython that change no name": "%matplotlib inline\n%load_ext grader\ndef f(x): return x\n%check a",
    "a notebook that prints": "def f(x):\n    print(x)\n    return x\nprint(f(1))",
    "an annotation": f"{NUMPY}\nxs = []\ndef f(x: np.ndarray = 1.0) -> type(xs): return x",
    "two definitions": "def f(x): return x\ndef f(x): return -x",
}  # fmt: skip
IMPURE = {
    "a list of the notebook": "seen = []\ndef f(x): seen.append(x)",
    "an array of the notebook": f"{NUMPY}\nW = np.zeros(3)\ndef f(x): return W * x",
    "a global variable": "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n",
    "a variable of an outer function": "def g():\n    n = 0\n    def h():\n        nonlocal n\n        n += 1\n        return n\n    return h\nf = g()",
    "a default that can change": "def f(x, seen=[]): return seen",
    "a default of a function within": "def f(x):\n    g = lambda s=seen: s\n    return g()\nseen = []",
    "an attribute of itself": "def f(x):\n    f.calls = 1\n    return x",
    "a decorator": "from functools import cache\n@cache\ndef f(x): return x",
    "a cache": "from functools import lru_cache\ng = lru_cache(abs)\ndef f(x): return g(x)",
    "random numbers": f"{NUMPY}\ndef f(n): return np.random.normal(size=n)",
    "random numbers by another name": "import numpy.random as r\ndef f(n): return r.normal(size=n)",
    "random numbers as a name": "from numpy import random\ndef f(n): return random.normal(size=n)",
    "random numbers held by a name": f"{NUMPY}\ndef f(n):\n    r = np.random\n    return r.normal(n)",
    "Python's random numbers": "import random\ndef f(): return random.random()",
    "samples of a normal distribution": "import statistics\ndef f(n): return statistics.NormalDist().samples(n)",
    "an attribute by its text": "import math, operator\ndef f(x): operator.attrgetter('__dict__')(math)['x'] = x",
    "a method by its text": "from operator import methodcaller\ndef f(x): methodcaller('append', x)([])",
    "settings of numpy": f"{NUMPY}\ndef f(x):\n    np.seterr(all='raise')\n    return x",
    "a module that is not known": "import os\ndef f(x): return os.getpid()",
    "a module that it imports itself": "def f(x):\n    import os\n    return os.getpid()",
    "a file": "def f(x): return open('f').read()",
    "an impure function": "s = []\ndef g(x): s.append(x)\ndef f(x): return g(x)",
    "an impure function by way of another": "s = []\ndef h(): s.pop()\ndef g(): h()\ndef f(): g()",
    "a name with two meanings": "g = 3\ndef g(): return 1\ndef f(): return g()",
    "a function that is bound again": "def f(x): return x\nf = print",
    "a built-in that is bound again": "sum = [].append\ndef f(x): return sum(x)",
    "a loop's variable": "for i in [[]]: pass\ndef f(x): return i",
    "a name that means nothing here": "def f(x): return display(x)",
    "a coroutine": "async def f(x): return x",
    "a generator": "def f(x): yield x",
    "a class within": "def f(x):\n    class A: pass\n    return A",
    "a method of the student's": "xs = {}\nf = xs.get",
    "a lambda beside an impure one": "s = []\nf = lambda: s.pop(); g = lambda: 2",
    "a private name of a module": f"{NUMPY}\ndef f(x): return np._globals",
}  # fmt: skip
DOUBTED = {
    "a class": "class A:\n    def __float__(self): return 1.0",
    "an error with code": "class Bad(ValueError):\n    def __init__(self): pass",
    "an error of what is not known": "class Bad(base): pass",
    "a function of a module that is changed": f"{NUMPY}\nnp.sum = None",
    "an attribute that is deleted": f"{NUMPY}\ndel np.sum",
    "all names of a module": "from numpy import *",
    "exec": "exec('f = 1')",
    "setattr by another name": "s = setattr",
    "the names of the notebook": "globals()['f'] = 1",
    "the inside of a function": "g = f.__code__",
    "a global in a function that is not asked": "def g():\n    global f",
    "magics": "%run other.ipynb",
    "a cell magic": "%%time\nf(1)",
    "a command": "!ls",
    "no Python": "f = = 1",
    "a null byte": "x = '\0'",
    "too deep": "(" * 2000 + ")" * 2000,
}


@pytest.mark.parametrize("source", PURE.values(), ids=PURE)
def test_a_function_is_harmless_with(source):
    assert "f" in harmless_functions([source])
    cells = source.split("\n", 1) if source.startswith("import") else [source]
    assert "f" in harmless_functions(cells)


@pytest.mark.parametrize("source", IMPURE.values(), ids=IMPURE)
def test_a_function_is_not_harmless_with(source):
    assert "f" not in (harmless_functions([source]) or ())
    assert "f" not in (harmless_functions(["def f(): return 1", source]) or ())


@pytest.mark.parametrize("source", DOUBTED.values(), ids=DOUBTED)
def test_a_notebook_is_doubted_with(source):
    assert harmless_functions(["def f(x): return x", source]) is None


def test_variables_may_be_read_where_no_class_is_made():
    assert harmless_functions(["answers = {'a': 1}", "xs = []\ndef f(): xs.pop()"]) == frozenset()


def test_all_references_of_the_course_are_harmless_but_the_one_that_draws():
    exercises = COURSE.exercises.values()
    programs = [each.reference.read_text(encoding="utf-8") for each in exercises]
    functions = set(re.findall(r"^def (\w+)", "\n".join(programs), re.MULTILINE))
    asked = {name for each in exercises for name in each.defines} & functions
    assert asked - harmless_functions(programs) == {"plot_curves"}


@given(st.lists(st.text(alphabet="def x(:)=\n .@lambda%,[1]'", max_size=60), max_size=3))
def test_whatever_a_notebook_holds_is_read(sources):
    harmless_functions(sources)

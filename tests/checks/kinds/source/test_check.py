"""Code is looked through by what its names stand for, and only the code of the exercise."""

import pytest

from grader.checks.kinds.source.check import MAX_CHARS
from grader.checks.student_work import StudentWork, WorkCell
from grader.guest.protocol.values import Missing
from tests.checks.scripted import Scripted, check_of
from tests.refusals import refused


class Author(Scripted):
    def __init__(self, *sources, own=None):
        super().__init__(Missing("f"))
        cells = tuple(
            WorkCell(index=index, kind="code", source=source)
            for index, source in enumerate(sources)
        )
        self.work = StudentWork(cells if own is None else tuple(cells[i] for i in own), cells)


def judged(*sources, own=None, source="f", **keys):
    check = check_of(source=source, **keys)
    return check.judge(check.prepare(None), Author(*sources, own=own))


USES_PROD = [
    "import numpy as np\ndef f(x): return np.prod(x)",
    "import numpy\ndef f(x): return numpy.prod(x)",
    "from numpy import prod\ndef f(x): return prod(x)",
    "from numpy import prod as p\ndef f(x): return p(x)",
    "from numpy import *\ndef f(x): return prod(x)",
    "import numpy as np\np = np.prod\nq = p\ndef f(x): return q(x)",
    "import numpy as np\nf = np.prod",
    "from numpy import prod as f",
    "import numpy as np\nf = lambda x: np.prod(x)",
    "import numpy as np\nfrom functools import partial\nf = partial(np.prod, axis=0)",
    "import numpy as np\nf: object = lambda x: np.prod(x)",
    "def f(x):\n    import numpy as np\n    return np.prod(x)",
    "def f(x):\n    from numpy import prod as p\n    q = p\n    return q(x)",
    "import numpy as np\ndef g(x): return np.prod(x)\ndef f(x): return g(x)",
    "import numpy as np\ndef f(x): return g(x)\ndef g(x): return h(x)\ndef h(x): return np.prod(x)",
    "import numpy as np\nclass G:\n    def h(self, x): np.prod(x)\ndef f(x): G().h(x)",
    "import numpy as np\ndef f(x):\n    def g(y): return np.prod(y)\n    return g(x)",
    "import numpy as np\ndef f(x): return [np.prod(y) for y in x]",
    "import numpy as np\ndef f(x=np.prod([1])): return x",
    "import numpy as np\ndef f(x):\n    global np\n    return np.prod(x)",
    "%matplotlib inline\nimport numpy as np\ndef f(x): return np.prod(x)",
    "import numpy as np\n@np.prod\ndef f(x): ...",
    "import numpy as np\ndef f(x): return f(x[1:]) * np.prod(x[:1])",
    "import numpy as np\nmath, f = 1, lambda x: np.prod(x)",
    "def f(x): return 0\nimport numpy as np\ndef f(x): return np.prod(x)",
]


@pytest.mark.parametrize("source", USES_PROD)
def test_a_function_is_found_by_whatever_name_it_is_used(source):
    assert judged(source, uses=["numpy.prod"]).passed
    verdict = judged(source, avoids=["numpy.prod"])
    assert not verdict.passed
    assert verdict.brief == "`f` should not use `numpy.prod`."
    assert verdict.evidence == (("numpy.prod",), ())


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\n# np.prod\ndef f(x):\n    'np.prod(x)'\n    return 'numpy.prod'",
        "def prod(x): return 1\ndef f(x): return prod(x)",
        "from numpy import prod\ndef prod(x): return 1\ndef f(x): return prod(x)",
        "from numpy import prod\ndef f(prod): return prod(1)",
        "from numpy import prod\ndef f(x): return [prod for prod in x]",
        "from numpy import prod\ndef f(x): return (lambda prod: prod)(x)",
        "from numpy import prod\ndef f(x):\n    prod = 1\n    return prod",
        "import numpy as np\ndef g(x): return np.prod(x)\ndef f(x): return 1",
        "import numpy as np\ndef f(x): return np.prod(x)\ndef f(x): return 1",
        "from math import prod\ndef f(x): return prod(x)",
        "import numpy as np\ndef f(x): return np.sum(x)",
        "import numpy as np\ndef f(x): return x.prod()",
        "grid = 1\nimport numpy as np\nbig = [np.prod(i) for i in ()]\ndef f(x): return big",
        "import numpy as np\ndef f(x):\n    def np(): ...\n    return np.prod",
    ],
)
def test_what_only_looks_like_a_use_is_none(source):
    assert judged(source, avoids=["numpy.prod"]).passed
    verdict = judged(source, uses=["numpy.prod"])
    assert verdict.message == "`f` does not use `numpy.prod`."
    assert verdict.evidence == ((), ("numpy.prod",))


@pytest.mark.parametrize(
    ("item", "body"),
    [
        ("for", "for a in x: pass"),
        ("for", "return [a for a in x]"),
        ("for", "async def g():\n        async for a in x: pass"),
        ("while", "while x: pass"),
        ("if", "return 1 if x else 2"),
        ("lambda", "return lambda: 1"),
        ("try", "try: pass\n    except ValueError: pass"),
        ("with", "with x: pass"),
        ("import", "import math"),
        ("not", "return x not in x"),
        ("in", "return x not in x"),
        ("is", "return x is None"),
        ("and", "return x and x"),
        ("or", "return x or x"),
        ("yield", "yield from x"),
        ("sum", "return sum(x)"),
        (".prod", "return x.prod()"),
        (".prod", "p = x.prod\n    return p()"),
        ("numpy", "from numpy.linalg import det\n    return det(x)"),
        ("numpy.linalg", "import numpy as np\n    return np.linalg.det(x)"),
        ("scipy.stats.norm", "from scipy import stats as s\n    return s.norm.pdf(x)"),
        ("exec", "exec('1')"),
    ],
)
def test_words_builtins_methods_and_modules_are_found(item, body):
    source = f"def f(x):\n    {body}"
    assert judged(source, uses=[item]).passed
    assert not judged(source, avoids=[item]).passed
    assert judged("def f(x): return x", avoids=[item]).passed


def test_the_place_is_told_to_whom_may_see_it():
    verdict = judged("x = 1", "\ndef f(x):\n    y = [\n      a\n      for a in x]", avoids=["for"])
    assert (
        verdict.message == "`f` should not use `for`: cell 2 (`def f(x):`), line 5: `for a in x]`."
    )
    assert judged("def f(x): return x or x", avoids=["or"]).message == (
        "`f` should not use `or`: cell 1 (`def f(x): return x or x`)."
    )
    assert judged("from numpy import prod as f", avoids=["numpy"]).message == (
        "`f` should not use `numpy`: it is that function itself."
    )


def test_the_first_place_is_told():
    verdict = judged("def f(x):\n    for a in x: pass\n    for b in x: pass", avoids=["for"])
    assert "line 2" in verdict.message


def test_any_one_of_a_list_will_do():
    uses = [["numpy.prod", "math.prod"], "for"]
    assert judged("import math\ndef f(x):\n    for y in x: math.prod(y)", uses=uses).passed
    verdict = judged("def f(x): return 1", uses=uses, avoids=["for"])
    assert (
        verdict.message == "`f` does not use `numpy.prod` or `math.prod`. `f` does not use `for`."
    )


def test_all_code_of_the_exercise_is_looked_at_and_no_other():
    cells = [
        "import numpy as np",
        "for i in range(3): pass",
        "y = np.log(2)\ng(1)",
        "def g(x): x @ x",
    ]
    assert judged(*cells, own=[2], source="*", avoids=["for"], uses=["numpy.log"]).passed
    verdict = judged(*cells, own=[1, 2], source="*", avoids=["for"])
    assert verdict.brief == "The code should not use `for`."
    assert not judged(
        *cells, "def g(x):\n  while x: pass", own=[2], source="*", avoids=["while"]
    ).passed


@pytest.mark.parametrize("sources", [[], ["x = 1"], ["def g(): ..."], ["def f(:"]])
def test_where_there_is_no_code_nothing_passes(sources):
    verdict = judged(*sources, avoids=["for"])
    assert verdict.brief == "There is no code of `f` to check."
    verdict = judged(*sources, own=[], source="*", avoids=["for"])
    assert verdict.brief == "There is no code of this exercise to check."


def test_functions_that_call_each_other_are_looked_at_once():
    assert judged("def f(x): return g(x)\ndef g(x): return f(x)", avoids=["for"]).passed


def test_too_much_code_is_not_read():
    verdict = judged("def f(): ...", "x = 1\n" * MAX_CHARS, avoids=["for"])
    assert verdict.message == verdict.brief
    assert "400,000 characters" in verdict.brief


def test_code_that_is_nested_very_deep_is_looked_at():
    assert judged("def f(x): return " + " + ".join(["x"] * 900), avoids=["for"]).passed


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"source": "f"}, "add `uses` or `avoids`"),
        ({"source": "a.b", "uses": ["for"]}, "`a.b` is not the name of a function"),
        ({"source": "f", "uses": ["np.prod("]}, "neither a keyword of Python nor a full name"),
        ({"source": "f", "avoids": ["else"]}, "`else` cannot be looked for"),
        ({"source": "f", "uses": [["for", "1x"]]}, "`1x` is neither"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(keys, message):
    with refused(message):
        check_of(**keys)


def test_the_subject_is_the_function_if_there_is_one():
    assert check_of(source="f", uses=["for"]).subject == "f"
    assert check_of(source="*", uses=["for"]).subject == ""

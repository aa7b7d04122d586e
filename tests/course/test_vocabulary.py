"""Names and calls in checks, held against what the reference defines: what is right stays quiet."""

from __future__ import annotations

import pytest

from grader.course.outline import outline_of
from tests.course.test_loading import two_exercises
from tests.course.tiny import EXERCISE, REFERENCE, changed, faults_of, files, write

CASE = "      - args: [0.5]\n        expected: 0.25\n"


def claim(text):
    """Return one more check, of one point, with a claim."""
    given = "{p: {uniform: [0, 1]}}"
    return f"\n  - property: {text}\n    name: C\n    points: 1\n    given: {given}\n\nmistakes:"


def loaded(folder, reference=None, check="", exception=""):
    """Return the faults of the course with another reference, one more check of one point."""
    texts = files()
    if check or exception:
        text = check or (
            f"\n  - raises: two_heads\n    name: R\n    points: 1\n    exception: {exception}\n"
            "    cases: [{args: [2.0]}]\n\nmistakes:"
        )
        texts[EXERCISE] = texts[EXERCISE].replace("\nmistakes:", text)
        texts[EXERCISE] = texts[EXERCISE].replace("points: 3\n", "points: 4\n")
    if reference is not None:
        texts[REFERENCE] = reference
    return [fault.message for fault in faults_of(write(folder, texts))]


@pytest.mark.parametrize(
    "text",
    [
        "two_heads(p) == p**2",
        "two_heads(p=p) == reference.two_heads(p)",
        "all(two_heads(x) >= 0 for x in [p, 1 - p])",
        "sorted([two_heads(p)], key=lambda q: -q)[0] <= 1",
        "(y := two_heads(p)) >= 0 and y <= 1",
        "two_heads(np.float64(p)) == np.linalg.norm([p])**2",
        "two_heads(*[p]) >= 0 and two_heads(**{'p': p}) >= 0",
        "is_distribution([two_heads(p), 1 - two_heads(p)]) and is_number(two_heads(p))",
        "two_heads(p) == helper(p) + LIMIT",
        "two_heads(p) < math.inf and np.random.default_rng(1).random() < 1",
    ],
)
def test_a_claim_of_names_that_are_there_is_no_fault(tmp_path, text):
    reference = files()[REFERENCE] + "\nLIMIT = 0\n\n\ndef helper(p):\n    return p * p\n"
    quoted = text.replace("'", "''")
    assert loaded(tmp_path, reference, claim(f"'{quoted}'")) == []


@pytest.mark.parametrize(
    "reference",
    [
        "from math import *\n\n\ndef two_heads(p):\n    return p * p\n",
        "globals()['helper'] = abs\n\n\ndef two_heads(p):\n    return p * p\n",
        "exec('helper = abs')\n\n\ndef two_heads(p):\n    return p * p\n",
    ],
)
def test_where_a_reference_may_bind_any_name_nothing_is_said(tmp_path, reference):
    assert loaded(tmp_path, reference, claim("two_heads(p) == helper(p)")) == []


@pytest.mark.parametrize(
    "definition",
    [
        "if True:\n    helper = abs",
        "try:\n    import fast as helper\nexcept ImportError:\n    helper = abs",
        "for helper in [abs]:\n    pass",
        "with open(__file__) as helper:\n    pass",
        "class helper:\n    pass",
        "def make():\n    global helper\n    helper = abs",
        "(helper := abs)",
    ],
)
def test_names_are_found_however_a_reference_binds_them(definition):
    assert "helper" in outline_of(definition).names


def test_arguments_are_known_only_of_functions_that_are_what_they_say():
    code = (
        "from functools import cache\n"
        "@cache\ndef wrapped(a): pass\n"
        "def twice(a): pass\n"
        "def twice(a, b): pass\n"
        "def bound(a): pass\n"
        "bound = print\n"
        "def plain(a, /, b, c=1, *, d, e=2): pass\n"
        "short = lambda a, b=1: a\n"
        "def any_(*args, **kwargs): pass\n"
    )
    functions = outline_of(code).functions
    assert set(functions) == {"plain", "short", "any_"}
    assert list(functions["any_"].inconsistencies(9, ["x"])) == []
    assert list(functions["short"].inconsistencies(1, ["b"])) == []
    assert list(functions["plain"].inconsistencies(2, ["d"])) == []
    wrong = dict(functions["plain"].inconsistencies(0, ["a", "b", "dd"]))
    assert wrong["a"] == "`plain` takes `a` by position only: move it"
    assert wrong["dd"] == "`plain` has no argument `dd`; did you mean `d`?"
    assert list(functions["plain"].inconsistencies(5, ["d"])) == [
        (None, "`plain` takes 3 arguments (`a`, `b`, `c`), but got 5")
    ]
    assert list(functions["plain"].inconsistencies(1, [])) == [
        (
            None,
            "`plain` takes 3 arguments (`a`, `b`, `c`), but `b` and `d` are missing",
        )
    ]


@pytest.mark.parametrize(
    ("exception", "reference", "starter"),
    [
        ("ZeroDivisionError", "", ""),
        ("LinAlgError", "import numpy as np\n", ""),
        ("JSONDecodeError", "import json\n", ""),
        ("JSONDecodeError", "from json import JSONDecodeError\n", ""),
        ("NoProbability", "class NoProbability(ValueError):\n    pass\n", ""),
        ("NoProbability", "from elsewhere import *\n", ""),
        ("NoProbability", "", "class NoProbability(ValueError):\n      pass\n  "),
    ],
)
def test_an_exception_that_could_be_raised_is_no_fault(tmp_path, exception, reference, starter):
    texts = changed(EXERCISE, "starter: |\n", f"starter: |\n  {starter}\n")
    texts[REFERENCE] = reference + texts[REFERENCE]
    texts[EXERCISE] = (
        texts[EXERCISE]
        .replace("points: 3\n", "points: 4\n")
        .replace(
            "\nmistakes:",
            f"\n  - raises: two_heads\n    name: R\n    points: 1\n    exception: {exception}\n"
            "    cases: [{args: [2.0]}]\n\nmistakes:",
        )
    )
    assert [fault.message for fault in faults_of(write(tmp_path, texts))] == []


@pytest.mark.parametrize(
    ("exception", "said"),
    [
        ("valueerror", "did you mean `ValueError`?"),
        ("ValueErrors", "did you mean `ValueError`?"),
        ("NoProbabilty", "did you mean `NoProbability`?"),
        ("len", "`len` is not an exception"),
    ],
)
def test_an_exception_that_nothing_raises_is_told_with_the_nearest(tmp_path, exception, said):
    reference = "class NoProbability(ValueError):\n    pass\n\n\n" + files()[REFERENCE]
    (message,) = loaded(tmp_path, reference, exception=exception)
    assert said in message


def test_a_call_that_cannot_be_is_right_where_a_type_error_is_asked_for(tmp_path):
    check = (
        "\n  - raises: two_heads\n    name: R\n    points: 1\n    exception: TypeError\n"
        "    cases: [{args: []}, {args: [1, 2, 3]}]\n\nmistakes:"
    )
    assert loaded(tmp_path, check=check) == []


@pytest.mark.parametrize(
    ("signature", "args", "advice"),
    [
        (
            "(p)",
            "[1, 2]",
            "an argument that is a list needs its own brackets, as in `args: [[1, 2]]`",
        ),
        ("(p, q)", "[1, 2, 3]", "`args` has one item per argument; a list is one item"),
        ("(p, q)", "[[1, 2]]", "the items of `args` are the arguments, as in `args: [1, 2]`"),
        ("(p, q)", "[[1, 2, 3]]", "add it to `args` or `kwargs`"),
        ("(p)", "[.nan, .inf, 1]", "its own brackets, as in `args: [[...]]`"),
        ("()", "[1]", "takes no arguments by position, but got 1"),
    ],
)
def test_brackets_at_fault_are_told_with_those_that_fit(tmp_path, signature, args, advice):
    texts = changed(EXERCISE, CASE, f"      - args: {args}\n")
    texts[REFERENCE] = f"def two_heads{signature}:\n    return 1\n"
    told = [fault for fault in faults_of(write(tmp_path, texts)) if "cases[0]" in fault.key]
    assert advice in told[0].message
    assert told[0].line == 18


def test_names_of_earlier_exercises_are_there_where_the_exercise_builds_on_them(tmp_path):
    folder = two_exercises(tmp_path, "[two_heads]")
    path = folder / "exercises/coins/more.yaml"
    text = path.read_text().replace("points: 3\n", "points: 4\n")
    path.write_text(text.replace("\nmistakes:", claim("more(p) == reference.two_heads(p)")))
    assert faults_of(folder) == []
    path.write_text(path.read_text().replace("reference.two_heads(p)", "reference.two_heads(p, 1)"))
    (fault,) = faults_of(folder)
    assert "`two_heads` takes 1 argument (`p`), but got 2" in fault.message


def test_a_reference_that_uses_an_earlier_function_must_say_so(tmp_path):
    folder = two_exercises(tmp_path, "[]")
    (folder / "solutions/coins/more/reference.py").write_text(
        "def more(p):\n    return two_heads(p)\n"
    )
    (fault,) = faults_of(folder)
    assert fault.key == "builds_on"
    assert "add `two_heads` to `builds_on`" in fault.message


def test_a_reference_that_is_not_python_is_told_where_it_breaks(tmp_path):
    texts = {**files(), REFERENCE: "x = 1\n\ndef two_heads(p:\n    return p\n"}
    (fault,) = faults_of(write(tmp_path, texts))
    assert (fault.path, fault.line, fault.key) == (tmp_path / REFERENCE, 3, "")
    assert fault.message.startswith("this program is not Python (")
    assert faults_of(write(tmp_path, {**texts, REFERENCE: b"\xff\xfe"}))

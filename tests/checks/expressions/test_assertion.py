import math

import numpy as np
import pytest

from grader.checks.expressions.assertion import Assertion, readable_assertion
from grader.checks.expressions.expression import is_distribution, is_number
from grader.compare import Tolerance

LOOSE = Tolerance(atol=1e-3)


def holds(text, tolerance=None, **names):
    return Assertion.read(text).judge(names, tolerance or Tolerance()).holds


@pytest.mark.parametrize(
    "text",
    [
        "1 == 1.0000001",
        "1.0000001 == 1",
        "0 == 0.0005",
        "1 != 1.1",
        "1 <= 0.9995",
        "0.9995 >= 1",
        "1 < 2 < 3",
        "3 > 2 >= 2.0005",
        "a <= a",
        "a < 5",
        "0 < a",
        "a == [1, 2]",
        "[1, 2] == a",
        "a >= [1, 2]",
        "all(a > 0)",
        "all(x > 0 for x in a)",
        "any(x > 1 for x in a)",
        "any([x == 2.0005 for x in a])",
        "not any(x > 5 for x in a)",
        "not 1 == 2",
        "1 == 2 or 2 == 2",
        "(1 == 1 if True else 1 == 2) and 2 == 2",
        "len(a[a > 1]) == 1",
        "np.all(a > 0)",
        "all(list(a > 0))",
        "math.inf == math.inf",
        "1 in a.tolist()",
        "None is None",
        "is_number(1) and is_distribution([1])",
        "sum(y for x in a if (y := x * 2) > 2) == 4",
        "'a' == 'a'",
        "10**400 > 1",
        "a.sum() == 3 == np.add.reduce(a) and a.mean() > 1",
        "10**400 <= 10**400",
    ],
)
def test_an_assertion_holds(text):
    assert holds(text, LOOSE, a=np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    "text",
    [
        "nan == nan",
        "nan != 1",
        "1 != nan",
        "nan <= 1",
        "1 >= nan",
        "nan < 1",
        "a == 1",
        "a != a",
        "a < 2",
        "a > 1",
        "1 < 1",
        "1 > 1",
        "1 < 0.9995",
        "1 <= 0.99",
        "empty <= 1",
        "empty > 0",
        "True == 1",
        "'1' == 1",
        "1 < 2 < 2",
        "all(x > 1 for x in a)",
        "1 == 1 and 1 == 2",
        "not 1 == 1",
    ],
)
def test_an_assertion_does_not_hold(text):
    values = {"nan": math.nan, "a": np.array([1.0, 2.0]), "empty": np.array([])}
    assert not holds(text, LOOSE, **values)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a < [1, 2, 3]", "shapes"),
        ("a <= np.ones((1, 2))", "shapes"),
        ("'a' < 'b'", "only real numbers can be ordered, not str"),
        ("True < 2", "only real numbers"),
        ("1j < 2", "only real numbers"),
        ("a", "neither True nor False"),
        ("1", "neither True nor False"),
        ("a + 1", "neither True nor False"),
    ],
)
def test_what_cannot_be_judged_raises(text, error):
    with pytest.raises(TypeError, match=error):
        holds(text, a=np.array([1.0, 2.0]))


@pytest.mark.parametrize("text", ["1 =", "x = 1", "", "import os", "(" * 500, "1\x00"])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ValueError, match="is not a Python expression"):
        readable_assertion(text)


@pytest.mark.parametrize("name", ["open", "eval", "__import__", "exec", "getattr"])
def test_an_assertion_has_no_use_for_the_rest_of_python(name):
    with pytest.raises(NameError):
        holds(f"{name}('x') == 1")


def test_an_assertion_over_several_lines_is_read():
    assert holds("1 == 1 and (\n 2 == 2\n)\n")


def test_free_names_stand_in_the_order_of_the_text():
    assertion = Assertion.read(
        "f(p) == sum(g(x) for x in q) + np.log(math.e) and is_number(reference.f(r))"
    )
    assert assertion.free_names == ("f", "p", "g", "q", "r")


def test_the_first_comparison_that_does_not_hold_is_kept():
    outcome = Assertion.read("1 == 1 and 0.25 >= 0.5").judge({}, Tolerance())
    assert outcome.sides == ": left of `>=` is 0.25, right is 0.5"
    assert Assertion.read("False").judge({}, Tolerance()).sides == ""


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("f(p) == 0", False),
        ("f(p) == f(q)", False),
        ("f(np.outer(p, q)) == reference.f(p)", False),
        ("all(f(x) > 0 for x in p)", False),
        ("f(g(p)) == 0", True),
        ("f(k=g(p)) == 0", True),
        ("f(reference.g(p)) == 0", False),
        ("all(f(x) > 0 for x in g(p))", True),
        ("all(f(y) > 0 for x in g(p) for y in x)", True),
        ("(y := g(p)) == 1 and f(y) == 1", True),
        ("(lambda x: f(x))(g(p)) == 0", True),
    ],
)
def test_a_call_that_an_answer_may_be_given_to_is_known(text, does):
    assert Assertion.read(text).feeds_back({"f", "g"}) is does


def test_no_assertion_warns():
    assert not holds("np.log(zero) == 0 or zero / zero == 0", zero=np.zeros(1))


@pytest.mark.parametrize("value", [1, 0.5, np.float64(2), np.array(1.0)])
def test_a_number_is_finite_and_real(value):
    assert is_number(value)


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf, 1j, [1], np.ones(1)])
def test_nothing_else_is_a_number(value):
    assert not is_number(value)


@pytest.mark.parametrize("value", [[1], (0.5, 0.5), np.array([0.2, 0.8]), [0, 1], [1.0, 1e-10]])
def test_a_distribution_is_not_negative_and_sums_to_one(value):
    assert is_distribution(value)


@pytest.mark.parametrize(
    "value",
    [
        [],
        [0.5, 0.4],
        [1.5, -0.5],
        [math.nan, 1],
        [math.inf, 1],
        [True, False],
        ["1"],
        [[0.5, 0.5]],
        [0.5, [0.5]],
        [10**400],
        [1j, 1 - 1j],
        1.0,
        None,
        {0.5: 0.5},
    ],
)
def test_nothing_else_is_a_distribution(value):
    assert not is_distribution(value)

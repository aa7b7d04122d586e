"""A program with its sums added up in another order gives the same but for rounding."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grader.authoring.prove.summation import ORDERS, in_order

VALUES = [1e16, 1.0, 1.0, -1e16, 3.0]
FORWARDS = 3.0  # 1e16 + 1 is 1e16 again, twice
BACKWARDS = 4.0  # 3 - 1e16 is rounded to 4 - 1e16, and to add 1 changes nothing


def added(expression: str, order: str) -> object:
    program, names = in_order(f"import math\nimport numpy as np\nresult = {expression}\n", order)
    namespace = {**names, "x": np.array(VALUES), "values": VALUES}
    exec(program, namespace)
    return namespace["result"]


@pytest.mark.parametrize(
    "expression",
    [
        "np.sum(x)",
        "np.sum(values)",
        "x.sum()",
        "sum(values)",
        "sum(value for value in values)",
        "5 * np.mean(x)",
        "5 * x.mean()",
        "np.dot(x, np.ones(5))",
        "x.dot(np.ones(5))",
        "x @ np.ones(5)",
        "np.sum(np.stack([x, x]), axis=1)[1]",
        "(np.stack([x, x])).sum(axis=-1)[0]",
    ],
)
def test_every_way_to_add_up_goes_in_the_order(expression):
    forwards, backwards = (added(expression, order) for order in ORDERS)
    assert (forwards, backwards) == (FORWARDS, BACKWARDS)
    assert math.fsum(VALUES) == 5.0


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "expression",
    [
        "np.sum([1, 2, 3])",
        "np.sum(np.array([True, False, True]))",
        "np.sum(2.5)",
        "np.sum(x[:0])",
        "sum([[1], [2]], [])",
        "sum([1.5, 2.5], 1.0)",
        "np.sum(np.arange(4.0), where=np.array([True, False, True, False]))",
        "np.sum(np.arange(6.0).reshape(2, 3), 0).tolist()",
        "(np.arange(4.0).reshape(2, 2) @ np.ones(2)).tolist()",
        "np.dot(2.0, 3.0)",
        "np.sum(np.arange(6.0).reshape(2, 3), axis=0).tolist()",
        "math.fsum(values)",
        "max(values)",
    ],
)
def test_what_has_no_order_stays_as_it_is(expression, order):
    plain = eval(expression, {"np": np, "math": math, "x": np.array(VALUES), "values": VALUES})
    assert added(expression, order) == plain

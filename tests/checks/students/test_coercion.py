import math

import numpy as np
import pytest

from grader.checks.students.coercion import as_argument, form_mismatch, in_form_of


@pytest.mark.parametrize(
    ("actual", "expected", "same"),
    [
        (1, 0.5, True),
        (math.nan, 0.5, True),
        ([1, 2], np.zeros(2), True),
        ({"a": 1}, {"a": 0.5}, True),
        (True, 0.5, False),
        ("1", 0.5, False),
        ([1, 2, 3], np.zeros(2), False),
        ({"a": 1}, {"b": 0.5}, False),
        ({"a": 1, "b": None}, {"a": 2, "b": 2}, False),
    ],
)
def test_only_kind_shape_and_keys_make_the_form(actual, expected, same):
    assert (form_mismatch(actual, expected) is None) is same


@pytest.mark.parametrize(
    ("actual", "expected", "formed"),
    [
        (1, 0.5, 1.0),
        (10**400, 0.5, 10**400),
        (np.array(2.0), 0.5, 2.0),
        ([1, 2], np.zeros(2), np.array([1.0, 2.0])),
        (np.array(["a"]), np.array(["b"]), np.array(["a"])),
        (np.array([1, 2]), [0.5, 0.5], [1.0, 2.0]),
        ([10**400, np.array(2.0)], np.zeros(2), np.array([10**400, 2.0], dtype=object)),
        ([["a"], ["b"]], np.array([["c"], ["d"]]), np.array([["a"], ["b"]])),
        ([1, [2.0]], (0.5, [0.5]), (1.0, [2.0])),
        ({0.1 + 0.2: 1}, {0.3: 0.5}, {0.3: 1.0}),
        ("a", "b", "a"),
        (2 + 0j, 0.5, 2.0),
        (2 + 1j, 0.5, 2 + 1j),
        (2 + 0j, 1j, 2 + 0j),
        (np.array([2 + 0j]), np.zeros(1), np.array([2.0])),
        (np.array([2 + 1j]), np.zeros(1), np.array([2 + 1j])),
        (np.array([2 + 0j]), np.array([1j]), np.array([2 + 0j])),
    ],
)
def test_an_answer_takes_the_types_of_what_is_expected(actual, expected, formed):
    result = in_form_of(actual, expected)
    assert type(result) is type(formed)
    assert repr(result) == repr(formed)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (1, 1),
        (0.5, 0.5),
        (np.float64(0.5), 0.5),
        ((np.int64(1), [np.True_]), (1, [True])),
        ({"a": np.float32(0.5)}, {"a": 0.5}),
        (range(2), [0, 1]),
        (np.array([1, 2]), np.array([1, 2])),
        (np.array([1, 2], "f2"), np.array([1, 2], "f2")),
    ],
)
def test_an_argument_is_sent_plain_with_python_scalars(value, sent):
    assert repr(as_argument(value)) == repr(sent)


def test_an_argument_is_a_copy():
    mine = np.zeros(2)
    assert not np.shares_memory(as_argument(mine), mine)

"""Comparing answers: kind, shape, value, and the sentence that says how they differ."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError

from grader.compare import Tolerance, agree, compare, describe, is_vacuous
from grader.compare.shapes import as_array
from grader.compare.tolerance import judge_numbers
from grader.guest.protocol.values import Opaque

EXACT = Tolerance(rtol=0.0)
LARGE_ELEMENT = "has the element <whole number of 1329 bits> that should not be there"
NAN_EQUAL = Tolerance(nan_equal=True)

finite = st.floats(allow_nan=False, allow_infinity=False)
tolerances = st.builds(
    Tolerance,
    rtol=st.floats(0, 0.999),
    atol=st.floats(0, 1e300),
    nan_equal=st.booleans(),
)
huge = st.sampled_from([10**400, -(10**400), 10**400 + 1, 2**1024, 2**53 + 1])
keys = st.one_of(
    st.integers(),
    huge,
    finite,
    st.sampled_from([math.inf, -math.inf, 1j]),
    st.text(),
    st.booleans(),
    st.none(),
    st.tuples(st.integers(), huge),
)
plain = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        huge,
        st.floats(allow_nan=False),
        st.complex_numbers(allow_nan=False),
        st.text(),
        st.binary(),
        hnp.arrays(
            st.sampled_from(["f8", "f4", "f2", "i8", "u8", "i1", "?", "c16"]),
            hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
        ).filter(lambda array: not np.isnan(array).any()),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
        st.sets(keys, max_size=4),
    ),
    max_leaves=12,
)
anything = st.one_of(plain, st.floats(), st.builds(Opaque, st.text(), st.text()))


def text_of(actual, expected, tolerance=None):
    mismatch = compare(actual, expected, tolerance or Tolerance())
    assert mismatch is not None
    return str(mismatch)


@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=6), tolerances)
def test_a_row_of_numbers_is_judged_as_the_same_row_in_a_table(pairs, tolerance):
    actual, expected = [one for one, _ in pairs], [other for _, other in pairs]
    in_table = agree([actual], [expected], tolerance)
    for style in (list, tuple, np.array, lambda row: [np.array(each) for each in row]):
        assert agree(style(actual), expected, tolerance) is in_table
        assert (compare(style(actual), np.array(expected), tolerance) is None) is in_table
        assert agree(style(expected), expected, tolerance) is agree(
            [expected], [expected], tolerance
        )


# Values that are equal


@given(plain)
def test_every_plain_value_equals_itself_exactly(value):
    assert compare(value, value, EXACT) is None


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1, 1.0),
        (1.0, 1),
        (0.5, np.float64(0.5)),
        (np.array(0.5), 0.5),
        (0.5, np.array(0.5)),
        (0.5, np.longdouble(0.5)),
        (0.5 + 1j, np.clongdouble(0.5 + 1j)),
        (0.1, 0.1 + 1e-9),
        (np.float32(0.1), 0.1),
        (1 + 0j, 1.0),
        (-0.0, 0.0),
        (True, np.True_),
        ("HTH", np.str_("HTH")),
        ([1, 2], np.array([1.0, 2.0])),
        ((1, 2), [1.0, 2.0]),
        (np.array([1, 2]), (1.0, 2.0)),
        (np.array([1, 2], np.float32), [1.0, 2.0]),
        ([[1, 2], (3, 4)], np.array([[1, 2], [3, 4]])),
        ([np.array([1, 2]), np.array([3, 4])], np.array([[1, 2], [3, 4]])),
        ([np.array(1.0), 2.0], np.array([1, 2])),
        ([], np.array([])),
        ([True, False], np.array([True, False])),
        (np.array([True, False]), [True, False]),
        (["iid", "no"], ("iid", "no")),
        (np.array(["iid", "no"]), ["iid", "no"]),
        ([1j, 2], np.array([1j, 2])),
        ({0.1: 1, 0.2: 2}, {0.2: 2.0, 0.1: 1.0}),
        ({0.1 + 0.2: 1}, {0.3: 1}),
        ({1: "a"}, {1.0: "a"}),
        ({np.float64(0.3): 1}, {0.3: 1}),
        ({0.3: 1}, {np.float64(0.1) + 0.2: 1}),
        ({3: 1}, {np.int64(3): 1}),
        ({0.3, "a"}, {0.1 + 0.2, "a"}),
        ({1}, frozenset({1})),
        (float("inf"), math.inf),
        (10**400, 10**400),
        (10**400 + 1, 10**400),
        ([10**400, 1], [10**400, 1]),
        (2**63, float(2**63)),
        (None, None),
        (b"a", b"a"),
    ],
)
def test_another_style_of_the_same_value_passes(actual, expected):
    assert compare(actual, expected) is None


def test_large_whole_numbers_in_arrays_are_compared_exactly():
    big = np.array([2**62, 5])
    assert compare(big, [2**62, 5], EXACT) is None
    assert text_of(big + 1, big, EXACT).startswith("differs at 2 of 2 places")


# Values that never pass


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (math.nan, 0.5),
        (0.5, math.nan),
        (math.nan, math.nan),
        (np.array([1, math.nan]), np.array([1, math.nan])),
        (True, 1),
        (1, True),
        (0, False),
        (np.array([True]), np.array([1])),
        ([1, 0], [True, False]),
        ([True], [1]),
        ([True, 1], [1, 1]),
        ("0.5", 0.5),
        (0.5, "0.5"),
        (["0.5"], [0.5]),
        (np.array(["0.5"]), np.array([0.5])),
        (np.array([0.5]), 0.5),
        ([0.5], 0.5),
        (0.5, [0.5]),
        (np.array([]), np.array([0.5])),
        (np.array([]), 0.5),
        ([], [0.5]),
        ([[]], []),
        (np.zeros((3, 1)), np.zeros(3)),
        (np.zeros((1, 3)), np.zeros(3)),
        (np.zeros(1), np.zeros(3)),
        (np.array([0.5], object), [0.5]),
        (np.array(0.5, object), 0.5),
        (Opaque("float", "0.5"), 0.5),
        (Opaque("A", "a"), Opaque("A", "a")),
        (math.inf, 1e308),
        (math.inf, -math.inf),
        (-math.inf, math.inf),
        (1e308, math.inf),
        (1e308, -1e308),
        (10**400, math.inf),
        (math.inf, 10**400),
        (math.nan, 10**400),
        (10**400, 1j),
        ([10**400, [1]], [10**400, [2]]),
        (10**400, -(10**400)),
        (1e-12, 2e-12),
        (1e-300, 0.0),
        (0.0, 5e-324),
        (complex(1, math.nan), 1.0),
        (1 + 1e-3j, 1.0),
        ({True: 1}, {1: 1}),
        ({1: 1}, {True: 1}),
        ({"0.1": 1}, {0.1: 1}),
        ({math.nan: 1}, {0.1: 1}),
        ({0.1: 1}, {math.nan: 1}),
        ({0.1: 1, 0.2: 2}, {0.1: 1}),
        ({0.1: 1}, {0.1: 1, 0.2: 2}),
        ({1}, {True}),
        ({1}, {1, 2}),
        ({"a": 1}, ["a"]),
        ([1, 2], {1, 2}),
        ("ab", ["a", "b"]),
        (b"a", "a"),
        ("H\0", "H"),
        (np.array(["H\0x"]), ["H"]),
        (None, 0),
        (0, None),
    ],
)
def test_what_only_looks_right_never_passes(actual, expected):
    assert compare(actual, expected) is not None


@given(anything, anything, tolerances)
@settings(max_examples=400)
def test_any_two_values_are_compared_without_an_exception(actual, expected, tolerance):
    mismatch = compare(actual, expected, tolerance)
    assert agree(actual, expected, tolerance) is (mismatch is None)
    if mismatch is not None:
        assert str(mismatch).isprintable()
        assert mismatch.absolute >= 0
        assert mismatch.relative >= 0


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (
            {10**400: 1.0},
            {1: 1.0},
            "lacks the key 1 and has the key <whole number of 1329 bits> that should not be there",
        ),
        (
            {10**400, 2},
            {np.float64(0.5), 2},
            f"lacks the element 0.5 and {LARGE_ELEMENT}",
        ),
        ({1: 10**400}, {1: 0.5}, "differs at [1]: expected 0.5, got <whole number of 1329 bits>"),
        ({True: 1.0}, {1: 1.0}, "lacks the key 1 and has the key True that should not be there"),
        ({math.nan: 1.0}, {1: 1.0}, "lacks the key 1 and has the key nan that should not be there"),
    ],
)
def test_keys_and_values_that_no_float_holds_are_told_like_any_other(actual, expected, text):
    assert str(compare(actual, expected)) == text
    assert not agree(actual, expected)


def test_huge_keys_are_matched_exactly_and_near_ones_like_any_number():
    huge = {10**400: 0.5, 10**400 + 1: 1.5}
    assert compare(dict(huge), huge) is None
    assert compare({10**400 + 1: 0.5}, {10**400: 0.5}) is None  # the same to 1e-9
    assert compare({11 * 10**399: 0.5}, {10**400: 0.5}) is not None


def test_each_key_that_is_near_is_matched_once():
    assert compare({0.1 + 0.2: 1.0, 0.3: 2.0}, {0.3: 2.0, 0.30000000000000004: 1.0}) is None
    mismatch = compare({0.1 + 0.2: 1.0}, {0.3: 1.0, 0.30000000000000002: 1.0, 0.3 - 5e-17: 1.0})
    assert mismatch is not None
    assert mismatch.kind == "keys"


def test_a_large_array_is_not_taken_apart_to_be_refused():
    large = np.zeros(1 << 24, "i1")
    tracemalloc.start()
    try:
        assert str(compare(large, [[1.0], 2.0])) == "has 16777216 items, expected 2"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@given(hnp.arrays("f8", 3), hnp.arrays("f8", st.sampled_from([0, 1, 2, (3, 1), (1, 3), (3, 3)])))
def test_nothing_is_broadcast(expected, actual):
    assert compare(actual, expected, NAN_EQUAL) is not None


# The rule


@given(finite, finite, tolerances)
def test_who_agrees_differs_in_nothing(actual, expected, tolerance):
    assert agree(actual, expected, tolerance) is (compare(actual, expected, tolerance) is None)


@given(finite, finite, tolerances)
def test_the_rule_is_that_of_exact_arithmetic(actual, expected, tolerance):
    from fractions import Fraction as F

    error, size = abs(F(actual) - F(expected)), abs(F(expected))
    allowed = F(tolerance.atol) + F(tolerance.rtol) * size
    passes = compare(actual, expected, tolerance) is None
    slack = allowed * F(1, 10**12)
    if error <= allowed - slack:
        assert passes
    if error > allowed + slack:
        assert not passes


@given(finite, finite, tolerances)
def test_scalars_and_arrays_follow_one_rule(actual, expected, tolerance):
    (close,) = judge_numbers(np.array([actual]), np.array([expected]), tolerance)
    one = compare(actual, expected, tolerance)
    many = compare([actual], np.array([expected]), tolerance)
    assert (one is None) == (many is None) == close
    if one is not None and many is not None:
        assert (one.absolute, one.relative) == (many.absolute, many.relative)


def test_the_error_is_relative_to_what_is_expected():
    assert compare(1.1, 1.0, Tolerance(rtol=0.1 + 1e-9)) is None
    assert compare(1.0, 0.9, Tolerance(rtol=0.1)) is not None


def test_a_tolerance_that_rounds_up_at_the_smallest_number_accepts_nothing():
    assert compare(0.0, 5e-324, Tolerance(rtol=0.9)) is not None


def test_a_tolerance_that_would_overflow_accepts_no_more():
    wide = Tolerance(rtol=0.9, atol=1e308)
    assert compare(-1.7e308, 1.7e308, wide) is not None
    assert compare(math.inf, 1.7e308, wide) is not None


def test_nan_passes_where_the_author_says_so():
    assert compare(math.nan, math.nan, NAN_EQUAL) is None
    assert compare([1, math.nan], [1, math.nan], NAN_EQUAL) is None
    assert compare(math.nan, 1.0, NAN_EQUAL) is not None
    assert compare(1.0, math.nan, NAN_EQUAL) is not None


def test_judging_arrays_of_two_shapes_is_a_fault_of_the_caller():
    with pytest.raises(ValueError, match="shapes differ"):
        judge_numbers(np.zeros(1), np.zeros(3), EXACT)


@pytest.mark.parametrize(
    "fields",
    [
        {"rtol": 1.0},
        {"rtol": -1e-6},
        {"rtol": "1e-6"},
        {"rtol": math.nan},
        {"atol": math.inf},
        {"atol": -1.0},
        {"nan_equal": "no"},
        {"absolute": 1.0},
    ],
)
def test_a_tolerance_that_accepts_anything_or_is_misspelt_is_refused(fields):
    with pytest.raises(ValidationError):
        Tolerance(**fields)


@pytest.mark.parametrize(
    ("expected", "atol", "vacuous"),
    [
        (0.5, 0.5, True),
        (0.5, 0.4, False),
        (0.0, 1.0, False),
        (np.array([1.0, 1e-9]), 1e-6, True),
        ({"a": [(1, 2e-3)]}, 1e-2, True),
        ({"a": True, "b": "x", "c": None}, 1.0, False),
        (math.inf, 1.0, False),
        (math.nan, 1.0, False),
    ],
)
def test_an_atol_that_reaches_an_expected_number_is_vacuous(expected, atol, vacuous):
    assert is_vacuous(expected, Tolerance(atol=atol)) is vacuous


# The sentence


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (0.25, 0.5, "is 0.25, expected 0.5 (off by 50 %)"),
        (1.0000002, 1.0, "is 1.0000002, expected 1 (relative error 2e-07)"),
        (1.0 + 2**-40, 1.0, "is 1.0000000000009095, expected 1.0 (relative error 9.1e-13)"),
        (50.0, 0.5, "is 50, expected 0.5 (100 times as large)"),
        (0.1, 0.0, "is 0.1, expected 0 (off by 0.1)"),
        (math.inf, 0.5, "is inf, expected 0.5"),
        (math.nan, 0.5, "is nan, expected 0.5"),
        ("HTT", "HTH", "is 'HTT', expected 'HTH'"),
        (False, True, "is False, expected True"),
        (None, 0.5, "is None, expected the number 0.5"),
        (
            "0.5",
            0.5,
            "is the string '0.5', expected the number 0.5: use float() to turn it into a number",
        ),
        ("half", 0.5, "is the string 'half', expected the number 0.5"),
        (0.5, np.zeros(3), "is the number 0.5, expected an array of shape (3,)"),
        (
            Opaque("generator", "<generator object f>"),
            np.zeros(3),
            "is a generator, expected an array of shape (3,): wrap it in list()",
        ),
        (
            Opaque("map", "<map object>"),
            [1, 2],
            "is a map object, expected the list [1, 2]: wrap it in list()",
        ),
        (
            {"a": Opaque("zip", "<zip object>")},
            {"a": {1: 2}},
            "at ['a'] is a zip object, expected the dict {1: 2}: wrap it in dict()",
        ),
        (
            Opaque("filter", "<filter object>"),
            {1},
            "is a filter object, expected the set {1}: wrap it in set()",
        ),
        (
            Opaque("dict_keyiterator", "<dict_keyiterator object>"),
            ("a",),
            "is a dict_keyiterator object, expected the tuple ('a',): wrap it in list()",
        ),
        (
            Opaque("generator", "<generator object f>"),
            0.5,
            "is a generator, expected the number 0.5: use sum() or next() to get a number",
        ),
        (Opaque("map", "<map object>"), "ab", "is a map object, expected the string 'ab'"),
        (Opaque("Tensor\n", "x"), 0.5, r"is an object of type Tensor\n, expected the number 0.5"),
        ([1, 2], [1, 2, 3], "has shape (2,), expected shape (3,)"),
        ([1, [2]], [1, [2], 3], "has 2 items, expected 3"),
        ([True], [1], "holds truth values, expected numbers"),
        ([1], [True], "holds numbers, expected truth values"),
        ([0.5, None], [0.5, 0.25], "at [1] is None, expected the number 0.25"),
        (
            [1, 2, 4],
            [1, 2, 3],
            "differs at 1 of 3 places: at [2]: expected 3, got 4 (off by 33.3 %)",
        ),
        (
            {"a": [1, 3]},
            {"a": [1, 2]},
            "differs at 1 of 2 places: at ['a'][1]: expected 2, got 3 (off by 50 %)",
        ),
        ({"a": 3}, {"a": 2}, "differs at ['a']: expected 2, got 3 (off by 50 %)"),
        ({"a": [1, 2]}, {"a": [1]}, "at ['a'] has shape (2,), expected shape (1,)"),
        ({}, {"a": 1}, "lacks the key 'a'"),
        ({"b": 1}, {"a": 1}, "lacks the key 'a' and has the key 'b' that should not be there"),
        ({}, dict.fromkeys("edcba"), "lacks the keys 'a', 'b', 'c' and 2 more"),
        ({1}, {2}, "lacks the element 2 and has the element 1 that should not be there"),
        (
            [[1, 2], [3, 5]],
            [[1, 2], [3, 4]],
            "differs at 1 of 4 places: at [1, 1]: expected 4, got 5 (off by 25 %)",
        ),
        ([1j], [2j], "differs at [0]: expected 2j, got 1j (off by 50 %)"),
        (
            [False, True],
            [True, True],
            "differs at 1 of 2 places: at [0]: expected True, got False",
        ),
    ],
)
def test_a_mismatch_says_how_many_where_and_by_how_much(actual, expected, text):
    assert text_of(actual, expected, EXACT) == text


def test_a_mismatch_names_the_worst_place_where_that_is_another():
    mismatch = compare([1.1, 2.0, 9.0], [1.0, 2.0, 3.0])
    assert str(mismatch) == (
        "differs at 2 of 3 places; first at [0]: expected 1, got 1.1 (off by 10 %); "
        "worst at [2]: expected 3, got 9 (off by 200 %)"
    )
    assert mismatch.kind == "value"
    assert mismatch.where == "[0]"
    assert mismatch.absolute == 6.0
    assert mismatch.relative == 2.0


def test_a_mismatch_counts_over_all_parts_of_a_nested_value():
    actual, expected = {"a": [1, 5], "b": (7, "x")}, {"a": [1, 2], "b": (8, "x")}
    assert text_of(actual, expected).startswith("differs at 2 of 4 places; first at ['a'][1]")


def test_a_wrong_kind_is_told_before_wrong_values():
    assert (
        text_of({"a": 1, "b": None}, {"a": 2, "b": 3}) == "at ['b'] is None, expected the number 3"
    )


@given(hnp.arrays("f8", 5, elements=finite), st.integers(0, 4))
def test_one_wrong_place_is_found_wherever_it_is(expected, place):
    actual = expected.copy()
    actual[place] = expected[place] / 2 + 1e308 if abs(expected[place]) < 1 else -expected[place]
    mismatch = compare(actual, expected, EXACT)
    assert mismatch.where == f"[{place}]"
    assert "1 of 5" in str(mismatch)


# Texts of values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (None, "None"),
        (1 + 2j, "(1+2j)"),
        (np.float32(0.5), "0.5"),
        ("a\x1b[31m\n", r"'a\x1b[31m\n'"),
        ("\u202egpj", r"'\u202egpj'"),
        ("x" * 100, "'" + "x" * 60 + "'…"),
        (b"x" * 100, "b'" + "x" * 60 + "'…"),
        ([], "[]"),
        ((), "()"),
        ({}, "{}"),
        (set(), "set()"),
        ((1,), "(1,)"),
        ([[[[1]]]], "[[[[…]]]]"),
        ({"b", "a"}, "{'a', 'b'}"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, … (9 items)]"),
        ({1: [2], "x": None}, "{1: [2], 'x': None}"),
        (np.array([]), "array([], shape (0,))"),
        (np.array([[1, 2], [3, 4]], "f4"), "array([[1.0, 2.0], [3.0, 4.0]], float32)"),
        (np.zeros(1000), "array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, …], shape (1000,))"),
        (np.array(0.5), "0.5"),
        (np.longdouble(0.5), "np.longdouble('0.5')"),
        (10**400, "<whole number of 1329 bits>"),
        (-(10**400), "<negative whole number of 1329 bits>"),
        (Opaque("DataFrame", "a\nb"), r"<DataFrame: a\nb>"),
        (len, "<builtin_function_or_method>"),
    ],
)
def test_a_value_is_described_on_one_short_line(value, text):
    assert describe(value) == text


def test_a_whole_number_that_python_refuses_to_print_is_described():
    assert describe([10**5000]) == "[<whole number of 16610 bits>]"


@given(anything, st.integers(5, 200))
def test_a_description_is_printable_and_within_its_limit(value, limit):
    text = describe(value, limit)
    assert text.isprintable()
    assert len(text) <= limit


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3]],
        [[], [1]],
        [[1, 2], [[3], [4]]],
        [np.zeros(2), np.zeros(3)],
        [np.zeros((1, 2)), [1, 2]],
        [[1, 2], 3],
        [[True, False], [1, 0]],
        [[1, 2], [3, 10**400]],
        [[1, 2], "ab"],
    ],
)
def test_what_is_no_rectangle_of_numbers_is_no_array(value):
    assert as_array(value) is None
    assert not agree(value, np.zeros((2, 2)), EXACT)


@pytest.mark.parametrize("value", [[[1, 2], (3, 4)], [np.arange(2), [1j, 2]], [[], []]])
def test_a_rectangle_of_numbers_is_an_array(value):
    array = as_array(value)
    assert array is not None
    assert array.tolist() == [list(row) for row in value]

"""What checks prepared comes back the same to the bit, made of our own classes alone."""

from __future__ import annotations

import math
from collections import OrderedDict
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from grader.checks.base import CheckContext
from grader.checks.calls import PreparedCalls
from grader.checks.cases import Question
from grader.checks.expressions.assertion import Assertion
from grader.checks.kinds.function import FunctionCheck
from grader.checks.kinds.property import PropertyCheck
from grader.checks.registry import all_kinds
from grader.checks.verdict_text import RaisedEvidence
from grader.compare import Tolerance
from grader.grading.plain_data import UnstorableError, classes_of, from_plain, to_plain
from grader.guest.protocol.packed_value import pack, unpack
from grader.guest.protocol.values import Call, Opaque

CLASSES = classes_of(FunctionCheck)


def again(value: object, classes: object = CLASSES) -> object:
    return from_plain(unpack(pack(to_plain(value, classes))), classes)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
DTYPES = arrays.scalar_dtypes().filter(lambda dtype: dtype.kind in "biufc")
VALUES = st.recursive(
    SCALARS | arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, min_side=0, max_side=3)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.frozensets(st.integers(0, 9), max_size=3)
        | st.sets(st.text(max_size=3), max_size=3)
    ),
    max_leaves=10,
)


def same(one: object, other: object) -> bool:
    """Tell whether two values are the same to the bit, and of the same types."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return alike and one.tobytes() == other.tobytes()
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one), list(other)) and same(list(one.values()), list(other.values()))
    return one == other or repr(one) == repr(other)


@given(VALUES)
def test_every_plain_value_comes_back_the_same(value):
    assert same(again(value), value)


@pytest.mark.parametrize(
    "value",
    [
        np.float64(0.1),
        np.int8(-3),
        np.bool_(True),
        -0.0,
        math.inf,
        np.array([["a", "bc"]]),
        Tolerance(),
        Tolerance(rtol=1e-6),
        RaisedEvidence("ValueError", "no"),
        MappingProxyType({"a": [1]}),
        Opaque("Model", "<Model>"),
        Call((1, [2.0]), (("x", 3),)),
    ],
    ids=repr,
)
def test_each_kind_of_value_comes_back_the_same(value):
    back = again(value)
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_which_parts_of_a_tolerance_were_stated_comes_back():
    assert again(Tolerance(rtol=1e-6)).model_fields_set == {"rtol"}
    assert again(Tolerance()).model_fields_set == set()


def test_the_text_of_an_exception_comes_back():
    assert again(RaisedEvidence("ValueError", "no such p")).text == "no such p"


def test_an_array_comes_back_as_it_lies_in_memory_and_may_be_written():
    matrix = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert again(matrix).flags.f_contiguous
    locked = np.arange(3)
    locked.flags.writeable = False
    assert not again(locked).flags.writeable
    assert again(np.arange(3)).flags.writeable


def test_one_array_in_two_places_is_one_array_again():
    array = np.arange(3.0)
    back = again([array, {"x": array}, array.copy()])
    assert back[0] is back[1]["x"]
    assert back[2] is not back[0]


def test_one_call_in_two_places_is_one_call_again():
    call = Call((1.5,))
    back = again([Question(call, 2.0), {"x": call}, Call((1.5,))])
    assert back[0].call is back[1]["x"]
    assert back[2] is not back[0].call


def test_a_preparation_comes_back_with_its_claim_and_its_context():
    context = CheckContext(
        exercise="kl", reference={}, defines=("kl",), tolerance=Tolerance(), seed=1
    )
    classes = classes_of(PropertyCheck)
    kept = to_plain([Assertion.read("kl(p, p) == 0"), context], classes, context)
    claim, back = from_plain(kept, classes, lambda: context)
    assert claim is Assertion.read("kl(p, p) == 0")
    assert back is context


def test_questions_come_back():
    prepared = PreparedCalls((Question(Call((1.5,)), [2.0], None),), Tolerance())
    assert repr(again(prepared)) == repr(prepared)


@pytest.mark.parametrize(
    "value",
    [
        len,
        SimpleNamespace(a=1),
        Decimal(1),
        OrderedDict(),
        np.arange(6)[::2],
        np.array([object()]),
        np.ma.array([1]),
        np.array(["2026-12-01"], "datetime64[D]"),
        CheckContext(exercise="", reference={}, defines=(), tolerance=Tolerance(), seed=1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_plain_data_is_refused(value):
    with pytest.raises(UnstorableError):
        to_plain([value], CLASSES)


@pytest.mark.parametrize(
    "kept",
    [
        ["object", "Path", "/etc/passwd"],
        ["object", "CheckContext"],
        ["object", "Call"],
        ["array", 0],
        ["array", 0, "|O8", [1], b"12345678", "C", True],
        ["array", 0, "<f8", [3], b"1234", "C", True],
        ["number", "datetime64", [], b"", "C", True],
        ["context"],
        ["claim", "not a python expression ("],
        ["tolerance", {"rtol": 5}],
        ["dict", 1],
        ["os.system", "true"],
        [1],
        [],
    ],
    ids=repr,
)
def test_what_was_never_kept_is_refused(kept):
    with pytest.raises(ValueError):
        from_plain(kept, CLASSES)


def test_of_a_kind_of_another_package_nothing_is_kept():
    class Other(FunctionCheck):
        kind = "other"

    Other.__module__ = "course_tools"
    assert PreparedCalls.__qualname__ not in classes_of(Other)


@pytest.mark.parametrize("kind", all_kinds().values(), ids=all_kinds())
def test_the_classes_of_every_kind_can_be_told(kind):
    assert {"Call", "Opaque", "Returned"} <= classes_of(kind).keys()

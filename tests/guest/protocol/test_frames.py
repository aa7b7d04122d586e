"""The wire: what goes in comes out, and what was never put in raises `WireError` alone."""

from __future__ import annotations

import array
import collections
import contextlib
import datetime
import decimal
import enum
import fractions
import math
import socket
import struct
import sys
import threading
import types

import mpmath
import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.guest.protocol import frames as wire
from grader.guest.protocol.conversions import as_received, encode_plain, plain
from grader.guest.protocol.decoding import decode
from grader.guest.protocol.encoding import encode, header_of, opaque
from grader.guest.protocol.frames import WireError, frame, read_exactly, read_frame, send_frame
from grader.guest.protocol.values import Opaque


def sent(value) -> bytes:
    encoded = encode_plain(value)
    return b"".join(frame(header_of(encoded), encoded.buffers))


def received(data: bytes):
    rest = memoryview(data)

    def read(count):
        nonlocal rest
        if count > len(rest):
            raise EOFError
        taken, rest = memoryview(bytearray(rest[:count])), rest[count:]
        return taken

    return decode(*read_frame(read))


def tokens(*run, buffers=()):
    return decode(msgpack.packb(list(run)), [bytearray(raw) for raw in buffers])


def same(actual, expected) -> bool:
    if type(actual) is not type(expected):
        return False
    if isinstance(expected, np.ndarray):
        return actual.dtype == expected.dtype and actual.tobytes() == expected.tobytes()
    if isinstance(expected, list | tuple):
        return len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(expected, dict):
        return same(list(actual.items()), list(expected.items()))
    if isinstance(expected, set):
        return same(sorted(actual, key=repr), sorted(expected, key=repr))
    return repr(actual) == repr(expected)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**4000), 2**4000)
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary()
)
KEYS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
ARRAYS = hnp.arrays(
    st.sampled_from(
        ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", "U3"]
    ),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
VALUES = st.recursive(
    SCALARS | ARRAYS | st.builds(Opaque, st.text(max_size=9), st.text(max_size=9)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_any_value_comes_back_as_it_was(value):
    assert same(received(sent(value)), value)


@given(st.binary(max_size=400))
@settings(max_examples=500, deadline=None)
def test_random_bytes_raise_a_wire_error_or_end_early(data):
    with pytest.raises((WireError, EOFError)):
        received(data)


@given(st.binary(max_size=400), st.lists(st.binary(max_size=20), max_size=3))
@settings(max_examples=500, deadline=None)
def test_a_random_header_is_a_value_or_a_wire_error(header, buffers):
    with contextlib.suppress(WireError):
        decode(header, [bytearray(raw) for raw in buffers])


TAGS = st.sampled_from([b"i", b"c", b"S", b"b", b"B", b"l", b"t", b"d", b"s", b"o", b"a", b"x"])
TOKENS = TAGS | SCALARS.filter(lambda v: not isinstance(v, complex)) | st.integers(-2, 9)


@given(st.lists(TOKENS | st.sampled_from(["f8", "U2", "b1"]), max_size=12), st.binary(max_size=32))
@settings(max_examples=1000, deadline=None)
def test_random_tokens_are_a_value_or_a_wire_error(run, raw):
    try:
        header = msgpack.packb(run)
    except (OverflowError, UnicodeEncodeError):
        return
    with contextlib.suppress(WireError):
        decode(header, [bytearray(raw)])


def change_some_bytes(value, data):
    raw = bytearray(sent(value))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WireError, EOFError):
        received(bytes(raw))


@given(VALUES, st.data())
@settings(max_examples=500, deadline=None)
def test_a_frame_with_some_bytes_changed_is_a_value_or_a_wire_error(value, data):
    change_some_bytes(value, data)


@pytest.mark.soak
@given(VALUES, st.data())
@settings(max_examples=10_000, deadline=None)
def test_ten_thousand_changed_frames_are_values_or_wire_errors(value, data):
    change_some_bytes(value, data)


@pytest.mark.parametrize(
    "view",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12)[::-3],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4, dtype=">f8"),
        np.array(["ä", "bcd"], dtype=">U3"),
        np.broadcast_to(np.float64(2), (3, 2)),
        np.zeros((0, 3)),
        np.array(2.5),
        np.arange(100_000.0)[::2],
        np.arange(100_000.0),
        np.ndarray((2,), "U0"),
    ],
    ids=lambda view: f"{view.dtype.str}-{view.shape}",
)
def test_an_array_of_any_layout_arrives_with_its_values_in_native_order(view):
    arrived = received(sent(view))
    assert arrived.dtype.isnative
    assert arrived.shape == view.shape
    assert (arrived == view).all()


def test_an_array_that_arrived_is_the_receivers_own_to_write():
    arrived = received(sent(np.zeros(3)))
    arrived[0] = 1.0
    assert arrived.flags.writeable


class Colour(enum.Enum):
    RED = 1


class MyFloat(float):
    pass


class MyArray(np.ndarray):
    pass


class MyDict(dict):
    pass


class Meta(type):
    @property
    def __name__(cls):
        return "float"


class Named(metaclass=Meta):
    def __repr__(self):
        return "x" * 10_000


class Raises:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MyFloat(1.0), "1.0"),
        (np.zeros(2).view(MyArray), "MyArray([0., 0.])"),
        (MyDict(), "{}"),
        (Colour.RED, "<Colour.RED: 1>"),
        (Raises(), "<its repr raises RuntimeError>"),
        (Named(), "x" * 200),
        ("\ud800", "'\\ud800'"),
        ((n for n in ()), "<generator object <genexpr>>"),
        (np.array([b"a"]), "array([b'a'], dtype='|S1')"),
        (np.ma.array([1, 2], mask=[0, 1]), "masked_array"),
        ({decimal.Decimal("0.1"): 1, 0.1: 2}, "{Decimal("),
        ({Colour.RED}, "{<Colour.RED: 1>}"),
        (range(10**9), "range(0, 1000000000)"),
        (1 << 10_000, "<an integer of 10001 bits>"),
        (np.datetime64("2020"), "array("),
    ],
    ids=range(15),
)
def test_what_has_no_form_of_its_own_crosses_as_a_name_and_a_short_text(value, text):
    arrived = received(sent(value))
    assert type(arrived) is Opaque
    assert arrived.text.startswith(text.split(", dtype")[0][:190])
    assert len(arrived.text) <= 200


def test_an_opaque_text_has_no_memory_address():
    text = received(sent(lambda: 0)).text
    assert text == "<function test_an_opaque_text_has_no_memory_address.<locals>.<lambda>>"


def test_a_type_name_is_read_past_a_metaclass_that_lies():
    assert opaque(Named()).type_name == "Named"


Point = collections.namedtuple("Point", "x y")


class Level(enum.IntEnum):
    HIGH = 3

    def __int__(self):
        return 7


class Name(enum.StrEnum):
    HTH = "HTH"

    def __str__(self):
        return "TTT"


class Bits(enum.IntFlag):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "type_name"),
    [
        ({Colour.RED: 1}, "dict with a key of type Colour"),
        ({(1, Colour.RED): 1}, "dict with a key of type Colour"),
        ({frozenset({datetime.date(2024, 1, 1)}): 1}, "dict with a key of type date"),
        ({datetime.datetime(2024, 1, 1)}, "set with an element of type datetime"),
        ({decimal.Decimal("0.1"): 1, 0.1: 2}, "dict with two keys that mean the same"),
        ({fractions.Fraction(1, 10), 0.1}, "set with two elements that mean the same"),
        (Colour.RED, "Colour"),
        (Bits.ONE, "Bits"),
        (datetime.date(2024, 1, 1), "date"),
        (np.array(["2020"], "M8[D]"), "ndarray of datetime64[D]"),
        (np.array([b"a"]), "ndarray of |S1"),
    ],
    ids=range(11),
)
def test_what_has_no_plain_form_is_named(value, type_name):
    arrived = as_received(value)
    assert type(arrived) is Opaque
    assert arrived.type_name == type_name


def test_an_array_of_objects_crosses_item_by_item():
    inner = np.array([np.array([1.0, 2.0]), np.array([3.0])], object)
    first, second = as_received(inner)
    assert same(first, np.array([1.0, 2.0]))
    assert same(second, np.array([3.0]))
    assert as_received(np.array([Colour.RED, "a"], object)) == [
        Opaque("Colour", "<Colour.RED: 1>"),
        "a",
    ]


def test_an_array_that_holds_itself_is_too_deep_and_no_loop():
    endless = np.empty(1, object)
    endless[0] = endless
    with pytest.raises(WireError, match="too deep"):
        encode_plain(endless)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.defaultdict(int, a=1), {"a": 1}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (types.MappingProxyType({1: 2}), {1: 2}),
        (frozenset({1}), {1}),
        (collections.deque([1]), [1]),
        (range(3), [0, 1, 2]),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.values(), [1]),
        (fractions.Fraction(1, 4), 0.25),
        (fractions.Fraction(4), 4),
        (decimal.Decimal("0.5"), 0.5),
        (Point(1, 2), (1, 2)),
        (bytearray(b"a"), b"a"),
        (memoryview(b"a"), b"a"),
        (mpmath.mpf(2), 2.0),
        (mpmath.mpc(2, 1), 2 + 1j),
        ({np.float64(0.1): 1}, {0.1: 1}),
        ({(np.int64(1), 2): 1}, {(1, 2): 1}),
        ({np.str_("a")}, {"a"}),
        (np.float64(2), 2.0),
        (np.int64(2), 2),
        (np.bool_(True), np.array(True)),
        (np.longdouble(2), np.array(2.0)),
        (np.array([2], np.clongdouble), np.array([2 + 0j])),
        (np.array([1, 2.5], object), np.array([1.0, 2.5])),
        (np.array([1, 2], object), np.array([1, 2])),
        (np.array([np.float32(1), decimal.Decimal(2)], object), np.array([1.0, 2.0])),
        (np.array([True, np.False_], object), np.array([True, False])),
        (np.array(["a", "b\0"], object), ["a", "b\0"]),
        (np.array([["a"], ["b"]], object), [["a"], ["b"]]),
        (np.array("a", object), "a"),
        (np.array(["a", None], object), ["a", None]),
        (np.array([10**30, 1], object), [10**30, 1]),
        (np.array([(1, "a"), None], object), [(1, "a"), None]),
        (np.array([True, 1], object), [True, 1]),
        (np.array([2, 1j], object), [2, 1j]),
        (np.array([], object), np.array([])),
        (Level.HIGH, 3),
        (Name.HTH, "HTH"),
        ({Level.HIGH: Name.HTH}, {3: "HTH"}),
        ({frozenset({1, "a"}): 1}, {frozenset({1, "a"}): 1}),
        ({(1, frozenset({2}))}, {(1, frozenset({2}))}),
        ({frozenset({frozenset({1}), 2})}, {frozenset({frozenset({1}), 2})}),
        ({frozenset({np.float64(0.5)})}, {frozenset({0.5})}),
        ([frozenset({1})], [{1}]),
        (np.zeros((1, 1)).view(np.matrix), np.array([[0.0]])),
        (np.ma.array([1, 2]), np.array([1, 2])),
        (array.array("d", [1.0]), np.array([1.0])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_well_known_type_crosses_as_the_plain_value_that_it_means(value, expected):
    assert same(as_received(value), expected)


class FakeSeries:
    values = np.arange(2.0)

    def to_numpy(self):
        return self.values


class FakeNumber:
    def __init__(self, *, number=True, integer=False, real=True):
        self.is_number, self.is_integer, self.is_real = number, integer, real

    def __int__(self):
        return 3

    def __float__(self):
        return 0.5

    def __complex__(self):
        return 1j

    def __repr__(self):
        return "x"


def of_library(monkeypatch, library, name, base):
    """Return a class that a library of that name defines."""
    kind = type(name, (base,), {"__module__": library})
    module = types.ModuleType(library)
    setattr(module, name, kind)
    monkeypatch.setitem(sys.modules, library, module)
    return kind


def test_a_pandas_series_crosses_as_an_array(monkeypatch):
    series = of_library(monkeypatch, "pandas", "Series", FakeSeries)
    assert same(as_received(series()), np.arange(2.0))


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("Series", "pandas"),
        ("Index", "pandas"),
        ("StringArray", "pandas.arrays"),
        ("StringArray", "pandas.core.arrays.string_"),
        ("ArrowStringArray", "pandas.core.arrays.string_arrow"),
        ("BooleanArray", "pandas.arrays"),
        ("Categorical", "pandas"),
    ],
)
def test_a_column_of_texts_or_truth_values_crosses_whatever_pandas_calls_it(
    monkeypatch, name, module
):
    column = of_library(monkeypatch, module, name, FakeSeries)
    for objects, plainly in [
        (["a", "b"], ["a", "b"]),
        ([True, False], np.array([True, False])),
        (["a", None], ["a", None]),
        ([], np.array([])),
    ]:
        column.values = np.array(objects, object)
        assert same(as_received(column()), plainly)


def test_the_columns_of_pandas_itself_cross():
    import pandas  # not at the top: each test process would load it

    texts, truths = ["a", "b"], np.array([True, False])
    for dtype in (object, "str", "string", "category"):
        assert as_received(pandas.Series(texts, dtype=dtype)) == texts
        assert as_received(pandas.Index(texts, dtype=dtype)) == texts
        assert as_received(pandas.DataFrame({"x": texts}, dtype=dtype)["x"].array) == texts
        assert as_received(pandas.Series(texts, dtype=dtype).unique()) == texts
    for dtype in (bool, object, "boolean"):
        assert same(as_received(pandas.Series(truths, dtype=dtype)), truths)
    assert same(as_received(pandas.array([1, 2], dtype="Int64")), np.array([1, 2]))
    missing = as_received(pandas.Series(["a", pandas.NA], dtype="string"))
    assert missing == ["a", Opaque("NAType", "<NA>")]


def test_a_class_that_only_calls_itself_a_pandas_series_stays_opaque(monkeypatch):
    series = of_library(monkeypatch, "pandas", "Series", FakeSeries)
    sys.modules["pandas"].Series = object
    assert type(as_received(series())) is Opaque


def test_a_sympy_number_crosses_as_a_number(monkeypatch):
    number = of_library(monkeypatch, "sympy", "Half", FakeNumber)
    assert as_received(number()) == 0.5
    assert as_received(number(integer=True)) == 3
    assert as_received(number(real=False)) == 1j
    assert as_received(number(number=False)) == Opaque("Half", "x")


def test_a_class_that_only_calls_itself_one_of_sympy_stays_opaque(monkeypatch):
    number = of_library(monkeypatch, "sympy", "Half", FakeNumber)
    del sys.modules["sympy"].Half
    assert as_received(number()) == Opaque("Half", "x")


@pytest.mark.parametrize("to_numpy", [lambda self: 1 / 0, lambda self: [1]])
def test_a_conversion_that_gives_no_array_leaves_the_object_opaque(monkeypatch, to_numpy):
    series = of_library(monkeypatch, "pandas", "Series", FakeSeries)
    series.to_numpy = to_numpy
    assert type(plain(series())) is Opaque


def test_a_converter_that_returns_no_value_leaves_the_object_opaque():
    assert decode(header_of(encode(Colour.RED, lambda v: v)), []).type_name == "Colour"


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.broadcast_to(1.0, (10**12,)),
        lambda: np.zeros((0, 2**40)),
        lambda: list(range(wire.MAX_NODES + 1)),
        lambda: [[0] * 50_000] * 3,
        lambda: dict.fromkeys(range(wire.MAX_NODES + 1)),
        lambda: [np.zeros(100_000)] * 100,
        lambda: [np.zeros(1)] * (wire.MAX_BUFFERS + 1),
        lambda: ["x" * 4000] * 300,
        lambda: "x" * (wire.MAX_RAW_BYTES + 1),
        lambda: np.zeros((1,) * 33),
    ],
    ids=["array", "empty", "list", "nested", "dict", "arrays", "many", "texts", "text", "axes"],
)
def test_a_value_over_a_cap_is_refused_before_it_is_sent(make):
    with pytest.raises(WireError, match=r"large|more|at most"):
        encode(make())


def test_a_list_that_holds_itself_is_refused():
    endless: list = []
    endless.append(endless)
    with pytest.raises(WireError, match="too deep"):
        encode(endless)


def test_long_texts_and_bytes_travel_in_buffers():
    value = ["ä" * 5000, b"b" * 5000]
    assert len(encode(value).buffers) == 2
    assert received(sent(value)) == value


@pytest.mark.parametrize(
    ("run", "buffers", "message"),
    [
        ((), (), "missing"),
        ((1, 2), (), "left over"),
        ((1,), (b"",), "left over"),
        ((b"x",), (), "unknown tag"),
        ((b"l", 2, 1), (), "missing"),
        ((b"l", -1), (), "count"),
        ((b"l", True, 1), (), "instead of int"),
        ((b"l", 10**6), (), "count"),
        ((b"c", 1.0, 2), (), "instead of float"),
        ((b"i", b"1"), (), "large integer"),
        ((b"i", b"1" * 2000), (), "large integer"),
        ((b"S",), (b"\xff",), "UTF-8"),
        ((b"S",), (), "buffers are missing"),
        ((b"d", 1, b"l", 0, 1), (), "hash"),
        ((b"d", 2, 1, 1, True, 1), (), "key twice"),
        ((b"s", 2, 1, 1.0), (), "member twice"),
        ((b"s", 1, b"a", "f8", 0), (b"\0" * 8,), "hash"),
        ((b"o", 1, "a"), (), "opaque"),
        ((b"o", "a", "a" * 201), (), "opaque"),
        ((b"a", "O", 0), (b"",), "dtype"),
        ((b"a", "U0", 0), (b"",), "dtype"),
        ((b"a", "U1\n", 0), (b"",), "dtype"),
        ((b"a", "f8", 1, -1), (b"",), "negative"),
        ((b"a", "f8", 1, 3), (b"\0" * 8,), "8 bytes"),
        ((b"a", "f8", 33, *[1] * 33), (b"\0" * 8,), "dimensions"),
        ((b"a", "f8", 2, 2**62, 2**62), (b"",), "MiB"),
        ((b"a", "f8", 2, 0, 2**62), (b"",), "MiB"),
        ((b"a", "b1", 1, 1), (b"\2",), "neither"),
        ((b"a", "U1", 1, 1), (struct.pack("<I", 0x110000),), "no text"),
        ((b"a", "U1", 1, 1), (struct.pack("<I", 0xD800),), "no text"),
        (([],), (), "a token is a list"),
        ((b"l", 1) * 33, (), "nested"),
    ],
)
def test_tokens_that_break_the_rules_are_refused(run, buffers, message):
    with pytest.raises(WireError, match=message):
        tokens(*run, buffers=buffers)


@pytest.mark.parametrize(
    "header",
    [
        b"\xc1",
        b"\x01",
        msgpack.packb({"a": 1}),
        msgpack.packb([{"a": 1}]),
        msgpack.packb([msgpack.ExtType(1, b"a")]),
        msgpack.packb([msgpack.Timestamp(0)]),
        b"\x91\xa3\xed\xa0\x80",
        b"\xdd\xff\xff\xff\xff",
        b"\x91" * 5000,
    ],
    ids=["invalid", "bare", "map", "inner map", "ext", "timestamp", "surrogate", "claim", "deep"],
)
def test_a_header_that_is_no_run_of_tokens_is_refused(header):
    with pytest.raises(WireError):
        decode(header, [])


def test_keys_that_were_made_to_share_a_hash_are_refused():
    modulus = 2**61 - 1
    run = []
    for k in range(200):
        run += [b"i", (k * modulus).to_bytes(16, "little", signed=True)]
    with pytest.raises(WireError, match="collide"):
        tokens(b"s", 200, *run)


def looking_far(size: int, filled: int, more: int) -> list[int]:
    """Return keys with hashes of their own, the last of which all look at the places of the first.

    The first fill a run of a table of `size` places; the others were searched for, so that they
    begin in that run and go on along it.
    """
    mask, run, place = size - 1, [], 0
    for _ in range(filled):
        run.append(place)
        place = (5 * place + 1) & mask
    taken = np.zeros(size, bool)
    taken[run] = True
    rng, found = np.random.default_rng(1), []
    while len(found) < more:
        hashes = rng.integers(0, 2**61 - 2, 1_000_000, dtype=np.uint64)
        perturb, places = hashes, hashes & np.uint64(mask)
        for _ in range(14):
            on = taken[places]
            hashes, perturb, places = hashes[on], perturb[on] >> np.uint64(5), places[on]
            places = (places * np.uint64(5) + np.uint64(1) + perturb) & np.uint64(mask)
        found += hashes.tolist()
    return run + found[:more]


def test_keys_that_were_made_to_look_far_are_refused():
    keys = looking_far(1 << 13, 4700, 700)
    assert len(set(map(hash, keys))) == len(keys)
    with pytest.raises(WireError, match="collide"):
        tokens(b"s", len(keys), *keys)
    with pytest.raises(WireError, match="collide"):
        tokens(b"d", len(keys), *(token for key in keys for token in (key, 0.5)))


@pytest.mark.parametrize(
    "keys",
    [
        range(40_000),
        [k << 20 for k in range(30_000)],
        [k << 44 for k in range(10_000)],
        np.linspace(0, 1, 30_000).tolist(),
        [k / 1024 for k in range(30_000)],
        [(i, j) for i in range(100) for j in range(100)],
        [m * 2.0**k for m in range(1, 200, 2) for k in range(60)],
        [str(k) for k in range(30_000)],
        [2**k for k in range(2000)],
    ],
    ids=lambda keys: repr(keys[3]),
)
def test_many_ordinary_keys_are_welcome(keys):
    kept = dict.fromkeys(keys, 0.5)
    assert received(sent(kept)) == kept


def test_powers_of_two_are_honest_keys():
    value = {2.0**k: k for k in range(-1000, 1000)}
    assert as_received(value) == value


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        (struct.pack("<4sII", b"GRD0", 1, 0), "starts with"),
        (struct.pack("<4sII", b"GRD1", 2**20 + 1, 0), "header"),
        (struct.pack("<4sII", b"GRD1", 1, 257), "257 buffers"),
        (struct.pack("<4sIIQ", b"GRD1", 1, 1, 2**63), "buffers of"),
        (struct.pack("<4sIIQQ", b"GRD1", 1, 2, 2**26, 1), "buffers of"),
    ],
)
def test_a_frame_over_a_cap_is_refused_before_it_is_read(prefix, message):
    with pytest.raises(WireError, match=message):
        received(prefix)


def test_a_frame_with_too_many_buffers_is_not_sent():
    with pytest.raises(WireError, match="257 buffers"):
        list(frame(b"", [b""] * 257))


def test_a_frame_crosses_a_socket_in_pieces():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        encoded = encode([np.arange(10.0), "a"])
        send_frame(ours, header_of(encoded), encoded.buffers)
        ours.shutdown(socket.SHUT_WR)
        header, buffers = read_frame(lambda count: read_exactly(theirs, count))
        assert same(decode(header, buffers), [np.arange(10.0), "a"])
        with pytest.raises(EOFError):
            read_exactly(theirs, 1)


def test_an_array_of_many_megabytes_crosses_a_socket_and_is_the_receivers_own():
    ours, theirs = socket.socketpair()
    large = np.arange(1_000_000.0)
    encoded = encode(large)
    with ours, theirs:
        sending = threading.Thread(
            target=send_frame, args=[ours, header_of(encoded), encoded.buffers]
        )
        sending.start()
        arrived = decode(*read_frame(lambda count: read_exactly(theirs, count)))
        sending.join()
    assert same(arrived, large)
    assert arrived.flags.writeable


def test_large_and_small_buffers_keep_their_order():
    value = [np.zeros(1), np.ones(10_000), np.full(2, 2.0), np.full(10_000, 3.0)]
    assert same(received(sent(value)), value)


def test_a_value_that_did_not_change_is_the_same_bit_for_bit():
    nan = [math.nan, -0.0, np.arange(10_000.0)]
    before = encode(nan)
    before.keep()
    assert before.same_as(encode(nan))
    nan[2][7] = -1.0
    assert not before.same_as(encode(nan))
    assert not encode([0.0]).same_as(encode([-0.0]))
    assert not encode("a" * 5000).same_as(encode("a" * 5001))
    assert not encode(np.zeros(10_000, "u1")).same_as(encode(np.ones(10_000, "u1")))


@pytest.mark.parametrize("place", [0, 32_767, 32_768, 99_999])
@pytest.mark.parametrize("dtype", ["f8", "u1"])
def test_one_item_of_many_makes_a_difference(place, dtype):
    before = encode(np.zeros(100_000, dtype))
    before.keep()
    after = np.zeros(100_000, dtype)
    assert before.same_as(encode(after))
    after[place] = 1
    assert not before.same_as(encode(after))


def test_an_encoded_value_is_spliced_into_another():
    assert received(sent([1, encode_plain(np.arange(2)), "a"]))[1].tolist() == [0, 1]


def test_what_does_not_fit_is_not_spliced():
    with pytest.raises(WireError, match="one message"):
        encode([encode([0] * 60_000), encode([0] * 60_000)])

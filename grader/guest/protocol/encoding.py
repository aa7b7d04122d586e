"""Encodes objects to tokens and buffers.

The exact ``type()`` decides: an instance of a student's subclass is never sent as its base. A type
without a wire format is passed to `convert`, which returns a plain value or an `Opaque`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt

from .dtypes import (
    ABSENT,
    LITTLE,
    MAX_INT_BYTES,
    SCALARS,
    is_wire_dtype,
    size_of_array,
    unpacked_size,
)
from .frames import (
    MAX_BUFFERS,
    MAX_DEPTH,
    MAX_HEADER_BYTES,
    MAX_NODES,
    MAX_RAW_BYTES,
    MAX_TEXT_BYTES,
    Raw,
    WireError,
    blank,
)
from .values import Opaque, Value

_LONG_BYTES = 4096  # longer texts go into a buffer
_SHARED_BYTES = 1 << 16  # larger arrays are sent without a copy
_PART = 1 << 15  # items compared at once
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass(slots=True)
class Encoded:
    """An encoded value; it can be spliced into another one.

    Attributes
    ----------
    tokens : list
        The tokens of the header.
    buffers : list
        Raw data, in the order of their tags.
    header_bytes : int
        Upper bound of the tokens' size.
    raw_bytes : int
        Size of the buffers.
    text_bytes : int
        Size in memory of the texts in them.
    """

    tokens: list[Any] = field(default_factory=list)
    buffers: list[Raw] = field(default_factory=list)
    header_bytes: int = 8
    raw_bytes: int = 0
    text_bytes: int = 0

    def put(self, token: Any, size: int = 9) -> None:
        """Add a token of at most `size` bytes."""
        self.put_all((token,), size)

    def put_all(self, tokens: Iterable[Any], size: int) -> None:
        """Add tokens of at most `size` bytes in total."""
        self.tokens.extend(tokens)
        self.header_bytes += size
        if len(self.tokens) > MAX_NODES:
            raise WireError(f"too large to send: more than {MAX_NODES} items")
        if self.header_bytes > MAX_HEADER_BYTES:
            raise WireError(f"too large to send: more than {MAX_HEADER_BYTES} bytes of items")

    def put_buffer(self, raw: Raw, text_bytes: int = 0) -> None:
        """Add a buffer after its tag; `text_bytes` is the size in memory of the text in it."""
        self.buffers.append(raw)
        self.raw_bytes += len(raw)
        self.text_bytes += text_bytes
        if len(self.buffers) > MAX_BUFFERS:
            raise WireError(f"too large to send: more than {MAX_BUFFERS} arrays")
        if self.raw_bytes > MAX_RAW_BYTES:
            raise WireError(f"too large to send: more than {MAX_RAW_BYTES >> 20} MiB")
        if self.text_bytes > MAX_TEXT_BYTES:
            raise WireError(f"too large to send: more than {MAX_TEXT_BYTES >> 20} MiB of text")

    def fits(self, other: Encoded) -> bool:
        """Return whether `other` can be spliced in without exceeding a cap."""
        return (
            len(self.tokens) + len(other.tokens) <= MAX_NODES
            and len(self.buffers) + len(other.buffers) <= MAX_BUFFERS
            and self.header_bytes + other.header_bytes <= MAX_HEADER_BYTES
            and self.raw_bytes + other.raw_bytes <= MAX_RAW_BYTES
            and self.text_bytes + other.text_bytes <= MAX_TEXT_BYTES
        )

    def takes(self, other: Encoded) -> bool:
        """Add the tokens and buffers of `other` if they fit; return whether they do."""
        if not self.fits(other):
            return False
        self.tokens.extend(other.tokens)
        self.buffers.extend(other.buffers)
        self.header_bytes += other.header_bytes
        self.raw_bytes += other.raw_bytes
        self.text_bytes += other.text_bytes
        return True

    def splice(self, other: Encoded) -> None:
        """Add the tokens and buffers of `other`."""
        if not self.takes(other):
            raise WireError("too large to send in one message")

    def same_as(self, other: Encoded) -> bool:
        """Return whether both encode the same value, bit for bit."""
        # Comparing headers tells -0.0 from 0.0 and True from 1, and finds nan equal to nan.
        return header_of(self) == header_of(other) and all(
            map(_same_bytes, self.buffers, other.buffers)
        )

    def keep(self) -> None:
        """Copy the buffers that still share memory with an array, which may change."""
        self.buffers = [raw if type(raw) is bytes else _copied(raw) for raw in self.buffers]


def _copied(raw: Raw) -> Raw:
    copy = blank(len(raw))
    copy[:] = raw
    return copy


def _same_bytes(one: Raw, other: Raw) -> bool:
    if len(one) != len(other):
        return False
    if type(one) is bytes and type(other) is bytes:
        return one == other
    # memoryview compares item by item in Python; numpy is as fast as memory.
    wide = "u8" if len(one) % 8 == 0 else "u1"
    left, right = np.frombuffer(one, wide), np.frombuffer(other, wide)
    # In parts: numpy writes the result per byte, to memory that a fork must first get.
    parts = (slice(start, start + _PART) for start in range(0, len(left), _PART))
    return all(np.array_equal(left[part], right[part]) for part in parts)


def header_of(encoded: Encoded) -> bytes:
    """Return the header of a frame that holds the value."""
    header: bytes = msgpack.packb(encoded.tokens, use_bin_type=True)
    return header


def opaque(value: object) -> Opaque:
    """Return the `Opaque` for an object that cannot be sent, even if its repr raises."""
    try:
        text = without_addresses(repr(value)[:400])[:200]
        text = text.encode("utf-8", "backslashreplace").decode()
    except Exception as error:
        text = f"<its repr raises {type_name(type(error))}>"
    return Opaque(type_name(type(value)), text)


def without_addresses(text: str) -> str:
    """Return a text without memory addresses, which differ between runs."""
    return _ADDRESS.sub("", text)


def type_name(kind: type) -> str:
    """Return a type's name; a metaclass's `__name__` is bypassed, since it could be anything."""
    name: str = type.__dict__["__name__"].__get__(kind)
    return name.encode("utf-8", "backslashreplace").decode()[:200]


Convert = Callable[[Any], Value]


def encode(value: Value, convert: Convert = opaque) -> Encoded:
    """Return a value as tokens and buffers.

    Parameters
    ----------
    value : Value
        The value to encode.
    convert : callable
        Makes a value or an `Opaque` of an object whose type has no wire format.

    Raises
    ------
    WireError
        The value exceeds a cap or is nested too deeply.
    """
    out = Encoded()
    _Encoder(out, convert).put(value, MAX_DEPTH)
    return out


class _Encoder:
    """Writes values to one `Encoded`, by a table of types."""

    def __init__(self, out: Encoded, convert: Convert) -> None:
        self.out = out
        self.convert = convert

    def put(self, value: Any, depth: int) -> None:
        kind = type(value)
        if kind is float or kind is bool or value is None:
            self.out.put(value)
            return
        if depth <= 0 and kind is not int and kind is not str:
            raise WireError(f"too deep to send: nested more than {MAX_DEPTH} times")
        writer = _WRITERS.get(kind)
        if writer is not None:
            writer(self, value, depth)
        elif kind is Encoded:
            self.out.splice(value)
        else:
            self.put_converted(value, self.convert(value), depth)

    def put_converted(self, value: Any, converted: Any, depth: int) -> None:
        """Write the conversion of an object."""
        if type(converted) is Opaque:
            self.put_opaque(converted, depth)
        elif type(converted) in _WRITERS or type(converted) in SCALARS:
            self.put(converted, depth - 1)
        else:
            self.put_opaque(opaque(value), depth)

    def put_opaque(self, value: Opaque, depth: int) -> None:
        self.out.put(b"o")
        self.put_str(value.type_name[:200], depth)
        self.put_str(value.text[:200], depth)

    def put_int(self, value: int, _depth: int) -> None:
        if -(1 << 63) <= value < 1 << 63:
            self.out.put(value)
            return
        size = value.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            self.put_opaque(Opaque("int", f"<an integer of {value.bit_length()} bits>"), 1)
            return
        self.out.put(b"i")
        self.out.put(value.to_bytes(size, "little", signed=True), size + 5)

    def put_complex(self, value: complex, _depth: int) -> None:
        self.out.put(b"c")
        self.out.put(value.real)
        self.out.put(value.imag)

    def put_str(self, value: str, _depth: int) -> None:
        if value.isascii() and len(value) <= _LONG_BYTES:
            self.out.put(value, len(value) + 5)
            return
        if len(value) > MAX_TEXT_BYTES:
            raise WireError(f"too large to send: more than {MAX_TEXT_BYTES >> 20} MiB of text")
        try:
            raw = value.encode()
        except UnicodeEncodeError:  # a lone surrogate cannot be sent as UTF-8
            self.put_opaque(opaque(value), 1)
            return
        if len(raw) <= _LONG_BYTES:
            self.out.put(value, len(raw) + 5)
        else:
            self.out.put(b"S")
            self.out.put_buffer(raw, unpacked_size(raw))

    def put_bytes(self, value: bytes, _depth: int) -> None:
        if len(value) <= _LONG_BYTES:
            self.out.put(b"b")
            self.out.put(value, len(value) + 5)
        else:
            self.out.put(b"B")
            self.out.put_buffer(value, len(value))

    def put_list(self, value: list[Any], depth: int) -> None:
        self.put_items(b"l", value, depth)

    def put_tuple(self, value: tuple[Any, ...], depth: int) -> None:
        self.put_items(b"t", value, depth)

    def put_items(self, tag: bytes, items: Sequence[Any], depth: int) -> None:
        count = len(items)
        if count > MAX_NODES:
            raise WireError(f"too large to send: more than {MAX_NODES} items")
        self.out.put_all((tag, count), 18)
        if count and _stand_alone(items):
            self.out.put_all(items, 9 * count)
            return
        for item in items:
            self.put(item, depth - 1)

    def put_dict(self, value: dict[Any, Any], depth: int) -> None:
        keys = self._keys(value)
        if isinstance(keys, str):
            self.put_opaque(Opaque(f"dict with {keys}", opaque(value).text), depth)
            return
        self.out.put(b"d")
        self.out.put(len(keys))
        for key, item in zip(keys, value.values(), strict=True):
            self.put(key, depth - 1)
            self.put(item, depth - 1)

    def put_set(self, value: set[Any], depth: int) -> None:
        keys = self._keys(value)
        if isinstance(keys, str):
            self.put_opaque(Opaque(f"set with {keys}", opaque(value).text), depth)
        else:
            self.put_items(b"s", keys, depth)

    def _keys(self, items: Any) -> list[Any] | str:
        """Return keys as plain values, or a short reason why they cannot be sent."""
        if len(items) > MAX_NODES:
            raise WireError(f"too large to send: more than {MAX_NODES} items")
        keys = [self._key(item) for item in items]
        noun = "key" if type(items) is dict else "element"
        if ABSENT in keys:
            odd = self._odd_part([*items][keys.index(ABSENT)])
            return f"{'a' if noun == 'key' else 'an'} {noun} of type {type_name(type(odd))}"
        return keys if len(set(keys)) == len(keys) else f"two {noun}s that mean the same"

    def _odd_part(self, key: Any) -> Any:
        """Return the part of a key that has no plain form."""
        parts = key if type(key) in (tuple, frozenset) else ()
        odd = next((part for part in parts if self._key(part) is ABSENT), ABSENT)
        return key if odd is ABSENT else self._odd_part(odd)

    def _key(self, key: Any, depth: int = MAX_DEPTH) -> Any:
        if type(key) in SCALARS:
            return key
        if type(key) is not tuple and type(key) is not frozenset:
            key = self.convert(key)
            if type(key) is np.ndarray and key.shape == ():
                key = key.item()
        if type(key) in (tuple, frozenset) and depth > 0:
            parts = [self._key(part, depth - 1) for part in key]
            return ABSENT if ABSENT in parts else type(key)(parts)
        return key if type(key) in SCALARS else ABSENT

    def put_array(self, value: npt.NDArray[Any], depth: int) -> None:
        name = LITTLE.get(value.dtype)
        if name is None:
            name = value.dtype.str[1:]  # slower than everything else about a small array
            if not is_wire_dtype(name):
                self.put_unusual_array(value, depth)
                return
            value = value.astype(value.dtype.newbyteorder("<"), copy=False)
        size, shape = value.nbytes, value.shape
        if size > MAX_RAW_BYTES:
            raise WireError(f"too large to send: more than {MAX_RAW_BYTES >> 20} MiB")
        if size == 0 or len(shape) > MAX_DEPTH:
            size_of_array(shape, value.dtype.itemsize)
        self.out.put_all((b"a", name, len(shape), *shape), 9 * (3 + len(shape)))
        if size < _SHARED_BYTES or not value.flags.c_contiguous:
            self.out.put_buffer(value.tobytes())
        else:
            self.out.put_buffer(value.reshape(-1).view(np.uint8).data)

    def put_unusual_array(self, value: npt.NDArray[Any], depth: int) -> None:
        converted = self.convert(value)
        if type(converted) is not np.ndarray or converted.dtype.kind in "biufcU":
            self.put_converted(value, converted, depth)
        else:
            self.put_opaque(opaque(value), depth)


def _stand_alone(items: Sequence[Any]) -> bool:
    """Return whether all items are tokens of at most 9 bytes, as in lists of numbers."""
    if type(items[0]) not in _NUMBERS:
        return False
    kinds = set(map(type, items))
    if int not in kinds:
        return kinds <= _NUMBERS
    return len(kinds) == 1 and -(1 << 63) <= min(items) <= max(items) < 1 << 63


_NUMBERS = frozenset({int, float, bool, type(None)})

_WRITERS: dict[type, Callable[[_Encoder, Any, int], None]] = {
    int: _Encoder.put_int,
    complex: _Encoder.put_complex,
    str: _Encoder.put_str,
    bytes: _Encoder.put_bytes,
    list: _Encoder.put_list,
    tuple: _Encoder.put_tuple,
    dict: _Encoder.put_dict,
    set: _Encoder.put_set,
    np.ndarray: _Encoder.put_array,
    Opaque: _Encoder.put_opaque,
}

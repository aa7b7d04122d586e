"""Decodes values from untrusted tokens and buffers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt

from .collisions import MAX_SHARED_HASH, collide
from .dtypes import (
    ABSENT,
    LITTLE,
    MAX_INT_BYTES,
    SCALARS,
    is_wire_dtype,
    size_of_array,
    unpacked_size,
)
from .frames import MAX_DEPTH, MAX_NODES, MAX_TEXT_BYTES, Raw, WireError
from .values import Opaque, Value


def decode(header: Raw, buffers: Sequence[Raw]) -> Value:
    """Return the value of a frame; its arrays own their memory and are writable.

    Raises
    ------
    WireError
        The frame does not hold exactly one well-formed value.
    """
    try:
        tokens = msgpack.unpackb(
            header, raw=False, use_list=True, max_map_len=0, max_ext_len=0, max_array_len=MAX_NODES
        )
    except Exception as error:  # msgpack does not document all that it raises
        raise WireError(f"the header is not msgpack: {type(error).__name__}") from error
    if type(tokens) is not list:
        raise WireError("the header is not a run of tokens")
    decoder = _Decoder(tokens, iter(buffers))
    value = decoder.take(MAX_DEPTH)
    decoder.finish()
    return value


class _Decoder:
    """Reads values from untrusted tokens and buffers."""

    def __init__(self, tokens: list[Any], buffers: Iterator[Raw]) -> None:
        self.tokens = tokens
        self.at = 0
        self.text_bytes = 0
        self.buffers = buffers

    def take(self, depth: int) -> Value:
        try:
            token = self.tokens[self.at]
        except IndexError:
            raise WireError("tokens are missing") from None
        self.at += 1
        if type(token) is not bytes:
            if type(token) not in SCALARS:
                raise WireError(f"a token is a {type(token).__name__}")
            return token
        if depth <= 0:
            raise WireError(f"nested more than {MAX_DEPTH} times")
        reader = _READERS.get(token)
        if reader is None:
            raise WireError(f"an unknown tag {token[:20]!r}")
        return reader(self, depth)

    def finish(self) -> None:
        if self.at != len(self.tokens):
            raise WireError("tokens are left over")
        if next(self.buffers, ABSENT) is not ABSENT:
            raise WireError("buffers are left over")

    def _token(self, kind: type) -> Any:
        try:
            token = self.tokens[self.at]
        except IndexError:
            raise WireError("tokens are missing") from None
        self.at += 1
        if type(token) is not kind:
            raise WireError(f"a token is a {type(token).__name__} instead of {kind.__name__}")
        return token

    def _count(self) -> int:
        count: int = self._token(int)
        if not 0 <= count <= MAX_NODES:
            raise WireError(f"a count of {count}")
        return count

    def _buffer(self) -> Raw:
        buffer = next(self.buffers, None)
        if buffer is None:
            raise WireError("buffers are missing")
        return buffer

    def _make_room(self, text_bytes: int) -> None:
        self.text_bytes += text_bytes
        if self.text_bytes > MAX_TEXT_BYTES:
            raise WireError(f"texts of more than {MAX_TEXT_BYTES >> 20} MiB")

    def take_int(self, _depth: int) -> int:
        raw = self._token(bytes)
        if not 8 <= len(raw) <= MAX_INT_BYTES:
            raise WireError(f"a large integer of {len(raw)} bytes")
        return int.from_bytes(raw, "little", signed=True)

    def take_complex(self, _depth: int) -> complex:
        return complex(self._token(float), self._token(float))

    def take_long_str(self, _depth: int) -> str:
        raw = self._buffer()
        self._make_room(unpacked_size(raw))
        try:
            return str(raw, "utf-8")
        except UnicodeDecodeError as error:
            raise WireError("a text is not UTF-8") from error

    def take_bytes(self, _depth: int) -> bytes:
        raw: bytes = self._token(bytes)
        return raw

    def take_long_bytes(self, _depth: int) -> bytes:
        raw = self._buffer()
        self._make_room(len(raw))
        return bytes(raw)

    def take_list(self, depth: int) -> list[Value]:
        count = self._count()
        if count == 0:
            return []
        end = self.at + count
        part = self.tokens[self.at : end]
        # A run of items that encode themselves, as in most lists of numbers, is taken at once.
        if part and type(part[0]) is not bytes and len(part) == count and _all_scalars(part):
            self.at = end
            return part
        return [self.take(depth - 1) for _ in range(count)]

    def take_tuple(self, depth: int) -> tuple[Value, ...]:
        return tuple(self.take_list(depth))

    def take_dict(self, depth: int) -> dict[Value, Value]:
        pairs = [(self.take_key(depth), self.take(depth - 1)) for _ in range(self._count())]
        _check_keys([key for key, _ in pairs])
        found = dict(pairs)
        if len(found) != len(pairs):
            raise WireError("a dict has a key twice")
        return found

    def take_key(self, depth: int) -> Value:
        return _as_key(self.take(depth - 1))

    def take_set(self, depth: int) -> set[Value]:
        items = [_as_key(item) for item in self.take_list(depth)]
        _check_keys(items)
        found = set(items)
        if len(found) != len(items):
            raise WireError("a set has a member twice")
        return found

    def take_opaque(self, depth: int) -> Opaque:
        name, text = self.take(depth - 1), self.take(depth - 1)
        if type(name) is not str or type(text) is not str or max(len(name), len(text)) > 200:
            raise WireError("an opaque value is not two short texts")
        return Opaque(name, text)

    def take_array(self, _depth: int) -> npt.NDArray[Any]:
        name = self._token(str)
        dtype = _DTYPES.get(name)
        if dtype is None:
            if not is_wire_dtype(name):
                raise WireError(f"an array of dtype {name[:20]!r}")
            dtype = np.dtype(f"<{name}")
        count = self._count()
        if count > MAX_DEPTH:
            raise WireError(f"an array of {count} dimensions")
        shape = [self._token(int) for _ in range(count)]
        if shape and min(shape) < 0:
            raise WireError("an array has a negative length")
        raw = self._buffer()
        if size_of_array(shape, dtype.itemsize) != len(raw):
            raise WireError(f"an array of shape {tuple(shape)} has {len(raw)} bytes")
        array = _array(raw, dtype)
        return array if count == 1 else array.reshape(shape)


def _as_key(value: Value) -> Value:
    """Return a set inside a key or a set as a frozenset."""
    if type(value) is set:
        return frozenset(value)
    return tuple(map(_as_key, value)) if type(value) is tuple else value


def _all_scalars(tokens: Sequence[Any]) -> bool:
    return set(map(type, tokens)) <= _STAND_ALONE


_STAND_ALONE = SCALARS - {bytes}  # a bytes token is a tag
_DTYPES = {name: dtype for dtype, name in LITTLE.items()}


def _array(raw: Raw, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    kind = dtype.kind
    if kind == "b" and (np.frombuffer(raw, np.uint8) > 1).any():
        raise WireError("a bool is neither 0 nor 1")  # numpy would treat the byte 2 as two
    if kind == "U":
        points = np.frombuffer(raw, "<u4")
        if ((points > 0x10FFFF) | ((points >= 0xD800) & (points < 0xE000))).any():
            raise WireError("a text array holds no text")
    array = np.frombuffer(raw, dtype)
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))


def _check_keys(keys: Sequence[Value]) -> None:
    """Refuse keys that are not hashable, or chosen to collide.

    100,000 integers k * (2**61 - 1) all hash to 0, and a dict of them takes minutes to build. So
    does a dict of 35,000 keys with different hashes whose probes collide (see `collisions`).
    """
    try:
        hashes = list(map(hash, keys))
    except TypeError as error:
        raise WireError("a key of a dict, or a member of a set, does not hash") from error
    if len(hashes) > MAX_SHARED_HASH and collide(hashes):
        raise WireError("the keys of a dict, or the members of a set, collide")


_READERS: dict[bytes, Callable[[_Decoder, int], Value]] = {
    b"i": _Decoder.take_int,
    b"c": _Decoder.take_complex,
    b"S": _Decoder.take_long_str,
    b"b": _Decoder.take_bytes,
    b"B": _Decoder.take_long_bytes,
    b"l": _Decoder.take_list,
    b"t": _Decoder.take_tuple,
    b"d": _Decoder.take_dict,
    b"s": _Decoder.take_set,
    b"o": _Decoder.take_opaque,
    b"a": _Decoder.take_array,
}

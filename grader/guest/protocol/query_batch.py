"""What goes into one message to a fork: the calls of a function, or questions of all kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from .encoding import Encoded, encode
from .frames import WireError
from .values import Key, Query

_CASES_AT_ONCE = 64
_CASES_PREFETCHED = 1024
_BYTES_AT_ONCE = 16 << 20


@dataclass(frozen=True)
class QueryBatch:
    """Questions that are asked in one message, before they come up.

    Attributes
    ----------
    keys : tuple of Key
        What finds each answer, in the order of asking.
    encoded : Encoded
        The questions as they are sent: in groups of one name each.
    """

    keys: tuple[Key, ...]
    encoded: Encoded

    @classmethod
    def of(cls, queries: Sequence[Query]) -> QueryBatch:
        """Take the first questions, as many as go well into one message; there may be none.

        A case that cannot be sent ends it: `call` meets it again, and reports it to the author.
        """
        whole = _empty_message()
        keys: list[Key] = []
        with suppress(WireError):
            for key, parts in _questions(queries):
                if len(keys) == _CASES_PREFETCHED or any(_is_over(whole, part) for part in parts):
                    break
                for part in parts:
                    whole.splice(part)
                keys.append(key)
        return cls(tuple(keys), encode(_in_groups(keys)))

    @cached_property
    def called(self) -> frozenset[str]:
        """The functions among what is asked."""
        return frozenset(name for name, case in self.keys if case is not None)


def first_cases(cases: Sequence[Encoded]) -> Sequence[Encoded]:
    """Return the first cases that go well into one message, at least one."""
    whole = _empty_message()
    for count, case in enumerate(cases[:_CASES_AT_ONCE]):
        if count and _is_over(whole, case):
            return cases[:count]
        whole.splice(case)
    return cases[:_CASES_AT_ONCE]


def _questions(queries: Sequence[Query]) -> Iterator[tuple[Key, list[Encoded]]]:
    """Yield each question, with what its name and its case take in a message."""
    for query in queries:
        head = encode((query.name, []))
        for name, case in query.keys:
            yield (name, case), [head] if case is None else [head, case.encoded]


def _empty_message() -> Encoded:
    return encode(["", 0.0, *([None] * 8)])


def _is_over(whole: Encoded, part: Encoded) -> bool:
    return whole.raw_bytes + part.raw_bytes > _BYTES_AT_ONCE or not whole.fits(part)


def _in_groups(keys: Sequence[Key]) -> list[tuple[str, list[Encoded] | None]]:
    """Return names with the cases of a function, or with None for a variable."""
    groups = groupby(keys, lambda key: (key[0], key[1] is None))
    return [
        (name, None if is_read else [case.encoded for _, case in group if case is not None])
        for (name, is_read), group in groups
    ]

"""What goes into one message to a fork: the calls of a function, or questions of all kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TypeAlias

from grader.guest.protocol.encoding import Encoded, encode
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.messages import encoded_call
from grader.guest.protocol.values import Call, Query

Key: TypeAlias = tuple[str, int]

_CASES_AT_ONCE = 64
_CASES_PREFETCHED = 1024
_BYTES_AT_ONCE = 16 << 20


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is asked before it comes up; with no case it is about a variable."""

    name: str
    case: Call | None = None
    encoded: Encoded | None = None

    @property
    def key(self) -> Key:
        """What finds the answer again."""
        return self.name, id(self.case)


@dataclass(frozen=True)
class Message:
    """Questions that are asked at once, and how they are sent: in groups of one name each."""

    questions: tuple[Question, ...]
    encoded: Encoded

    @cached_property
    def called(self) -> frozenset[str]:
        """The functions among what is asked."""
        return frozenset(each.name for each in self.questions if each.case is not None)

    @cached_property
    def read(self) -> frozenset[str]:
        """The variables among what is asked."""
        return frozenset(each.name for each in self.questions if each.case is None)


def first_cases(cases: Sequence[Encoded]) -> Sequence[Encoded]:
    """Return the first cases that go well into one message, at least one."""
    whole = _empty_message()
    for count, case in enumerate(cases[:_CASES_AT_ONCE]):
        if count and _is_over(whole, case):
            return cases[:count]
        whole.splice(case)
    return cases[:_CASES_AT_ONCE]


def message_of(queries: Sequence[Query]) -> Message:
    """Return the first questions, as many as go well into one message; there may be none.

    A case that cannot be sent ends it: `call` meets it again, and tells the author.
    """
    whole = _empty_message()
    asked: list[Question] = []
    with suppress(WireError):
        for head, question in _questions(queries):
            parts = [head] if question.encoded is None else [head, question.encoded]
            if len(asked) == _CASES_PREFETCHED or any(_is_over(whole, part) for part in parts):
                break
            for part in parts:
                whole.splice(part)
            asked.append(question)
    return Message(tuple(asked), encode(_in_groups(asked)))


def _questions(queries: Sequence[Query]) -> Iterator[tuple[Encoded, Question]]:
    """Yield each question, after what its name takes in a message."""
    for query in queries:
        head = encode((query.name, []))
        if query.cases is None:
            yield head, Question(query.name)
        for case in query.cases or ():
            yield head, Question(query.name, case, encoded_call(case))


def _empty_message() -> Encoded:
    return encode(["", 0.0, *([None] * 8)])


def _is_over(whole: Encoded, part: Encoded) -> bool:
    return whole.raw_bytes + part.raw_bytes > _BYTES_AT_ONCE or not whole.fits(part)


def _in_groups(questions: Sequence[Question]) -> list[tuple[str, list[Encoded | None] | None]]:
    """Return names with the cases of a function, or with None for a variable."""
    return [
        (name, None if is_read else [question.encoded for question in group])
        for (name, is_read), group in groupby(
            questions, lambda each: (each.name, each.case is None)
        )
    ]

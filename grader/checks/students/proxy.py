"""A stand-in for a student's names in trusted code: each use asks the session.

The trusted code is an author's expression, an author's function, or the reference of an exercise
that builds on another. It receives plain data in the form of the reference's answer.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from grader.checks.base import Answering
from grader.checks.students.coercion import (
    as_argument,
    form_mismatch,
    in_form_of,
    reshapable,
    settled,
)
from grader.checks.students.local import LocalStudent
from grader.checks.students.transcript import TranscriptEntry, put, same_call
from grader.checks.verdict_text import WRONG, Failure, failure_of, wrong_answer
from grader.compare.shapes import leaves, squeezed
from grader.guest.protocol.values import Answer, Call, Query, Returned, Value


class StudentProxy(ABC):
    """A stand-in for a student's functions and variables; it keeps all questions and answers.

    It returns an answer only if that has the kind, shape and keys of the reference's answer to the
    same question. A subclass decides what happens otherwise.

    Parameters
    ----------
    student : Answering
        The student to ask.
    reference : Mapping of str to object
        The reference's names.
    known : sequence of TranscriptEntry
        Questions whose expected answers are known.
    prefetched : sequence of Answer
        The student's answers to the calls in `known`, as far as already asked.
    shapeless : collection of str
        Names whose shape does not matter.
    squeeze : bool
        Whether axes of length 1 do not matter.

    Attributes
    ----------
    transcript : list of TranscriptEntry
        All questions so far, each about one call or variable.
    """

    wants_real: ClassVar[bool] = False
    """Whether complex numbers are refused if the reference's are real."""

    def __init__(
        self,
        student: Answering,
        reference: Mapping[str, Any],
        known: Sequence[TranscriptEntry] = (),
        prefetched: Sequence[Answer] = (),
        *,
        shapeless: Collection[str] = (),
        squeeze: bool = False,
    ) -> None:
        self.transcript: list[TranscriptEntry] = []
        self._student = student
        self._reference = LocalStudent(reference)
        self._known = [entry for entry in known if entry.call is not None]
        self._variables = {entry.name: entry for entry in known if entry.call is None}
        self._prefetched = prefetched
        self._shapeless = shapeless
        self._squeeze = squeeze
        self._calls = 0

    def look_up(self, name: str) -> Any:
        """Return a stand-in for a function, or a variable's value, depending on the reference."""
        if callable(self._reference.names[name]):
            return self.function(name)
        return self._ask(Query(name), self._variables.get(name))

    def function(self, name: str) -> Callable[..., Value]:
        """Return a stand-in for a function."""

        def ask(*args: Any, **kwargs: Any) -> Value:
            place = self._calls
            known = self._next_known(name, args, kwargs)
            query = Query(name, (_call(args, kwargs),)) if known is None else known.query
            is_there = known is not None and place < len(self._prefetched)
            return self._ask(query, known, args, self._prefetched[place] if is_there else None)

        return ask

    def _next_known(
        self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> TranscriptEntry | None:
        """Return the next known question if it is this call, else None."""
        known = self._known[self._calls] if self._calls < len(self._known) else None
        if known is None or known.name != name or known.call is None:
            return None
        # Drawn inputs are the same objects that the reference got; comparing encodings is slow.
        if (
            not kwargs
            and len(args) == len(known.given)
            and all(map(operator.is_, args, known.given))
        ):
            return known
        return known if same_call(known.call, _call(args, kwargs)) else None

    def _ask(
        self,
        query: Query,
        known: TranscriptEntry | None,
        given: tuple[Any, ...] = (),
        prefetched: Answer | None = None,
    ) -> Value:
        self.begin()
        expected = self.expected_answer(query) if known is None else known.expected
        answer = self.answer(query) if prefetched is None else prefetched
        if self._squeeze and isinstance(answer, Returned) and isinstance(expected, Returned):
            answer = replace(answer, value=squeezed(answer.value, expected.value))
        entry = TranscriptEntry(query, (answer,), expected, known and known.slack, given)
        self.transcript.append(entry)
        self._calls += query.cases is not None
        return self.accept(entry)

    def begin(self) -> None:  # noqa: B027 (most subclasses have no limit)
        """Refuse a question if there are too many; by default there is no limit."""

    def expected_answer(self, query: Query) -> Answer:
        """Return the reference's answer."""
        return put(query, self._reference)[0]

    def answer(self, query: Query) -> Answer:
        """Return the student's answer."""
        return put(query, self._student)[0]

    def accept(self, entry: TranscriptEntry) -> Value:
        """Return the value of an answer to trusted code; raise an exception if it is refused."""
        answer, expected = entry.answer, entry.expected
        if not isinstance(answer, Returned):
            raise self._refused(entry, failure_of(answer))
        if not isinstance(expected, Returned):
            return answer.value  # there is no form to require
        return self.in_form(entry, answer.value, expected.value)

    def in_form(self, entry: TranscriptEntry, actual: Value, expected: Value) -> Value:
        """Return an answer in the form of the expected one; refuse one that does not fit."""
        mismatch = form_mismatch(actual, expected)
        if mismatch is not None:
            array = reshapable(actual, expected) if entry.name in self._shapeless else None
            if array is not None:
                return array
            from_call = entry.call is not None
            raise self._refused(entry, wrong_answer(actual, mismatch, from_call=from_call))
        value = in_form_of(actual, expected)
        if self.wants_real and _is_complex(value) and not _is_complex(expected):
            raise self._refused(entry, Failure("is not real", WRONG))
        return value if entry.slack is None else settled(value, expected, entry.slack)

    def _refused(self, entry: TranscriptEntry, failure: Failure) -> BaseException:
        return self.refusal(entry, Failure(f"{entry.text} {failure.message}", failure.brief))

    @abstractmethod
    def refusal(self, entry: TranscriptEntry, failure: Failure) -> BaseException:
        """Return the exception for an answer that is refused."""


def _call(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
    named = tuple((key, as_argument(value)) for key, value in kwargs.items())
    return Call(tuple(map(as_argument, args)), named)


def _is_complex(value: Value) -> bool:
    return any(type(leaf) is complex for leaf in leaves(value))

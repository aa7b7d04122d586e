"""Questions as values: put to a student, kept with the answers, and answered again from there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.base import Answering
from grader.checks.student_work import StudentWork
from grader.checks.verdict_text import call_text
from grader.guest.protocol.conversions import encode_plain
from grader.guest.protocol.query_batch import QueryBatch
from grader.guest.protocol.values import Answer, Call, Query, Returned, Value


def put(query: Query, student: Answering) -> Sequence[Answer]:
    """Ask a student; one answer a case, or one where there are no cases."""
    if query.draws:
        return student.draw(query.name, query.cases)
    if query.cases is None:
        return [student.get(query.name)]
    return student.call(query.name, query.cases)


_NOTHING = Returned(None)


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """A question, and what a student answered.

    Attributes
    ----------
    query : Query
        What was asked.
    answers : sequence of Answer
        One a case, or one where there are no cases.
    expected : Answer
        What the reference answers, where a `StudentProxy` asked.
    slack : Value
        What the expected answer may be off by rounding alone; None where that is nothing.
    given : tuple
        The very objects that an author's code gave by position.
    """

    query: Query
    answers: Sequence[Answer]
    expected: Answer = _NOTHING
    slack: Value = None
    given: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """The function, or the variable."""
        return self.query.name

    @property
    def call(self) -> Call | None:
        """The first call; None where a variable was read."""
        return self.query.cases[0] if self.query.cases else None

    @property
    def answer(self) -> Answer:
        """The first answer."""
        return self.answers[0]

    @property
    def expected_value(self) -> Value:
        """The value that the reference answers; None where it answers with none."""
        return self.expected.value if isinstance(self.expected, Returned) else None

    @property
    def text(self) -> str:
        """The question, as a student would write it."""
        return f"`{self.name}`" if self.call is None else call_text(self.name, self.call)

    @property
    def pairs(self) -> Iterator[tuple[Call | None, Answer]]:
        """Each call, or None for a variable, with its answer."""
        cases = (None,) if self.query.cases is None else self.query.cases
        return zip(cases, self.answers, strict=True)

    def answers_to(self, query: Query) -> bool:
        """Tell whether a query asks the same, its arguments to the bit."""
        mine, yours = self.query.cases, query.cases
        if (self.query.name, self.query.draws) != (query.name, query.draws):
            return False
        if mine is None or yours is None:
            return mine is yours
        return len(mine) == len(yours) and all(map(same_call, mine, yours))


class QueriedStudent(ABC):
    """A student to whom every question comes as a `Query`."""

    def prefetch(self, batch: QueryBatch) -> None:  # noqa: B027 (few have to fetch)
        """Do nothing: there is nothing to fetch."""

    def get(self, name: str) -> Answer:
        """Read a variable."""
        return self.ask(Query(name))[0]

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once a case."""
        return self.ask(Query(name, tuple(cases)))

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Draw a figure once a case, or read the one that a variable holds."""
        return self.ask(Query(name, None if cases is None else tuple(cases), draws=True))

    @abstractmethod
    def ask(self, query: Query) -> Sequence[Answer]:
        """Return one answer a case, or one where there are no cases."""


class RecordedStudent(QueriedStudent):
    """Passes questions on, and keeps them with their answers.

    Attributes
    ----------
    transcript : list of TranscriptEntry
        All questions so far.
    """

    work = StudentWork()

    def __init__(self, student: Answering) -> None:
        self.transcript: list[TranscriptEntry] = []
        self._student = student

    def ask(self, query: Query) -> Sequence[Answer]:
        """Pass a question on."""
        answers = put(query, self._student)
        self.transcript.append(TranscriptEntry(query, answers))
        return answers


class OtherQuestionError(Exception):
    """Something else is asked than was asked when the transcript was made."""


class ReplayedStudent(QueriedStudent):
    """Gives the answers of a transcript again, as long as the same is asked in the same order."""

    def __init__(self, transcript: Sequence[TranscriptEntry]) -> None:
        self._rest = iter(transcript)

    @property
    def work(self) -> StudentWork:
        """Nothing: it is not kept."""
        return StudentWork()

    def ask(self, query: Query) -> Sequence[Answer]:
        """Return the answers that were kept."""
        kept = next(self._rest, None)
        if kept is not None and kept.answers_to(query):
            return kept.answers
        self._rest = iter(())
        return self.otherwise(query)

    def otherwise(self, query: Query) -> Sequence[Answer]:
        """Answer what is not in the transcript; raise `OtherQuestionError` where that cannot be."""
        raise OtherQuestionError(query.name)


def same_call(one: Call, other: Call) -> bool:
    """Tell whether two calls have the same arguments, to the bit."""
    if len(one.args) != len(other.args) or one.measured != other.measured:
        return False
    pairs = [*zip(one.args, other.args, strict=True), (one.kwargs, other.kwargs)]
    return all(_same_value(mine, yours) for mine, yours in pairs)


def _same_value(one: Value, other: Value) -> bool:
    if type(one) is np.ndarray and type(other) is np.ndarray:
        alike = one.dtype == other.dtype and one.shape == other.shape
        return alike and one.tobytes() == other.tobytes()
    return encode_plain(one).same_as(encode_plain(other))

"""Put questions to a student, record them with the answers, and replay the records."""

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
    """Ask a student; return one answer per case, or one if there are no cases."""
    if query.draws:
        return student.draw(query.name, query.cases)
    if query.cases is None:
        return [student.get(query.name)]
    return student.call(query.name, query.cases)


_NOTHING = Returned(None)


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """A question with a student's answers."""

    query: Query
    """The question."""
    answers: Sequence[Answer]
    """One per case, or one if there are no cases."""
    expected: Answer = _NOTHING
    """The reference's answer, if a `StudentProxy` asked."""
    slack: Value = None
    """Possible rounding error of the expected answer; None if there is none."""
    given: tuple[Any, ...] = ()
    """The positional arguments, as the same objects that trusted code passed."""

    @property
    def name(self) -> str:
        """The function or the variable."""
        return self.query.name

    @property
    def call(self) -> Call | None:
        """The first call; None if a variable was read."""
        return self.query.cases[0] if self.query.cases else None

    @property
    def answer(self) -> Answer:
        """The first answer."""
        return self.answers[0]

    @property
    def expected_value(self) -> Value:
        """The value of the reference's answer; None if it has none."""
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
        """Return whether a query asks the same, with bitwise equal arguments."""
        mine, yours = self.query.cases, query.cases
        if (self.query.name, self.query.draws) != (query.name, query.draws):
            return False
        if mine is None or yours is None:
            return mine is yours
        return len(mine) == len(yours) and all(map(same_call, mine, yours))


class QueriedStudent(ABC):
    """A student that gets every question as a `Query`."""

    def prefetch(self, batch: QueryBatch) -> None:  # noqa: B027 (few subclasses fetch)
        """Do nothing: most subclasses answer at once."""

    def get(self, name: str) -> Answer:
        """Read a variable."""
        return self.ask(Query(name))[0]

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once per case."""
        return self.ask(Query(name, tuple(cases)))

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Draw a figure once per case, or read the one that a variable holds."""
        return self.ask(Query(name, None if cases is None else tuple(cases), draws=True))

    @abstractmethod
    def ask(self, query: Query) -> Sequence[Answer]:
        """Return one answer per case, or one if there are no cases."""


class RecordedStudent(QueriedStudent):
    """Forwards questions to another student, and records them with the answers.

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
        """Forward a question."""
        answers = put(query, self._student)
        self.transcript.append(TranscriptEntry(query, answers))
        return answers


class OtherQuestionError(Exception):
    """A question differs from the transcript."""


class ReplayedStudent(QueriedStudent):
    """Repeats the answers of a transcript, as long as the questions come in the same order."""

    def __init__(self, transcript: Sequence[TranscriptEntry]) -> None:
        self._rest = iter(transcript)

    @property
    def work(self) -> StudentWork:
        """Always empty: a transcript does not record it."""
        return StudentWork()

    def ask(self, query: Query) -> Sequence[Answer]:
        """Return the recorded answers, or those of `otherwise`."""
        kept = next(self._rest, None)
        if kept is not None and kept.answers_to(query):
            return kept.answers
        self._rest = iter(())
        return self.otherwise(query)

    def otherwise(self, query: Query) -> Sequence[Answer]:
        """Answer a question that the transcript lacks; by default raise `OtherQuestionError`."""
        raise OtherQuestionError(query.name)


def same_call(one: Call, other: Call) -> bool:
    """Return whether two calls have bitwise equal arguments."""
    if len(one.args) != len(other.args) or one.measured != other.measured:
        return False
    pairs = [*zip(one.args, other.args, strict=True), (one.kwargs, other.kwargs)]
    return all(_same_value(mine, yours) for mine, yours in pairs)


def _same_value(one: Value, other: Value) -> bool:
    if type(one) is np.ndarray and type(other) is np.ndarray:
        alike = one.dtype == other.dtype and one.shape == other.shape
        return alike and one.tobytes() == other.tobytes()
    return encode_plain(one).same_as(encode_plain(other))

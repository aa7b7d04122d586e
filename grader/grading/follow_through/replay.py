"""A student whose answers are kept, and one that gives them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.checks.base import Student
from grader.checks.student_work import Work
from grader.checks.students.proxies import same_call
from grader.guest.protocol.values import Answer, Call


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked of one name, and what was answered; no calls: a variable."""

    name: str
    calls: tuple[Call, ...] | None
    answers: tuple[Answer, ...]


class _OtherQuestionError(Exception):
    """A check asks something else than it did: what it asks hangs on the earlier functions."""


class Recorder:
    """A student whose answers are kept.

    Attributes
    ----------
    exchanges : list
        All questions and answers so far.
    """

    def __init__(self, student: Student) -> None:
        self.exchanges: list[Exchange] = []
        self._student = student

    @property
    def work(self) -> Work:
        """What was written for the exercise."""
        return self._student.work

    def get(self, name: str) -> Answer:
        """Read a variable."""
        answer = self._student.get(name)
        self.exchanges.append(Exchange(name, None, (answer,)))
        return answer

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once a case."""
        answers = self._student.call(name, cases)
        self.exchanges.append(Exchange(name, tuple(cases), tuple(answers)))
        return answers

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Call a function once a case, or read a variable, for the figure."""
        answers = self._student.draw(name, cases)
        calls = None if cases is None else tuple(cases)
        self.exchanges.append(Exchange(name, calls, tuple(answers)))
        return answers


class Replay:
    """Gives the answers that were kept to the same questions, and no others."""

    work = Work()

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._rest = iter(exchanges)

    def get(self, name: str) -> Answer:
        """Return what a variable held."""
        return self._answers(name, None)[0]

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Return what a function answered."""
        return self._answers(name, tuple(cases))

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Return what was drawn."""
        return self._answers(name, None if cases is None else tuple(cases))

    def _answers(self, name: str, calls: tuple[Call, ...] | None) -> tuple[Answer, ...]:
        kept = next(self._rest, None)
        if kept is None or kept.name != name or not _same_calls(kept.calls, calls):
            raise _OtherQuestionError(name)
        return kept.answers


def _same_calls(one: tuple[Call, ...] | None, other: tuple[Call, ...] | None) -> bool:
    if one is None or other is None:
        return one is other
    return len(one) == len(other) and all(map(same_call, one, other))

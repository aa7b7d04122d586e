"""Stated bad input raises the stated exception, and good input does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field, field_validator

from grader.checks.base import Check, CheckContext, Student, Verdict, WrittenCall, failed, passed
from grader.checks.bundling import call_to_bundle, calls_from_bundle, is_small, items_from_bundle
from grader.checks.cases import (
    Case,
    Forms,
    PythonName,
    ask_reference,
    in_forms,
    written_cases,
)
from grader.checks.verdict_text import Failure, call_text, evidence_of, failure_of, sentence
from grader.compare import describe
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Call, Query, Raised, Returned, Value

_TOO_BROAD = frozenset({"BaseException", "Exception", "RuntimeError", "NotImplementedError"})


@dataclass(frozen=True, slots=True)
class PreparedRaises:
    """The calls that must raise, and those that must not."""

    refused: tuple[Call, ...]
    accepted: tuple[Call, ...]


class RaisesCheck(Check):
    """A function refuses bad input with the exception that is asked for, or a subclass of it."""

    kind: ClassVar[str] = "raises"
    evaluates: ClassVar[bool] = False
    reads_work: ClassVar[bool] = False
    shows_expected: ClassVar[bool] = True

    raises: PythonName = Field(description="Name of the function.")
    exception: PythonName = Field(default="ValueError", description="What each case must raise.")
    cases: tuple[Case, ...] = Field(min_length=1, description="Calls with bad input.")
    accepts: tuple[Case, ...] = Field(
        default=(),
        description="Calls with good input that must not raise, so that a function which refuses "
        "everything does not pass.",
    )
    forms: Forms = ()

    @property
    def subject(self) -> str:
        """The function."""
        return self.raises

    @property
    def exceptions(self) -> Mapping[str, str]:
        """The exception."""
        return {"exception": self.exception}

    @field_validator("exception", mode="before")
    @classmethod
    def _is_its_own_name(cls, name: object) -> object:
        if isinstance(name, str) and "." in name and (last := name.rpartition(".")[2]):
            raise ValueError(f"an exception is known by its own name: write `{last}`")
        return name

    @field_validator("exception")
    @classmethod
    def _tells_something(cls, name: str) -> str:
        if name in _TOO_BROAD:
            raise ValueError(f"a starter that raises NotImplementedError may pass as `{name}`")
        return name

    def written_calls(self) -> Iterator[WrittenCall]:
        """Return the calls; a wrong number of arguments may be what a TypeError is asked for."""
        if self.exception != "TypeError":
            yield from written_cases(self.raises, self.cases)
        yield from written_cases(self.raises, self.accepts, "accepts")

    def prepare(self, context: CheckContext) -> PreparedRaises:
        """Show that the reference refuses what it should, and nothing else."""
        prepared = PreparedRaises(self._calls(self.cases), self._calls(self.accepts))
        calls = prepared.refused + prepared.accepted
        found = self._first_failure(prepared, ask_reference(context, self.raises, calls))
        if found is not None:
            call, failure = found
            raise CheckError(
                f"The reference does not refuse just the bad input: {call_text(self.raises, call)} "
                f"{failure.message}. Correct reference.py or the case."
            )
        return prepared

    def _calls(self, cases: tuple[Case, ...]) -> tuple[Call, ...]:
        return tuple(call for case in cases for call in in_forms(case.call, self.forms))

    def queries(self, prepared: PreparedRaises) -> tuple[Query]:
        """Return all calls."""
        return (Query(self.raises, prepared.refused + prepared.accepted),)

    def to_bundle(self, prepared: PreparedRaises) -> Value | None:
        """Return the calls, but for those that are too large."""
        refused, accepted = (
            [call_to_bundle(call) for call in calls if is_small(call.args, dict(call.kwargs))]
            for calls in (prepared.refused, prepared.accepted)
        )
        return {"refused": refused, "accepted": accepted} if refused else None

    def from_bundle(self, bundled: Value) -> PreparedRaises:
        """Return the calls that were bundled."""
        refused, accepted = items_from_bundle(bundled, "refused", "accepted")
        return PreparedRaises(calls_from_bundle(refused), calls_from_bundle(accepted))

    def judge(self, prepared: PreparedRaises, student: Student) -> Verdict:
        """Ask all calls at once; the first that went wrong is the one that is told."""
        answers = student.call(self.raises, prepared.refused + prepared.accepted)
        found = self._first_failure(prepared, answers)
        if found is None:
            return passed()
        call, failure = found
        return failed(
            sentence(f"{call_text(self.raises, call)} {failure.message}"),
            brief=f"`{self.raises}` {failure.brief}.",
            evidence=evidence_of(answers),
        )

    def _first_failure(
        self, prepared: PreparedRaises, answers: Sequence[Answer]
    ) -> tuple[Call, Failure] | None:
        refused = len(prepared.refused)
        for call, answer in zip(prepared.refused, answers[:refused], strict=True):
            failure = self._failure_of(answer)
            if failure is not None:
                return call, failure
        for call, answer in zip(prepared.accepted, answers[refused:], strict=True):
            failure = failure_of(answer)
            if failure is not None:
                return call, Failure(failure.message, self._brief)
        return None

    def _failure_of(self, answer: Answer) -> Failure | None:
        if isinstance(answer, Raised) and self.exception in (answer.type_name, *answer.bases):
            return None
        if isinstance(answer, Returned):
            message = f"returned {describe(answer.value)}, but should raise {self.exception}"
            return Failure(message, self._brief)
        failure = failure_of(answer)
        assert failure is not None
        if isinstance(answer, Raised):
            return Failure(f"{failure.message}; it should raise {self.exception}", self._brief)
        return failure

    @property
    def _brief(self) -> str:
        good = " and accept every good one" if self.accepts else ""
        return f"should raise {self.exception} for every bad input{good}"

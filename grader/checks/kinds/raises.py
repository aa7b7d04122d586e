"""Bad input raises the stated exception, and good input does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import Field, field_validator

from grader.checks.base import CheckContext, WrittenCall
from grader.checks.bundling import call_to_bundle, calls_from_bundle, is_small, items_from_bundle
from grader.checks.calls import CallCheck, PreparedCalls
from grader.checks.cases import (
    Case,
    Forms,
    PythonName,
    Question,
    ask_reference,
    in_forms,
    written_cases,
)
from grader.checks.verdict_text import Failure, call_text, failure_of
from grader.compare import Tolerance, describe
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Call, Raised, Returned, Value

_TOO_BROAD = frozenset({"BaseException", "Exception", "RuntimeError", "NotImplementedError"})


@dataclass(frozen=True, slots=True)
class PreparedRaises(PreparedCalls):
    """The `refused` calls that must raise an exception, then those that must not."""

    refused: int

    @classmethod
    def of(cls, refused: Sequence[Call], accepted: Sequence[Call]) -> PreparedRaises:
        """Combine the calls that must raise and those that must not."""
        questions = tuple(Question(call, None) for call in (*refused, *accepted))
        return cls(questions, Tolerance(), len(refused))


class RaisesCheck(CallCheck):
    """A function refuses bad input with the stated exception or a subclass of it."""

    kind: ClassVar[str] = "raises"
    shows_expected: ClassVar[bool] = True

    raises: PythonName = Field(description="Name of the function.")
    exception: PythonName = Field(
        default="ValueError", description="The exception that each case must raise."
    )
    cases: tuple[Case, ...] = Field(min_length=1, description="Calls with bad input.")
    accepts: tuple[Case, ...] = Field(
        default=(),
        description="Calls with good input that must not raise, so that refusing everything does "
        "not pass.",
    )
    forms: Forms = ()

    @property
    def exceptions(self) -> Mapping[str, str]:
        """The exception."""
        return {"exception": self.exception}

    @field_validator("exception", mode="before")
    @classmethod
    def _is_its_own_name(cls, name: object) -> object:
        if isinstance(name, str) and "." in name and (last := name.rpartition(".")[2]):
            raise ValueError(f"write an exception without its module: `{last}`")
        return name

    @field_validator("exception")
    @classmethod
    def _tells_something(cls, name: str) -> str:
        if name in _TOO_BROAD:
            raise ValueError(
                f"`{name}` is too broad: a starter that raises NotImplementedError may pass"
            )
        return name

    def written_calls(self) -> Iterator[WrittenCall]:
        """Return the calls, except for TypeError, which wrong numbers of arguments may cause."""
        if self.exception != "TypeError":
            yield from written_cases(self.raises, self.cases)
        yield from written_cases(self.raises, self.accepts, "accepts")

    def prepare(self, context: CheckContext) -> PreparedRaises:
        """Require that the reference refuses the bad input and nothing else."""
        prepared = PreparedRaises.of(self._calls(self.cases), self._calls(self.accepts))
        failures = self.failures(prepared, ask_reference(context, self.raises, prepared.calls))
        for call, failure in zip(prepared.calls, failures, strict=True):
            if failure is not None:
                raise CheckError(
                    "The reference must refuse exactly the bad input: "
                    f"{call_text(self.raises, call)} {failure.message}. Correct reference.py or "
                    "the case."
                )
        return prepared

    def _calls(self, cases: tuple[Case, ...]) -> tuple[Call, ...]:
        return tuple(call for case in cases for call in in_forms(case.call, self.forms))

    def to_bundle(self, prepared: PreparedRaises) -> Value | None:
        """Return the calls, without those that are too large."""
        refused, accepted = (
            [call_to_bundle(call) for call in calls if is_small(call.args, dict(call.kwargs))]
            for calls in (prepared.calls[: prepared.refused], prepared.calls[prepared.refused :])
        )
        return {"refused": refused, "accepted": accepted} if refused else None

    def from_bundle(self, bundled: Value) -> PreparedRaises:
        """Return the bundled calls."""
        refused, accepted = items_from_bundle(bundled, "refused", "accepted")
        return PreparedRaises.of(calls_from_bundle(refused), calls_from_bundle(accepted))

    def failures(self, prepared: PreparedRaises, answers: Sequence[Answer]) -> list[Failure | None]:
        """Return why bad input does not raise the exception, or why good input has no answer."""
        refused, accepted = answers[: prepared.refused], answers[prepared.refused :]
        good = [each and replace(each, brief=self._brief) for each in map(failure_of, accepted)]
        return [*map(self._failure_to_raise, refused), *good]

    def _failure_to_raise(self, answer: Answer) -> Failure | None:
        if isinstance(answer, Raised) and self.exception in (answer.type_name, *answer.bases):
            return None
        if isinstance(answer, Returned):
            message = f"returned {describe(answer.value)}, but should raise {self.exception}"
            return Failure(message, self._brief)
        failure = failure_of(answer)
        if isinstance(answer, Raised):
            return Failure(f"{failure.message}; it should raise {self.exception}", self._brief)
        return failure

    @property
    def _brief(self) -> str:
        good = " and accept every good one" if self.accepts else ""
        return f"should raise {self.exception} for every bad input{good}"

"""An assertion in the exercise, such as ``kl(p, p) == 0``, holds for drawn inputs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from grader.checks.base import Check, CheckContext, Expression, Student, Verdict, failed, passed
from grader.checks.expressions.assertion import Assertion, readable_assertion
from grader.checks.expressions.assertion_noise import slacks_of
from grader.checks.expressions.assertion_proxy import AssertionProxy, BadAnswerError, names_for
from grader.checks.expressions.comparison import Sides, Slacks
from grader.checks.noise import Noise
from grader.checks.students.local import LocalStudent
from grader.checks.students.transcript import TranscriptEntry
from grader.checks.verdict_text import evidence_of, sentence, way_of
from grader.compare import Tolerance, describe, is_vacuous
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Call, Query, Value
from grader.inputs import Given, draw

_DOES_NOT_HOLD = "It does not hold for every input that was tried."


@dataclass(frozen=True, slots=True)
class PreparedTrial:
    """Inputs, the questions that they lead to, and the slack of the comparisons."""

    drawn: Mapping[str, Value]
    asked: tuple[TranscriptEntry, ...]
    slacks: Slacks


@dataclass(frozen=True, slots=True)
class PreparedProperty:
    """The assertion, its trials and the reference."""

    assertion: Assertion
    """The assertion."""
    trials: tuple[PreparedTrial, ...]
    """Trials in which it holds for the reference."""
    context: CheckContext
    """Holds the reference."""
    tolerance: Tolerance
    """Tolerance of the assertion's comparisons."""
    at_once: bool
    """Whether all calls can be sent in one batch, because no argument depends on an answer. Else a
    batch would send the reference's own answers to the student."""


class PropertyCheck(Check):
    """An assertion about the student's names holds in every trial."""

    kind: ClassVar[str] = "property"
    heeds_shape: ClassVar[bool] = True
    reads_work: ClassVar[bool] = False
    shows_expected: ClassVar[bool] = True

    assertion: Annotated[str, AfterValidator(readable_assertion)] = Field(
        alias="property",
        description="What must hold, in Python: the student's names, drawn names, "
        "`reference.name`, other names of reference.py, `np` and `math`.",
    )
    given: Given = Field(default={}, description="Inputs drawn for each trial.")
    trials: int = Field(default=20, ge=1, le=1000, description="Number of trials.")

    @cached_property
    def subject(self) -> str:
        """The first name in the assertion that it does not bind itself."""
        free = Assertion.read(self.assertion).free_names
        return next((name for name in free if name not in self.given), self.assertion)

    def expressions(self) -> tuple[Expression]:
        """Return the assertion."""
        return (Expression((self.kind,), self.assertion, tuple(self.given)),)

    def prepare(self, context: CheckContext) -> PreparedProperty:
        """Draw the inputs and require that the reference has the property."""
        tolerance = self.tolerance or context.tolerance
        assertion = Assertion.read(self.assertion)
        self._require_question(assertion, context)
        count = self.trials if self.given else 1
        trials = tuple(self._trial(context, assertion, tolerance, trial) for trial in range(count))
        asked = [each for trial in trials for each in trial.asked]
        if asked and all(is_vacuous(each.expected_value, tolerance, each.slack) for each in asked):
            raise CheckError(
                f"The tolerance atol = {tolerance.atol:g} is larger than every answer in "
                f"`{self.assertion}`, such as {describe(asked[0].expected_value)}: make it smaller."
            )
        at_once = not assertion.feeds_back(set(context.defines) - set(self.given))
        return PreparedProperty(assertion, trials, context, tolerance, at_once)

    def _require_question(self, assertion: Assertion, context: CheckContext) -> None:
        if not any(name in context.defines for name in assertion.free_names):
            raise CheckError(
                f"`{self.assertion}` asks the student nothing: use one of "
                f" {', '.join(context.defines)}."
            )

    def _trial(
        self, context: CheckContext, assertion: Assertion, tolerance: Tolerance, trial: int
    ) -> PreparedTrial:
        drawn = draw(self.given, context.rng(trial), trial)
        where = f"`{self.assertion}` {_for(drawn)}"
        reference = LocalStudent(context.reference, limit_s=context.limit_s)
        proxy = AssertionProxy(reference, context.reference)
        sides: Sides = {}
        with contextlib.suppress(Exception):  # judging it, below, reports the error
            sides = assertion.sides(names_for(assertion, context, proxy, drawn), tolerance)
        asked = [*map(Noise(context, tolerance).with_slack, proxy.transcript)]
        slacks = slacks_of(assertion, context, tolerance, asked, drawn, sides)
        answers = [each.expected for each in asked if each.call is not None]
        proxy = AssertionProxy(reference, context.reference, asked, answers)
        try:
            names = names_for(assertion, context, proxy, drawn)
            outcome = assertion.judge(names, tolerance, slacks)
        except BadAnswerError as error:
            raise CheckError(f"The reference cannot be judged: {error.failure.message}") from error
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise CheckError(f"{where} cannot be evaluated: {why}. Correct it.") from error
        if not outcome.holds:
            raise CheckError(
                f"The reference does not have the property: {where} does not hold"
                f"{outcome.sides}. Correct the property, its tolerance or reference.py."
            )
        return PreparedTrial(drawn, tuple(proxy.transcript), slacks)

    def queries(self, prepared: PreparedProperty) -> tuple[Query, ...]:
        """Return all calls, unless an argument may depend on an answer."""
        calls: dict[str, list[Call]] = {}
        for entry in _asked_calls(prepared.trials if prepared.at_once else ()):
            calls.setdefault(entry.name, []).extend(entry.query.cases or ())
        return tuple(Query(name, tuple(cases)) for name, cases in calls.items())

    def _prefetch(self, prepared: PreparedProperty, student: Student) -> list[tuple[Answer, ...]]:
        """Return the answers to all calls of each trial, asked in one batch per function."""
        answers = {
            query.name: iter(student.call(query.name, query.cases or ()))
            for query in self.queries(prepared)
        }
        return [
            tuple(next(answers[entry.name]) for entry in _asked_calls([trial]))
            for trial in prepared.trials
        ]

    def judge(self, prepared: PreparedProperty, student: Student) -> Verdict:
        """Judge every trial; the message is about the first that does not hold."""
        none = [()] * len(prepared.trials)
        ahead = self._prefetch(prepared, student) if prepared.at_once else none
        answers = [answer for found in ahead for answer in found]
        for trial, prefetched in zip(prepared.trials, ahead, strict=True):
            proxy = AssertionProxy(
                student,
                prepared.context.reference,
                known=trial.asked,
                prefetched=prefetched,
                shapeless=prepared.assertion.shapeless,
                squeeze=self.shape == "squeeze",
            )
            failure = _judge_trial(prepared, trial, proxy)
            if not prepared.at_once:
                answers += [entry.answer for entry in proxy.transcript if entry.call]
            if failure is not None:
                message, brief = failure
                return failed(message, brief=brief, evidence=evidence_of(answers))
        return passed()


def _asked_calls(trials: Iterable[PreparedTrial]) -> Iterator[TranscriptEntry]:
    """Yield the entries of trials that are calls."""
    return (entry for trial in trials for entry in trial.asked if entry.call is not None)


def _judge_trial(
    prepared: PreparedProperty, trial: PreparedTrial, proxy: AssertionProxy
) -> tuple[str, str] | None:
    """Return message and brief if the assertion does not hold, else None."""
    assertion = prepared.assertion
    try:
        names = names_for(assertion, prepared.context, proxy, trial.drawn)
        outcome = assertion.judge(names, prepared.tolerance, trial.slacks)
    except BadAnswerError as error:
        message = f"`{assertion.text}` cannot hold{_for(trial.drawn)}: {error.failure.message}"
        way = way_of(error.failure)
        return sentence(message), f"{_names_in(prepared)} {way}." if way else _DOES_NOT_HOLD
    except Exception as error:  # the reference passes, so the student's answers are the cause
        why = f"{type(error).__name__}: {error}"
        where = _for(trial.drawn)
        message = f"`{assertion.text}` cannot be evaluated with your answers{where}: {why}."
        return message, _DOES_NOT_HOLD
    if outcome.holds:
        return None
    message = f"`{assertion.text}` does not hold{_for(trial.drawn)}{outcome.sides}."
    return message, _DOES_NOT_HOLD


def _names_in(prepared: PreparedProperty) -> str:
    """Return all student names in the assertion; a brief must not show which of them failed."""
    defines = prepared.context.defines
    asked = dict.fromkeys(name for name in prepared.assertion.free_names if name in defines)
    return " or ".join(f"`{name}`" for name in asked)


def _for(drawn: Mapping[str, Value]) -> str:
    """Return the drawn inputs as a phrase after a space; empty if none are drawn."""
    inputs = ", ".join(f"{name} = {describe(value)}" for name, value in drawn.items())
    return f" for {inputs}" if inputs else ""

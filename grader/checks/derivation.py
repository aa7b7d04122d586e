"""A derivation, line by line: each follows from the one before, from a start to a target."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias, get_args

from pydantic import Field, model_validator

from grader.checks.algebra.chain import read_chain, read_formula
from grader.checks.algebra.evaluate import Undefined
from grader.checks.algebra.fault import DerivationError
from grader.checks.algebra.judge import Aim, Goal, judge_chain, set_goal
from grader.checks.algebra.nodes import Node
from grader.checks.algebra.symbols import Symbols
from grader.checks.algebra.tokens import tokenize
from grader.checks.asking import evidence_of, trouble_with
from grader.checks.base import Bench, Check, Student, Verdict, failed, passed
from grader.checks.cases import PythonName
from grader.checks.frozen import thawed_items
from grader.checks.local import LocalStudent
from grader.errors import CheckError
from grader.values import Inquiry, Returned, Value

__all__ = ["DerivationCheck", "Role"]

_STUDENTS_SEED = 0
_MOST_REMEMBERED = 256
_LONGEST_REMEMBERED = 4000

Role: TypeAlias = Literal["data", "minimised", "fixed", "size"]


class DerivationCheck(Check):
    """A text of formulas is a chain of steps that hold, from the start to the target."""

    kind: ClassVar[str] = "derivation"

    derivation: PythonName = Field(description="Name of the variable, a text or a list of lines.")
    symbols: Mapping[str, Role] = Field(
        description="What each symbol is: `data` and `minimised` have one value an example, "
        "`fixed` is a positive number, `size` is the number of examples."
    )
    start: Mapping[Aim, str] = Field(
        min_length=1, description="Formulas it may start with, to be maximised or minimised."
    )
    target: str = Field(description="The formula that it must end with.")
    min_lines: int = Field(default=2, ge=1, le=60, description="Fewest different lines.")

    @model_validator(mode="after")
    def _can_be_read(self) -> DerivationCheck:
        if self.tolerance is not None:
            raise ValueError("a derivation takes no tolerance: remove `tolerance`")
        symbols = self._symbols()
        for name, text in (*self.start.items(), ("target", self.target)):
            try:
                read_formula(text, symbols)
            except DerivationError as error:
                raise ValueError(f"`{name}` is not a formula: {error}") from error
        return self

    @property
    def subject(self) -> str:
        """The variable."""
        return self.derivation

    def prepare(self, bench: Bench) -> Goal:
        """Draw the points, and judge the reference's own derivation."""
        goal = self._goal(bench.seed)
        verdict = self.judge(goal, LocalStudent(bench.reference))
        if not verdict.passed:
            raise CheckError(f"The reference's own derivation does not hold. {verdict.message}")
        return goal

    def inquiries(self, prepared: Goal) -> tuple[Inquiry]:  # noqa: ARG002
        """Return the variable."""
        return (Inquiry(self.derivation),)

    def _goal(self, seed: int) -> Goal:
        symbols = self._symbols()
        starts: tuple[tuple[Aim, Node], ...] = tuple(
            (aim, read_formula(text, symbols)) for aim, text in self.start.items()
        )
        target = read_formula(self.target, symbols)
        try:
            return set_goal(symbols, starts, target, self.min_lines, seed)
        except Undefined as error:
            raise CheckError(
                f"`start` or `target` {error.why} for some values of the symbols. Write it so that "
                "it has a value for all of them."
            ) from error

    def freeze(self, prepared: Goal) -> Value:  # noqa: ARG002
        """Return nothing: the check's keys are all that is needed, with points of their own."""
        return {}

    def thaw(self, frozen: Value) -> Goal:
        """Draw points that have nothing to do with those that the grade is made with."""
        thawed_items(frozen)
        return self._goal(_STUDENTS_SEED)

    def judge(self, prepared: Goal, student: Student) -> Verdict:
        """Read the student's text and judge it."""
        answer = student.get(self.derivation)
        trouble = trouble_with(answer)
        if trouble is not None:
            return failed(
                f"`{self.derivation}` {trouble.message}.",
                brief=f"`{self.derivation}` {trouble.brief}.",
                evidence=evidence_of([answer]),
            )
        assert isinstance(answer, Returned)
        return self._judge_value(prepared, answer.value)

    def _judge_value(self, goal: Goal, value: Value) -> Verdict:
        if isinstance(value, str):
            return _judge_text(goal, self.derivation, value)
        if isinstance(value, Sequence):
            lines = tuple(line for line in value if isinstance(line, str))
            if len(lines) == len(value):
                return _judge_text(goal, self.derivation, lines)
        wanted = f"`{self.derivation}` must be a text, or a list of lines."
        return failed(wanted, brief=wanted)

    def _symbols(self) -> Symbols:
        named = {_canonical(name): role for name, role in self.symbols.items()}
        by_role = {
            role: tuple(name for name, of in named.items() if of == role) for role in get_args(Role)
        }
        if not by_role["minimised"]:
            raise ValueError("no symbol is `minimised`: say what the loss is minimised over")
        if len(by_role["size"]) != 1:
            raise ValueError("one symbol must be the `size`, the number of examples")
        return Symbols(
            data=by_role["data"],
            minimised=by_role["minimised"],
            fixed=by_role["fixed"],
            size=by_role["size"][0],
        )


def _judge_text(goal: Goal, name: str, text: str | tuple[str, ...]) -> Verdict:
    length = len(text) if isinstance(text, str) else sum(map(len, text)) + len(text)
    return (_remembered if length <= _LONGEST_REMEMBERED else _judged)(goal, name, text)


def _judged(goal: Goal, name: str, text: str | tuple[str, ...]) -> Verdict:
    try:
        chain = read_chain(text, goal.symbols)
    except DerivationError as error:
        brief = f"`{name}` cannot be read as a derivation (line {error.line})."
        return failed(f"`{name}` cannot be read. In {error}", brief=brief)
    finding = judge_chain(chain, goal)
    if finding is None:
        return passed()
    message = "\n".join(filter(None, (finding.brief, finding.detail)))
    return failed(message, brief=finding.brief, evidence=finding.symptom)


# A class hands in the starter, the lecture's derivation and the known mistakes again and again. A
# verdict hangs on nothing but the goal and the text, so it is the same the second time.
_remembered = functools.lru_cache(maxsize=_MOST_REMEMBERED)(_judged)


def _canonical(name: str) -> str:
    try:
        token, *rest = tokenize(name)
    except DerivationError as error:
        raise ValueError(f"`{name}` cannot be a symbol: {error.message}") from error
    if token.kind != "name" or len(rest) != 1:
        raise ValueError(f"`{name}` cannot be a symbol: use a word such as y, y_hat or sigma")
    return token.text

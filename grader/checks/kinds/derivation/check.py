"""The check kind ``derivation``: each line follows from the one before, from start to target."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias, get_args

from pydantic import Field, model_validator

from grader.checks.base import Check, CheckContext, Student, Verdict, failed, passed
from grader.checks.bundling import items_from_bundle
from grader.checks.cases import PythonName
from grader.checks.kinds.derivation.chain import read_chain, read_formula
from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.error_bounds import LostDigits
from grader.checks.kinds.derivation.evaluate import Undefined
from grader.checks.kinds.derivation.goal import Aim, Goal, Stop, set_goal
from grader.checks.kinds.derivation.judge_chain import can_stop, judge_chain
from grader.checks.kinds.derivation.nodes import Node
from grader.checks.kinds.derivation.plain import plain_form
from grader.checks.kinds.derivation.symbols import Symbols
from grader.checks.kinds.derivation.tokens import tokenize
from grader.checks.students.local import LocalStudent
from grader.checks.verdict_text import failed_by, failure_of
from grader.checks.yaml_model import Model
from grader.errors import CheckError
from grader.guest.protocol.values import Returned, Value
from grader.inputs import PlacedFaultsError

_STUDENTS_SEED = 0
_ASK_SPELLING = (
    "Nothing has been calculated yet: this is about how the line is written. Read it aloud up to"
    " the marked place. Is a bracket still open, a sign missing, or a letter not one of the"
    " symbols?"
)
_MOST_CACHED = 256
_LONGEST_CACHED = 4000

Role: TypeAlias = Literal["data", "minimised", "fixed", "size"]


class Waypoint(Model):
    """A line that a derivation must contain."""

    name: str = Field(
        min_length=1,
        max_length=120,
        description='The line\'s name in feedback, such as "the sum of the logarithms".',
    )
    maximise: str | None = Field(default=None, description="The formula, if it is maximised.")
    minimise: str | None = Field(default=None, description="The formula, if it is minimised.")

    @model_validator(mode="after")
    def _has_one_formula(self) -> Waypoint:
        if (self.maximise is None) == (self.minimise is None):
            raise ValueError("give one formula, to `maximise` or to `minimise`")
        return self

    @property
    def aim(self) -> Aim:
        """Whether its formula is maximised or minimised."""
        return "minimise" if self.maximise is None else "maximise"

    @property
    def formula(self) -> str:
        """The formula, as the author wrote it."""
        return self.minimise or self.maximise or ""


class DerivationCheck(Check):
    """Check that a text of formulas is a chain of valid steps from the start to the target."""

    kind: ClassVar[str] = "derivation"
    evaluates: ClassVar[bool] = False
    reads_work: ClassVar[bool] = False
    reads_variable: ClassVar[bool] = True

    derivation: PythonName = Field(
        description="Name of the variable that holds the derivation, a text or a list of lines."
    )
    symbols: Mapping[str, Role] = Field(
        max_length=20,
        description="Role of each symbol: `data` and `minimised` have one value per example, "
        "`fixed` is a positive number, `size` is the number of examples.",
    )
    start: Mapping[Aim, str] = Field(
        min_length=1, description="Formulas that may come first, to be maximised or minimised."
    )
    target: str = Field(description="The formula that must come last.")
    min_lines: int = Field(default=2, ge=1, le=60, description="Minimum number of different lines.")
    superscripts: bool = Field(default=False, description="Whether `y^{(i)}` also means `y_i`.")
    through: tuple[Waypoint, ...] = Field(
        default=(), max_length=20, description="Lines that it must contain, in this order."
    )

    @model_validator(mode="after")
    def _can_be_read(self) -> DerivationCheck:
        if self.tolerance is not None:
            raise ValueError("a derivation takes no tolerance: remove `tolerance`")
        symbols = self._symbols()
        starts = ((("start", name), text) for name, text in self.start.items())
        unread: list[tuple[tuple[str | int, ...], str]] = []
        for place, text in (*starts, (("target",), self.target)):
            try:
                read_formula(text, symbols)
            except DerivationError as error:
                unread.append((place, f"`{place[-1]}` is not a formula: {error}"))
        if unread:
            raise PlacedFaultsError(unread)
        earlier: dict[str, int] = {}
        impossible = [
            (("through", place, waypoint.aim), message)
            for place, waypoint in enumerate(self.through)
            if (message := self._fault_of(waypoint, place, earlier)) is not None
        ]
        if impossible:
            raise PlacedFaultsError(impossible)
        return self

    def _fault_of(self, waypoint: Waypoint, place: int, earlier: dict[str, int]) -> str | None:
        """Return why no correct derivation can contain a line; None if one can."""
        symbols = self._symbols()
        try:
            formula = read_formula(waypoint.formula, symbols)
        except DerivationError as error:
            return f"this is not a formula: {error}"
        same = earlier.setdefault(plain_form(formula).text, place)
        if same != place:
            return f"this is the same line as number {same + 1}"
        try:
            target = read_formula(self.target, symbols)
            goal = set_goal(symbols, self._starts(symbols), target, 1, _STUDENTS_SEED)
        except (LostDigits, Undefined):
            return None  # `start` or `target` is wrong, which `prepare` reports
        stop = Stop(waypoint.name, waypoint.aim, formula)
        if not can_stop(goal, stop):
            return "this does not follow from a `start`, neither by `=` nor by `~`"
        return None

    def _starts(self, symbols: Symbols) -> tuple[tuple[Aim, Node], ...]:
        return tuple((aim, read_formula(text, symbols)) for aim, text in self.start.items())

    def prepare(self, context: CheckContext) -> Goal:
        """Draw the points, and check that the reference's derivation passes."""
        goal = self._goal(context.seed)
        verdict = self.judge(goal, LocalStudent(context.reference))
        if not verdict.passed:
            raise CheckError(f"The reference's own derivation does not hold. {verdict.message}")
        return goal

    def _goal(self, seed: int) -> Goal:
        symbols = self._symbols()
        target = read_formula(self.target, symbols)
        stops = tuple(
            Stop(each.name, each.aim, read_formula(each.formula, symbols)) for each in self.through
        )
        try:
            return set_goal(symbols, self._starts(symbols), target, self.min_lines, seed, stops)
        except Undefined as error:
            raise CheckError(
                f"`start`, `target` or `through` {error.why} for some values of the symbols. Write"
                " them so that they have a value everywhere."
            ) from error
        except LostDigits as error:
            raise CheckError(
                "`start`, `target` or `through` loses too many digits to be checked. Write them"
                " without numbers of very different sizes."
            ) from error

    def to_bundle(self, prepared: Goal) -> Value:  # noqa: ARG002
        """Return an empty bundle: students' copies draw other points from the check's keys."""
        return {}

    def from_bundle(self, bundled: Value) -> Goal:
        """Draw points that are independent of those used for grading."""
        items_from_bundle(bundled)
        return self._goal(_STUDENTS_SEED)

    def judge(self, prepared: Goal, student: Student) -> Verdict:
        """Read the student's derivation and judge its steps."""
        answer = student.get(self.derivation)
        if not isinstance(answer, Returned):
            return failed_by(failure_of(answer), self.derivation, [answer])
        return self._judge_value(prepared, answer.value)

    def _judge_value(self, goal: Goal, value: Value) -> Verdict:
        if isinstance(value, str):
            return _judge_text(goal, self.derivation, value)
        if isinstance(value, Sequence):
            lines = tuple(line for line in value if isinstance(line, str))
            if len(lines) == len(value):
                return _judge_text(goal, self.derivation, lines)
        message = f"`{self.derivation}` must be a text or a list of lines."
        return failed(message, brief=message)

    def _symbols(self) -> Symbols:
        named = {_canonical(name): role for name, role in self.symbols.items()}
        by_role = {
            role: tuple(name for name, of in named.items() if of == role) for role in get_args(Role)
        }
        if not by_role["minimised"]:
            raise ValueError("no symbol is `minimised`: state what the loss is minimised over")
        if len(by_role["size"]) != 1:
            raise ValueError("exactly one symbol must be the `size`, the number of examples")
        return Symbols(
            data=by_role["data"],
            minimised=by_role["minimised"],
            fixed=by_role["fixed"],
            size=by_role["size"][0],
            superscripts=self.superscripts,
        )


def _judge_text(goal: Goal, name: str, text: str | tuple[str, ...]) -> Verdict:
    length = len(text) if isinstance(text, str) else sum(map(len, text)) + len(text)
    return (_judged_cached if length <= _LONGEST_CACHED else _judged)(goal, name, text)


def _judged(goal: Goal, name: str, text: str | tuple[str, ...]) -> Verdict:
    try:
        chain = read_chain(text, goal.symbols)
    except DerivationError as error:
        brief = f"`{name}` cannot be read as a derivation (line {error.line})."
        return failed(f"`{name}` cannot be read. In {error}", brief=brief, hint=_ASK_SPELLING)
    failure = judge_chain(chain, goal)
    if failure is None:
        return passed()
    return failed(
        failure.message, brief=failure.brief, evidence=failure.evidence, hint=failure.hint
    )


# A class submits the starter, the lecture's derivation and the known mistakes many times. A verdict
# depends only on the goal and the text, so it can be reused.
_judged_cached = functools.lru_cache(maxsize=_MOST_CACHED)(_judged)


def _canonical(name: str) -> str:
    try:
        token, *rest = tokenize(name)
    except DerivationError as error:
        raise ValueError(f"`{name}` cannot be a symbol: {error.message}") from error
    if token.kind != "name" or len(rest) != 1:
        raise ValueError(f"`{name}` cannot be a symbol: use a word such as y, y_hat or sigma")
    return token.text

"""The interface of a check: `Check`, the student that it asks, and the verdict that it returns.

A check works in two steps. `Check.prepare` runs once per run, on the trusted side, before any
submission is opened: it draws the inputs and computes the right answers. `Check.judge` runs once
per submission: it asks the student's session and compares. Of what `prepare` made, only the inputs
are ever sent to a session, and only when they are used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from pydantic import Field, model_validator

from grader.checks.rounding import DRAWS, Rerun
from grader.checks.student_work import StudentWork
from grader.checks.yaml_model import MAX_POINTS, Criterion, Model, Shape
from grader.compare import Tolerance
from grader.compare.shapes import squeezed
from grader.guest.protocol.query_batch import QueryBatch
from grader.guest.protocol.values import Answer, Call, Query, Returned, Value


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression in a check."""

    place: tuple[str | int, ...]
    """Its keys and indices below the check."""
    text: str
    """The expression as written."""
    names: tuple[str, ...] = ()
    """Names that it may use in addition to those of reference.py and the common ones."""


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call in a check, with listed or drawn arguments."""

    place: tuple[str | int, ...]
    """Its keys and indices below the check."""
    function: str
    """Name of the function."""
    args: tuple[Any, ...]
    """Positional arguments; if they are drawn, their names."""
    kwargs: tuple[str, ...] = ()
    """Names of the keyword arguments."""
    drawn: bool = False
    """Whether the arguments are drawn."""


class Answering(Protocol):
    """An object that answers questions about the names of a notebook."""

    def prefetch(self, batch: QueryBatch) -> None:
        """Fetch the answers that `get` and `call` will return, in one batch, if this saves time."""

    def get(self, name: str) -> Answer:
        """Read a variable."""

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once per case; return one answer per case, in their order."""

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Call a function once per case; return what the figure that it drew shows.

        Without cases, return one answer: the figure in the variable `name` or, if there is no such
        variable, the figure drawn last.
        """


class Student(Answering, Protocol):
    """A student's work: a session that can be asked, or a known answer on the trusted side."""

    @property
    def work(self) -> StudentWork:
        """The cells written for the exercise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What `Check.prepare` may use, all of it on the trusted side."""

    exercise: str
    """Id of the exercise."""
    reference: Mapping[str, Any]
    """The names that the exercise's ``reference.py`` defines."""
    defines: tuple[str, ...]
    """Names that a student must define."""
    tolerance: Tolerance
    """The exercise's tolerance, for a check without its own."""
    seed: int
    """128 bits derived from the course's secret, the run's seed, the exercise and the check."""
    authored: Mapping[str, Any] = field(default_factory=dict)
    """The names that the exercise's ``checks.py`` defines, if it exists."""
    limit_s: float = 60.0
    """Longest time that one call of the reference may take [s]."""
    rerun: Rerun | None = None
    """Runs the reference's program again with other roundings; None if there is no program."""
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The questions of the course's quizzes, by the name of the dict of answers."""
    rounds: int = DRAWS
    """How often an answer that may be rounding noise is recomputed; 0 if the reference asks a
    student."""

    def rng(self, trial: int = 0) -> np.random.Generator:
        """Return the generator of one trial; the same for every submission of a run."""
        return np.random.default_rng([self.seed, trial])


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a check: pass or fail, the reason, and evidence of the cause."""

    passed: bool
    """Whether the check's points are earned."""
    message: str = ""
    """Why a visible check failed: input, expected and actual value, in plain text. Empty if it
    passed."""
    brief: str = ""
    """Why a hidden check failed: one of a few texts, without input or expected value. Any text that
    a student's code can choose would carry hidden inputs out."""
    evidence: tuple[Value, ...] = ()
    """Comparable values, such as the answers in order, by which known mistakes are recognised.
    Empty if the failure says nothing about its cause."""
    mistake: str | None = None
    """Id of a mistake that the check itself recognised (as a derivation does), or None."""
    share: Decimal = Decimal(0)
    """Part of the points, from 0 to 1, that a failed check still earns."""
    review: str = ""
    """What a person has to mark. The check stays open until then."""
    understood: bool = True
    """Whether the answer could be read; an unreadable answer uses up no attempt."""
    hint: str | None = ""
    """Replaces the check's own hint if that would mislead; None to show no hint."""
    undecided: bool = False
    """Whether the answer cannot be judged here: a student's bundle does not hold the right one."""


def passed() -> Verdict:
    """Return the verdict of a right answer."""
    return Verdict(passed=True)


def failed(
    message: str,
    *,
    brief: str,
    evidence: Sequence[Value] = (),
    mistake: str | None = None,
    hint: str = "",
) -> Verdict:
    """Return the verdict of a wrong answer; `Verdict` describes the parameters."""
    seen = tuple(evidence)
    return Verdict(
        passed=False, message=message, brief=brief, evidence=seen, mistake=mistake, hint=hint
    )


class Check(Model, ABC):
    """A check of an exercise, worth some of its points.

    A kind of check subclasses this and states its name in `kind`. It has one required field of the
    same name, by which an author's YAML selects the kind.

    All that the rest of the grader needs to know about a kind is a class variable or a method here,
    so that no other code depends on particular kinds. The defaults are the safe choice.
    """

    kind: ClassVar[str]
    heeds_shape: ClassVar[bool] = False
    """Whether `shape` changes how checks of this kind compare."""
    evaluates: ClassVar[bool] = True
    """Whether `judge` runs an author's code on answers, which needs limits (see `bounds`)."""
    reads_work: ClassVar[bool] = True
    """Whether `judge` reads `Student.work`; the grade then also depends on the other exercises."""
    reads_variable: ClassVar[bool] = False
    """Whether `judge` asks exactly one question: the value of its subject, a variable."""
    numerical: ClassVar[bool] = False
    """Whether it compares numbers within a tolerance."""
    shows_expected: ClassVar[bool] = False
    """Whether a visible check shows the right answer."""
    draws: ClassVar[bool] = False
    """Whether it judges figures, for which the reference needs matplotlib."""
    names_authored: ClassVar[bool] = False
    """Whether the value of the kind's key is the name of a function in ``checks.py``."""
    costs_at_most: ClassVar[tuple[str, Decimal] | None] = None
    """What it judges, and the share of an exercise's points that may cost; None for no limit."""

    name: str = Field(
        min_length=1, max_length=120, description="The title that a student reads; unique."
    )
    points: Decimal = Field(gt=0, le=MAX_POINTS, description="Points for passing it.")
    visible: bool = Field(
        default=False, description="Whether a student sees inputs, expected and actual."
    )
    hint: str = Field(default="", description="A hint, shown when it fails.")
    tolerance: Tolerance | None = Field(
        default=None, description="Accepted error; by default the exercise's."
    )
    explanation: str = Field(
        default="",
        description="Why the right answer is right; shown when the exercise's `explain` says so.",
    )
    shape: Shape | None = Field(
        default=None,
        description="`squeeze` to ignore axes of length 1 in an answer, so that (n, 1) is as good "
        "as (n,); by default the exercise's, else `strict`.",
    )

    @model_validator(mode="after")
    def _heeds_its_shape(self) -> Self:
        if self.shape is not None and not self.heeds_shape:
            raise ValueError(f"a `{self.kind}` check compares no shapes: remove `shape`")
        return self

    def in_shape(self, answer: Answer, expected: Value) -> Answer:
        """Return an answer, without its axes of length 1 if `shape` is ``squeeze``."""
        if self.shape != "squeeze" or not isinstance(answer, Returned):
            return answer
        return replace(answer, value=squeezed(answer.value, expected))

    @property
    def subject(self) -> str:
        """The name that the check is about: by default the value of the kind's key; empty for none.

        Mistakes are distinguished within one subject.
        """
        return str(getattr(self, self.kind))

    @abstractmethod
    def prepare(self, context: CheckContext) -> Any:
        """Draw the inputs and compute the expected values.

        Returns
        -------
        object
            What `judge` needs: immutable, and the same for every submission. It may hold the
            reference's functions; it is never pickled, since workers are forked.

        Raises
        ------
        CheckError
            The check is invalid: its reference raises an exception or does not pass.
        """

    def expressions(self) -> Iterable[Expression]:
        """Return its expressions, so that loading a course can report unknown names."""
        return ()

    def written_calls(self) -> Iterable[WrittenCall]:
        """Return its calls, whose arguments must fit the reference's functions."""
        return ()

    def queries(self, prepared: Any) -> Sequence[Query]:  # noqa: ARG002
        """Return the questions that `judge` always asks, so that they can be sent in one batch.

        This only saves time; `judge` asks them in any case. The cases must be the same objects that
        `judge` passes to `Student.call`, which finds the answers by identity.
        """
        return (Query(self.subject),) if self.reads_variable else ()

    def sends_nothing(self, prepared: Any) -> bool:
        """Return whether `judge` only reads variables and so sends nothing to the student's code.

        Such checks are judged before any hidden input is sent, so that their messages cannot carry
        any out.
        """
        queries = self.queries(prepared)
        return bool(queries) and all(query.cases is None for query in queries)

    @property
    def subject_key(self) -> str:
        """The key that it is about if its subject is a dict of answers, else empty.

        Several exercises may share one dict.
        """
        return ""

    @property
    def rubric(self) -> tuple[Criterion, ...]:
        """The criteria by which a person marks it; empty if it is marked automatically."""
        return ()

    @property
    def exceptions(self) -> Mapping[str, str]:
        """The exceptions that a right answer raises, by the YAML keys that name them."""
        return {}

    def misfits(
        self,
        defines: Sequence[str],  # noqa: ARG002
    ) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Return each conflict with the names in the exercise's `defines`, with its place."""
        return ()

    def prompt_text(self, student: str = "") -> str:  # noqa: ARG002
        """Return the text about the check below the exercise's prompt, in Markdown; often empty.

        `student` is the owner of the notebook, empty if all students get the same one.
        """
        return ""

    def keys_for_students(self) -> Mapping[str, Any]:
        """Return the YAML keys that a student's bundle holds of this check.

        They must suffice to read the check again. A kind whose keys hold the answer leaves it out.
        """
        return self.model_dump(by_alias=True, exclude_unset=True, exclude={"explanation"})

    def without_listed_answers(self) -> Check | None:
        """Return the check as it is judged with another reference, for follow-through.

        Expected values listed by the author are left out, since they come from our reference. None,
        the default, for a check whose answers do not depend on earlier functions.
        """
        return None

    def expected_values(self, prepared: Any) -> Sequence[Value]:  # noqa: ARG002
        """Return the right answers, in the order of the questions, for `without_listed_answers`."""
        return ()

    def to_bundle(self, prepared: Any) -> Value | None:  # noqa: ARG002
        """Return the prepared check as plain data, for students who do not have the course.

        It is called for visible checks only. The data must hold nothing of the reference's code, of
        a hidden check or of a seed. None, the default: the check runs only when work is graded.
        """
        return None

    def from_bundle(self, bundled: Value) -> Any:  # noqa: ARG002
        """Return what `judge` needs, from what `to_bundle` returned; do not trust the data.

        Raises
        ------
        ValueError
            These data are not what `to_bundle` returns.
        """
        raise ValueError(f"a check of the kind `{self.kind}` cannot be in a bundle")

    @abstractmethod
    def judge(self, prepared: Any, student: Student) -> Verdict:
        """Ask the student and compare; a wrong answer is a verdict, never an exception."""

"""What every kind of check shares: who is asked, what is judged, and what comes of it.

A check has two moments. `Check.prepare` runs once per run, on the trusted side, before any
submission is opened: it draws the inputs and works out what a right answer is. `Check.judge` runs
once per submission: it asks the student's session and compares. Nothing that `prepare` made is
ever sent to a session, but for the inputs, at the moment that they are asked.
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
    """An expression that an author wrote into a check.

    Attributes
    ----------
    place : tuple of (str or int)
        Where it stands below the check.
    text : str
        As it is written.
    names : tuple of str
        What it may use beside the names of reference.py and those that every expression may use.
    """

    place: tuple[str | int, ...]
    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call of a function that an author wrote into a check, or that it draws the arguments of.

    Attributes
    ----------
    place : tuple of (str or int)
        Where it stands below the check.
    function : str
        What is called.
    args : tuple
        What is given by position; the names of what is drawn, where it is drawn.
    kwargs : tuple of str
        The names of what is given by name.
    drawn : bool
        Whether the arguments are drawn.
    """

    place: tuple[str | int, ...]
    function: str
    args: tuple[Any, ...]
    kwargs: tuple[str, ...] = ()
    drawn: bool = False


class Answering(Protocol):
    """Something that answers questions about the names of a notebook."""

    def prefetch(self, batch: QueryBatch) -> None:
        """Fetch the answers that `get` and `call` will give, where each trip takes long."""

    def get(self, name: str) -> Answer:
        """Read a variable."""

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once a case; one answer a case, in their order."""

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Call a function once a case, and answer with what the figure shows that it drew.

        With no cases there is one answer: the figure that a variable holds or, where there is no
        such variable, the one that was drawn last.
        """


class Student(Answering, Protocol):
    """Somebody who can be asked: a session, or a known answer on the trusted side."""

    @property
    def work(self) -> StudentWork:
        """What was written for the exercise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What a check may use to prepare itself, all of it on the trusted side.

    Attributes
    ----------
    exercise : str
        Id of the exercise.
    reference : Mapping of str to object
        The names that the exercise's ``reference.py`` defines.
    defines : tuple of str
        The names that a student must define.
    tolerance : Tolerance
        The exercise's own, for a check that states none.
    seed : int
        128 bits, made of the course's secret, the run's seed, the exercise and the check.
    authored : Mapping of str to object
        The names that the exercise's ``checks.py`` defines, where there is one.
    limit_s : float
        Longest time that one call of the reference may take [s].
    rerun : callable or None
        Runs the reference's program anew, with numbers rounded otherwise; None where there is none.
    questions : Mapping of str to tuple of str
        The questions of the course's quizzes, by the name of the dict of answers.
    rounds : int
        How often an answer that may be rounding noise is worked out anew; 0 where the reference
        asks a student.
    """

    exercise: str
    reference: Mapping[str, Any]
    defines: tuple[str, ...]
    tolerance: Tolerance
    seed: int
    authored: Mapping[str, Any] = field(default_factory=dict)
    limit_s: float = 60.0
    rerun: Rerun | None = None
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rounds: int = DRAWS

    def rng(self, trial: int = 0) -> np.random.Generator:
        """Return the generator of one trial; the same for every submission of a run."""
        return np.random.default_rng([self.seed, trial])


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found: pass or fail, why, and what the answers looked like.

    Attributes
    ----------
    passed : bool
        Whether the check's points are earned.
    message : str
        Why not, for a visible check: input, expected and got, in plain text. Empty when passed.
    brief : str
        Why not, for a hidden check: no input, no expected value, and of a few texts one. What a
        student's code can choose between carries hidden inputs out.
    evidence : tuple of Value
        What the known mistakes are matched by: comparable values, such as the answers in order.
        Empty where a failure says nothing of its cause.
    mistake : str or None
        Id of a mistake that the check itself recognised (a derivation does); else None.
    share : Decimal
        Part of the points, from 0 to 1, that a failed check earns all the same.
    review : str
        What a person is to look at, where only a person can judge; the check is then left open.
    understood : bool
        Whether the answer could be read at all; one that could not spends no attempt.
    hint : str or None
        What to think about instead of the check's own hint, where that would lead astray; None
        where there is nothing to think about.
    undecided : bool
        Whether this is not the place to judge a good answer: a student's bundle does not know what
        is right.
    """

    passed: bool
    message: str = ""
    brief: str = ""
    evidence: tuple[Value, ...] = ()
    mistake: str | None = None
    share: Decimal = Decimal(0)
    review: str = ""
    understood: bool = True
    hint: str | None = ""
    undecided: bool = False


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
    """Return the verdict of a wrong answer; see `Verdict` for what each part is."""
    return Verdict(
        passed=False,
        message=message,
        brief=brief,
        evidence=tuple(evidence),
        mistake=mistake,
        hint=hint,
    )


class Check(Model, ABC):
    """One thing that is checked, for some of its exercise's points.

    A kind subclasses this, names itself in `kind`, and has one required field with that same key,
    which is how an author's YAML says what kind of check it is.

    What the rest of the grader must know of a kind is a class variable or a method here, so that
    nothing else knows kinds by name. The defaults are safe for a kind that says nothing.
    """

    kind: ClassVar[str]
    heeds_shape: ClassVar[bool] = False
    """Whether `shape` changes how checks of this kind compare."""
    evaluates: ClassVar[bool] = True
    """Whether `judge` runs an author's code on answers, which needs limits (see `bounds`)."""
    reads_work: ClassVar[bool] = True
    """Whether `judge` looks at `Student.work`; a grade then also rests on the other exercises."""
    reads_variable: ClassVar[bool] = False
    """Whether `judge` reads its subject, a variable, whatever comes of it, and asks no more."""
    numerical: ClassVar[bool] = False
    """Whether it accepts a number within a tolerance of another."""
    shows_expected: ClassVar[bool] = False
    """Whether a visible check shows what a right answer is."""
    draws: ClassVar[bool] = False
    """Whether it looks at figures, for which the reference needs matplotlib."""
    names_authored: ClassVar[bool] = False
    """Whether the key that names the kind names a function of the author's ``checks.py``."""
    costs_at_most: ClassVar[tuple[str, Decimal] | None] = None
    """What it judges, and which share of an exercise's points that may cost; None for all."""

    name: str = Field(min_length=1, max_length=120, description="What a student reads; unique.")
    points: Decimal = Field(gt=0, le=MAX_POINTS, description="What passing it earns.")
    visible: bool = Field(
        default=False, description="Whether a student sees inputs, expected and actual."
    )
    hint: str = Field(default="", description="What to think about, shown when it fails.")
    tolerance: Tolerance | None = Field(
        default=None, description="Accepted error; the exercise's own where absent."
    )
    explanation: str = Field(
        default="",
        description="Why the right answer is right; shown when the exercise's `explain` says so.",
    )
    shape: Shape | None = Field(
        default=None,
        description="`squeeze` where axes of length 1 do not count in an answer, so that (n, 1) is "
        "as good as (n,); the exercise's own where absent, else `strict`.",
    )

    @model_validator(mode="after")
    def _heeds_its_shape(self) -> Self:
        if self.shape is not None and not self.heeds_shape:
            raise ValueError(f"a `{self.kind}` check compares no shapes: leave `shape` out")
        return self

    def in_shape(self, answer: Answer, expected: Value) -> Answer:
        """Return an answer without the axes that do not count, where the check says so."""
        if self.shape != "squeeze" or not isinstance(answer, Returned):
            return answer
        return replace(answer, value=squeezed(answer.value, expected))

    @property
    def subject(self) -> str:
        """The name that the check is about, as the key of its kind says it; empty for none.

        Mistakes are told apart within one subject.
        """
        return str(getattr(self, self.kind))

    @abstractmethod
    def prepare(self, context: CheckContext) -> Any:
        """Draw the inputs and work out the expected values.

        Returns
        -------
        object
            What `judge` needs, frozen, and the same for every submission. It may hold the
            reference's functions, so that workers are forked and it is never pickled.

        Raises
        ------
        CheckError
            The check is at fault: its reference raises, or does not itself pass.
        """

    def expressions(self) -> Iterable[Expression]:
        """Return the expressions in it, so that loading can tell unknown names."""
        return ()

    def written_calls(self) -> Iterable[WrittenCall]:
        """Return the calls in it that must fit what the reference's functions take."""
        return ()

    def queries(self, prepared: Any) -> Sequence[Query]:  # noqa: ARG002
        """Return the questions that `judge` always asks, so that they are sent in one batch.

        A query saves time and changes nothing: `judge` asks as if there were none. Its cases
        must be the very objects that `judge` gives to `Student.call`, which finds its answers by
        them.
        """
        return (Query(self.subject),) if self.reads_variable else ()

    def sends_nothing(self, prepared: Any) -> bool:
        """Tell whether `judge` only reads variables, so that a student learns nothing from it.

        Such checks are judged before any hidden input is sent; what they tell a student can carry
        none out.
        """
        asked = self.queries(prepared)
        return bool(asked) and all(query.cases is None for query in asked)

    @property
    def subject_key(self) -> str:
        """The key of its subject, a dict of answers, that it is about; empty where it is no dict.

        Several exercises may share such a dict.
        """
        return ""

    @property
    def rubric(self) -> tuple[Criterion, ...]:
        """What a person marks it by; empty where no person does."""
        return ()

    @property
    def exceptions(self) -> Mapping[str, str]:
        """The exceptions that a right answer raises, by the keys that name them."""
        return {}

    def misfits(
        self,
        defines: Sequence[str],  # noqa: ARG002
    ) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Return what does not fit the names that the exercise asks for, each with its place."""
        return ()

    def prompt_text(self, student: str = "") -> str:  # noqa: ARG002
        """Return what a student reads of the check below the prompt, in Markdown; often nothing.

        Parameters
        ----------
        student : str
            Whose notebook it is; empty where it is everybody's.
        """
        return ""

    def keys_for_students(self) -> Mapping[str, Any]:
        """Return the keys that a student's bundle has of a check that was bundled.

        They must be enough to read the check again. A kind whose keys hold the answer leaves it
        out here.
        """
        return self.model_dump(by_alias=True, exclude_unset=True, exclude={"explanation"})

    def without_listed_answers(self) -> Check | None:
        """Return the check as it is judged with another reference, for follow-through.

        Expected values that the author lists are left out of it, since they come from ours. None,
        the default, where a check has none: what it asks for does not hang on earlier functions.
        """
        return None

    def expected_values(self, prepared: Any) -> Sequence[Value]:  # noqa: ARG002
        """Return the right answers, in the order of asking, for `without_listed_answers`."""
        return ()

    def to_bundle(self, prepared: Any) -> Value | None:  # noqa: ARG002
        """Return what was prepared as plain data, for students to have without the course.

        Only visible checks are asked. Nothing of the reference's code, of a hidden check or of a
        seed may be in it. None, the default, leaves the check for when the work is graded.
        """
        return None

    def from_bundle(self, bundled: Value) -> Any:  # noqa: ARG002
        """Return what `judge` needs, from what `to_bundle` returned; the data may be anybody's.

        Raises
        ------
        ValueError
            These data are not what `to_bundle` returns.
        """
        raise ValueError(f"a check of the kind `{self.kind}` cannot be frozen")

    @abstractmethod
    def judge(self, prepared: Any, student: Student) -> Verdict:
        """Ask the student and compare; a wrong answer is a verdict, never an exception."""

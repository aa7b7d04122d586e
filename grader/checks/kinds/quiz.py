"""One question of a quiz: a choice, several choices, a number, or a short label."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast

from pydantic import AfterValidator, Field, model_validator

from grader.checks.base import Check, CheckContext, Student, Verdict, failed, passed
from grader.checks.bundling import items_from_bundle, list_from_bundle
from grader.checks.cases import PythonName, reference_value, require_biting
from grader.checks.students.local import LocalStudent
from grader.checks.text.labels import MAX_CHARS, plain_label, read_label, read_labels, read_number
from grader.checks.verdict_text import failure_of, sentence
from grader.compare import Tolerance, compare, describe
from grader.compare.shapes import is_sequence
from grader.errors import CheckError
from grader.guest.protocol.values import Returned, Value
from grader.inputs import PlacedFaultsError, did_you_mean
from grader.text import safe_text

Form: TypeAlias = Literal["one", "several", "number", "label"]

_RESULT_LATER = "You see the result when it is graded."

_MAX_SPELT = 1000  # most keys to compare one by one
_MAX_TRIED = 50  # most keys or labels to search for the nearest, which takes longer


def _label(text: str) -> str:
    if not plain_label(text) or len(text) > MAX_CHARS:
        raise ValueError(f"this must be a text of 1 to {MAX_CHARS} characters")
    return text


Label: TypeAlias = Annotated[str, AfterValidator(_label)]


@dataclass(frozen=True, slots=True)
class PreparedQuiz:
    """How to read an answer, and the right ones; `right` is None in a student's bundle.

    `questions` are all keys that the dict of answers may have.
    """

    form: Form
    known: Mapping[str, str]
    right: frozenset[Value] | None
    tolerance: Tolerance
    questions: tuple[str, ...] = ()

    def is_among(self, answer: Value, right: frozenset[Value]) -> bool:
        """Return whether an answer is among the right ones."""
        if self.form == "number":
            return any(compare(answer, each, self.tolerance) is None for each in right)
        return answer in right


class QuizCheck(Check):
    """The answer to one question is right."""

    kind: ClassVar[str] = "quiz"
    evaluates: ClassVar[bool] = False
    reads_work: ClassVar[bool] = False
    reads_variable: ClassVar[bool] = True

    quiz: PythonName = Field(description="Name of the variable: a dict of answers by question.")
    question: Label = Field(description="The question's key in that dict.")
    ask: str = Field(default="", description="The text of the question, in Markdown with LaTeX.")
    choices: Mapping[Label, Label] = Field(
        default={}, description="The text of each choice, by a short key."
    )
    several: bool = Field(
        default=False,
        description="Whether several choices may be right; an answer must list all of them.",
    )
    answer: Any = Field(
        default=None,
        description="The right answer: the key of a choice, a list of keys, a number or a short "
        "text; by default the reference's.",
    )
    also: Mapping[Label, tuple[Label, ...]] | tuple[Label, ...] = Field(
        default=(),
        description="Other accepted words: for the right text or, by key, for each choice.",
    )

    @property
    def subject_key(self) -> str:
        """The question."""
        return self.question

    @property
    def place(self) -> str:
        """The place of the answer, as Python."""
        return f"`{self.quiz}[{describe(self.question, 80)}]`"

    @model_validator(mode="after")
    def _fits_together(self) -> QuizCheck:
        if self.several and not self.choices:
            raise ValueError("`several` needs `choices`: write them, or remove `several`")
        if len(self.choices) == 1:
            raise ValueError("there is only one choice: write another")
        if self.also and bool(self.choices) is isinstance(self.also, tuple):
            form = "a mapping, by the keys of `choices`" if self.choices else "a list"
            raise ValueError(f"`also` must be {form} here")
        for key in self.also if isinstance(self.also, Mapping) else ():
            if key not in self.choices:
                raise ValueError(f"`also` names `{key}`, which `choices` does not list")
        self._known()
        if self.answer is not None:
            try:
                self._right(self.answer)
            except ValueError as error:
                known = did_you_mean(str(self.answer), list(self.choices))
                raise PlacedFaultsError([(("answer",), f"{error}{known}")]) from error
        return self

    def _known(self) -> Mapping[str, str]:
        """Return the key of each choice, by all labels of the choice."""
        also = self.also if isinstance(self.also, Mapping) else {}
        known: dict[str, str] = {}
        for key, text in self.choices.items():
            for label in (key, text, *also.get(key, ())):
                other = known.setdefault(plain_label(label), key)
                if other != key:
                    raise ValueError(f"`{label}` could mean `{other}` or `{key}`: change one")
        return MappingProxyType(known)

    def _right(self, value: Value) -> tuple[Form, frozenset[Value]]:
        """Return the form of a right answer, and all that are accepted."""
        form = self._form(value)
        reading = _READERS[form](value, self._known())
        if reading is None:
            raise ValueError(f"{describe(value)} is not a possible answer: correct it")
        if form == "label" and isinstance(self.also, tuple):
            return form, frozenset({reading, *map(plain_label, self.also)})
        return form, frozenset({reading})

    def _form(self, right: Value) -> Form:
        if self.choices:
            return "several" if self.several else "one"
        return "label" if isinstance(right, str) else "number"

    def prepare(self, context: CheckContext) -> PreparedQuiz:
        """Read the right answer like a student's."""
        tolerance = self.tolerance or context.tolerance
        value = self._of_reference(context) if self.answer is None else self.answer
        try:
            form, right = self._right(value)
        except ValueError as error:
            raise CheckError(f"{self.place}: {error}") from error
        if form == "number":
            require_biting(value, tolerance, self.place)
        questions = context.questions.get(self.quiz, (self.question,))
        return PreparedQuiz(form, self._known(), right, tolerance, questions)

    def _of_reference(self, context: CheckContext) -> Value:
        answers = reference_value(LocalStudent(context.reference).get(self.quiz), f"`{self.quiz}`")
        if not isinstance(answers, dict) or self.question not in answers:
            raise CheckError(f"The reference has no {self.place}: give `answer`, or add it there.")
        return answers[self.question]

    def prompt_text(self, student: str = "") -> str:
        """Return the question and its choices in Markdown."""
        head = f"**`{self.question}`** {self.ask.strip()}".strip()
        choices = [
            f"- `{text}`" if plain_label(key) == plain_label(text) else f"- `{key}`: {text}"
            for key, text in choices_in_order(self, student)
        ]
        return "\n".join([head, "", *choices] if choices else [head])

    def keys_for_students(self) -> Mapping[str, Any]:
        """Return the keys without those that show the right answer."""
        telling = {"answer", "explanation", "tolerance"} | ({"also"} if not self.choices else set())
        return self.model_dump(by_alias=True, exclude_unset=True, exclude=telling)

    def to_bundle(self, prepared: PreparedQuiz) -> Value:
        """Return how to read an answer, without the right ones."""
        return {"form": prepared.form, "questions": list(prepared.questions)}

    def from_bundle(self, bundled: Value) -> PreparedQuiz:
        """Return how to read an answer, without the right ones."""
        if type(bundled) is str:  # bundles of older versions
            bundled = {"form": bundled, "questions": [self.question]}
        given, questions = items_from_bundle(bundled, "form", "questions")
        if not all(type(each) is str for each in list_from_bundle(questions)):
            raise ValueError("the questions must be texts")
        if type(given) is not str or given not in _READERS:
            raise ValueError(f"the form of an answer must be one of {', '.join(_READERS)}")
        form = cast("Form", given)
        return PreparedQuiz(form, self._known(), None, Tolerance(), tuple(questions))

    def judge(self, prepared: PreparedQuiz, student: Student) -> Verdict:
        """Judge the answer; one that cannot be understood uses up no attempt."""
        answer = student.get(self.quiz)
        if not isinstance(answer, Returned):
            failure = failure_of(answer)
            return _unread(f"`{self.quiz}` {failure.message}", f"`{self.quiz}` {failure.brief}")
        if type(answer.value) is not dict:
            text = f"`{self.quiz}` cannot be understood: it should be a dict of answers by question"
            return _unread(f"{text}, but is {describe(answer.value, 80)}", text)
        found = _given(answer.value, self.question)
        if found is None or (type(found) is str and not found.strip()):
            brief = f"There is no answer in {self.place} yet"
            near = _near_key(answer.value, self.question, prepared.questions)
            have = f"; you have `{self.quiz}[{describe(near, 80)}]`" if near else ""
            return _unread(f"{brief}{have}", brief)
        return self._judge_given(prepared, found)

    def _judge_given(self, prepared: PreparedQuiz, found: Value) -> Verdict:
        reading = _READERS[prepared.form](found, prepared.known)
        if reading is None:
            return self._not_understood(found, prepared)
        if prepared.right is None:
            text = f"Your answer is {self._as_read(found, reading)}. {_RESULT_LATER}"
            return Verdict(passed=False, message=text, brief=text, undecided=True)
        if prepared.is_among(reading, prepared.right):
            return passed()
        wrong = f"{self.place} = {describe(found, 80)} is not right."
        brief = f"{self.place} is not right."
        return failed(wrong, brief=brief, evidence=(reading,))

    def _as_read(self, found: Value, reading: Value) -> str:
        """Return an answer as it was understood: the choices that it means."""
        if not self.choices:
            return describe(found, 80)
        keys = reading if type(reading) is tuple else (reading,)
        return _offered({key: self.choices[key] for key in keys})

    def _not_understood(self, found: Value, prepared: PreparedQuiz) -> Verdict:
        advice = _ADVICE[prepared.form].format(_offered(self.choices))
        brief = f"{self.place} cannot be understood. {advice}"
        near = self._near_choice(found, prepared.known)
        help_text = f"Did you mean {near}?" if near else advice
        message = f"{self.place} cannot be understood: it is {describe(found, 80)}. {help_text}"
        return Verdict(passed=False, message=message, brief=brief, understood=False)

    def _near_choice(self, found: Value, known: Mapping[str, str]) -> str:
        """Return the choice nearest to an unknown label; often empty."""
        labels = found if is_sequence(found) and len(found) <= _MAX_TRIED else [found]
        for label in labels:
            plain = plain_label(label[:MAX_CHARS]) if type(label) is str else ""
            near = get_close_matches(plain, known, n=1) if plain and plain not in known else []
            if near:
                return _offered({known[near[0]]: self.choices[known[near[0]]]})
        return ""


_READERS: Mapping[Form, Callable[[Value, Mapping[str, str]], Value]] = {
    "one": read_label,
    "several": read_labels,
    "number": read_number,
    "label": read_label,
}
_ADVICE: Mapping[Form, str] = {
    "one": "Answer with one of {}.",
    "several": "Answer with a list of one or more of {}.",
    "number": "Answer with a number.",
    "label": "Answer with a short text.",
}


def _offered(choices: Mapping[str, str]) -> str:
    return ", ".join(
        f'"{key}"'
        if plain_label(key) == plain_label(text)
        else f'"{key}" ({safe_text(" ".join(text.split()), 60)})'
        for key, text in choices.items()
    )


def _given(answers: Value, question: str) -> Value:
    """Return the answer to a question, whose key may have another spelling, or None."""
    if answers.get(question) is not None or len(answers) > _MAX_SPELT:
        return answers.get(question)
    spelt = [key for key in answers if _is_spelling(key, question)]
    return answers[spelt[-1]] if spelt else None


def _near_key(answers: Mapping[Value, Value], question: str, questions: Sequence[str]) -> str:
    """Return a key that may be a slip for a question and is no other question; often empty."""
    if len(answers) > _MAX_TRIED:
        return ""
    asked = set(map(plain_label, questions))
    plain = {plain_label(key): key for key in answers if type(key) is str and len(key) <= MAX_CHARS}
    strays = [label for label in plain if label not in asked]
    near = get_close_matches(plain_label(question), strays, n=1)
    return plain[near[0]] if near else ""


def _is_spelling(key: Value, question: str) -> bool:
    return type(key) in (str, int) and plain_label(str(key)[:MAX_CHARS]) == plain_label(question)


def _unread(message: str, brief: str) -> Verdict:
    return Verdict(passed=False, message=sentence(message), brief=sentence(brief), understood=False)


def choices_in_order(check: QuizCheck, student: str = "") -> tuple[tuple[str, str], ...]:
    """Return the choices, key and text, in a fixed order of each student's own.

    Without a student, the order is the author's.
    """
    pairs = tuple(check.choices.items())
    if not student:
        return pairs
    return tuple(sorted(pairs, key=lambda pair: _rank(student, check.question, pair[0])))


def _rank(*parts: str) -> bytes:
    # Each part with its length, so that different lists of parts give different texts.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace")).digest()

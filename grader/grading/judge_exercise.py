"""Judges a student by the checks of one exercise, and explains the failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TypeVar

from grader.checks.base import Answering, Student, Verdict
from grader.checks.bounds import judge_within_bounds
from grader.checks.student_work import StudentWork
from grader.checks.students.transcript import QueriedStudent, TranscriptEntry, put
from grader.checks.text.call_output import Printed, printed_by, with_printed
from grader.compare.weight import weight_of
from grader.errors import SandboxError
from grader.grading.explaining import (
    AnswerNotes,
    Context,
    NotebookCells,
    explain_attempt,
    explain_no_attempt,
    is_as_handed_out,
)
from grader.grading.explaining.absences import Absences
from grader.grading.mistakes import name_mistakes
from grader.grading.preparation import PreparedCheck, PreparedExercise
from grader.grading.scoring import Crash, check_result, exercise_result
from grader.guest.protocol.values import Answer, Missing, Query, Raised, Returned
from grader.results import ExerciseResult

_TIMES_EXPECTED = 2
_SPARE_BYTES = 1 << 16
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class JudgedExercise:
    """An exercise with the outcomes of its checks for one student.

    Attributes
    ----------
    ready : PreparedExercise
        The exercise.
    outcomes : Mapping of str to Verdict or Crash
        The outcome of each check, by its name; broken checks are left out.
    attempted : bool
        Whether the student answered.
    transcripts : Mapping of str to sequence of TranscriptEntry
        Questions and answers of failed checks that follow-through may judge again.
    named : Mapping of str to str
        The known mistake behind each failure that a mistake explains.
    """

    ready: PreparedExercise
    outcomes: Mapping[str, Verdict | Crash]
    attempted: bool
    transcripts: Mapping[str, Sequence[TranscriptEntry]]
    named: Mapping[str, str]

    @property
    def is_right(self) -> bool:
        """Whether every check passed."""
        return all(isinstance(each, Verdict) and each.passed for each in self.outcomes.values())

    @property
    def result(self) -> ExerciseResult:
        """The result, as it is reported."""
        exercise = self.ready.exercise
        results = tuple(
            check_result(
                ready,
                self.outcomes.get(ready.check.name),
                self.named.get(ready.check.name),
                exercise,
            )
            for ready in self.ready.checks
        )
        return exercise_result(exercise, results, attempted=self.attempted)


def grade_exercise(
    ready: PreparedExercise,
    student: Answering,
    work: Callable[[], StudentWork] = StudentWork,
    context: Context | None = None,
) -> ExerciseResult:
    """Judge a student by every check of an exercise, and name the mistakes behind failures.

    `work` returns what the student wrote; it is called when a check first needs it. `context` is
    the notebook around the exercise, if there is one.
    """
    return judge_exercise(ready, student, work, context).result


def judge_exercise(
    ready: PreparedExercise,
    student: Answering,
    work: Callable[[], StudentWork],
    context: Context | None,
    absences: Absences | None = None,
) -> JudgedExercise:
    """Judge a student by every check of an exercise; see `grade_exercise`.

    With `absences`, exceptions of functions come with advice on missing files and modules.
    """
    watched = _WatchedStudent(student, cache(work), context.cells if context else None, absences)
    outcomes: dict[str, Verdict | Crash] = {}
    notes: dict[str, AnswerNotes] = {}
    printed: dict[str, Printed] = {}
    kept: dict[str, Sequence[TranscriptEntry]] = {}
    for turn in ready.rounds:
        student.prefetch(turn.ahead)
        for check in turn.checks:
            if check.fault is None:
                name = check.check.name
                notes[name], transcript = watched.begin()
                outcome = outcomes[name] = _judge(check, watched)
                if _is_wrong(outcome):
                    printed[name] = printed_by(transcript)
                    if ready.exercise.follow_through is not None and _is_small(check, transcript):
                        kept[name] = transcript
    verdicts = {name: each for name, each in outcomes.items() if isinstance(each, Verdict)}
    sound = len(verdicts) == len(outcomes)
    answered = watched.found or (watched.wrote and _counts_as_written(outcomes, notes))
    attempted = answered and not (sound and _is_as_handed_out(ready, verdicts, notes, context))
    # Now, while only the answers of one exercise are held: each may take megabytes.
    named = _named(ready, verdicts) if attempted else {}
    verdicts |= _explained(ready, verdicts, notes, context, attempted=attempted)
    shown = {
        name: replace(each, evidence=(), message=with_printed(each.message, printed.get(name, {})))
        for name, each in verdicts.items()
        if each.evidence or name in printed
    }
    return JudgedExercise(ready, {**outcomes, **verdicts, **shown}, attempted, kept, named)


def _judge(ready: PreparedCheck, student: Student) -> Verdict | Crash:
    try:
        apart = ready.context is not None  # without, it comes from a bundle
        return judge_within_bounds(ready.check, ready.prepared, student, apart=apart)
    except (SandboxError, MemoryError):  # the process cannot be trusted any more
        raise
    except Exception as error:  # any other error must cost this check only
        return Crash(f"judging raised {type(error).__name__}: {error}")


def _is_wrong(outcome: Verdict | Crash) -> bool:
    return isinstance(outcome, Verdict) and not (outcome.passed or outcome.undecided)


def _is_small(check: PreparedCheck, transcript: Sequence[TranscriptEntry]) -> bool:
    """Return whether answers are worth keeping for follow-through.

    Answers far larger than the right ones cannot have their form.
    """
    expected = weight_of(list(check.check.expected_values(check.prepared)))
    answers = [answer for entry in transcript for answer in entry.answers]
    values = [answer.value for answer in answers if isinstance(answer, Returned)]
    return weight_of(values) <= _TIMES_EXPECTED * expected + _SPARE_BYTES


def _counts_as_written(
    outcomes: Mapping[str, Verdict | Crash], notes: Mapping[str, AnswerNotes]
) -> bool:
    """Return whether cells are an answer although they define no name that was asked for.

    They are if no name was asked for, if a person is to read them, or if they earn points.
    Otherwise they may be an answer in a Markdown cell, or one that did not run to its end.
    """
    if not any(each.missing for each in notes.values()):
        return True
    return any(isinstance(each, Crash) or each.passed or each.review for each in outcomes.values())


def _or_else(default: _T, explain: Callable[[], _T]) -> _T:
    """Return an explanation, or the default if a notebook's text or an answer makes that fail."""
    try:
        return explain()
    except MemoryError:
        raise
    except Exception:
        return default


def _named(ready: PreparedExercise, verdicts: Mapping[str, Verdict]) -> Mapping[str, str]:
    subjects = {check.check.name: check.check.subject for check in ready.checks}
    return _or_else({}, lambda: name_mistakes(verdicts, subjects, ready.mistakes))


def _is_as_handed_out(
    ready: PreparedExercise,
    verdicts: Mapping[str, Verdict],
    notes: Mapping[str, AnswerNotes],
    context: Context | None,
) -> bool:
    """Return whether the student left the exercise as it was handed out."""
    if context is None:
        return False
    can_run = any(check.context is not None for check in ready.checks)
    starter = ready.starter if can_run else None
    found = partial(is_as_handed_out, context, ready.exercise, starter, verdicts, notes)
    return _or_else(False, found)


def _explained(
    ready: PreparedExercise,
    verdicts: Mapping[str, Verdict],
    notes: Mapping[str, AnswerNotes],
    context: Context | None,
    *,
    attempted: bool,
) -> dict[str, Verdict]:
    """Return the failed verdicts with their explanations."""
    if context is None or all(verdict.passed for verdict in verdicts.values()):
        return {}
    if not attempted:
        explain = partial(explain_no_attempt, context, ready.exercise, verdicts, notes)
        return _or_else({}, explain)
    checks = [check.check for check in ready.checks]
    return _or_else({}, partial(explain_attempt, context, ready.exercise, checks, verdicts, notes))


@dataclass(slots=True)
class _WatchedStudent(QueriedStudent):
    """A student, with a record of what was asked, defined and written."""

    student: Answering
    read_work: Callable[[], StudentWork]
    cells: NotebookCells | None
    absences: Absences | None
    found: bool = False
    wrote: bool = False
    notes: AnswerNotes = field(default_factory=AnswerNotes)
    transcript: list[TranscriptEntry] = field(default_factory=list)
    not_functions: dict[str, Answer | None] = field(default_factory=dict)

    def begin(self) -> tuple[AnswerNotes, list[TranscriptEntry]]:
        """Start the next check; return its notes and its transcript, which fill as it asks."""
        self.notes, self.transcript = AnswerNotes(), []
        return self.notes, self.transcript

    @property
    def work(self) -> StudentWork:
        work = self.read_work()
        self.wrote = self.wrote or bool(work.cells)
        return work

    def ask(self, query: Query) -> Sequence[Answer]:
        answers = put(query, self.student)
        self.transcript.append(TranscriptEntry(query, answers))
        kinds = set(map(type, answers))
        if kinds - {Missing}:
            self.found = True
            self.notes.found.add(query.name)
        reads = query.cases is None and not query.draws
        if Missing in kinds:
            if reads:
                self.notes.missing.setdefault(query.name)
            else:
                self._note_missing(query.name)
        if Raised in kinds and not reads:
            return [self._located(answer) for answer in answers]
        return answers

    def _note_missing(self, name: str) -> None:
        """Note a name that was called, with its value if it is not a function."""
        self.notes.called.add(name)
        if name not in self.not_functions:
            held = self.student.get(name)
            self.not_functions[name] = None if isinstance(held, Missing) else held
        self.notes.missing[name] = self.not_functions[name]
        self.found = self.found or self.not_functions[name] is not None

    def _located(self, answer: Answer) -> Answer:
        if not isinstance(answer, Raised):
            return answer
        located = answer if self.cells is None else self.cells.located(answer)
        located = located if self.absences is None else self.absences.in_answer(located)
        self.notes.note(located)
        return located

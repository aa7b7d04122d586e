"""Course + notebook + sandbox -> grade: the main flow, one submission at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, partial
from typing import Protocol, TypeGuard

from grader.checks.base import Answering, Student, Verdict
from grader.checks.bounds import judge_within_bounds
from grader.checks.cell_code import CellCode
from grader.checks.student_work import Work
from grader.checks.text.call_output import Called, Printed, printed_by, with_printed
from grader.compare.weight import weight_of
from grader.errors import NotebookError, SandboxError
from grader.grading.attribution import Attribution
from grader.grading.explaining import (
    Asked,
    Context,
    NotebookCells,
    explain_attempt,
    explain_no_attempt,
    failures_of,
    is_as_handed_out,
)
from grader.grading.explaining.absences import Absences
from grader.grading.follow_through.judge import FailedCheck, Fork, earned_shares
from grader.grading.follow_through.replay import Recorder
from grader.grading.fork_sharing import read_purity
from grader.grading.mistakes import name_mistakes
from grader.grading.preparation import Preparation, PreparedCheck, PreparedExercise
from grader.grading.scoring import Crash, check_result, exercise_result
from grader.grading.working_folder import lay_out_folder
from grader.guest.protocol.values import Answer, Call, Missing, Raised, Returned
from grader.limits.own_alarm import OwnAlarm
from grader.notebook import Notebook
from grader.results import ExerciseResult, SubmissionResult, SubmissionStatus, total
from grader.sandbox.deadline import Doubt
from grader.sandbox.engine import Engine
from grader.sandbox.prefetch import Message
from grader.sandbox.session_process import ZygoteDied

_OUT_OF_MEMORY = (
    "Its answers take more memory than a worker has for one submission. If they are honest, give "
    "workers more with `sandbox: {limits: {worker_bytes: ...}}` in course.yaml."
)

_TIMES_EXPECTED = 2
_SPARE_BYTES = 1 << 16


class SubmissionSource(Protocol):
    """A submission: who handed it in, and how to read it."""

    @property
    def student(self) -> str:
        """Who handed it in."""

    @property
    def notebook(self) -> str:
        """Where it came from, for people to read."""

    def read(self) -> Notebook:
        """Read it; NotebookError says why it cannot be read."""


class RemoteStudent(Answering, Protocol):
    """A student whom it takes long to reach, and who is better asked much at a time."""

    def prefetch(self, message: Message) -> None:
        """Ask what `get` and `call` will ask; they then have the answers."""


def grade_submission(
    preparation: Preparation,
    submission: SubmissionSource,
    engine: Engine,
    only: Collection[str] | None = None,
) -> SubmissionResult:
    """Grade one submission, or `only` some exercises of it; whatever it does, this has a result.

    Where the zygote died, or a process of the session was killed, it is graded once more, since the
    submission that meets this need not be the one that caused it. What comes of it then counts; a
    fault of the machinery, or a worker without memory, becomes a result with the status ``error``.
    """
    started = time.perf_counter()
    if only is not None:
        preparation = preparation.with_only(only)
    result = _grade(preparation, submission, engine)
    return result.model_copy(update={"seconds": round(time.perf_counter() - started, 4)})


def _grade(
    preparation: Preparation, submission: SubmissionSource, engine: Engine
) -> SubmissionResult:
    try:
        notebook = submission.read()
    except NotebookError as error:
        return ungraded(submission, "unreadable", str(error), preparation.max_score)
    try:
        with preparation.course.working():
            return _grade_readable(preparation, submission, notebook, engine)
    except SandboxError as error:
        reason = str(error)
    except MemoryError:
        reason = _OUT_OF_MEMORY
    return ungraded(submission, "error", reason, preparation.max_score, notebook.sha256)


def _grade_readable(
    preparation: Preparation, submission: SubmissionSource, notebook: Notebook, engine: Engine
) -> SubmissionResult:
    with suppress(ZygoteDied):
        result, killed = _grade_notebook(preparation, submission, notebook, engine)
        if not killed:
            return result
    return _grade_notebook(preparation, submission, notebook, engine)[0]


_STARVED = (
    "It hardly got a processor, so that only a limit in wall-clock time stopped it: this machine "
    "is overloaded. Run the same command again when less runs beside it."
)
_AGAIN = (
    "It ran out of time while the machine was overloaded, and was graded again by itself; "
    "that is the grade shown here."
)


def settled(result: SubmissionResult, first: SubmissionResult | None = None) -> SubmissionResult:
    """Return what counts of a submission that was graded by itself.

    Parameters
    ----------
    result : SubmissionResult
        What came of it by itself. Where only the backstop stopped it all the same, that is a fault
        of the machine, and nothing is said of the student.
    first : SubmissionResult, optional
        What had come of it beside others, where a limit struck that was in doubt.
    """
    if result.doubt is Doubt.BACKSTOP:
        return result.model_copy(
            update={
                "status": "error",
                "reason": _STARVED,
                "score": Decimal(0),
                "exercises": (),
                "doubt": Doubt.NONE,
            }
        )
    sure = result.model_copy(update={"doubt": Doubt.NONE})
    alike = {"seconds": 0.0, "doubt": Doubt.NONE}
    if first is None or first.model_copy(update=alike) == sure.model_copy(update=alike):
        return sure
    return sure.model_copy(update={"remarks": (*sure.remarks, _AGAIN)})


def ungraded(
    submission: SubmissionSource,
    status: SubmissionStatus,
    reason: str,
    max_score: Decimal,
    sha256: str | None = None,
) -> SubmissionResult:
    """Return the result of a submission that could not be graded, and why."""
    return SubmissionResult(
        student=submission.student,
        notebook=submission.notebook,
        sha256=sha256,
        status=status,
        reason=reason,
        score=Decimal(0),
        max_score=max_score,
        seconds=0.0,
    )


def _grade_notebook(
    preparation: Preparation, submission: SubmissionSource, notebook: Notebook, engine: Engine
) -> tuple[SubmissionResult, bool]:
    """Return what was found, and whether a process of the session was killed meanwhile."""
    code = notebook.code_cells
    sources = [cell.source for cell in code]
    numbers = [cell.index + 1 for cell in code]
    read = cache(CellCode.read)
    purity = cache(partial(read_purity, sources, read))
    folder = lay_out_folder(preparation, notebook)
    absences = Absences(folder, preparation.course.sandbox)
    shared = preparation.course.shared_names
    # One alarm around those of all checks, which are then set and removed in no time.
    with (
        OwnAlarm(math.inf),
        engine.run_notebook(sources, shared, files=folder.files, numbers=numbers) as run,
    ):
        attribution = Attribution(preparation.course.exercises, notebook.cells, run.outcomes, read)
        cells = NotebookCells.of(notebook.cells, run.outcomes, read)
        context = Context(cells, preparation.course)
        judged = [
            _judge_exercise(
                ready,
                run.session.open(ready.exercise.id, lambda *asked: purity().covers(*asked)),
                partial(attribution.work_on, ready.exercise),
                context,
                absences,
            )
            for ready in preparation.exercises
        ]
        # When nothing else will be asked: what is asked here comes from inside the reference.
        exercises = tuple(map(_result_of, _follow_through(judged, run.session.open)))
    result = SubmissionResult(
        student=submission.student,
        notebook=submission.notebook,
        sha256=notebook.sha256,
        status="timed_out" if run.timed_out else "graded",
        reason=run.reason,
        score=total(exercise.score for exercise in exercises),
        max_score=total(exercise.max_score for exercise in exercises),
        seconds=0.0,
        remarks=(*notebook.remarks, *folder.remarks),
        cells=tuple(failures_of(cells, absences.advice(run.outcomes, sources))),
        exercises=exercises,
    )
    return result.model_copy(update={"doubt": run.doubt}), run.killed


def grade_exercise(
    ready: PreparedExercise,
    opened: AbstractContextManager[Answering],
    work: Callable[[], Work] = Work,
    context: Context | None = None,
) -> ExerciseResult:
    """Put every check of an exercise to a student, and name the mistakes behind what fails.

    Parameters
    ----------
    ready : PreparedExercise
        The exercise.
    opened : context manager of Answering
        What answers while it is entered.
    work : callable
        Returns what the student wrote; called when a check first wants to see it.
    context : Context, optional
        The notebook around it, where there is one.
    """
    return _result_of(_judge_exercise(ready, opened, work, context))


@dataclass(frozen=True, slots=True)
class _Judged:
    """An exercise whose checks were put to a student."""

    ready: PreparedExercise
    outcomes: Mapping[str, Verdict | Crash]
    attempted: bool
    records: Mapping[str, Recorder]
    named: Mapping[str, str]


def _is_remote(student: Answering) -> TypeGuard[RemoteStudent]:
    return hasattr(student, "prefetch")


def _judge_exercise(
    ready: PreparedExercise,
    opened: AbstractContextManager[Answering],
    work: Callable[[], Work],
    context: Context | None,
    absences: Absences | None = None,
) -> _Judged:
    outcomes: dict[str, Verdict | Crash] = {}
    records: dict[str, Recorder] = {}
    heard: dict[str, Asked] = {}
    printed: dict[str, Printed] = {}
    with opened as student:
        watched = _Watched(student, cache(work), context.cells if context else None, absences)
        for turn in ready.rounds:
            if _is_remote(student):
                student.prefetch(turn.ahead)
            for check in turn.checks:
                if check.fault is None:
                    asked: Student = watched
                    if ready.exercise.follow_through is not None:
                        asked = records[check.check.name] = Recorder(watched)
                    watched.heard = heard[check.check.name] = Asked()
                    outcome = outcomes[check.check.name] = _judge(check, asked)
                    printed[check.check.name] = watched.printed(outcome)
                    if not _could_follow_through(check, outcome, records):
                        records.pop(check.check.name, None)
    verdicts = {name: each for name, each in outcomes.items() if isinstance(each, Verdict)}
    sound = len(verdicts) == len(outcomes)
    answered = watched.found or (watched.wrote and _counts_as_written(outcomes, heard))
    attempted = answered and not (sound and _is_as_handed_out(ready, verdicts, heard, context))
    # At once, while there are the answers of one exercise alone: each may take megabytes.
    named = _named(ready, verdicts) if attempted else {}
    told = {**outcomes, **_explained(ready, verdicts, heard, context, attempted=attempted)}
    told = {name: _with_printed(each, printed.get(name, {})) for name, each in told.items()}
    return _Judged(ready, {n: _bare(o) for n, o in told.items()}, attempted, records, named)


def _could_follow_through(
    check: PreparedCheck, outcome: Verdict | Crash, records: Mapping[str, Recorder]
) -> bool:
    """Tell whether what was answered is worth keeping, to be judged with earlier functions.

    What is far larger than a right answer cannot have the form of one.
    """
    record = records.get(check.check.name)
    if record is None or not isinstance(outcome, Verdict) or outcome.passed:
        return False
    expected = weight_of(list(check.check.expected_values(check.prepared)))
    answers = [answer for exchange in record.exchanges for answer in exchange.answers]
    values = [answer.value for answer in answers if isinstance(answer, Returned)]
    return weight_of(values) <= _TIMES_EXPECTED * expected + _SPARE_BYTES


def _named(ready: PreparedExercise, verdicts: Mapping[str, Verdict]) -> Mapping[str, str]:
    subjects = {check.check.name: check.check.subject for check in ready.checks}
    try:
        return name_mistakes(verdicts, subjects, ready.mistakes)
    except MemoryError:
        raise
    except Exception:  # whatever it meets in an answer, no more is lost than the name
        return {}


def _counts_as_written(outcomes: Mapping[str, Verdict | Crash], heard: Mapping[str, Asked]) -> bool:
    """Tell whether cells are an answer although no name that was asked for is there.

    They are where no name was asked for, where a person is to read them, and where they earn
    something. Else they may be an answer in a Markdown cell, or one that stopped.
    """
    if not any(asked.missing for asked in heard.values()):
        return True
    return any(isinstance(each, Crash) or each.passed or each.review for each in outcomes.values())


def _is_as_handed_out(
    ready: PreparedExercise,
    verdicts: Mapping[str, Verdict],
    heard: Mapping[str, Asked],
    context: Context | None,
) -> bool:
    """Tell whether an exercise was left as it was handed out."""
    if context is None:
        return False
    can_run = any(check.context is not None for check in ready.checks)
    starter = ready.starter if can_run else None
    try:
        return is_as_handed_out(context, ready.exercise, starter, verdicts, heard)
    except MemoryError:
        raise
    except Exception:  # whatever it meets in a notebook's text, the answer is then judged
        return False


def _explained(
    ready: PreparedExercise,
    verdicts: Mapping[str, Verdict],
    heard: Mapping[str, Asked],
    context: Context | None,
    *,
    attempted: bool,
) -> Mapping[str, Verdict]:
    """Return the verdicts that there is more to say of."""
    if context is None or all(verdict.passed for verdict in verdicts.values()):
        return {}
    checks = [check.check for check in ready.checks]
    try:
        if attempted:
            return explain_attempt(context, ready.exercise, checks, verdicts, heard)
        return explain_no_attempt(context, ready.exercise, verdicts, heard)
    except MemoryError:
        raise
    except Exception:  # whatever it meets in a notebook's text, no more is lost than words
        return {}


def _bare(outcome: Verdict | Crash) -> Verdict | Crash:
    """Return what was found without the answers that it was found of."""
    if isinstance(outcome, Verdict) and outcome.evidence:
        return replace(outcome, evidence=())
    return outcome


def _follow_through(judged: Sequence[_Judged], fork: Fork) -> Iterator[_Judged]:
    """Yield each exercise with the shares that its failures earn all the same."""
    right = [each.ready.exercise.id for each in judged if _is_right(each)]
    for each in judged:
        if each.ready.exercise.follow_through is None:
            yield each
            continue
        failures = [
            FailedCheck(check, outcome, tuple(each.records[check.check.name].exchanges))
            for check in each.ready.checks
            if isinstance(outcome := each.outcomes.get(check.check.name), Verdict)
            and not outcome.passed
            and check.check.name in each.records
        ]
        found = earned_shares(each.ready, failures, fork, right)
        yield replace(each, outcomes={**each.outcomes, **found})


def _is_right(judged: _Judged) -> bool:
    return all(isinstance(each, Verdict) and each.passed for each in judged.outcomes.values())


def _result_of(judged: _Judged) -> ExerciseResult:
    """Return what was found of an exercise, with the mistakes behind what failed."""
    ready, outcomes, named = judged.ready, judged.outcomes, judged.named
    results = tuple(
        check_result(
            check, outcomes.get(check.check.name), named.get(check.check.name), ready.exercise
        )
        for check in ready.checks
    )
    return exercise_result(ready.exercise, results, attempted=judged.attempted)


@dataclass(slots=True)
class _Watched:
    """A student, and whether anything that was asked for was there, or anything was written."""

    student: Answering
    read_work: Callable[[], Work] = Work
    cells: NotebookCells | None = None
    absences: Absences | None = None
    found: bool = False
    wrote: bool = False
    heard: Asked = field(default_factory=Asked)
    missing: dict[str, Answer | None] = field(default_factory=dict)
    called: list[Called] = field(default_factory=list)

    @property
    def work(self) -> Work:
        work = self.read_work()
        self.wrote = self.wrote or bool(work.cells)
        return work

    def get(self, name: str) -> Answer:
        answer = self.student.get(name)
        if isinstance(answer, Missing):
            self.heard.missing.setdefault(name)
        else:
            self.found = True
            self.heard.found.add(name)
        return answer

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        answers = self.student.call(name, cases)
        self.called.append((name, cases, answers))
        return self._noted(name, answers)

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        answers = self.student.draw(name, cases)
        self.called.append((name, cases or (), answers[: len(cases or ())]))
        return self._noted(name, answers)

    def _noted(self, name: str, answers: Sequence[Answer]) -> Sequence[Answer]:
        kinds = set(map(type, answers))
        if kinds - {Missing}:
            self.found = True
            self.heard.found.add(name)
        if Missing in kinds:
            self._note_missing(name)
        return [self._located(answer) for answer in answers] if Raised in kinds else answers

    def _note_missing(self, name: str) -> None:
        """Look whether the name is there, and holds something else than a function."""
        self.heard.called.add(name)
        if name not in self.missing:
            held = self.student.get(name)
            self.missing[name] = None if isinstance(held, Missing) else held
        self.heard.missing[name] = self.missing[name]
        self.found = self.found or self.missing[name] is not None

    def _located(self, answer: Answer) -> Answer:
        if not isinstance(answer, Raised):
            return answer
        located = answer if self.cells is None else self.cells.located(answer)
        located = located if self.absences is None else self.absences.in_answer(located)
        self.heard.note(located)
        return located

    def printed(self, outcome: Verdict | Crash) -> Printed:
        """Return what was printed since the last time, where there is a failure to explain."""
        called, self.called = self.called, []
        return printed_by(called) if _is_wrong(outcome) else {}


def _is_wrong(outcome: Verdict | Crash) -> bool:
    return isinstance(outcome, Verdict) and not (outcome.passed or outcome.undecided)


def _with_printed(outcome: Verdict | Crash, printed: Printed) -> Verdict | Crash:
    if not printed or not isinstance(outcome, Verdict):
        return outcome
    return replace(outcome, message=with_printed(outcome.message, printed))


def _judge(ready: PreparedCheck, student: Student) -> Verdict | Crash:
    try:
        apart = ready.context is not None  # else it comes from a bundle
        return judge_within_bounds(ready.check, ready.prepared, student, apart=apart)
    except (SandboxError, MemoryError):  # which cost the submission: what is left is not to trust
        raise
    except Exception as error:  # whatever it is, it must cost one check only
        return Crash(f"judging raised {type(error).__name__}: {error}")

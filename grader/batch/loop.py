"""Grade a class: report the grades in the gradebook, and grade and store the missing ones.

Each submission is read once, stored, and graded from the stored bytes, so a file that changes
during the run is graded as it was when it was read. Identical notebooks are run once, and graded
only for exercises that have no grade yet. Their grades are stored in one transaction, so a run
that is killed leaves either all grades of a notebook or none.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol, TypeAlias

from grader.batch.executor import Executor, Task
from grader.gradebook.database.book import Gradebook
from grader.gradebook.reading import Execution, Findings, Stored, read_content, read_stored
from grader.gradebook.storable import storable
from grader.gradebook.storing import Arrival
from grader.gradebook.versions import Registered
from grader.grading.grade import settled
from grader.notebook import unpack_handed_in
from grader.results import ExerciseResult, SubmissionResult, total
from grader.submissions.units import UnitSigns, units_in
from grader.text import safe_text

_PREFETCH = 512
"""Maximum number of submissions that wait to be reported; it limits the results in memory."""

_LOW = 16
"""With fewer waiting tasks than this, more submissions are read."""

_UNNAMED = "The notebook "

Chunks: TypeAlias = Iterator[Sequence[tuple[Arrival, int | None]]]
"""Submissions, each with the id of its content in the gradebook, or None if unreadable."""

Keep: TypeAlias = Callable[[int, SubmissionResult, Collection[str]], None]
"""Stores the result of a content, and its grades of the given exercises."""


class ExecutorFactory(Protocol):
    """Starts the workers of a run, if there is anything to grade."""

    def start(self) -> AbstractContextManager[Executor]:
        """Return the executor; its workers start when it is entered."""

    def with_upstream(self, missing: Sequence[str]) -> tuple[str, ...]:
        """Return the exercises to judge, in order to grade the missing ones."""


def grade_class(
    book: Gradebook,
    registered: Registered,
    chunks: Chunks,
    work: ExecutorFactory,
    keep: Keep,
    units: Sequence[UnitSigns] = (),
) -> Iterator[tuple[Arrival, SubmissionResult]]:
    """Grade what has no grade yet, and yield the result of every submission, in order.

    A notebook that ran out of time while the machine was overloaded is graded a second time, alone,
    after all others; only this result is stored.

    Parameters
    ----------
    book : Gradebook
        Where grades are stored.
    registered : Registered
        The course, as registered in the gradebook.
    chunks : iterator of sequence
        The submissions, read when they are needed.
    work : ExecutorFactory
        Starts the workers, if there is anything to grade.
    keep : callable
        Stores results.
    units : sequence of UnitSigns
        Units of the course; see `grader.batch.grade.grade_submissions`.

    Raises
    ------
    GradebookError
        The gradebook cannot be read or written; stored results are kept.
    SandboxError
        The engine of a worker could not be started.
    """
    desk = _Desk(book, registered, chunks, work, keep, units)
    with ExitStack() as stack:
        executor: Executor | None = None
        while True:
            if desk.tasks and executor is None:
                executor = stack.enter_context(work.start())
            while desk.tasks and executor is not None and executor.submit(desk.tasks[0]):
                desk.running.add(desk.tasks.popleft().key)
            yield from desk.finished()
            if desk.has_room and desk.read():
                continue
            if executor is None or not desk.unfinished:
                break
            if not desk.running and executor.submit(desk.again[0]):
                desk.running.add(desk.again.popleft().key)
            for task, result in executor.collect():
                desk.take(task, result)


@dataclass(slots=True)
class _Desk:
    """Submissions that were read and not yet reported, in order, with their tasks."""

    book: Gradebook
    registered: Registered
    chunks: Chunks
    work: ExecutorFactory
    keep: Keep
    units: Sequence[UnitSigns] = ()
    findings: Findings = field(default_factory=Findings)
    waiting: deque[tuple[Arrival, int | None]] = field(default_factory=deque)
    tasks: deque[Task] = field(default_factory=deque)
    running: set[int] = field(default_factory=set)
    again: deque[Task] = field(default_factory=deque)
    first: dict[int, SubmissionResult] = field(default_factory=dict)
    known: dict[int, Stored] = field(default_factory=dict)
    unfinished: dict[int, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    users: Counter[int] = field(default_factory=Counter)

    @property
    def has_room(self) -> bool:
        """Whether to read more submissions; not while a notebook is graded alone."""
        alone = not self.first.keys().isdisjoint(self.running)
        return not alone and len(self.tasks) < _LOW and len(self.waiting) < _PREFETCH

    def read(self) -> bool:
        """Read the next chunk; return False if there are no more."""
        chunk = next(self.chunks, None)
        if chunk is None:
            return False
        contents = {content for _, content in chunk if content is not None}
        new = contents - self.known.keys()
        self.known |= self.book.read(lambda c: read_stored(c, self.registered, new, self.findings))
        for arrival, content in chunk:
            self.waiting.append((replace(arrival, content=None), content))
            if content is not None:
                self.users[content] += 1
                self._plan(arrival, content)
        return True

    def _plan(self, arrival: Arrival, content: int) -> None:
        missing = self.known[content].missing(self._wanted(arrival))
        if missing and content not in self.unfinished and content not in self.failed:
            self.unfinished[content] = missing
            file = arrival.content
            if file is None:
                file = self.book.read(lambda c: read_content(c, content))
            self.tasks.append(Task(content, file, self.work.with_upstream(missing)))

    def take(self, task: Task, result: SubmissionResult) -> None:
        """Store the result of a task, unless the grader failed: the next run retries that."""
        self.running.discard(task.key)
        if result.doubt and task.key not in self.first:
            self.first[task.key] = result
            self.again.append(task)
            return
        result = settled(result, self.first.pop(task.key, None))
        missing = self.unfinished.pop(task.key)
        if result.status == "error":
            self.failed[task.key] = result.reason
            return
        result = storable(result)
        if result.status == "unreadable":
            reason = result.reason.removeprefix(_UNNAMED)
            result = result.model_copy(update={"reason": reason})
        self.keep(task.key, result, missing)
        known = self.known[task.key]
        known.execution = known.execution or Execution(
            result.status, result.reason, result.remarks, result.seconds, result.cells
        )
        known.exercises |= {each.id: each for each in result.exercises if each.id in missing}

    def finished(self) -> Iterator[tuple[Arrival, SubmissionResult]]:
        """Yield the results of the first submissions, up to one that waits for a task."""
        while self.waiting and self.waiting[0][1] not in self.unfinished:
            arrival, content = self.waiting.popleft()
            yield arrival, self._result(arrival, content)
            if content is not None:
                self._forget(content)

    def _forget(self, content: int) -> None:
        self.users[content] -= 1
        if not self.users[content]:
            del self.users[content], self.known[content]
            self.failed.pop(content, None)

    def _wanted(self, arrival: Arrival) -> Sequence[str]:
        everything = tuple(self.registered.versions)
        return everything if arrival.exercises is None else arrival.exercises

    def _result(self, arrival: Arrival, content: int | None) -> SubmissionResult:
        most = self.registered.course.max_score
        if content is None:
            return result_of(arrival, Execution("unreadable", arrival.fault, (), 0.0), (), most)
        if content in self.failed:
            return result_of(arrival, Execution("error", self.failed[content], (), 0.0), (), most)
        known = self.known[content]
        assert known.execution is not None
        readable = known.execution.status != "unreadable"
        exercises = [known.exercises[name] for name in self._wanted(arrival) if readable]
        kept = self._charged(content, exercises) if readable else exercises
        if len(kept) < len(exercises):
            most = total(each.max_score for each in kept)
        return result_of(arrival, known.execution, kept, most)

    def _charged(
        self, content: int, exercises: Sequence[ExerciseResult]
    ) -> Sequence[ExerciseResult]:
        """Return the exercises without unattempted ones of units that the notebook is not about.

        Reading the notebook takes time, so this is done only if little of a unit was attempted.
        """
        tried = {each.id for each in exercises if each.status != "not_attempted"}
        graded = [unit for unit in self.units if unit.graded]
        shares = [len(tried & unit.names) / len(unit.names) for unit in graded]
        if len(graded) < 2 or min(shares) > max(shares) / 2:
            return exercises
        handed_in = unpack_handed_in(self.book.read(lambda c: read_content(c, content)))
        about = units_in(handed_in.notebook, self.units)
        if not about:  # the notebook shows no unit
            return exercises
        own = tried.union(*(unit.names for unit in graded if unit.unit in about))
        return [each for each in exercises if each.id in own]


def result_of(
    arrival: Arrival, execution: Execution, exercises: Iterable[ExerciseResult], max_score: Decimal
) -> SubmissionResult:
    """Return the result of a submission, made of the stored results of its content."""
    exercises, reason = tuple(exercises), execution.reason
    if execution.status == "unreadable" and arrival.sha256 is not None:
        reason = f"`{safe_text(arrival.place)}` {reason}"
    return SubmissionResult.model_construct(
        student=arrival.student,
        notebook=arrival.notebook,
        sha256=arrival.sha256,
        status=execution.status,
        reason=reason,
        score=total(each.score for each in exercises),
        max_score=max_score,
        seconds=execution.seconds,
        remarks=execution.remarks,
        cells=execution.cells,
        exercises=exercises,
    )

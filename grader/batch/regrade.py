"""Grade stored submissions again if something that their grades depend on has changed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from grader.batch.grade import begin, keeper
from grader.batch.loop import Chunks, ExecutorFactory, Keep, grade_class
from grader.gradebook.database.book import Gradebook
from grader.gradebook.fingerprints import GradingSnapshot
from grader.gradebook.history import kept_hand_ins, past_grades
from grader.gradebook.log import add_entry
from grader.gradebook.reading import Findings
from grader.gradebook.storing import Arrival
from grader.gradebook.versions import current_versions, known_versions
from grader.results import ExerciseResult, SubmissionResult


@dataclass(frozen=True, slots=True)
class CheckChange:
    """The points of a check before and after; None if there is no such check."""

    name: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class Change:
    """An exercise of a submission whose score or status has changed."""

    exercise: str
    before: Decimal
    after: Decimal
    status: tuple[str, str]
    checks: tuple[CheckChange, ...]


@dataclass(frozen=True, slots=True)
class Regraded:
    """A submission that was examined again.

    Attributes
    ----------
    result : SubmissionResult
        The current result.
    changes : tuple of Change
        The exercises that have changed.
    """

    result: SubmissionResult
    changes: tuple[Change, ...]

    @property
    def status(self) -> str:
        """One of changed, unchanged and error; the summary counts these."""
        if self.result.status == "error":
            return "error"
        return "changed" if self.changes else "unchanged"


def regrade(
    book: Gradebook, course: GradingSnapshot, work: ExecutorFactory, *, who: str, dry_run: bool
) -> Iterator[Regraded]:
    """Grade submissions again if their grades depend on something that changed; yield them all.

    Each submission is graded only for the exercises that have a grade. With `dry_run`, nothing is
    stored. For the other parameters, see `grader.batch.grade.grade_submissions`.
    """
    reported = book.read(current_versions)
    run: Counter[str] = Counter()
    keep: Keep
    if dry_run:
        registered, keep = book.read(partial(known_versions, course=course)), _keep_nothing
    else:
        registered = book.write(partial(begin, course=course, who=who, what="regrade"))
        keep = keeper(book, registered, run)
    before: deque[Mapping[str, ExerciseResult]] = deque()
    chunks = _kept(book, list(registered.versions), reported, before)
    for _, result in grade_class(book, registered, chunks, work, keep):
        done = Regraded(result, _changes(before.popleft(), result))
        run[done.status] += 1
        yield done
    if not dry_run:
        book.write(lambda c: add_entry(c, who, "regrade", {"ended": run}))


def _keep_nothing(content: int, result: SubmissionResult, missing: Collection[str]) -> None:
    """Store nothing."""


def _kept(
    book: Gradebook,
    exercises: Collection[str],
    reported: Mapping[str, int],
    before: deque[Mapping[str, ExerciseResult]],
) -> Chunks:
    """Yield the stored submissions, and append the current grades of each to `before`."""
    findings, last = Findings(), 0
    while page := book.read(partial(kept_hand_ins, after=last)):
        last = page[-1][0]
        read = partial(
            past_grades,
            contents={content for _, _, content in page},
            exercises=exercises,
            reported=reported,
            findings=findings,
        )
        past = book.read(read)
        chunk: list[tuple[Arrival, int | None]] = []
        for _, arrival, content in page:
            graded = tuple(name for name in exercises if name in past[content])
            if graded:
                chunk.append((replace(arrival, exercises=graded), content))
                before.append(past[content])
        yield chunk


def _changes(before: Mapping[str, ExerciseResult], result: SubmissionResult) -> tuple[Change, ...]:
    pairs = ((before[after.id], after) for after in result.exercises)
    return tuple(
        Change(
            exercise=new.id,
            before=old.score,
            after=new.score,
            status=(old.status, new.status),
            checks=tuple(_check_changes(old, new)),
        )
        for old, new in pairs
        if (old.score, old.status) != (new.score, new.status)
    )


def _check_changes(before: ExerciseResult, after: ExerciseResult) -> Iterator[CheckChange]:
    old = {check.name: (check.points, check.status) for check in before.checks}
    new = {check.name: (check.points, check.status) for check in after.checks}
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield CheckChange(name, old.get(name, (None,))[0], new.get(name, (None,))[0])

"""Store submissions in the gradebook, and grade them, a chunk at a time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from functools import partial

from sqlalchemy import Connection

from grader.batch.loop import Chunks, ExecutorFactory, Keep, grade_class
from grader.errors import NotebookError
from grader.gradebook.database.book import Gradebook
from grader.gradebook.fingerprints import GradingSnapshot
from grader.gradebook.log import add_entry
from grader.gradebook.storing import Arrival, FindingKey, receive, store
from grader.gradebook.versions import Registered, register
from grader.notebook import LIMIT_BYTES, read_handed_in
from grader.results import SubmissionInfo, SubmissionResult
from grader.submissions import Submission
from grader.submissions.units import UnitSigns

_CHUNK = 32
_KEPT = 10_000
_CHUNK_BYTES = 16 * 1024 * 1024


def grade_submissions(
    book: Gradebook,
    course: GradingSnapshot,
    submissions: Iterable[Submission],
    work: ExecutorFactory,
    *,
    who: str,
    units: Sequence[UnitSigns] = (),
) -> Iterator[SubmissionResult]:
    """Store submissions, grade those without a grade, and yield every result.

    Parameters
    ----------
    book : Gradebook
        Where each result is stored at once.
    course : GradingSnapshot
        Everything that the grades depend on.
    submissions : iterable of Submission
        The submissions, in the order of the results.
    work : ExecutorFactory
        Starts the workers, if there is anything to grade.
    who : str
        The user, for the log.
    units : sequence of UnitSigns
        Units of the course. If several are graded, the exercises of the others do not count in a
        notebook of one unit.

    Raises
    ------
    GradebookError
        The gradebook cannot be read or written; stored results are kept.
    SandboxError
        The engine of a worker could not be started.
    """
    registered = book.write(partial(begin, course=course, who=who, what="grade"))
    run: Counter[str] = Counter()
    keep = keeper(book, registered, run)
    for _, result in grade_class(
        book, registered, _received(book, submissions, who), work, keep, units
    ):
        run[result.status] += 1
        yield result
    book.write(lambda c: add_entry(c, who, "grade", {"ended": run}))


def begin(connection: Connection, course: GradingSnapshot, who: str, what: str) -> Registered:
    """Register the course as it is graded now, and log the start of a run."""
    registered = register(connection, course)
    add_entry(connection, who, what, {"begun": course.key})
    return registered


def keeper(book: Gradebook, registered: Registered, run: Counter[str]) -> Keep:
    """Return a function that stores each result in its own transaction and counts it in `run`."""
    findings: dict[FindingKey, int] = {}

    def keep(content: int, result: SubmissionResult, missing: Collection[str]) -> None:
        new = book.write(lambda c: store(c, registered, content, result, missing, findings))
        if len(findings) > _KEPT:
            findings.clear()  # memory must not grow with the class
        findings.update(new)
        run["notebooks"] += 1
        run["grades"] += len(missing)

    return keep


def _received(book: Gradebook, submissions: Iterable[Submission], who: str) -> Chunks:
    """Store submissions in the gradebook; yield them with the ids of their contents."""
    for chunk in _chunks(map(_arrival, submissions)):
        contents = book.write(partial(receive, arrivals=chunk, who=who))
        yield list(zip(chunk, contents, strict=True))


def _chunks(arrivals: Iterator[Arrival]) -> Iterator[Sequence[Arrival]]:
    chunk: list[Arrival] = []
    for arrival in arrivals:
        chunk.append(arrival)
        size = sum(len(each.content or b"") for each in chunk)
        if len(chunk) == _CHUNK or size > _CHUNK_BYTES:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _arrival(submission: Submission) -> Arrival:
    info = submission.hand_in or SubmissionInfo()
    at = info.received
    bare = Arrival(
        student=submission.owner or submission.student,
        notebook=submission.notebook,
        work=submission.work,
        name=info.name,
        email=info.email,
        received=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None,
        late=info.late,
        stated=submission.stated,
    )
    try:
        content = submission.read_all()
        if len(content) > LIMIT_BYTES:
            read_handed_in(content, name=bare.place)  # raises if the notebook is too large
    except NotebookError as error:
        return replace(bare, fault=str(error))
    return replace(bare, content=content, sha256=hashlib.sha256(content).hexdigest())

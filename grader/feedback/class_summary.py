"""Results of a class on a terminal: one line for each submission, and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from grader.feedback.wording import count_text
from grader.results import (
    ExerciseResult,
    IgnoredFile,
    LookAlike,
    RunHeader,
    SubmissionResult,
    SubmissionStatus,
    points_text,
)
from grader.text import safe_text

if TYPE_CHECKING:  # importing it loads the database library, which is slow
    from grader.gradebook.timing import Timing

_submissions = partial(count_text, noun="submission")
_NAME_COLUMNS = 40
_IGNORED_SHOWN = 5
_UNGRADED_SHOWN = 200
_NAMES_SHOWN = 10
LINE_STYLES: Mapping[SubmissionStatus, str] = {
    "graded": "",
    "timed_out": "yellow",
    "unreadable": "yellow",
    "error": "red",
}
"""How the line of a submission looks on a terminal, by its status."""


@dataclass(slots=True)
class Tally:
    """Counts for the summary of a run, of a size that does not grow with the class."""

    statuses: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    unmarked: Counter[str] = field(default_factory=Counter)
    several: int = 0
    displaced: int = 0
    ungraded: list[str] = field(default_factory=list)
    shown: list[IgnoredFile] = field(default_factory=list)

    def add(self, result: SubmissionResult) -> None:
        """Count one submission."""
        self.statuses[result.status] += 1
        if result.status in ("unreadable", "error") and len(self.ungraded) < _UNGRADED_SHOWN:
            student = safe_text(result.student, limit=60)
            self.ungraded.append(f"{student}: {safe_text(result.reason, limit=1000)}")
        if result.hand_in and result.hand_in.passed_over:
            self.several += 1
            self.displaced += len(result.hand_in.passed_over)
            self.shown += result.hand_in.passed_over[: _IGNORED_SHOWN - len(self.shown)]
        for exercise in result.exercises:
            for check in exercise.checks:
                if check.status == "error":
                    self.broken[f"{exercise.id} / {check.name}: {check.message}"] += 1
                if check.review:
                    self.unmarked[f"{exercise.id} / {check.name}"] += 1

    @property
    def complete(self) -> bool:
        """Whether every submission was graded by all of its checks."""
        return set(self.statuses) <= {"graded"} and not self.broken


def name_columns(students: Iterable[str]) -> int:
    """Return the number of columns for the names of a class, with a limit for long names."""
    return max((len(safe_text(name, limit=_NAME_COLUMNS)) for name in students), default=0)


def result_line(
    result: SubmissionResult, *, names: int = _NAME_COLUMNS, width: int | None = None
) -> str:
    """Return a submission's line: student, score, status, and lost points.

    The student gets `names` columns; the line is cut to `width` columns of a terminal.
    """
    student = safe_text(result.student, limit=names)
    score = f"{points_text(result.score)}/{points_text(result.max_score)}"
    line = f"{student:<{names}} {score:>9}  {result.status:<10}  {_lost(result)}".rstrip()
    return line if width is None or len(line) <= width else line[: width - 1] + "…"


def _lost(result: SubmissionResult) -> str:
    if not result.exercises:
        return safe_text(result.reason, limit=300)
    return ", ".join(
        f"{exercise.id} {points_text(exercise.score)}/{points_text(exercise.max_score)}"
        + _named(exercise)
        for exercise in result.exercises
        if exercise.score != exercise.max_score or exercise.status == "error"
    )


def _named(exercise: ExerciseResult) -> str:
    notes = dict.fromkeys(check.mistake for check in exercise.checks if check.mistake)
    if exercise.status == "needs_review":
        notes |= {"to be marked": None}
    return f" ({', '.join(notes)})" if notes else ""


def summary_lines(
    tally: Tally, ignored: Sequence[IgnoredFile], seconds: float, means: Iterable[str] = ()
) -> Iterator[str]:
    """Yield the lines at the end of a run: counts, means, and items that need attention."""
    count = tally.statuses.total()
    parts = ", ".join(f"{number} {status}" for status, number in sorted(tally.statuses.items()))
    yield f"{_submissions(count)} in {seconds:.1f} s: {parts or 'none'}"
    yield from means
    yield from _ungraded(tally)
    for text, number in sorted(tally.broken.items()):
        yield f"Broken check ({_submissions(number)}): {safe_text(text, limit=500)}"
    for text, number in sorted(tally.unmarked.items()):
        yield f"Awaiting manual grading ({_submissions(number)}): {safe_text(text, limit=500)}"
    if tally.several:
        several = _submissions(tally.several)
        yield f"Several files of one student ({several}). The newest is graded; these are not:"
        for one in tally.shown:
            yield f"  {safe_text(one.path, limit=200)}: {safe_text(one.why, limit=200)}"
        if tally.displaced > len(tally.shown):
            yield f"  {tally.displaced - len(tally.shown)} more, listed in results.json"
    for one in ignored[:_IGNORED_SHOWN]:
        yield f"Ignored: {safe_text(one.path, limit=200)}: {safe_text(one.why, limit=200)}"
    if len(ignored) > _IGNORED_SHOWN:
        yield f"Ignored: {len(ignored) - _IGNORED_SHOWN} more, listed in results.json"


def _ungraded(tally: Tally) -> Iterator[str]:
    """Yield the students who were not graded, and why; their own lines may have been cut."""
    count = tally.statuses["unreadable"] + tally.statuses["error"]
    if count:
        yield f"Not graded ({_submissions(count)}):"
        yield from (f"  {line}" for line in tally.ungraded)
    if count > len(tally.ungraded):
        yield f"  {count - len(tally.ungraded)} more, listed in results.json"


def roster_lines(header: RunHeader) -> Iterator[str]:
    """Yield the lines that compare a class with its roster."""
    for what, students in (
        ("Not in the roster", header.unknown),
        ("No submission from", header.missing),
    ):
        if students:
            listed = ", listed in results.json" if len(students) > _NAMES_SHOWN else ""
            yield f"{what} ({len(students)}): {_some(students)}{listed}"


def timing_lines(timing: Timing, unused: Sequence[str] = ()) -> Iterator[str]:
    """Yield the submissions whose lateness is unknown, and the students of unused times."""
    if timing.unknown:
        yield (
            f"No times for {timing.unknown} of {timing.hand_ins} submissions: lateness is not "
            "applied to them. Give --times FILE.csv to `grader grade`."
        )
    if timing.marked:
        yield (
            f"Marked late, time unknown ({len(timing.marked)}): {_some(timing.marked)}. "
            "Each counts as 1 day late, or as in time with an extension. Give --times FILE.csv to "
            "`grader grade` to count the days."
        )
    if unused:
        yield f"Times without a submission ({len(unused)}): {_some(unused)}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(safe_text(name, limit=60) for name in names[:_NAMES_SHOWN])
    return f"{shown} and more" if len(names) > _NAMES_SHOWN else shown


def look_alike_lines(groups: Sequence[Sequence[LookAlike]]) -> Iterator[str]:
    """Yield a line for each group of students who may be one; none were merged."""
    for group in groups[:_NAMES_SHOWN]:
        yield f"Look alike, may be one student: {', '.join(map(_spelt, group))}"
    if len(groups) > _NAMES_SHOWN:
        yield f"Look alike: {len(groups) - _NAMES_SHOWN} more groups, listed in results.json"


def _spelt(one: LookAlike) -> str:
    """Return a name in quotes, with the codes of letters that may look like others."""
    text = f"`{safe_text(one.text, limit=60)}`"
    if not one.text.isascii():
        text += f" ({ascii(one.text[:60])[1:-1]})"
    return text if one.text == one.student else f"{text} of `{safe_text(one.student, limit=60)}`"

"""A gradebook on a terminal: a class, a student, and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from grader.feedback.table import look_alike_lines
from grader.gradebook.log import Entry
from grader.gradebook.reporting import HandedIn, Reported, ReportedExercise
from grader.results import NOT_ATTEMPTED, LookAlike
from grader.text import points_text, safe_text

__all__ = ["class_lines", "history_lines", "student_lines"]

_NAME = 40


def class_lines(
    students: Iterable[Reported], look_alike: Sequence[Sequence[LookAlike]] = ()
) -> Iterator[str]:
    """Yield a line for each student: id, score, and what somebody should look at."""
    count = 0
    for student in students:
        count += 1
        notes = [note for name, each in student.exercises.items() for note in _notes(name, each)]
        told = f"  {', '.join(notes)}" if notes else ""
        shown = safe_text(student.student, limit=_NAME)
        yield f"{shown:<{_NAME}} {points_text(student.score):>8}{told}"
    yield f"{count} student{'' if count == 1 else 's'}"
    yield from look_alike_lines(look_alike)


def _notes(name: str, each: ReportedExercise) -> Iterator[str]:
    if each.result.status == "needs_review":
        yield f"{name} to be marked"
    if each.result.status == "error":
        yield f"{name} has a broken check"
    if each.override is not None:
        yield f"{name} set by {safe_text(each.override.who)}"
    if each.late.days:
        yield f"{name} {_days(each.late.days)} late"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def student_lines(
    student: Reported, look_alike: Sequence[Sequence[LookAlike]] = ()
) -> Iterator[str]:
    """Yield what a student has of each exercise, and why."""
    known = [student.name, student.email, student.section]
    about = ", ".join(safe_text(text) for text in known if text)
    yield safe_text(student.student) + (f" ({about})" if about else "")
    if student.extension:
        yield f"  extension: {safe_text(student.extension)}"
    if not student.hand_ins:
        yield "  has handed in nothing yet"
    for name, each in student.exercises.items():
        result = each.result
        yield (
            f"  {name:<32} {points_text(each.score):>6}/{points_text(result.max_score):<6} "
            f"{result.status}"
        )
        yield from (f"      {line}" for line in _why(each))
    yield f"  {'in all':<32} {points_text(student.score):>6}"
    yield from look_alike_lines(look_alike)


def _why(each: ReportedExercise) -> Iterator[str]:
    if each.override is not None:
        word = each.override
        yield f"set by {safe_text(word.who)} on {word.at}: {safe_text(word.why, limit=500)}"
    elif each.late.days:
        yield f"{_days(each.late.days)} late: {100 * each.late.penalty:.0f} % off"
    if each.max_attempts is not None and each.attempt:
        yield f"attempt {each.attempt} counts; {each.spent} of {each.max_attempts} spent"
    for check in each.result.checks:
        if check.status != "pass" and check.message != NOT_ATTEMPTED:
            told = (check.review and "to be marked") or check.message
            yield f"{safe_text(check.name)}: {safe_text(told, limit=2000)}"
            if check.explanation:
                yield f"Why: {safe_text(' '.join(check.explanation.split()), limit=1000)}"


def history_lines(hand_ins: Iterable[HandedIn], entries: Iterable[Entry]) -> Iterator[str]:
    """Yield what was handed in, and what people did, each in its order."""
    for each in hand_ins:
        when = each.received or f"{each.first_seen} (first seen)"
        what = each.sha256[:12] if each.sha256 else safe_text(each.fault, limit=200)
        yield f"{when}  handed in {safe_text(each.notebook)}  {what}"
    for entry in entries:
        told = ", ".join(
            f"{name} {value}" for name, value in entry.details.items() if name != "student"
        )
        yield f"{entry.at}  {entry.what} by {safe_text(entry.who)}: {safe_text(told, limit=500)}"

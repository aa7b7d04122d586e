"""A gradebook on a terminal: a class, a student, and the history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from textwrap import wrap
from zoneinfo import ZoneInfo

from grader.course import Course, Exercise, Unit
from grader.feedback.class_summary import look_alike_lines, timing_lines
from grader.feedback.terminal import folded
from grader.feedback.wording import EXERCISE_MARKS, advice_lines, count_text, is_untouched
from grader.gradebook.log import LogEntry
from grader.gradebook.policy import due_date, is_due
from grader.gradebook.reporting import Reported, ReportedExercise, StoredSubmission
from grader.gradebook.timing import Timing
from grader.results import CheckResult, LookAlike, points_text, total
from grader.text import safe_text

_ID, _NAME, _SCORE = 20, 24, 8
_WIDTH = 80
_INSIDE = " " * 7


def class_lines(
    students: Iterable[Reported],
    course: Course,
    look_alike: Sequence[Sequence[LookAlike]] = (),
    *,
    width: int = _WIDTH,
) -> Iterator[str]:
    """Yield a line for each student: id, name, score, and items that need attention."""
    count, timing = 0, Timing()
    points, with_points = Decimal(0), 0
    for student in students:
        count += 1
        graded = [each for each in student.exercises.values() if each.hand_in or each.override]
        points += student.score
        with_points += bool(graded)
        _count_times(timing, student, course)
        yield from _class_line(student, width)
    yield count_text(count, "student")
    if with_points:
        most = points_text(total(exercise.points for exercise in course.exercises.values()))
        mean = points_text(points / with_points)
        yield f"Mean of {count_text(with_points, 'student')} with a grade: {mean} of {most} points"
    yield from timing_lines(timing)
    yield from look_alike_lines(look_alike)


def _class_line(student: Reported, width: int) -> Iterator[str]:
    shown = f"{safe_text(student.student, limit=_ID):<{_ID}} "
    shown += f"{safe_text(student.name, limit=_NAME):<{_NAME}} "
    shown += f"{points_text(student.score):>{_SCORE}}"
    notes = "; ".join(_notes(student))
    line = f"{shown}  {notes}".rstrip()
    if len(line) <= width:
        yield line
    else:
        yield shown.rstrip()
        yield from _wrapped(notes, width, "    ")


def _notes(student: Reported) -> Iterator[str]:
    """Yield the items that need attention; one for several exercises is listed once."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, each in student.exercises.items():
        if each.result.status == "needs_review":
            found["to be marked"].append(name)
        if each.result.status == "error":
            found["broken check"].append(name)
        if each.override is not None:
            found[f"set by {safe_text(each.override.who, limit=40)}"].append(name)
    for what, names in found.items():
        yield f"{what}: {', '.join(names)}"
    late = [each.late for each in student.exercises.values() if each.override is None]
    days = max((one.days for one in late), default=0)
    if any(one.marked for one in late):
        yield "late, time unknown"
    elif days:
        yield f"{count_text(days, 'day')} late"
    unread = sum(1 for each in student.hand_ins if each.fault)
    if unread:
        yield f"{unread} unreadable"


def _count_times(timing: Timing, student: Reported, course: Course) -> None:
    """Count the submissions that lateness may cost points."""
    counting = {
        each.hand_in.content_id: each.hand_in
        for name, each in student.exercises.items()
        if each.hand_in and is_due(course.policy, course.exercises[name].unit)
    }
    for hand_in in counting.values():
        timing.add(student.student, hand_in.received, hand_in.late)


def student_lines(
    student: Reported,
    course: Course,
    look_alike: Sequence[Sequence[LookAlike]] = (),
    *,
    width: int = _WIDTH,
) -> Iterator[str]:
    """Yield a student's points in each unit and exercise, and the reasons."""
    known = [student.student, student.email, student.section]
    about = ", ".join(safe_text(text, limit=60) for text in known if text)
    name = safe_text(student.name, limit=60)
    yield _justified(f"{name} ({about})" if name else about, _of(student.exercises, course), width)
    yield from _more_time(student, width)
    for hand_in in student.hand_ins:
        if hand_in.fault:
            fault = f"Unreadable: {safe_text(hand_in.fault, 1000)}"
            yield from _wrapped(fault, width, "  ", "    ")
    if not student.hand_ins:
        yield "  no submissions yet"
    for unit in course.units:
        found = {
            name: student.exercises[name] for name in unit.exercises if name in student.exercises
        }
        if found:
            yield ""
            yield from _unit_lines(unit, found, course, width)
        elif student.exercises:
            yield ""
            yield f"{safe_text(unit.title)} ({unit.id}): no submission"
    yield from look_alike_lines(look_alike)


def _more_time(student: Reported, width: int) -> Iterator[str]:
    if student.extension:
        yield f"  Extension in the roster: {safe_text(student.extension)}"
    for given in student.extensions.values():
        why = f": {safe_text(given.why, limit=500)}" if given.why else ""
        unit = f" for {given.unit}" if given.unit else ""
        text = f"Extension{unit}: {given.until}, by {safe_text(given.who)} on {given.at[:10]}{why}"
        yield from _wrapped(text, width, "  ", "    ")


def _of(found: Mapping[str, ReportedExercise], course: Course) -> str:
    """Return the earned and the possible points of exercises."""
    got = points_text(total(each.score for each in found.values()))
    return f"{got} / {points_text(total(course.exercises[name].points for name in found))}"


def _unit_lines(
    unit: Unit, found: Mapping[str, ReportedExercise], course: Course, width: int
) -> Iterator[str]:
    yield _justified(f"{safe_text(unit.title)} ({unit.id})", _of(found, course), width)
    facts = {name: tuple(_facts(each, unit, course)) for name, each in found.items()}
    # Facts of most exercises are shown once.
    usual = Counter(fact for fact in facts.values() if fact).most_common(1)
    common = usual[0][0] if usual else ()
    for fact in common:
        yield from _wrapped(fact, width, "  ", "    ")
    nothing: list[str] = []
    for name, each in found.items():
        if is_untouched(each.result) and each.override is None:
            nothing.append(name)
            continue
        own = [fact for fact in facts[name] if fact not in common]
        yield from _exercise_lines(course.exercises[name], each, own, width)
    if nothing:
        text = f"{EXERCISE_MARKS['not_attempted']:<5}not attempted: {', '.join(nothing)}"
        yield from _wrapped(text, width, "  ", _INSIDE)


def _facts(each: ReportedExercise, unit: Unit, course: Course) -> Iterator[str]:
    """Yield the time of the submission that counts, its cost, and the attempts."""
    hand_in, late = each.hand_in, each.late
    if hand_in is None or each.result.status == "not_attempted":
        return
    cost, days = f"{points_text(100 * late.penalty)} % off", count_text(late.days, "day")
    if late.marked:
        yield f"marked late, time unknown: counted as {days}, {cost}"
    elif hand_in.received:
        came = f"handed in {_local(hand_in.received, course)}"
        timely = ", in time" if is_due(course.policy, unit.id) else ""
        yield came + (f", {days} late: {cost}" if late.days else timely)
    elif is_due(course.policy, unit.id) and hand_in.late is None:
        yield f"time unknown; due {due_date(course.policy, unit.id):%Y-%m-%d %H:%M}"
    if each.max_attempts is not None:
        yield f"attempt {each.attempt} counts; {each.spent} of {each.max_attempts} spent"


def _local(moment: str, course: Course) -> str:
    """Return a time in the time zone of the course."""
    there = datetime.fromisoformat(moment).astimezone(ZoneInfo(course.policy.timezone))
    return f"{there:%Y-%m-%d %H:%M}"


def _exercise_lines(
    exercise: Exercise, each: ReportedExercise, facts: Sequence[str], width: int
) -> Iterator[str]:
    title = f"  {EXERCISE_MARKS[each.result.status]:<5}{safe_text(exercise.title)} ({exercise.id})"
    yield _justified(title, f"{points_text(each.score)} / {points_text(exercise.points)}", width)
    if each.override is not None:
        by, at, why = safe_text(each.override.who), each.override.at, each.override.why
        facts = (f"set by {by} on {at}: {safe_text(why, 500)}",)
    for fact in facts:
        yield from _wrapped(fact, width, _INSIDE)
    yield from _why(each.result.checks, exercise.mistake_titles, width)


def _why(checks: Sequence[CheckResult], titles: Mapping[str, str], width: int) -> Iterator[str]:
    """Yield the reasons for lost points; a message of several checks is shown once."""
    lost = [check for check in checks if check.status != "pass"]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for check in lost:
        found["to be marked" if check.review else check.message].append(safe_text(check.name))
    for message, names in found.items():
        first, *rest = message.splitlines() or [""]
        text = f"{', '.join(names)}: {safe_text(first, limit=2000)}"
        yield from _wrapped(text, width, _INSIDE, f"{_INSIDE}  ")
        yield from folded("\n".join(filter(str.strip, rest)), width, f"{_INSIDE}  ")
    notes = (
        safe_text(" ".join(text.split()), limit=1010)
        for check in lost
        for _, text in advice_lines(check, titles)
    )
    for note in dict.fromkeys(notes):
        yield from _wrapped(note, width, _INSIDE, f"{_INSIDE}  ")


def _justified(left: str, right: str, width: int) -> str:
    if len(left) + len(right) >= width:
        left = safe_text(left, limit=width - len(right) - 1)
    return f"{left:<{width - len(right) - 1}} {right}"


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    """Return a text in indented lines of a width."""
    further = first if rest is None else rest
    return wrap(text, width, initial_indent=first, subsequent_indent=further)


def history_lines(
    hand_ins: Iterable[StoredSubmission], entries: Iterable[LogEntry]
) -> Iterator[str]:
    """Yield the submissions and then the logged actions, each in order."""
    for each in hand_ins:
        when = each.received or f"{each.first_seen} (first seen)"
        what = each.sha256[:12] if each.sha256 else safe_text(each.fault, limit=200)
        late = "  (marked late)" if each.late else ""
        yield f"{when}  handed in {safe_text(each.notebook)}  {what}{late}"
    for entry in entries:
        details = ", ".join(
            f"{name} {'none' if value is None else value}"
            for name, value in entry.details.items()
            if name != "student" and value != ""
        )
        yield f"{entry.at}  {entry.what} by {safe_text(entry.who)}: {safe_text(details, limit=500)}"

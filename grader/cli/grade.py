"""``grader grade``: a class."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.batch.cluster.work import ClusterWork
from grader.batch.job import Work
from grader.cli.options import (
    CourseOption,
    EngineOption,
    ExerciseOption,
    GradebookOption,
    IsolationOption,
    JobsOption,
    JsonOption,
    NoCacheOption,
    SchedulerOption,
    SeedOption,
    UnitOption,
    cache_unless,
)
from grader.cli.preloads import worth_preloading
from grader.cli.progress import as_json, as_lines
from grader.cli.working import NOT_ALL_GRADED, STOPPED, work_for
from grader.course import load_course
from grader.errors import UsageError
from grader.exports import RunFiles
from grader.feedback.class_summary import (
    Tally,
    look_alike_lines,
    roster_lines,
    summary_lines,
    timing_lines,
)
from grader.feedback.means import Means
from grader.gradebook.policy import is_due
from grader.grading.preparation import chosen_exercises
from grader.results import IgnoredFile, RunHeader, SubmissionInfo, SubmissionResult
from grader.sandbox.engine import EngineName, Isolation
from grader.submissions import (
    RosterStudent,
    StatedTime,
    Submission,
    Survey,
    UnitSigns,
    load_roster,
    load_times,
    signs_of_units,
    survey_submissions,
    times_in_roster,
)
from grader.text import safe_text

if TYPE_CHECKING:
    from grader.gradebook.people import KnownPerson

_INTERRUPTED = (
    "\nInterrupted: {done} of {all} submissions are reported, and all that was graded is in {book}."
    "\nThe same command goes on from there.\n"
)
_SHOWN = 5
_GUESSABLE = (
    "Note: course.yaml states no `secret`, so whoever has the exercises can work out the hidden "
    "inputs. State one before you grade for marks."
)


def grade(
    submissions: Annotated[
        list[Path], typer.Argument(help="Notebooks, folders or zips.", show_default=False)
    ],
    course: CourseOption = Path(),
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", help="Folder for results.json and grades.csv."),
    ] = Path("grades"),
    unit: UnitOption = None,
    exercise: ExerciseOption = None,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    isolation: IsolationOption = None,
    engine: EngineOption = EngineName.SANDBOX,
    seed: SeedOption = 0,
    roster: Annotated[
        Path | None,
        typer.Option(
            "--roster",
            metavar="FILE",
            help="CSV of the class: id, name, email, section, extension.",
        ),
    ] = None,
    times: Annotated[
        list[Path] | None,
        typer.Option(
            "--times",
            metavar="FILE",
            help="CSV of when hand-ins came: id, e-mail or name, and time; Moodle's grading "
            "worksheet is one. May be given several times.",
        ),
    ] = None,
    gradebook: GradebookOption = None,
    student: Annotated[
        list[str] | None,
        typer.Option(
            "--student", metavar="ID", help="Only this student; may be given several times."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", min=1, help="Only the first N submissions."),
    ] = None,
    no_cache: NoCacheOption = False,
    json: JsonOption = False,
) -> None:
    """Grade a class of submissions.

    Prints a line for each submission and writes results.json and grades.csv into --out. What is
    found is kept in the gradebook as it comes: the same command goes on where it was stopped, and
    grades again only what has changed. Exit status: 0 when every submission was graded, 3 when some
    could not be, 2 for a wrong call, course or machine, 130 when it was interrupted.
    """
    started = time.perf_counter()
    tier = isolation or Isolation.STRONG
    cache = cache_unless(no_cache)
    loaded = load_course(course, cache=cache)
    chosen = chosen_exercises(loaded, exercise or (), unit or ())
    work = work_for(
        loaded,
        chosen,
        seed=seed,
        isolation=tier,
        engine=engine,
        jobs=jobs,
        scheduler=scheduler,
        cache=cache,
    )
    people = load_roster(roster) if roster else ()
    units = signs_of_units(loaded, chosen)
    stated = _stated(times or (), roster, loaded.policy.timezone)
    survey = survey_submissions(submissions, people or None, units, stated)
    _require_some(survey)
    found = _wanted(survey.submissions, student or (), limit)
    students = [each.student for each in found]
    header = RunHeader(
        course=loaded.title,
        isolation=tier,
        engine=engine,
        seed=seed,
        ignored=tuple(IgnoredFile(path=one.where, why=one.why) for one in survey.ignored),
        unknown=survey.unknown,
        missing=tuple(student.id for student in survey.missing),
        look_alike=survey.look_alike,
    )
    tally = Tally()
    means = Means(loaded, chosen, (each.owner for each in found))
    if isinstance(work, Work):
        work = replace(work, jobs=min(work.jobs, len(found)))
    with RunFiles(out, header, [each.id for each in chosen]) as files:
        book = gradebook or str(out / "gradebook.db")
        results = _graded(book, work, header, found, people, units)
        try:
            shown = as_json(results, header) if json else as_lines(results, students)
            for result, submission in zip(shown, found, strict=True):
                files.add(result)
                tally.add(result)
                means.add(submission.owner, result)
        except KeyboardInterrupt:
            done = tally.statuses.total()
            sys.stderr.write(_INTERRUPTED.format(done=done, all=len(found), book=_shown(book)))
            raise typer.Exit(STOPPED) from None
    if not json:
        _print_summary(tally, means, header, time.perf_counter() - started)
        if any(is_due(loaded.policy, each.unit) for each in chosen):
            _print_timing(book, found, survey.unused_times)
        typer.echo(f"Written: {files.results}, {files.grades} and {_shown(book)}")
        for each in worth_preloading(found, loaded.sandbox_for(chosen)):
            typer.echo(f"Note: {each.text} `grader doctor SUBMISSIONS` measures what that saves.")
        if not loaded.secret:
            typer.echo(_GUESSABLE)
    if not tally.complete:
        raise typer.Exit(NOT_ALL_GRADED)


def _graded(
    address: str,
    work: Work | ClusterWork,
    header: RunHeader,
    found: Sequence[Submission],
    people: Sequence[RosterStudent],
    units: Sequence[UnitSigns],
) -> Iterator[SubmissionResult]:
    # Imported here: the database library takes a while, and other commands do without.
    from grader.batch.grade import grade_submissions
    from grader.gradebook.database.book import open_gradebook
    from grader.gradebook.fingerprints import course_as_graded
    from grader.gradebook.log import user_name
    from grader.gradebook.people import import_roster, read_people

    course = course_as_graded(
        work.course,
        work.exercises,
        seed=work.seed,
        isolation=header.isolation,
        engine=header.engine,
    )
    with open_gradebook(address) as book:
        if people:
            book.write(lambda connection: import_roster(connection, people, who=user_name()))
        known = book.read(read_people)
        results = grade_submissions(book, course, found, work, who=user_name(), units=units)
        for result, submission in zip(results, found, strict=True):
            yield _with_hand_in(result, submission, known.get(submission.owner))


def _require_some(survey: Survey) -> None:
    if not survey.submissions:
        told = "; ".join(f"in `{safe_text(each.where)}`: {each.why}" for each in survey.empty)
        raise UsageError(f"No notebook found {told}. Name notebooks, or folders or zips of them.")


def _stated(tables: Sequence[Path], roster: Path | None, timezone: str) -> tuple[StatedTime, ...]:
    """Return when hand-ins came, as the given tables say; Moodle's worksheet may be the roster."""
    of_roster = times_in_roster(roster, timezone) if roster and not tables else ()
    return (*of_roster, *(each for table in tables for each in load_times(table, timezone)))


def _print_timing(address: str, found: Sequence[Submission], unused: Sequence[str]) -> None:
    from grader.gradebook.database.book import open_gradebook
    from grader.gradebook.storing import place_of
    from grader.gradebook.timing import timing_of

    places = {(each.owner or each.student, place_of(each.notebook, each.work)) for each in found}
    with open_gradebook(address) as book:
        timing = book.read(lambda connection: timing_of(connection, places))
    for line in timing_lines(timing, unused):
        typer.echo(line)


def _print_summary(tally: Tally, means: Means, header: RunHeader, seconds: float) -> None:
    for line in (
        *summary_lines(tally, header.ignored, seconds, means.lines()),
        *roster_lines(header),
        *look_alike_lines(header.look_alike),
    ):
        typer.echo(line)


def _shown(address: str) -> str:
    """Return where the gradebook is, without a password."""
    from grader.gradebook.database.address import gradebook_url, shown

    return shown(gradebook_url(address))


def _wanted(
    found: Sequence[Submission], students: Sequence[str], limit: int | None
) -> Sequence[Submission]:
    if not students:
        return found[:limit]
    names = [{each.student, each.owner} for each in found]
    for name in students:
        if not any(name in known for known in names):
            raise UsageError(
                f"No submission is from `{safe_text(name)}`. Among them are: {_some(found)}."
            )
    wanted = set(students)
    return [each for each, known in zip(found, names, strict=True) if wanted.intersection(known)][
        :limit
    ]


def _some(found: Sequence[Submission]) -> str:
    shown = [f"`{safe_text(each.student, limit=60)}`" for each in found[:_SHOWN]]
    return ", ".join(shown) + (" and more" if len(found) > _SHOWN else "")


def _with_hand_in(
    result: SubmissionResult, submission: Submission, person: KnownPerson | None
) -> SubmissionResult:
    hand_in = submission.hand_in
    if person is not None:
        told = {name: text for name, text in person._asdict().items() if text}
        hand_in = (hand_in or SubmissionInfo()).model_copy(update=told)
    # The gradebook goes by the student; a line here, by what tells two of one apart.
    return result.model_copy(update={"student": submission.student, "hand_in": hand_in})

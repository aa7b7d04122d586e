"""``grader grade``: grade a class."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.api.calls import grade_class
from grader.cli.options import (
    NOT_ALL_GRADED,
    STOPPED,
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
from grader.sandbox.engine import EngineName, Isolation

if TYPE_CHECKING:
    from grader.api.class_run import ClassRun
    from grader.exports import RunFiles
    from grader.feedback.class_summary import Tally
    from grader.feedback.means import Means

_INTERRUPTED = (
    "\nInterrupted: {done} of {all} submissions are reported, and every grade so far is in {book}."
    "\nRun the same command to continue from there.\n"
)
_GUESSABLE = (
    "Warning: course.yaml has no `secret`; anyone with the exercise files can recompute the hidden "
    "inputs. Set one before you grade for marks."
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
            help="CSV of submission times: id, e-mail or name, and time, such as Moodle's grading "
            "worksheet; repeatable.",
        ),
    ] = None,
    gradebook: GradebookOption = None,
    student: Annotated[
        list[str] | None,
        typer.Option("--student", metavar="ID", help="Only this student; repeatable."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", min=1, help="Only the first N submissions."),
    ] = None,
    no_cache: NoCacheOption = False,
    json: JsonOption = False,
) -> None:
    """Grade a class of submissions.

    Prints a line for each submission and writes results.json and grades.csv into --out. Each grade
    is stored in the gradebook at once: the same command continues where it was stopped, and grades
    only what has changed. Exit status: 0 if every submission was graded, 3 if some could not be, 2
    for an error in the call, course or machine, 130 if interrupted.
    """
    started = time.perf_counter()
    with grade_class(
        submissions,
        course=course,
        gradebook=gradebook or out / "gradebook.db",
        exercises=exercise or (),
        units=unit or (),
        students=student or (),
        limit=limit,
        roster=roster,
        times=times or (),
        jobs=jobs,
        scheduler=scheduler,
        isolation=isolation or Isolation.STRONG,
        engine=engine,
        seed=seed,
        cache=cache_unless(no_cache),
    ) as run:
        tally, means, files = _report(run, out, json=json)
        if not json:
            _print_summary(run, tally, means, time.perf_counter() - started)
            typer.echo(f"Written: {files.results}, {files.grades} and {run.shown_gradebook}")
            _print_advice(run)
    if not tally.complete:
        raise typer.Exit(NOT_ALL_GRADED)


def _report(run: ClassRun, out: Path, *, json: bool) -> tuple[Tally, Means, RunFiles]:
    """Print and write each result when it is ready."""
    from grader.cli.progress import as_json, as_lines
    from grader.exports import RunFiles
    from grader.feedback.class_summary import Tally
    from grader.feedback.means import Means

    found, exercises = run.submissions, run.exercises
    tally = Tally()
    means = Means(run.course, exercises, (each.owner for each in found))
    with RunFiles(out, run.header, [each.id for each in exercises]) as files:
        try:
            shown = (
                as_json(run, run.header)
                if json
                else as_lines(run, [each.student for each in found])
            )
            for result, submission in zip(shown, found, strict=True):
                files.add(result)
                tally.add(result)
                means.add(submission.owner, result)
        except KeyboardInterrupt:
            done, book = tally.statuses.total(), run.shown_gradebook
            sys.stderr.write(_INTERRUPTED.format(done=done, all=len(found), book=book))
            raise typer.Exit(STOPPED) from None
    return tally, means, files


def _print_summary(run: ClassRun, tally: Tally, means: Means, seconds: float) -> None:
    from grader.feedback.class_summary import (
        look_alike_lines,
        roster_lines,
        summary_lines,
        timing_lines,
    )
    from grader.gradebook.policy import is_due

    header = run.header
    lines = [
        *summary_lines(tally, header.ignored, seconds, means.lines()),
        *roster_lines(header),
        *look_alike_lines(header.look_alike),
    ]
    if any(is_due(run.course.policy, each.unit) for each in run.exercises):
        lines += timing_lines(run.timing(), run.survey.unused_times)
    for line in lines:
        typer.echo(line)


def _print_advice(run: ClassRun) -> None:
    from grader.cli.preloads import worth_preloading

    for each in worth_preloading(run.submissions, run.course.sandbox_for(run.exercises)):
        typer.echo(f"Note: {each.text} `grader doctor SUBMISSIONS` measures the savings.")
    if not run.course.secret:
        typer.echo(_GUESSABLE)

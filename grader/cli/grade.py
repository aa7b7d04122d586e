"""``grader grade``: a class."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.batch import grade_batch
from grader.cli.options import (
    CourseOption,
    EngineOption,
    ExerciseOption,
    IsolationOption,
    JobsOption,
    JsonOption,
    SeedOption,
    UnitOption,
    cores,
)
from grader.course import load_course
from grader.engines import EngineName, engines_for
from grader.errors import UsageError
from grader.exports import ResultsStream, RunFiles
from grader.feedback.table import Tally, name_columns, result_line, summary_lines
from grader.preparation import chosen_exercises, prepare_course
from grader.results import IgnoredFile, RunHeader, SubmissionResult
from grader.sandbox.settings import Isolation
from grader.submissions import Submission, survey_submissions

__all__ = ["grade"]

_NOT_ALL_GRADED = 3
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
        Path, typer.Option("--out", help="Folder for results.json and grades.csv.")
    ] = Path("grades"),
    unit: UnitOption = None,
    exercise: ExerciseOption = None,
    jobs: JobsOption = None,
    isolation: IsolationOption = None,
    engine: EngineOption = EngineName.SANDBOX,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Grade a class of submissions.

    Prints a line for each submission and writes results.json and grades.csv into --out.
    Exit status: 0 when every submission was graded, 3 when some could not be, 2 for a wrong
    call, course or machine.
    """
    started = time.perf_counter()
    tier = isolation or Isolation.STRONG
    loaded = load_course(course)
    chosen = chosen_exercises(loaded, exercise or (), unit or ())
    engines = engines_for(engine, loaded.sandbox_for(chosen), tier, hidden=[loaded.folder])
    survey = survey_submissions(submissions)
    found = survey.submissions
    if not found:
        raise UsageError(f"No notebook found in {', '.join(map(str, submissions))}.")
    preparation = prepare_course(loaded, seed=seed, only=[each.id for each in chosen])
    header = RunHeader(
        course=loaded.title,
        isolation=tier,
        engine=engine,
        seed=seed,
        ignored=tuple(IgnoredFile(path=one.where, why=one.why) for one in survey.ignored),
    )
    tally = Tally()
    results = grade_batch(preparation, found, engines, jobs=jobs or cores())
    with RunFiles(out, header, [ready.exercise.id for ready in preparation.exercises]) as files:
        for result in _as_json(results, header) if as_json else _as_lines(results, found):
            files.add(result)
            tally.add(result)
    if not as_json:
        console = Console(highlight=False, markup=False, soft_wrap=True)
        for line in summary_lines(tally, header.ignored, time.perf_counter() - started):
            console.print(line)
        console.print(f"Written: {files.results} and {files.grades}")
        if not loaded.secret:
            console.print(_GUESSABLE)
    if not tally.complete:
        raise typer.Exit(_NOT_ALL_GRADED)


def _as_json(results: Iterable[SubmissionResult], header: RunHeader) -> Iterator[SubmissionResult]:
    stream = ResultsStream(sys.stdout, header)
    for result in results:
        stream.add(result)
        yield result
    stream.close()


def _as_lines(
    results: Iterable[SubmissionResult], found: Sequence[Submission]
) -> Iterator[SubmissionResult]:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    names = name_columns(submission.student for submission in found)
    # Lines are cut to a terminal's width, and nowhere else: a file has room for all that is said.
    width = console.width if sys.stdout.isatty() else None
    with _bar(console) as bar:
        task = bar.add_task("Grading", total=len(found))
        for result in results:
            console.print(result_line(result, names=names, width=width))
            bar.update(task, advance=1, refresh=True)
            yield result


def _bar(lines: Console) -> Progress:
    """Return a bar that shares the console of the lines where both are on one terminal."""
    on_stdout = sys.stdout.isatty()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=lines if on_stdout else Console(stderr=True),
        auto_refresh=False,  # no thread: workers are forked from this process while it is shown
        transient=True,
        disable=not (on_stdout or sys.stderr.isatty()),
    )

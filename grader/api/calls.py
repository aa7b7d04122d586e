"""The functions of the public Python API; see docs/reference/python-api.md."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from grader.errors import UsageError
from grader.sandbox.engine import EngineName, Isolation

if TYPE_CHECKING:
    from grader.api.class_run import ClassRun
    from grader.api.given import NotebookLike
    from grader.api.report import Report
    from grader.batch.regrade import Regraded
    from grader.cache import Cache
    from grader.course import Course
    from grader.results import SubmissionResult

StrPath: TypeAlias = str | os.PathLike[str]
CourseLike: TypeAlias = "StrPath | Course"
"""Folder of a course, or the result of `load_course`."""


class CheckOptions(TypedDict, total=False):
    """Options of a check of a notebook; see `grader.check`."""

    course: CourseLike
    checks: StrPath
    exercises: Sequence[str]
    units: Sequence[str]
    hidden: bool
    files: Mapping[str, bytes]
    isolation: str
    engine: str
    seed: int
    cache: bool


def load_course(folder: StrPath) -> Course:
    """Load a course without running any of its programs.

    Parameters
    ----------
    folder : str or PathLike
        Holds ``exercises/course.yaml``, ``exercises/<unit>/<id>.yaml`` and ``solutions/``.

    Returns
    -------
    Course
        The units, and the exercises in order; the other functions accept it as `course`.

    Raises
    ------
    CourseError
        Lists every error of every file.

    Examples
    --------
    >>> import grader
    >>> course = grader.load_course("docs/examples")
    >>> [unit.id for unit in course.units]
    ['kinds']
    """
    from grader.course import load_course as load

    return load(Path(folder))


def grade(
    notebook: NotebookLike,
    *,
    course: CourseLike = ".",
    exercises: Sequence[str] = (),
    units: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
    isolation: str = "strong",
    engine: str = "sandbox",
    seed: int = 0,
    cache: Cache | bool = True,
) -> SubmissionResult:
    """Grade one notebook as ``grader grade`` does, and store nothing.

    The notebook runs in a sandbox and is judged in a worker process. Grading forks and uses
    signals, so call it from the main thread.

    Parameters
    ----------
    notebook : str, PathLike, bytes or Mapping
        A path, the bytes of a file, or a notebook as nbformat reads it.
    course : str, PathLike or Course
        The course's folder, or the course as `load_course` returned it.
    exercises, units : sequence of str
        Ids of the exercises, or of the units, to grade; all if both are empty.
    files : Mapping of str to bytes, optional
        Contents of files in the notebook's folder when it runs, by path.
    isolation : str
        Isolation of student code from the machine: ``strong``, ``basic`` or ``none``.
    engine : str
        What runs the cells: ``sandbox``, or ``jupyter`` for a real kernel.
    seed : int
        Seed of hidden inputs.
    cache : bool or Cache
        Whether to reuse expected values that earlier runs computed, and to store new ones.

    Returns
    -------
    SubmissionResult
        Holds messages for the instructor; `grader.for_student` returns what the student may see.

    Raises
    ------
    GraderError
        The course, the call or the machine has a problem. A notebook that cannot be read or that
        misbehaves raises no error; see the result's `status` and `reason`.

    Examples
    --------
    >>> import grader
    >>> result = grader.grade(
    ...     "examples/submissions/mistake-kl-nan-on-zero.ipynb", exercises=["kl_asymmetry"]
    ... )
    >>> result.status, result.score, result.max_score
    ('graded', Decimal('6.75'), Decimal('10.00'))
    >>> {check.mistake for check in result.exercises[0].checks if check.status == "fail"}
    {'nan_on_zero'}
    """
    from grader.api.early import opened_course

    with opened_course(course, isolation, engine, cache) as opened:
        from grader.api.class_run import ClassRun
        from grader.api.given import given_submission
        from grader.submissions import Survey

        submission = given_submission(notebook, files)
        job = opened.job(exercises, units, seed=seed, jobs=1)
        (result,) = ClassRun(job=job, survey=Survey((submission,), ()), submissions=[submission])
        return result


@contextmanager
def grade_class(
    submissions: StrPath | Sequence[StrPath],
    *,
    course: CourseLike = ".",
    gradebook: StrPath | None = None,
    exercises: Sequence[str] = (),
    units: Sequence[str] = (),
    students: Sequence[str] = (),
    limit: int | None = None,
    roster: StrPath | None = None,
    times: Sequence[StrPath] = (),
    jobs: int | None = None,
    scheduler: str | None = None,
    isolation: str = "strong",
    engine: str = "sandbox",
    seed: int = 0,
    cache: Cache | bool = True,
) -> Iterator[ClassRun]:
    """Grade a class as ``grader grade`` does; use it in a ``with`` statement.

    Parameters
    ----------
    submissions : str, PathLike or sequence of these
        Notebooks, folders or zips.
    gradebook : str or PathLike, optional
        Path of a SQLite file, or URL of a database. Each result is stored there at once, and a
        submission that has a grade there is not graded again. None stores nothing.
    students : sequence of str
        Ids of the students to grade; all if empty.
    limit : int, optional
        Maximum number of submissions to grade.
    roster : str or PathLike, optional
        CSV of the class.
    times : sequence of str or PathLike
        CSVs of submission times.
    jobs : int, optional
        Number of worker processes; one per core if None.
    scheduler : str, optional
        Dask scheduler whose workers grade.
    course, exercises, units, isolation, engine, seed, cache
        See `grade`.

    Yields
    ------
    ClassRun
        Iterate over it to grade the class; each item is a `SubmissionResult`.

    Raises
    ------
    GraderError
        The course, the call or the machine has a problem; stored results are kept.

    Examples
    --------
    >>> import grader
    >>> with grader.grade_class(
    ...     "examples/submissions/folder-of-a-student", exercises=["hth_likelihood"], jobs=1
    ... ) as run:
    ...     for result in run:
    ...         print(result.student, result.status)
    homework graded
    """
    from grader.api.early import opened_course

    # An existing gradebook may hold every grade already; then no sandbox is needed.
    early = scheduler is None and _is_new(gradebook)
    with opened_course(course, isolation, engine, cache, early=early) as opened:
        from grader.api.class_run import class_run

        job = opened.job(exercises, units, seed=seed, jobs=jobs, scheduler=scheduler)
        paths = [submissions] if isinstance(submissions, str | os.PathLike) else submissions
        yield class_run(
            job,
            [Path(each) for each in paths],
            gradebook=None if gradebook is None else str(gradebook),
            roster=None if roster is None else Path(roster),
            times=[Path(each) for each in times],
            students=students,
            limit=limit,
        )


def regrade(
    gradebook: StrPath,
    *,
    course: CourseLike = ".",
    exercises: Sequence[str] = (),
    units: Sequence[str] = (),
    jobs: int | None = None,
    scheduler: str | None = None,
    isolation: str | None = None,
    seed: int | None = None,
    dry_run: bool = False,
    cache: Cache | bool = True,
) -> Iterator[Regraded]:
    """Grade the submissions of a gradebook again if an exercise has changed.

    Parameters
    ----------
    gradebook : str or PathLike
        Path of a SQLite file, or URL of a database.
    isolation, seed : str, int, optional
        Those of the last run if None.
    dry_run : bool
        Whether to store nothing and only find what would change.
    course, exercises, units, jobs, scheduler, cache
        See `grade_class`; the course is read in its current state.

    Yields
    ------
    Regraded
        A submission and what has changed; each is graded when the iterator reaches it.

    Raises
    ------
    GraderError
        The course, the gradebook, the call or the machine has a problem; stored results are kept.
    """
    from grader.api.early import opened_course

    with opened_course(course, isolation or "strong", "sandbox", cache, early=False) as opened:
        from grader.batch.regrade import regrade as regrade_kept
        from grader.gradebook.database.book import open_gradebook
        from grader.gradebook.history import last_run
        from grader.gradebook.log import user_name

        with open_gradebook(str(gradebook), must_exist=True) as book:
            if last := book.read(last_run):
                tier = opened.isolation if isolation else Isolation(last.isolation)
                opened = replace(opened, isolation=tier, engine=EngineName(last.engine))
                seed = last.seed if seed is None else seed
            job = opened.job(exercises, units, seed=seed or 0, jobs=jobs, scheduler=scheduler)
            yield from regrade_kept(book, job.snapshot(), job, who=user_name(), dry_run=dry_run)


def check_notebook(
    notebook: NotebookLike,
    *,
    course: CourseLike | None = None,
    checks: StrPath | None = None,
    exercises: Sequence[str] = (),
    units: Sequence[str] = (),
    hidden: bool = False,
    files: Mapping[str, bytes] | None = None,
    isolation: str = "none",
    engine: str = "sandbox",
    seed: int = 0,
    cache: Cache | bool = True,
) -> Report:
    """Check a notebook for its author, as ``grader check`` does; see `grader.check`."""
    from grader.api.early import named_choice, opened_course

    chosen_course = _course_to_check_with(course, checks)
    if chosen_course is None:
        tier, runner = named_choice(Isolation, isolation), named_choice(EngineName, engine)

        from grader.api import own_notebook as own
        from grader.api.given import given_submission
        from grader.sandbox.engines import engines_for

        submission = given_submission(notebook, files, nearby=True)
        own.refuse_without_course(hidden=hidden, units=units)
        released = None if checks is None else Path(checks)
        chosen = own.given_checks(submission, released).only(exercises)
        engines = engines_for(runner, own.settings_of(chosen), tier, hidden=[])
        return own.checked(submission, chosen, engines)
    with opened_course(chosen_course, isolation, engine, cache) as opened:
        from grader.api import own_notebook as own
        from grader.api.given import given_submission

        submission = given_submission(notebook, files, nearby=True)
        chosen = own.course_checks(
            opened.course, seed, exercises, units, hidden=hidden, cache=opened.cache
        )
        return own.checked(submission, chosen, opened.engines(own.settings_of(chosen)))


def _course_to_check_with(course: CourseLike | None, checks: StrPath | None) -> CourseLike | None:
    """Return the course with the checks, or None if a notebook holds them."""
    if course is not None and checks is not None:
        raise UsageError("`course=` and `checks=` both say where the checks are: give only one.")
    if course is not None or checks is not None:
        return course
    candidates = (Path("exercises", "course.yaml"), Path("course.yaml"))
    return "." if any(path.is_file() for path in candidates) else None


def _is_new(gradebook: StrPath | None) -> bool:
    """Return whether the gradebook is a file that does not exist yet."""
    return gradebook is None or ("://" not in str(gradebook) and not Path(gradebook).exists())

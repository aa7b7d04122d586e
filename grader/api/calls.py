"""The calls of the public Python API; docs/reference/python-api.md shows them at work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
"""A course's folder, or the course as `load_course` returned it."""


class CheckOptions(TypedDict, total=False):
    """What may be said of a notebook that is to be checked; see `grader.check`."""

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
    """Load a course; no program of it is run.

    Parameters
    ----------
    folder : str or PathLike
        Holds ``exercises/course.yaml``, ``exercises/<unit>/<id>.yaml`` and ``solutions/``.

    Returns
    -------
    Course
        With its units, and its exercises in their order; the other calls take it as `course`.

    Raises
    ------
    CourseError
        Lists every fault of every file.

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
    """Grade one notebook, as ``grader grade`` does, and keep nothing.

    The notebook runs in a sandbox and is judged in a worker process. This forks and uses signals,
    so call it from the main thread.

    Parameters
    ----------
    notebook : str, PathLike, bytes or Mapping
        A path, the bytes of a file, or a notebook as nbformat reads it.
    course : str, PathLike or Course
        The course's folder, or the course as `load_course` returned it.
    exercises, units : sequence of str
        Ids of the exercises to grade, or of the units whose exercises are; all where both are
        empty.
    files : Mapping of str to bytes, optional
        Files that lie beside the notebook when it runs, by path.
    isolation : str
        How far student code is kept from the machine: ``strong``, ``basic`` or ``none``.
    engine : str
        What runs the cells: ``sandbox``, or ``jupyter``, which is a real kernel.
    seed : int
        Seed that hidden inputs are drawn from.
    cache : bool or Cache
        Whether to use what earlier runs worked out of the course, and to keep it for later ones.

    Returns
    -------
    SubmissionResult
        With messages for the instructor; `grader.for_student` returns what the student may see.

    Raises
    ------
    GraderError
        The course, the call or the machine is wrong. A notebook that cannot be read or that
        misbehaves is no error: the result's `status` and `reason` say so.

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
    from grader.api.early import early_sandbox

    tier, runs = _isolation(isolation), _engine(engine)
    kept = _opened(cache)
    with early_sandbox(_folder_of(course), tier, runs, kept) as early:
        from grader.api.class_run import course_run, run_of
        from grader.api.given import given_submission

        run = course_run(
            _loaded(course, kept),
            exercises,
            units,
            isolation=tier,
            engine=runs,
            seed=seed,
            jobs=1,
            scheduler=None,
            early=early,
            cache=kept,
        )
        (result,) = run_of(run, [given_submission(notebook, files)])
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
    """Grade a class, as ``grader grade`` does; use it in a ``with`` statement.

    Parameters
    ----------
    submissions : str, PathLike or sequence of these
        Notebooks, folders or zips.
    course : str, PathLike or Course
        The course's folder, or the course as `load_course` returned it.
    gradebook : str or PathLike, optional
        Path of a SQLite file, or the URL of a database, where results are kept as they come; what
        has a grade there is not graded again. None keeps nothing.
    exercises, units : sequence of str
        Ids of the exercises to grade, or of the units whose exercises are; all where both are
        empty.
    students : sequence of str
        Ids of the students to grade; all where it is empty.
    limit : int, optional
        How many submissions to grade at most.
    roster : str or PathLike, optional
        CSV of the class.
    times : sequence of str or PathLike
        CSVs of when submissions came.
    jobs : int, optional
        Worker processes; one a core where it is None.
    scheduler : str, optional
        Dask scheduler whose workers grade.
    isolation, engine, seed, cache
        See `grade`.

    Yields
    ------
    ClassRun
        To iterate it grades the class, and gives a `SubmissionResult` for each submission.

    Raises
    ------
    GraderError
        The course, the call or the machine is wrong; what was stored is kept.

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
    from grader.api.early import early_sandbox

    tier, runs = _isolation(isolation), _engine(engine)
    kept = _opened(cache)
    # A gradebook that is there may have every grade already: then no sandbox is needed.
    folder = _folder_of(course) if scheduler is None and _is_new(gradebook) else None
    with early_sandbox(folder, tier, runs, kept) as early:
        from grader.api.class_run import IN_MEMORY, class_run, course_run

        run = course_run(
            _loaded(course, kept),
            exercises,
            units,
            isolation=tier,
            engine=runs,
            seed=seed,
            jobs=jobs,
            scheduler=scheduler,
            early=early,
            cache=kept,
        )
        given = [submissions] if isinstance(submissions, str | os.PathLike) else submissions
        yield class_run(
            run,
            [Path(each) for each in given],
            gradebook=IN_MEMORY if gradebook is None else str(gradebook),
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
    """Grade again what a gradebook keeps, where an exercise has changed.

    Parameters
    ----------
    gradebook : str or PathLike
        Path of a SQLite file, or the URL of a database.
    course, exercises, units, jobs, scheduler
        See `grade_class`; the course is taken as it is now.
    isolation, seed : str, int, optional
        Those of the last run where they are None.
    dry_run : bool
        Whether to store nothing, and only to find what would change.
    cache : bool or Cache
        See `grade`.

    Returns
    -------
    iterator of Regraded
        Each submission that is kept, with what has changed of it; it is graded when it comes up.

    Raises
    ------
    GraderError
        The course, the gradebook, the call or the machine is wrong; what was stored is kept.
    """
    from grader.api.class_run import regraded

    kept = _opened(cache)
    return regraded(
        str(gradebook),
        course=_loaded(course, kept),
        exercises=exercises,
        units=units,
        jobs=jobs,
        scheduler=scheduler,
        isolation=None if isolation is None else _isolation(isolation),
        seed=seed,
        dry_run=dry_run,
        cache=kept,
    )


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
    """Check a notebook for the person who wrote it, as ``grader check`` does; see `grader.check`.

    Raises
    ------
    GraderError
        The course, the notebook, the call or the machine is wrong.
    """
    from grader.api.early import early_sandbox

    found = _course_to_check_with(course, checks)
    tier, runs = _isolation(isolation), _engine(engine)
    kept = _opened(cache)
    folder = None if found is None else _folder_of(found)
    with early_sandbox(folder, tier, runs, kept) as early:
        from grader.api import own_notebook as own
        from grader.api.given import given_submission
        from grader.cache import hidden_from_sessions
        from grader.sandbox.engines import engines_for

        submission = given_submission(notebook, files, nearby=True)
        if found is None:
            own.refuse_without_course(hidden=hidden, units=units)
            released = None if checks is None else Path(checks)
            chosen = own.given_checks(submission, released).only(exercises)
        else:
            chosen = own.course_checks(
                _loaded(found, kept), seed, exercises, units, hidden=hidden, cache=kept
            )
        loaded = chosen.preparation.course
        settings = loaded.sandbox_for(ready.exercise for ready in chosen.preparation.exercises)
        kept_away = [] if found is None else hidden_from_sessions(loaded.folder, kept)
        engines = engines_for(runs, settings, tier, hidden=kept_away, early=early)
        return own.checked(submission, chosen, engines)


def _course_to_check_with(course: CourseLike | None, checks: StrPath | None) -> CourseLike | None:
    """Return the course; None where the checks come from a notebook."""
    if course is not None and checks is not None:
        raise UsageError("`--course` and `--checks` both say where the checks are: keep one.")
    if course is not None or checks is not None:
        return course
    could_be = (Path("exercises", "course.yaml"), Path("course.yaml"))
    return "." if any(path.is_file() for path in could_be) else None


def _opened(cache: Cache | bool) -> Cache | None:
    from grader.cache import open_cache

    return (open_cache() if cache else None) if isinstance(cache, bool) else cache


def _loaded(course: CourseLike, cache: Cache | None) -> Course:
    if not isinstance(course, str | os.PathLike):
        return course
    from grader.course import load_course as load

    return load(Path(course), cache=cache)


def _folder_of(course: CourseLike) -> Path:
    return Path(course) if isinstance(course, str | os.PathLike) else course.folder


def _is_new(gradebook: StrPath | None) -> bool:
    """Tell whether a gradebook is a file that is not there yet."""
    return gradebook is None or ("://" not in str(gradebook) and not Path(gradebook).exists())


def _isolation(name: str) -> Isolation:
    if name not in set(Isolation):
        raise UsageError(f"There is no tier `{name}`: choose {', '.join(Isolation)}.")
    return Isolation(name)


def _engine(name: str) -> EngineName:
    if name not in set(EngineName):
        raise UsageError(f"There is no engine `{name}`: choose {', '.join(EngineName)}.")
    return EngineName(name)

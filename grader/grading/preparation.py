"""Prepares a course for grading: draws inputs and works out expected values, once per run."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from grader.cache import Cache
from grader.checks.base import Check, CheckContext, Student, Verdict, failed
from grader.checks.bounds import judge_within_bounds
from grader.checks.student_work import StudentWork
from grader.course import (
    Course,
    Exercise,
    Mistake,
    Program,
    load_program,
    names_given_to,
    read_program,
    rerun_of,
    student_of_program,
)
from grader.course.deferred_imports import DEFERRING
from grader.errors import CheckError, UsageError
from grader.grading.explaining.starters import StarterProgram
from grader.grading.mistakes import KnownMistakes
from grader.grading.store import Store, StoredExercise, StoredMistakes, read_prepared
from grader.guest.protocol.query_batch import QueryBatch
from grader.guest.protocol.values import Query
from grader.limits.own_alarm import OwnAlarm
from grader.results import total
from grader.text import safe_text

MISTAKE_S = 1.0
"""How long a call of a known mistake may take [s].

A mistake that never ends is recognised by its time-out, not by how long it ran. Others take
milliseconds, and each worker waits for each endless one.
"""


@dataclass(frozen=True, slots=True)
class PreparedCheck:
    """A check with everything it needs to judge.

    Attributes
    ----------
    check : Check
        The check.
    prepared : object
        What it prepared from the reference.
    fault : CheckError or None
        Why it cannot be used, if it is broken.
    context : CheckContext or None
        The context that it was prepared in; None if it was not prepared here.
    """

    check: Check
    prepared: Any
    fault: CheckError | None = None
    context: CheckContext | None = None

    def queries(self) -> tuple[Query, ...]:
        """Return the questions that can be prefetched."""
        try:
            return () if self.fault else tuple(self.check.queries(self.prepared))
        except Exception:  # of an author's own kind; its `judge` will report it
            return ()

    def sends_nothing(self) -> bool:
        """Return whether the questions reveal nothing to the student's process."""
        try:
            return self.fault is None and self.check.sends_nothing(self.prepared)
        except Exception:
            return False


class LazyMapping(Mapping[str, Any]):
    """A mapping, mostly of a program's names, that `load` makes when it is first read."""

    def __init__(self, load: Callable[[], Mapping[str, Any]]) -> None:
        self._load = cache(load)

    def __getitem__(self, name: str) -> Any:
        return self._load()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())


@dataclass(frozen=True, slots=True)
class Round:
    """Checks that are judged before later ones ask anything, and the questions to prefetch."""

    checks: tuple[PreparedCheck, ...]
    ahead: QueryBatch


@dataclass(frozen=True)
class PreparedExercise:
    """An exercise that is ready to judge students.

    Attributes
    ----------
    exercise : Exercise
        The exercise of the course.
    checks : tuple of PreparedCheck
        In the exercise's order.
    given : Mapping of str to object
        Names that its programs may use without defining them.
    upstream : Mapping of str to str
        The functions among `given`, each with the exercise that defines it.
    known : KnownMistakes or None
        The known mistakes, if their programs are absent, as in a student's bundle.
    stored : StoredExercise or None
        Results of earlier runs, if a cache is used.
    """

    exercise: Exercise
    checks: tuple[PreparedCheck, ...]
    given: Mapping[str, Any] = field(default_factory=dict)
    upstream: Mapping[str, str] = field(default_factory=dict)
    known: KnownMistakes | None = None
    stored: StoredExercise | None = None

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """The order in which a student is asked; the same for a whole class.

        Later questions cannot influence what a student sees of an earlier round: visible checks
        come first, then hidden ones that only read variables, then those with hidden inputs.
        """
        visible = tuple(ready for ready in self.checks if ready.check.visible)
        hidden = [ready for ready in self.checks if not ready.check.visible]
        reading = tuple(ready for ready in hidden if ready.sends_nothing())
        sending = tuple(ready for ready in hidden if not ready.sends_nothing())
        rounds = (visible, reading, sending) if reading and sending else (visible, tuple(hidden))
        return tuple(
            Round(checks, QueryBatch.of([each for ready in checks for each in ready.queries()]))
            for checks in rounds
        )

    @cached_property
    def starter(self) -> StarterProgram:
        """The verdicts on the untouched starter, which runs when a notebook first looks untouched.

        A bundle may come from anyone, so its starter is never run.
        """
        checks = {ready.check.name: ready for ready in self.checks if ready.context is not None}
        program = cache(lambda: Program.of(self.exercise.starter, self.exercise.path))

        def judge(name: str) -> Verdict | None:
            try:
                ready, student = checks[name], program().student(self.given, limit_s=MISTAKE_S)
                student.work = StudentWork()  # a student wrote none of it
                return judge_within_bounds(ready.check, ready.prepared, student, apart=False)
            except Exception:  # a starter that cannot be judged is like no answer
                return None

        return StarterProgram(judge)

    @cached_property
    def mistakes(self) -> KnownMistakes:
        """The exercise's known mistakes, run when a failure first needs them."""
        if self.known is not None:
            return self.known
        checks = {ready.check.name: ready for ready in self.checks}
        ids = tuple(mistake.id for mistake in self.costly_mistakes)

        def judge(mistake: str, name: str) -> Verdict:
            return self.judge_mistake(mistake, checks[name])

        if self.stored is None:
            return KnownMistakes(ids, judge)
        kept = StoredMistakes(self.stored, judge)
        return KnownMistakes(ids, kept.judge, kept.save)

    @property
    def costly_mistakes(self) -> tuple[Mistake, ...]:
        """The mistakes that cost points; others explain no failure."""
        points = self.exercise.points
        return tuple(each for each in self.exercise.mistakes if each.score != points)

    def judge_mistake(self, mistake: str, ready: PreparedCheck) -> Verdict:
        """Return a check's verdict on the program of a known mistake."""
        try:
            student = self._programs(mistake).student(self.given, limit_s=MISTAKE_S)
            return judge_within_bounds(ready.check, ready.prepared, student, apart=False)
        except Exception:  # a program that cannot be judged explains nothing
            return failed("", brief="")

    @cached_property
    def _programs(self) -> Callable[[str], Program]:
        paths = {mistake.id: mistake.program for mistake in self.exercise.mistakes}
        return cache(lambda mistake: Program.of(read_program(paths[mistake]), paths[mistake]))


@dataclass(frozen=True, slots=True)
class Preparation:
    """A course that is ready for one run.

    Attributes
    ----------
    course : Course
        The loaded course.
    seed : int
        The run's seed, from which all hidden inputs are drawn.
    exercises : tuple of PreparedExercise
        The exercises to grade, in the course's order.
    files : Mapping of str to bytes
        The files that every student gets; see `Course.read_files`.
    """

    course: Course
    seed: int
    exercises: tuple[PreparedExercise, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def with_only(self, exercises: Collection[str]) -> Preparation:
        """Return this preparation with only some of its exercises."""
        chosen = tuple(ready for ready in self.exercises if ready.exercise.id in exercises)
        return self if len(chosen) == len(self.exercises) else replace(self, exercises=chosen)

    @property
    def max_score(self) -> Decimal:
        """The points of all its exercises."""
        return total(
            sum((ready.check.points for ready in each.checks), Decimal(0))
            for each in self.exercises
        )

    @property
    def faults(self) -> tuple[tuple[str, str, CheckError], ...]:
        """Exercise, check and fault of each broken check."""
        return tuple(
            (ready.exercise.id, check.check.name, check.fault)
            for ready in self.exercises
            for check in ready.checks
            if check.fault is not None
        )


def prepare_course(
    course: Course,
    *,
    seed: int = 0,
    only: Iterable[str] = (),
    units: Iterable[str] = (),
    visible_only: bool = False,
    cache: Cache | None = None,
) -> Preparation:
    """Draw every input and work out every expected value of a course.

    Parameters
    ----------
    course : Course
        The course.
    seed : int
        The run's seed.
    only, units : iterable of str
        Ids of the exercises to prepare, and of units whose exercises to prepare; all if both are
        empty.
    visible_only : bool
        Whether hidden checks are left out, as in a student's own run.
    cache : Cache, optional
        Results of earlier runs; without it nothing is reused or stored.

    Raises
    ------
    UsageError
        `only` names an exercise that the course does not have, or `units` a unit.
    """
    chosen = chosen_exercises(course, only, units)
    store = Store.open(cache, course, seed)
    # One alarm around those of all calls makes each of these fast to set.
    with OwnAlarm(math.inf), course.working():
        exercises = [_prepare_exercise(course, each, seed, visible_only, store) for each in chosen]
    return Preparation(
        course=course, seed=seed, exercises=tuple(exercises), files=course.read_files()
    )


def chosen_exercises(
    course: Course, only: Iterable[str] = (), units: Iterable[str] = ()
) -> list[Exercise]:
    """Return the exercises that are named or belong to a named unit; all if nothing is named.

    Raise UsageError if `only` names an exercise that the course does not have, or `units` a unit.
    """
    only, units = tuple(only), tuple(units)
    _require_known("exercise", only, list(course.exercises))
    _require_known("unit", units, [unit.id for unit in course.units])
    return [
        exercise
        for name, exercise in course.exercises.items()
        if name in only or exercise.unit in units or not (only or units)
    ]


def _require_known(what: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            shown = safe_text(name)
            raise UsageError(f"The course has no {what} `{shown}`; it has: {', '.join(known)}.")


def _prepare_exercise(
    course: Course, exercise: Exercise, seed: int, visible_only: bool, store: Store | None
) -> PreparedExercise:
    checks = [check for check in exercise.checks if check.visible or not visible_only]
    stored = None if store is None else store.of_exercise(exercise, checks)
    kept = None if stored is None else stored.read()
    given = LazyMapping(lambda: names_given_to(course, exercise, _load_reference))
    reference = cache(lambda: student_of_program(exercise.reference, {**given, **DEFERRING}))
    context = CheckContext(
        exercise=exercise.id,
        reference=LazyMapping(lambda: reference().names),
        defines=exercise.defines,
        tolerance=exercise.tolerance,
        seed=0,
        rerun=rerun_of(course, exercise),
        questions=course.questions,
    )
    ready = tuple(
        _kept_check(check, own, kept.get(check.name) if kept else None)
        or _prepare_check(check, own, reference)
        for check in checks
        for own in [
            replace(
                context,
                seed=_check_seed(course, seed, exercise.id, check.name),
                authored=_authored_for(check, exercise),
            )
        ]
    )
    if stored is not None and kept is None:
        stored.write(
            (each.check, each.prepared, each.context)
            for each in ready
            if each.fault is None and each.context is not None
        )
    upstream = LazyMapping(lambda: _upstream(course, exercise, given))
    return PreparedExercise(exercise, ready, given, upstream, stored=stored)


def _load_reference(path: Path, given: Mapping[str, Any]) -> Mapping[str, Any]:
    return load_program(path, {**given, **DEFERRING})


def _kept_check(check: Check, context: CheckContext, kept: bytes | None) -> PreparedCheck | None:
    """Return a check as prepared by an earlier run, which verified that its reference passes."""

    def loaded() -> CheckContext:
        # Both load when they are first read: now, and not under the limits of judging.
        len(context.reference)
        len(context.authored)
        return context

    try:
        if kept is not None:
            return PreparedCheck(check, read_prepared(check, kept, loaded), None, context)
    except (CheckError, ValueError):
        pass
    return None


def _upstream(course: Course, exercise: Exercise, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the functions given to an exercise, each with the exercise that defines it.

    Empty if a reference below cannot be run, which is a fault of every check.
    """
    try:
        len(given)
    except CheckError:
        return {}
    return {
        name: other
        for other in _built_on(course, exercise)
        for name in course.exercises[other].defines
        if callable(given.get(name))
    }


def _built_on(course: Course, exercise: Exercise) -> list[str]:
    """Return the exercises below an exercise, with its direct ones last."""
    direct = [course.exercises[each] for each in exercise.builds_on]
    return [*(name for each in direct for name in _built_on(course, each)), *exercise.builds_on]


def _authored_for(check: Check, exercise: Exercise) -> Mapping[str, Any]:
    """Return the author's own functions, loaded for each check so that checks share no state."""
    path = exercise.authored
    return LazyMapping(lambda: load_program(path)) if check.names_authored and path else {}


def _prepare_check(
    check: Check, context: CheckContext, reference: Callable[[], Student]
) -> PreparedCheck:
    try:
        student = reference()
        prepared = check.prepare(context)
    except CheckError as fault:
        return PreparedCheck(check, None, fault)
    unproven = _unproven(check, prepared, student, context.exercise)
    return PreparedCheck(check, prepared, unproven, context)


def _unproven(check: Check, prepared: Any, reference: Student, exercise: str) -> CheckError | None:
    """Return the fault of a check if its own reference does not pass."""
    try:
        verdict = check.judge(prepared, reference)
    except Exception as error:  # an author's expression may raise anything
        verdict = failed(f"judging it raised {type(error).__name__}: {error}", brief="")
    if verdict.passed or verdict.review:
        return None
    return CheckError(f"The reference of `{exercise}` does not pass: {verdict.message}")


def _check_seed(course: Course, seed: int, exercise: str, check: str) -> int:
    """Return 128 bits that cannot be worked out without the course's secret.

    The parts are length-prefixed, so that different courses, seeds or names never coincide.
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in (course.secret, str(seed), exercise, check):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return int.from_bytes(digest.digest(), "big")

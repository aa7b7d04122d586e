"""Whether every grader found what it should: speed without the right marks is worth nothing."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.classroom import Classroom, Program
from benchmarks.questions import Questions
from benchmarks.subjects import ConnectionLost
from grader.course import student_of_program
from grader.grading.preparation import Preparation, PreparedExercise


def expect(preparation: Preparation, classroom: Classroom) -> ConnectionLost:
    """Judge each answer on its own, in this process, and return the checks that it fails.

    Raises
    ------
    RuntimeError
        A right answer fails a check, or a mistake fails none: the course is at fault.
    """
    ready = {of.exercise.id: of for of in preparation.exercises}
    judged: dict[tuple[str, str], frozenset[str]] = {}
    for programs in classroom.answers.values():
        for exercise, program in programs.items():
            if (exercise, program.name) not in judged:
                judged[exercise, program.name] = _judge(ready[exercise], program)
    return {
        student: {exercise: judged[exercise, program.name] for exercise, program in of.items()}
        for student, of in classroom.answers.items()
    }


def disagreements(
    name: str, lost: ConnectionLost, expected: ConnectionLost, questions: Questions | None = None
) -> Iterator[str]:
    """Yield each answer that a grader judged otherwise than it should.

    With `questions` the grader is a peer: it sees those questions only, and is asked no more than
    whether an answer is entirely right, since it poses a relation between calls as plain values.
    """
    for student, exercises in expected.items():
        for exercise, checks in exercises.items():
            actual = lost.get(student, {}).get(exercise)
            if questions is None:
                agreed = actual == checks
            else:
                asked = frozenset(question.name for question in questions[exercise])
                agreed = actual is not None and bool(actual) == bool(checks & asked)
            if not agreed:
                yield f"{name}: {student}, {exercise}: {_listed(actual)} for {_listed(checks)}"


def _listed(checks: frozenset[str] | None) -> str:
    return "nothing at all" if checks is None else str(sorted(checks))


def _judge(ready: PreparedExercise, program: Program) -> frozenset[str]:
    student = student_of_program(program.path, ready.given)
    lost = frozenset(
        check.check.name
        for check in ready.checks
        if not check.check.judge(check.prepared, student).passed
    )
    if bool(lost) == program.right:
        raise RuntimeError(f"{program.path} should {'pass' if program.right else 'fail'}: {lost}")
    return lost

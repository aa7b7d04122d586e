"""Benches, checks from YAML-like mappings, and students that answer whatever a test wants."""

from grader.checks.base import CheckContext
from grader.checks.registry import all_kinds
from grader.checks.students.local import LocalStudent
from grader.compare import Tolerance
from grader.guest.protocol.values import Missing, Returned


def context_of(reference, *, tolerance=None, seed=7, defines=None, authored=None):
    public = tuple(name for name in reference if not name.startswith("_"))
    return CheckContext(
        exercise="an_exercise",
        reference=reference,
        defines=defines or public,
        tolerance=tolerance or Tolerance(),
        seed=seed,
        authored=authored or {},
    )


def check_of(**keys):
    (kind,) = [kind for kind in all_kinds() if kind in keys]
    return all_kinds()[kind].model_validate({"name": "a check", "points": 1, **keys})


def verdict_of(check, reference, answers, **context):
    """Prepare a check with the reference, and put it to a program of the student's."""
    prepared = check.prepare(context_of(reference, **context))
    student = answers if hasattr(answers, "call") else LocalStudent(answers)
    return check.judge(prepared, student)


class Scripted:
    """Gives the same answer to everything, and keeps what it was asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def get(self, name):
        return self.answer

    def call(self, name, cases):
        self.asked += [(name, case) for case in cases]
        return [self.answer] * len(cases)

    def draw(self, name, cases):
        return [self.answer] * len(cases)


def returning(value):
    return Scripted(Returned(value))


NOTHING = Scripted(Missing("f", callable_wanted=True))

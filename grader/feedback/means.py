"""Mean scores of a class, in which each student counts once for any number of notebooks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.course import Course, Exercise
from grader.feedback.wording import count_text
from grader.gradebook.policy import Attempt, choose_attempt
from grader.results import ExerciseResult, SubmissionResult, points_text, rounded, total

_WITH_POINTS = ("graded", "timed_out")


@dataclass(slots=True)
class _Sum:
    points: Decimal = Decimal(0)
    students: int = 0

    def add(self, points: Decimal) -> None:
        self.points += points
        self.students += 1

    def text(self, most: Decimal) -> str:
        return f"{points_text(self.points / self.students)} of {points_text(most)} points"


class Means:
    """Means over the students of a run, of all exercises and of each unit.

    If several notebooks of a student contain an exercise, the course decides which one counts: the
    best or the last. Results of a student are kept only until the last notebook has come, so that
    memory does not grow with the class.

    Parameters
    ----------
    course : Course
        The course.
    exercises : sequence of Exercise
        The graded exercises.
    students : iterable of str
        The student of each submission of the run.
    """

    def __init__(
        self, course: Course, exercises: Sequence[Exercise], students: Iterable[str]
    ) -> None:
        chosen = {exercise.id: exercise for exercise in exercises}
        self._counts = {name: exercise.counts for name, exercise in chosen.items()}
        self._units = {
            unit.id: [chosen[name] for name in unit.exercises if name in chosen]
            for unit in course.units
            if not chosen.keys().isdisjoint(unit.exercises)
        }
        self._left = Counter(students)
        self._found: defaultdict[str, list[SubmissionResult]] = defaultdict(list)
        self._whole = _Sum()
        self._of_unit: defaultdict[str, _Sum] = defaultdict(_Sum)

    def add(self, student: str, result: SubmissionResult) -> None:
        """Add a submission of a student."""
        if result.status in _WITH_POINTS:
            self._found[student].append(result)
        self._left[student] -= 1
        if not self._left[student]:
            found = self._found.pop(student, [])
            if found:
                self._add_student(found)

    def _add_student(self, found: Sequence[SubmissionResult]) -> None:
        by_exercise: defaultdict[str, list[ExerciseResult]] = defaultdict(list)
        for result in found:
            for exercise in result.exercises:
                by_exercise[exercise.id].append(exercise)
        scores = {name: self._score(name, results) for name, results in by_exercise.items()}
        self._whole.add(total(scores.values()))
        for unit, exercises in self._units.items():
            own = [scores[each.id] for each in exercises if each.id in scores]
            if own:
                self._of_unit[unit].add(total(own))

    def _score(self, exercise: str, results: Sequence[ExerciseResult]) -> Decimal:
        attempts = [
            Attempt(each.score, each.status != "not_attempted", each.spends_attempt)
            for each in results
        ]
        chosen, _ = choose_attempt(attempts, self._counts[exercise], None)
        return rounded(results[chosen].score)

    def lines(self) -> Iterator[str]:
        """Yield the means as text; nothing if no student was graded."""
        if not self._whole.students:
            return
        most = {unit: total(e.points for e in own) for unit, own in self._units.items()}
        whole = self._whole.text(sum(most.values(), Decimal(0)))
        yield f"Mean of {count_text(self._whole.students, 'student')}: {whole}"
        if len(most) > 1:
            for unit, found in self._of_unit.items():
                students = count_text(found.students, "student")
                yield f"  {unit}: {found.text(most[unit])} ({students} submitted it)"

"""The result of a check, shown as text, or as a page in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from grader.bundle import Later
from grader.results import ExerciseResult, SubmissionResult

if TYPE_CHECKING:
    from rich.text import Text

_COLUMNS = 88


@dataclass(frozen=True, slots=True)
class Report:
    """Results of the checks of exercises; a notebook shows them as a page.

    Attributes
    ----------
    found : tuple of (ExerciseResult, Later)
        Each exercise, with its checks that run only at grading.
    titles : Mapping
        Titles of the known mistakes, by the id of the exercise and of the mistake.
    result : SubmissionResult or None
        The result of the notebook as its student may see it; None after `%check`, which checks
        the names of a running kernel.
    notes : tuple of str
        Other information for the student, such as packages that are missing here.
    course : str
        Title of the course.
    """

    found: tuple[tuple[ExerciseResult, Later], ...]
    titles: Mapping[str, Mapping[str, str]]
    result: SubmissionResult | None = None
    notes: tuple[str, ...] = ()
    course: str = ""

    @property
    def passed(self) -> bool:
        """Whether no check failed; checks that await grading or a person do not count."""
        if self.result is not None and self.result.status != "graded":
            return False
        checks = (check for exercise, _ in self.found for check in exercise.checks)
        return not any(check.status in ("fail", "error") for check in checks)

    def __repr__(self) -> str:
        """Return the report as text, as ``grader check`` prints it."""
        if self.result is not None:
            return "\n".join(page.plain for page in self.pages(_COLUMNS))
        from grader.feedback import exercise_text

        shown, others = self._shown()
        parts = []
        for result, later in shown:
            text = exercise_text(result, _COLUMNS, self.titles[result.id]).plain
            parts.append(text + _later_text(result, later))
        parts += [others] if others else []
        return "\n\n".join(part.rstrip() for part in parts)

    def pages(self, width: int) -> Iterator[Text]:
        """Yield the report of a whole notebook as coloured text, `width` columns wide."""
        from rich.text import Text

        from grader.feedback import answered_points, later_text, submission_text

        if self.result is None:
            return
        yield submission_text(self.result, width=width, titles=self.titles)
        points = sum((later.points for _, later in self.found), Decimal(0))
        points += sum((answered_points(exercise) for exercise, _ in self.found), Decimal(0))
        if text := later_text(points, [name for _, later in self.found for name in later.names]):
            yield Text(text)

    def _repr_html_(self) -> str:
        from grader.feedback import exercise_html, note_html, page_html

        shown, others = self._shown()
        reason = self.result.reason if self.result is not None else ""
        parts = [note_html(text) for text in (*self.notes, reason) if text]
        for result, later in shown:
            parts.append(exercise_html(result, self.titles[result.id]))
            if text := _later_text(result, later):
                parts.append(note_html(text))
        parts += [note_html(others)] if others else []
        return page_html(parts)

    def _shown(self) -> tuple[Sequence[tuple[ExerciseResult, Later]], str]:
        """Return the exercises to show, and one line about the untouched others."""
        from grader.feedback import without_untouched

        shown, others = without_untouched([result for result, _ in self.found])
        return [pair for pair in self.found if pair[0] in shown], others


def _later_text(result: ExerciseResult, later: Later) -> str:
    from grader.feedback import answered_points, is_untouched, later_text

    first = "Write your answer, run its cell, then run this one again. "
    text = later_text(later.points + answered_points(result), later.names)
    return f"{first if is_untouched(result) else ''}{text}".rstrip()

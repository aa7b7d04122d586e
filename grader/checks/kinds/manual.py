"""A person marks what the student wrote, by a rubric."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from pydantic import Field, model_validator

from grader.checks.base import Check, CheckContext, Student, Verdict, failed
from grader.checks.student_work import StudentWork
from grader.checks.yaml_model import Criterion

MAX_CHARS = 20_000
_CUT = "\n[cut: the rest is in the notebook]"


class ManualCheck(Check):
    """A person marks the exercise; until then its points stay open."""

    kind: ClassVar[str] = "manual"
    evaluates: ClassVar[bool] = False

    manual: str = Field(min_length=1, description="What a person marks, in a few words.")
    criteria: tuple[Criterion, ...] = Field(
        min_length=1, description="The rubric; the points add up to those of the check."
    )

    @property
    def subject(self) -> str:
        """Always empty: the check is about all cells of the exercise."""
        return ""

    @property
    def rubric(self) -> tuple[Criterion, ...]:
        """The criteria."""
        return self.criteria

    @model_validator(mode="after")
    def _adds_up(self) -> ManualCheck:
        total = sum((criterion.points for criterion in self.criteria), Decimal(0))
        if total != self.points:
            raise ValueError(
                f"the criteria add up to {total}, but the check is worth {self.points} points: "
                "make the two the same"
            )
        names = [criterion.name for criterion in self.criteria]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the criterion `{name}` occurs twice: rename one")
        return self

    def prompt_text(self, student: str = "") -> str:  # noqa: ARG002
        """Return the rubric, without its descriptions for markers."""
        return f"A person marks {self.manual}, by: {self._by()}."

    def _by(self) -> str:
        return ", ".join(f"{one.name} ({one.points.normalize():f})" for one in self.criteria)

    def prepare(self, context: CheckContext) -> None:
        """Do nothing: a person judges."""

    def judge(self, prepared: None, student: Student) -> Verdict:  # noqa: ARG002
        """Return the cells for a person to mark, or a failure if they are empty."""
        written = _written(student.work)
        if not written:
            text = f"Nothing is written yet: {self.manual}."
            return failed(text, brief=text)
        text = f"A person marks {self.manual}, by: {self._by()}."
        return Verdict(passed=False, message=text, brief=text, review=written)


def _written(work: StudentWork) -> str:
    """Return the text of the cells, shortened, each below a line with its kind."""
    parts = (f"[{cell.kind}, cell {cell.index + 1}]\n{cell.source.strip()}" for cell in work.cells)
    text = "\n\n".join(parts)
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - len(_CUT)] + _CUT

"""A kind that is not the project's and reads what was written: comments have enough words."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field

from grader.checks.base import Check, CheckContext, Student, Verdict, failed, passed


class WordsCheck(Check):
    """The comments of the exercise's cells have enough words."""

    kind: ClassVar[str] = "words"
    evaluates: ClassVar[bool] = False

    words: int = Field(ge=1, description="The fewest words.")

    @property
    def subject(self) -> str:
        """Nothing: it is about all that was written."""
        return ""

    def prepare(self, context: CheckContext) -> None:
        """Prepare nothing."""

    def judge(self, prepared: None, student: Student) -> Verdict:
        """Count the words behind each `#`."""
        comments = re.findall("#(.*)", "\n".join(cell.source for cell in student.work.cells))
        count = len(" ".join(comments).split())
        text = f"Your comments have {count} of {self.words} words."
        return passed() if count >= self.words else failed(text, brief=text)

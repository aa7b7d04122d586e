"""Printed text, or the value that a cell displays, is as stated.

White space and the notation of numbers do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator

from grader.checks.base import Check, CheckContext, Student, Verdict, failed, passed
from grader.checks.student_work import StudentWork
from grader.checks.text.screen import on_screen
from grader.compare import Tolerance, compare, describe, is_vacuous
from grader.errors import CheckError

Token: TypeAlias = str | float

_NUMPY_SCALAR = re.compile(r"\bnp\.(?:float|int|uint|complex|bool|str)\d*_?\(([^()]*)\)")
_TOKEN = re.compile(
    r"(?P<number>(?<![\w.])[-+\u2212]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w))|\w+|[^\w\s]"
)
_MAX_DIGITS = 400  # of one number; Python itself refuses to read very long ones
_ANYTHING = "..."


@dataclass(frozen=True, slots=True)
class PreparedOutput:
    """The expected output: parts in their order."""

    parts: tuple[tuple[Token, ...], ...]
    tolerance: Tolerance


class OutputCheck(Check):
    """The cells of the exercise print or display what is stated."""

    kind: ClassVar[str] = "output"
    evaluates: ClassVar[bool] = False
    shows_expected: ClassVar[bool] = True

    output: Literal["printed", "displayed"] = Field(
        description="`printed`: the output of `print`; `displayed`: the last expression of a cell, "
        "and the arguments of `display`."
    )
    equals: str | None = Field(default=None, description="The whole text, of one cell or of all.")
    contains: str | None = Field(default=None, description="Text that occurs in it.")
    matches: str | None = Field(
        default=None, description="Parts of the text in order, with `...` between them."
    )
    max_chars: int = Field(
        default=2000, ge=1, le=100_000, description="Longest accepted output [characters]."
    )

    @property
    def subject(self) -> str:
        """Always empty: the check is about the output of cells."""
        return ""

    @model_validator(mode="after")
    def _states_one(self) -> OutputCheck:
        stated = [text for text in (self.equals, self.contains, self.matches) if text is not None]
        if len(stated) != 1:
            raise ValueError("write one of `equals`, `contains` and `matches`")
        if not tokens_of(on_screen(stated[0].replace(_ANYTHING, " "))):
            raise ValueError("this text is empty: write the expected output")
        return self

    @property
    def stated(self) -> str:
        """The expected output, as the author wrote it."""
        return self.equals or self.contains or self.matches or ""

    def prepare(self, context: CheckContext) -> PreparedOutput:
        """Split the expected output into words, signs and numbers."""
        tolerance = self.tolerance or context.tolerance
        parts = self.stated.split(_ANYTHING) if self.matches is not None else [self.stated]
        tokens = tuple(tokens_of(on_screen(part)) for part in parts)
        if any(is_vacuous(list(part), tolerance) for part in tokens):
            raise CheckError(
                f"The tolerance atol = {tolerance.atol:g} accepts 0 for a number of "
                f"{describe(self.stated)}: make it smaller."
            )
        return PreparedOutput(tokens, tolerance)

    def judge(self, prepared: PreparedOutput, student: Student) -> Verdict:
        """Compare the output of the exercise's cells."""
        shown = self._shown(student.work)
        whole = "\n".join(shown)
        if not whole.strip():
            return failed(f"Nothing is {self.output}.", brief=f"Nothing is {self.output}.")
        if len(whole) > self.max_chars:
            most = f"at most {self.max_chars:,} may be"
            text = f"{len(whole):,} characters are {self.output}, but {most}."
            return failed(text, brief=text)
        if any(self._is_shown(prepared, text) for text in dict.fromkeys([whole, *shown])):
            return passed()
        return failed(
            f"The {self.output} text is {describe(whole.strip())}, but should {self._wanted()}.",
            brief=f"The {self.output} text is not as expected.",
            evidence=(" ".join(map(str, tokens_of(whole))),),
        )

    def _shown(self, work: StudentWork) -> list[str]:
        cells = [cell for cell in work.cells if cell.kind == "code"]
        texts = (cell.printed if self.output == "printed" else cell.displayed for cell in cells)
        return [text for text in map(on_screen, texts) if text.strip()]

    def _is_shown(self, prepared: PreparedOutput, text: str) -> bool:
        actual = tokens_of(text)
        if self.equals is not None:
            return same_tokens(actual, prepared.parts[0], prepared.tolerance)
        return find_tokens(actual, prepared.parts, prepared.tolerance)

    def _wanted(self) -> str:
        how = "be" if self.equals is not None else "contain"
        return f"{how} {describe(self.stated)}"


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the words, signs and numbers of a text, without the types of numpy scalars.

    Examples
    --------
    >>> tokens_of("p = np.float64(0.50),  L(p)=1.25e-1")
    ('p', '=', 0.5, ',', 'L', '(', 'p', ')', '=', 0.125)
    """
    plain = _NUMPY_SCALAR.sub(r"\1", text)
    return tuple(map(_token, _TOKEN.finditer(plain)))


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    if match.lastgroup != "number" or len(text) > _MAX_DIGITS:
        return text
    return float(text.replace("\N{MINUS SIGN}", "-"))


def same_tokens(actual: Sequence[Token], expected: Sequence[Token], tolerance: Tolerance) -> bool:
    """Return whether two texts are the same, up to the tolerance of numbers."""
    pairs = zip(actual, expected, strict=False)
    return len(actual) == len(expected) and all(_same(*pair, tolerance) for pair in pairs)


def find_tokens(
    actual: Sequence[Token], parts: Iterable[Sequence[Token]], tolerance: Tolerance
) -> bool:
    """Return whether a text contains all parts in order, with any text around them."""
    start = 0
    for part in parts:
        places = range(start, len(actual) - len(part) + 1)
        ends = (
            i + len(part) for i in places if same_tokens(actual[i : i + len(part)], part, tolerance)
        )
        start = next(ends, -1)
        if start < 0:
            return False
    return True


def _same(actual: Token, expected: Token, tolerance: Tolerance) -> bool:
    if isinstance(actual, float) and isinstance(expected, float):
        return compare(actual, expected, tolerance) is None
    return actual == expected

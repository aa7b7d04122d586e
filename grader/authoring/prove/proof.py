"""The results of a proof: the models of ``grader prove --json``."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from grader.results import Points

ProofItemKind: TypeAlias = Literal[
    "course",
    "right answer",
    "no answer",
    "mistake",
    "seeds",
    "forms",
    "summation",
    "tolerance",
    "hard-coded",
    "leaks",
    "mutants",
]


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ProofItem(_Found):
    """One claim about an exercise."""

    kind: ProofItemKind = Field(description="What kind of claim it is.")
    about: str = Field(description="The program, check or seed that it is about.")
    holds: bool
    reason: str = Field(default="", description="Why it does not hold.")


class Survivor(_Found):
    """A mutant that passes every check."""

    mutant: str = Field(description="Its id, as `equivalents` of the exercise lists it.")
    line: int = Field(description="Where in reference.py, counted from 1.")
    diff: str
    found: str = Field(description="What calls of it and of the reference showed.")
    equivalent: bool = Field(description="Whether the exercise lists it as equivalent.")
    why: str = Field(default="", description="The reason that the exercise gives.")


class MutantReport(_Found):
    """Counts of the reference's mutants, and the survivors."""

    made: int = 0
    caught: int = 0
    hung: int = Field(default=0, description="Of those caught, how many had to be ended.")
    survivors: tuple[Survivor, ...] = ()

    @property
    def equivalent(self) -> int:
        """How many survivors the exercise lists as equivalent."""
        return sum(survivor.equivalent for survivor in self.survivors)

    @property
    def share(self) -> float:
        """Share of the non-equivalent mutants that are caught [-]."""
        other = self.made - self.equivalent
        return self.caught / other if other else 1.0


class ExerciseProof(_Found):
    """The proof of one exercise."""

    id: str
    points: Points
    claims: tuple[ProofItem, ...]
    mutants: MutantReport = MutantReport()
    submission_cpu_s: float = Field(
        default=0.0, description="Processor time to run and grade one right answer, median [s]."
    )
    submission_wall_s: float = Field(default=0.0, description="The same by the clock [s].")
    cpu_s: float = Field(default=0.0, description="Processor time of the proof [s].")
    seconds: float = Field(default=0.0, description="Time that the proof took [s].")

    @property
    def holds(self) -> bool:
        """Whether every claim holds."""
        return all(claim.holds for claim in self.claims)

    @property
    def broken(self) -> tuple[ProofItem, ...]:
        """The claims that do not hold."""
        return tuple(claim for claim in self.claims if not claim.holds)


class CourseProof(_Found):
    """The proof of a course."""

    course: str
    isolation: str = Field(description="The tier at which programs were run as notebooks.")
    holds: bool
    exercises: tuple[ExerciseProof, ...]

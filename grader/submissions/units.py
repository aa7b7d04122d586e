"""Which units of the course a notebook is about, guessed from its bytes.

A released notebook states it in the metadata of its cells; other notebooks show it by the names
that they bind. Nothing is parsed: students with several notebooks need only a hint, and it must be
cheap for any content.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from grader.course import Course, Exercise

_MARK = re.compile(rb'"exercise"\s*:\s*"(\w{1,100})"')
_BOUND = re.compile(rb"\b(?:def\s+(\w{1,100})\s*\(|(\w{1,100})\s*=(?!=))")


@dataclass(frozen=True, slots=True)
class UnitSigns:
    """Signs by which a notebook shows that it is about a unit.

    Attributes
    ----------
    unit : str
        Its id.
    graded : bool
        Whether any of its exercises is graded in this run.
    exercises : tuple of (str, frozenset of str)
        The id of each of its exercises, and the names that only this unit defines.
    """

    unit: str
    graded: bool
    exercises: tuple[tuple[str, frozenset[str]], ...]

    @property
    def names(self) -> frozenset[str]:
        """Ids of its exercises."""
        return frozenset(name for name, _ in self.exercises)

    def share(self, marks: Collection[str], bound: frozenset[str]) -> float:
        """Return the share of its exercises that a notebook shows [-]."""
        shown = sum(name in marks or bool(names & bound) for name, names in self.exercises)
        return shown / len(self.exercises)


def signs_of_units(course: Course, graded: Sequence[Exercise]) -> tuple[UnitSigns, ...]:
    """Return the signs of the units of a course in a run that grades these exercises."""
    wanted = {exercise.id for exercise in graded}
    names = {
        unit.id: [frozenset(course.exercises[name].defines) for name in unit.exercises]
        for unit in course.units
    }
    units_with = Counter(name for each in names.values() for name in frozenset().union(*each))
    return tuple(
        UnitSigns(
            unit.id,
            bool(wanted.intersection(unit.exercises)),
            tuple(
                (exercise, frozenset(name for name in defined if units_with[name] == 1))
                for exercise, defined in zip(unit.exercises, names[unit.id], strict=True)
            ),
        )
        for unit in course.units
    )


def units_in(content: bytes, units: Sequence[UnitSigns]) -> frozenset[str]:
    """Return the ids of those of the course's units that a notebook is about.

    A notebook about one unit may hold a helper function of another. So a unit counts only if its
    share of exercises shown is more than half of the largest share.
    """
    # JSON writes line ends as `\n`; UTF-16 has a zero byte for each ASCII letter.
    text = content.replace(b"\0", b"").replace(b"\\n", b"\n")
    marks, bound = frozenset(_found(_MARK, text)), frozenset(_found(_BOUND, text))
    shares = {unit.unit: unit.share(marks, bound) for unit in units}
    most = max(shares.values(), default=0.0)
    return frozenset(unit for unit, share in shares.items() if share > most / 2)


def _found(pattern: re.Pattern[bytes], text: bytes) -> Iterator[str]:
    for match in pattern.finditer(text):
        yield match[match.lastindex or 0].decode("ascii", "replace")

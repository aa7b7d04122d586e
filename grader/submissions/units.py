"""Which units of the course a notebook is about, told by a look at its bytes.

A released notebook says so in the metadata of its cells; any other shows it by the names that it
binds. It is not parsed: what is wanted is a hint, for students with several notebooks, and whatever
the file holds it must cost little.
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
    """How a unit shows in a notebook.

    Attributes
    ----------
    unit : str
        Its id.
    graded : bool
        Whether some of it is graded in this run.
    exercises : tuple of (str, frozenset of str)
        The id of each of its exercises, and the names that this unit alone defines.
    """

    unit: str
    graded: bool
    exercises: tuple[tuple[str, frozenset[str]], ...]

    @property
    def names(self) -> frozenset[str]:
        """The ids of its exercises."""
        return frozenset(name for name, _ in self.exercises)

    def share(self, marks: Collection[str], bound: frozenset[str]) -> float:
        """Return the share of its exercises that show in a notebook [-]."""
        shown = sum(name in marks or bool(names & bound) for name, names in self.exercises)
        return shown / len(self.exercises)


def signs_of_units(course: Course, graded: Sequence[Exercise]) -> tuple[UnitSigns, ...]:
    """Return how the units of a course show, where these exercises are graded."""
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
    """Return the ids of the units that a notebook is about.

    A notebook on one unit may hold a function of another that it needs, so that a unit counts only
    if more than half as much of it shows as of the unit of which most does.

    Parameters
    ----------
    content : bytes
        The file.
    units : sequence of UnitSigns
        All of the course.
    """
    # A text of JSON has its lines apart by `\n`; UTF-16 has a zero byte beside each letter.
    text = content.replace(b"\0", b"").replace(b"\\n", b"\n")
    marks, bound = frozenset(_found(_MARK, text)), frozenset(_found(_BOUND, text))
    shares = {unit.unit: unit.share(marks, bound) for unit in units}
    most = max(shares.values(), default=0.0)
    return frozenset(unit for unit, share in shares.items() if share > most / 2)


def _found(pattern: re.Pattern[bytes], text: bytes) -> Iterator[str]:
    for match in pattern.finditer(text):
        yield match[match.lastindex or 0].decode("ascii", "replace")

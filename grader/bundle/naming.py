"""Find the exercises that a student names when checking a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from types import FunctionType
from typing import TYPE_CHECKING

from grader.checks.verdict_text import sentence
from grader.errors import UsageError
from grader.inputs import did_you_mean
from grader.text import safe_text

if TYPE_CHECKING:
    from grader.course import Course

_AROUND = "'\"`(),;[]"


def asked_exercises(asked: object, course: Course) -> list[str]:
    """Return the ids of the named exercises; an empty list means all of them.

    `asked` is the argument of `check` or the text after `%check`: ids in a text or in a list, or
    None.

    Raises
    ------
    UsageError
        A name is not an exercise of the notebook; the message has one line for each.
    """
    if asked is None:
        return []
    if isinstance(asked, str):
        titles = {each.title.casefold(): each.id for each in course.exercises.values()}
        if asked.strip().casefold() in titles:
            return [titles[asked.strip().casefold()]]
        names = [bare for word in asked.replace(",", " ").split() if (bare := word.strip(_AROUND))]
    elif isinstance(asked, (list, tuple, set, frozenset)) and all(
        isinstance(each, str) for each in asked
    ):
        names = [each.strip() for each in asked]
    else:
        raise UsageError(_not_a_name(asked, course))
    require_exercises(names, course)
    return list(dict.fromkeys(names))


def require_exercises(names: Sequence[str], course: Course) -> None:
    """Raise UsageError, with a line for each, if names are not ids of exercises."""
    wrong = dict.fromkeys(name for name in names if name not in course.exercises)
    if wrong:
        raise UsageError("\n".join(_unknown(safe_text(name, limit=60), course) for name in wrong))


def _unknown(name: str, course: Course) -> str:
    if name in (unit.id for unit in course.units):
        return f"`{name}` is the unit, not an exercise; to check all of it, give no name."
    owners = [each.id for each in course.exercises.values() if name in each.defines]
    if owners:
        meant = " or ".join(f"`{owner}`" for owner in owners)
        return f"`{name}` is a name that you define, not an exercise; did you mean {meant}?"
    known = list(course.exercises)
    near = did_you_mean(name, known)
    if not get_close_matches(name, known, n=1):
        defined = {
            defined: each.id for each in course.exercises.values() for defined in each.defines
        }
        close = get_close_matches(name, list(defined), n=1)
        near = f"; did you mean `{defined[close[0]]}`?" if close else near
    return sentence(f"The notebook has no exercise `{name}`{near}")


def _not_a_name(asked: object, course: Course) -> str:
    name = getattr(asked, "__name__", None)
    known = course.exercises.values()
    owners = [each.id for each in known if name in each.defines] or list(course.exercises)[:1]
    example = f', such as `check("{owners[0]}")`' if owners else ""
    what = f"a value of type {type(asked).__name__}"
    if isinstance(asked, FunctionType):
        what = f"the function `{safe_text(asked.__name__, limit=60)}`"
    return f"`check` takes the name of an exercise in quotes{example}, but this is {what}."

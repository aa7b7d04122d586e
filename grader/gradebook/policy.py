"""The course's policy on late days and attempts; grades are stored without it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from grader.course import Policy
from grader.course.yaml_keys import Counts, LatePolicy
from grader.submissions.roster.extension import parse_extension

_DAY = timedelta(days=1)
_LEAST = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a hand-in is, and what that costs.

    Attributes
    ----------
    days : int
        Days that have begun since the due date; 0 in time, or where nothing is known.
    penalty : Decimal
        Share of the points earned that is lost.
    marked : bool
        Whether all that is known of it is a platform's mark, so that more days may have begun.
    """

    days: int = 0
    penalty: Decimal = Decimal(0)
    marked: bool = False


def is_due(policy: Policy, unit: str) -> bool:
    """Tell whether lateness can cost something in a unit."""
    return unit in _due(policy)


def _due(policy: Policy) -> Mapping[str, str]:
    return policy.late.due if policy.late else {}


def lateness(
    policy: Policy, unit: str, received: str | None, extension: str, late: bool | None = None
) -> Lateness:
    """Return how late a hand-in is.

    Where a platform marks it as late, and by how much is unknown, one day has begun at least. A
    student with an extension may have been in time, which the platform need not know.

    Parameters
    ----------
    policy : Policy
        The course's.
    unit : str
        Id of the exercise's unit.
    received : str or None
        When it came, in UTC; None where it is unknown, which costs nothing.
    extension : str
        How much more time the student has, as text.
    late : bool or None
        Whether a platform marks it as late; the time goes before it.
    """
    costs = policy.late
    if costs is None or unit not in costs.due:
        return Lateness()
    if received is None:
        marked = bool(late) and not extension
        return replace(_cost(costs, _LEAST), marked=True) if marked else Lateness()
    due = extended(policy, unit, extension)
    came = datetime.fromisoformat(received).astimezone(due.tzinfo)
    if came - due.astimezone(UTC) <= timedelta(hours=float(costs.grace_hours)):
        return Lateness()
    # By the clock on the wall: where it is put back in between, a day has 25 hours.
    return _cost(costs, max(came.replace(tzinfo=None) - due.replace(tzinfo=None), _LEAST))


def _cost(late: LatePolicy, over: timedelta) -> Lateness:
    days = math.ceil(over / _DAY)
    if late.zero_after_days is not None and over > timedelta(days=float(late.zero_after_days)):
        return Lateness(days, Decimal(1))
    return Lateness(days, min(late.cap, late.per_day * days))


def due_date(policy: Policy, unit: str) -> datetime:
    """Return the due date of a unit that has one, without an extension."""
    return _moment(_due(policy)[unit], policy)


def extended(policy: Policy, unit: str, extension: str) -> datetime:
    """Return the due date of a unit for a student with an extension, as text; never earlier."""
    due, found = due_date(policy, unit), parse_extension(extension)
    if found is None:
        return due
    if found.until is None:
        return due + timedelta(days=float(found.days or 0))
    return max(due, _in_zone(found.until, policy))


def _moment(text: str, policy: Policy) -> datetime:
    """Return a due date; a day without a time lasts until its end."""
    try:
        return _in_zone(datetime.combine(date.fromisoformat(text), time(23, 59, 59)), policy)
    except ValueError:
        return _in_zone(datetime.fromisoformat(text), policy)


def _in_zone(moment: datetime, policy: Policy) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(policy.timezone))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A hand-in, as far as it decides which one counts.

    Attributes
    ----------
    score : Decimal
        What it would be worth.
    attempted : bool
        Whether there is anything of the exercise in it.
    spends : bool
        Whether it was answered in a way that could be judged.
    """

    score: Decimal
    attempted: bool
    spends: bool


A = TypeVar("A", bound=Attempt)


def choose_attempt(
    attempts: Sequence[Attempt], counts: Counts, max_attempts: int | None
) -> tuple[int, int]:
    """Return which attempt counts, and how many were spent.

    Parameters
    ----------
    attempts : sequence of Attempt
        At least one, in the order in which they came.
    counts : str
        ``best`` or ``last``.
    max_attempts : int or None
        How many may be spent; what comes after them does not count.

    Returns
    -------
    tuple of (int, int)
        Place of the attempt that counts, and the number of those that were spent.
    """
    spent, counted = 0, []
    for place, attempt in enumerate(attempts):
        if max_attempts is None or spent < max_attempts:
            counted.append(place)
        spent += attempt.spends
    tried = [place for place in counted if attempts[place].attempted] or counted
    if counts == "best":
        return max(tried, key=lambda place: (attempts[place].score, place)), spent
    # What could not be understood is no answer, so the last answer still stands.
    judged = [place for place in tried if attempts[place].spends] or tried
    return judged[-1], spent

"""The course's policy on late days and attempts, which stored grades do not include."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from grader.course import Policy
from grader.course.yaml_keys import Counts, LatePolicy
from grader.submissions.roster.extension import parse_extension

_DAY = timedelta(days=1)
_LEAST = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Lateness:
    """Lateness of a submission, and its cost.

    Attributes
    ----------
    days : int
        Days that have begun since the due date; 0 if in time or unknown.
    penalty : Decimal
        Share of the earned points that is lost.
    marked : bool
        Whether only a platform's mark is known, so that more days may have begun.
    """

    days: int = 0
    penalty: Decimal = Decimal(0)
    marked: bool = False


def is_due(policy: Policy, unit: str) -> bool:
    """Return whether lateness can cost points in a unit."""
    return unit in _due(policy)


def _due(policy: Policy) -> Mapping[str, str]:
    return policy.late.due if policy.late else {}


def lateness(
    policy: Policy, unit: str, received: str | None, extension: str, late: bool | None = None
) -> Lateness:
    """Return the lateness of a submission.

    `received` is the time of submission in UTC; None if unknown, which costs nothing unless a
    platform marks the submission as `late`: then one day is counted. With an `extension`, the
    student may have been in time, which the platform need not know.
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
    # By local time: when clocks are set back in between, a day has 25 hours.
    return _cost(costs, max(came.replace(tzinfo=None) - due.replace(tzinfo=None), _LEAST))


def _cost(late: LatePolicy, over: timedelta) -> Lateness:
    days = math.ceil(over / _DAY)
    if late.zero_after_days is not None and over > timedelta(days=float(late.zero_after_days)):
        return Lateness(days, Decimal(1))
    return Lateness(days, min(late.cap, late.per_day * days))


def due_date(policy: Policy, unit: str) -> datetime:
    """Return the due date of a unit that has one, without extensions."""
    return _moment(_due(policy)[unit], policy)


def extended(policy: Policy, unit: str, extension: str) -> datetime:
    """Return the due date of a unit for a student with an extension; it is never earlier."""
    due, found = due_date(policy, unit), parse_extension(extension)
    if found is None:
        return due
    if found.until is None:
        return due + timedelta(days=float(found.days or 0))
    return max(due, _in_zone(found.until, policy))


def _moment(text: str, policy: Policy) -> datetime:
    """Return a due date; a date without a time means the end of the day."""
    try:
        return _in_zone(datetime.combine(date.fromisoformat(text), time(23, 59, 59)), policy)
    except ValueError:
        return _in_zone(datetime.fromisoformat(text), policy)


def _in_zone(moment: datetime, policy: Policy) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(policy.timezone))


@dataclass(frozen=True, slots=True)
class Attempt:
    """Properties of a submission that decide which one counts.

    Attributes
    ----------
    score : Decimal
        Its score.
    attempted : bool
        Whether it contains anything of the exercise.
    spends : bool
        Whether it contains an answer that could be judged.
    """

    score: Decimal
    attempted: bool
    spends: bool


def choose_attempt(
    attempts: Sequence[Attempt], counts: Counts, max_attempts: int | None
) -> tuple[int, int]:
    """Return the index of the attempt that counts, and the number of spent ones.

    The attempts are in the order of submission; those after `max_attempts` spent ones do not count.
    """
    spent, counted = 0, []
    for place, attempt in enumerate(attempts):
        if max_attempts is None or spent < max_attempts:
            counted.append(place)
        spent += attempt.spends
    tried = [place for place in counted if attempts[place].attempted] or counted
    if counts == "best":
        return max(tried, key=lambda place: (attempts[place].score, place)), spent
    # An answer that could not be understood is none, so the last answer before it counts.
    judged = [place for place in tried if attempts[place].spends] or tried
    return judged[-1], spent

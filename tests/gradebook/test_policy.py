"""Late days and attempts, as course.yaml states them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.course import Policy
from grader.gradebook.policy import Attempt, choose_attempt, lateness

LATE = {
    "due": {"coins": "2026-10-31 18:00", "dice": "2026-11-14"},
    "per_day": "0.1",
    "grace_hours": 1,
    "cap": "0.5",
    "zero_after_days": 7,
}


def policy(**changes):
    return Policy.model_validate({"timezone": "Europe/Berlin", "late": LATE | changes})


def cost(received, extension="", unit="coins", **changes):
    found = lateness(policy(**changes), unit, received, extension)
    return found.days, str(found.penalty)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-10-31T16:00:00Z", (0, "0")),  # 17:00 in Berlin, which has winter time by then
        ("2026-10-31T17:00:00Z", (0, "0")),
        ("2026-10-31T18:00:00Z", (0, "0")),  # within the hour of grace
        ("2026-10-31T18:00:01Z", (1, "0.1")),  # beyond it, counted from the due date
        ("2026-11-01T17:00:00Z", (1, "0.1")),
        ("2026-11-01T17:00:01Z", (2, "0.2")),
        ("2026-11-06T12:00:00Z", (6, "0.5")),  # the cap
        ("2026-11-07T17:00:00Z", (7, "0.5")),
        ("2026-11-07T17:00:01Z", (8, "1")),  # nothing is earned any more
    ],
)
def test_a_day_that_has_begun_costs_a_day(received, expected):
    assert cost(received) == expected


def test_a_day_without_a_time_lasts_until_its_end():
    assert cost("2026-11-14T22:59:59Z", unit="dice") == (0, "0")
    assert cost("2026-11-15T00:30:00Z", unit="dice") == (1, "0.1")


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        ("2 days", (1, "0.1")),
        ("2026-11-02 18:00:00", (1, "0.1")),
        ("2026-11-10 18:00:00", (0, "0")),
        ("2026-10-01 18:00:00", (3, "0.3")),  # nobody is due earlier than the others
        ("", (3, "0.3")),
    ],
)
def test_an_extension_moves_the_due_date(extension, expected):
    assert cost("2026-11-03T12:00:00Z", extension) == expected


def test_without_an_end_the_cap_is_all_that_lateness_costs():
    assert cost("2027-11-03T12:00:00Z", zero_after_days=None)[1] == "0.5"


def test_where_nothing_is_known_nothing_is_lost():
    assert cost(None) == (0, "0")
    assert cost("2027-01-01T00:00:00Z", unit="cards") == (0, "0")
    assert lateness(Policy(), "coins", "2027-01-01T00:00:00Z", "").days == 0


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (
            "2026-10-25T15:59:00Z",
            (1, "0.1"),
        ),  # 16:59 the day after: 24 hours by the clock, 25 in all
        ("2026-10-25T17:00:00Z", (1, "0.1")),
        ("2026-10-25T17:00:01Z", (2, "0.2")),
    ],
)
def test_a_day_on_which_clocks_are_put_back_is_one_day(received, expected):
    due = {"coins": "2026-10-24 18:00"}
    assert cost(received, due=due, grace_hours=0) == expected


def test_in_the_hour_that_comes_twice_late_is_late():
    # 02:30 summer time is due; 02:15 winter time is 45 minutes later.
    due = {"coins": "2026-10-25 02:30"}
    assert cost("2026-10-25T01:15:00Z", due=due, grace_hours=0) == (1, "0.1")
    assert cost("2026-10-25T00:30:00Z", due=due, grace_hours=0) == (0, "0")


def marked(late, received=None, extension="", unit="coins", **changes):
    found = lateness(policy(**changes), unit, received, extension, late)
    return found.days, str(found.penalty), found.marked


def test_a_mark_without_a_time_is_the_least_that_is_late():
    assert marked(True) == (1, "0.1", True)
    assert marked(False) == marked(None) == (0, "0", False)
    assert marked(True, per_day="0.8") == (1, "0.5", True)  # the cap
    assert marked(True, zero_after_days=0) == (1, "1", True)
    assert marked(True, unit="cards") == (0, "0", False)


def test_an_extension_may_be_why_a_platform_is_wrong():
    assert marked(True, extension="3 days") == (0, "0", False)


def test_a_time_goes_before_a_mark():
    assert marked(True, "2026-10-31T16:00:00Z") == (0, "0", False)
    assert marked(False, "2026-11-02T16:00:00Z") == (2, "0.2", False)


def attempts(*scores):
    """Return attempts by their scores; None has nothing in it, "?" cannot be understood."""
    return [
        Attempt(
            Decimal(0) if score in (None, "?") else Decimal(score),
            attempted=score is not None,
            spends=score not in (None, "?"),
        )
        for score in scores
    ]


@pytest.mark.parametrize(
    ("scores", "counts", "most", "expected"),
    [
        ((1, 3, 2), "best", None, (1, 3)),
        ((1, 3, 2), "last", None, (2, 3)),
        ((1, 3, 3), "best", None, (2, 3)),  # of two that are worth the same, the later one
        ((1, 2, 3), "best", 2, (1, 3)),
        ((1, 2, 3), "last", 2, (1, 3)),
        ((1, "?", 3), "best", 2, (2, 2)),  # what cannot be understood spends nothing
        ((3, "?"), "last", None, (0, 1)),
        (("?", "?"), "last", 1, (1, 0)),
        ((None, None), "last", None, (1, 0)),
        ((2, None), "last", None, (0, 1)),  # nothing of it is no answer
        ((None, 0), "best", None, (1, 1)),
    ],
)
def test_the_attempt_that_counts(scores, counts, most, expected):
    assert choose_attempt(attempts(*scores), counts, most) == expected

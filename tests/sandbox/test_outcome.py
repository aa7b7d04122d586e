"""What a session tells of cells before the one that ran: believed of displays, and of no more."""

from __future__ import annotations

import pytest

from grader.guest.protocol.frames import WireError
from grader.sandbox.outcome import CellOutcome, outcome_from, with_redisplayed


def told(redisplayed, index=2):
    return outcome_from({"index": index, "status": "ok", "redisplayed": redisplayed}, index)


def test_a_display_that_was_replaced_counts_as_it_is_in_the_end():
    first = CellOutcome(index=0, status="ok", stdout="s", displayed="a\n")
    second = CellOutcome(index=1, status="ok", displayed="b\n")
    found = with_redisplayed([first, second, told({0: "c\n"}), told({0: "d\n"}, index=3)])
    assert [outcome.displayed for outcome in found] == ["d\n", "b\n", "", ""]
    assert found[0].stdout == "s"


@pytest.mark.parametrize(
    "redisplayed",
    [
        {2: "itself"},
        {3: "a later one"},
        {-1: "none"},
        {True: "no number"},
        {"0": "a text"},
        {0: 1},
        {0: None},
        {0: "x" * (1 << 22), 1: "x" * ((1 << 22) + 1)},
        [],
        "",
    ],
)
def test_what_cannot_be_an_earlier_cell_s_display_is_refused(redisplayed):
    with pytest.raises(WireError):
        told(redisplayed)

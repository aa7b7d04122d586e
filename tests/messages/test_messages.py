"""What a learner reads is what the golden files hold, which a person has read through.

``python -m tests.messages.golden`` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.messages import golden
from tests.messages.situations import SITUATIONS, Situation

ADVICE = "run `python -m tests.messages.golden`, and read what has changed"
BY_NAME = {each.name: each for each in SITUATIONS}
IN_KERNEL = [name for name, each in BY_NAME.items() if each.in_kernel]


@pytest.fixture(scope="module")
def desk() -> Iterator[golden.Desk]:
    with golden.desk() as made:
        yield made


@pytest.fixture(scope="module")
def on_terminal() -> dict[str, str]:
    return golden.terminal_sections()


@pytest.fixture(scope="module")
def on_pages() -> dict[str, str]:
    return golden.page_sections()


def test_there_are_the_thirty_commonest_situations_and_no_section_is_left_over(
    on_terminal, on_pages
):
    assert len(BY_NAME) == len(SITUATIONS) >= 30
    assert [*on_terminal] == [*BY_NAME]
    assert [*on_pages] == IN_KERNEL


@pytest.mark.parametrize("name", BY_NAME)
def test_a_terminal_shows_what_was_read_through(desk, on_terminal, name):
    situation: Situation = BY_NAME[name]
    told = golden.terminal_section(situation, desk.terminal(situation))
    assert told == on_terminal[name], ADVICE


@pytest.mark.parametrize("name", IN_KERNEL)
def test_a_notebook_shows_what_was_read_through(desk, on_pages, name):
    situation: Situation = BY_NAME[name]
    told = golden.page_section(situation, desk.report(situation)._repr_html_())
    assert told == on_pages[name], ADVICE


@pytest.mark.parametrize("name", BY_NAME)
def test_a_message_is_short(desk, name):
    situation: Situation = BY_NAME[name]
    for check in desk.found(situation).checks:
        lines = check.seen_by_student.splitlines()
        assert len(lines) <= MOST_LINES.get(situation.exercise, 3), lines


MOST_LINES = {"derived": 4}
"""A line that does not follow is shown below the one before, with numbers."""

"""Dicts that several cells bind to one name are put together; everything else is as it was."""

from __future__ import annotations

import pytest

from grader.guest.shared_names import SharedNames


@pytest.fixture
def sharing(runner):
    runner.share(["answers"])


@pytest.mark.usefixtures("sharing")
def test_the_keys_of_all_cells_are_kept_and_the_later_one_wins(run):
    cells = ["answers = {'a': 1, 'b': 1}", "answers = {'b': 2}", "x = 1", "answers"]
    assert run(*cells)["displayed"] == "{'a': 1, 'b': 2}\n"


@pytest.mark.usefixtures("sharing")
def test_a_dict_that_a_cell_adds_to_stays_the_very_same(run):
    cells = ["mine = answers = {'a': 1}", "answers['b'] = 2", "mine is answers, len(mine)"]
    assert run(*cells)["displayed"] == "(True, 2)\n"


@pytest.mark.usefixtures("sharing")
def test_what_is_no_dict_is_left_and_forgets_nothing(run):
    cells = ["answers = {'a': 1}", "answers = [1]", "answers"]
    assert run(*cells)["displayed"] == "[1]\n"
    assert run("answers = {'b': 2}", "answers")["displayed"] == "{'a': 1, 'b': 2}\n"


@pytest.mark.usefixtures("sharing")
def test_a_cell_that_raises_shares_what_it_bound(run):
    cells = ["answers = {'a': 1}", "answers = {'b': 2}\n1 / 0", "answers"]
    assert run(*cells)["displayed"] == "{'a': 1, 'b': 2}\n"


@pytest.mark.usefixtures("sharing")
def test_keys_of_another_kind_are_not_kept(run):
    cells = ["answers = {'a': 1}", "answers = {(1, 2): 3, 4: 5}", "answers"]
    assert run(*cells)["displayed"] == "{'a': 1, 4: 5}\n"


@pytest.mark.usefixtures("sharing")
def test_keys_that_raise_when_they_are_compared_cost_nothing(run):
    spiteful = "class K:\n  def __hash__(self): return 1\n  def __eq__(self, o): return 1 / 0\n"
    outcome = run(f"{spiteful}answers = {{K(): 1}}", "answers = {K(): 2}", "len(answers)")
    assert (outcome["status"], outcome["displayed"]) == ("ok", "1\n")


def test_nothing_is_shared_that_nobody_named(run):
    assert run("answers = {'a': 1}", "answers = {'b': 2}", "answers")["displayed"] == "{'b': 2}\n"


def test_a_name_that_is_not_there_is_none_of_its_business():
    names = {}
    SharedNames(["answers"]).merge(names)
    assert names == {}

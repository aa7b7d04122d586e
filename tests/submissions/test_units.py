"""A student who hands in a notebook for each unit loses none of them."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from grader.course import load_course
from grader.submissions import RosterStudent, signs_of_units, survey_submissions
from grader.submissions import units as signs
from tests.authoring.release.released import ROOT
from tests.clocks import own_clock
from tests.notebooks import notebook_bytes
from tests.submissions.downloads import aged, passed_over, put_tree, source_of, zip_tree

COURSE = load_course(ROOT)
FIRST, SECOND = (unit.id for unit in COURSE.units)
OLDER = "is an older file than the one that is graded"
UNRELATED = "holds none of the exercises that are graded"


def work(unit, marked=True, note=""):
    """Return a notebook of a unit, as it was released or as a student wrote it."""
    cells = []
    for name in next(each.exercises for each in COURSE.units if each.id == unit):
        exercise = COURSE.exercises[name]
        source = "\n".join(f"{each} = 1" for each in exercise.defines)
        cell = json.loads(notebook_bytes([f"{note}\n{source}"]))["cells"][0]
        cells.append(cell | {"metadata": {"grader": {"exercise": name}} if marked else {}})
    return notebook_bytes(cells)


def graded(folder, *units, roster=None):
    chosen = [each for each in COURSE.exercises.values() if not units or each.unit in units]
    found = survey_submissions([folder], roster, signs_of_units(COURSE, chosen))
    return {each.student: each for each in found.submissions}


@pytest.mark.parametrize("marked", [True, False])
def test_a_notebook_for_each_unit_is_graded_under_the_unit(tmp_path, marked):
    put_tree(
        tmp_path, {"alice/hw1.ipynb": work(FIRST, marked), "alice/hw2.ipynb": work(SECOND, marked)}
    )
    found = graded(tmp_path)
    assert [(name, one.owner, one.work) for name, one in found.items()] == [
        (f"alice/{FIRST}", "alice", FIRST),
        (f"alice/{SECOND}", "alice", SECOND),
    ]
    assert [one.notebook[-9:] for one in found.values()] == ["hw1.ipynb", "hw2.ipynb"]
    assert all(one.hand_in is None for one in found.values())


def test_of_each_unit_the_newest_counts(tmp_path):
    files = {
        "hw1.ipynb": work(FIRST, note="1"),
        "hw1 (1).ipynb": work(FIRST, note="2"),
        "hw2.ipynb": work(SECOND),
        "diary.ipynb": notebook_bytes(["mood = 'good'"]),
    }
    put_tree(tmp_path / "alice", files)
    for number, name in enumerate(files):
        aged(tmp_path / "alice" / name, 1_000 + number)
    found = graded(tmp_path)
    assert list(found) == [f"alice/{FIRST}", f"alice/{SECOND}"]
    first, second = found.values()
    assert first.notebook.endswith("hw1 (1).ipynb")
    assert passed_over(first) == {"hw1.ipynb": OLDER, "diary.ipynb": UNRELATED}
    assert second.hand_in is None


def test_where_one_unit_is_graded_a_notebook_of_another_is_none_of_it(tmp_path):
    put_tree(tmp_path, {"alice/hw1.ipynb": work(FIRST), "alice/hw2.ipynb": work(SECOND)})
    aged(tmp_path / "alice" / "hw1.ipynb", 1_000)
    (alice,) = graded(tmp_path, FIRST).values()
    assert (alice.student, alice.notebook[-9:]) == ("alice", "hw1.ipynb")
    assert passed_over(alice) == {"hw2.ipynb": UNRELATED}


def test_a_newer_notebook_of_all_units_displaces_those_of_each(tmp_path):
    whole = json.loads(work(FIRST))
    whole["cells"] += json.loads(work(SECOND))["cells"]
    put_tree(
        tmp_path,
        {
            "alice/hw1.ipynb": work(FIRST),
            "alice/hw2.ipynb": work(SECOND),
            "alice/all.ipynb": json.dumps(whole).encode("utf-16"),
        },
    )
    for name in ("hw1.ipynb", "hw2.ipynb"):
        aged(tmp_path / "alice" / name, 1_000)
    (alice,) = graded(tmp_path).values()
    assert (alice.student, alice.notebook[-9:]) == ("alice", "all.ipynb")
    assert passed_over(alice) == {"hw1.ipynb": OLDER, "hw2.ipynb": OLDER}


def test_a_function_of_another_unit_in_a_notebook_does_not_make_it_one_of_that_unit(tmp_path):
    borrowed = COURSE.exercises[COURSE.units[0].exercises[0]].defines[0]
    helped = json.loads(work(SECOND))
    helped["cells"] += json.loads(notebook_bytes([f"def {borrowed}(p):\n    return p"]))["cells"]
    put_tree(
        tmp_path,
        {"alice/hw1.ipynb": work(FIRST), "alice/hw2.ipynb": json.dumps(helped).encode()},
    )
    aged(tmp_path / "alice" / "hw1.ipynb", 1_000)
    assert list(graded(tmp_path)) == [f"alice/{FIRST}", f"alice/{SECOND}"]


def test_the_newest_counts_where_nothing_shows_a_unit(tmp_path):
    put_tree(tmp_path, {f"alice/{name}.ipynb": notebook_bytes([f"x = '{name}'"]) for name in "ab"})
    aged(tmp_path / "alice" / "b.ipynb", 1_000)
    (alice,) = graded(tmp_path).values()
    assert (alice.student, source_of(alice)) == ("alice", "x = 'a'")


def test_what_cannot_be_read_never_displaces_a_unit(tmp_path):
    put_tree(tmp_path / "alice", {"hw1.ipynb": work(FIRST), "old.ipynb": b""})
    (tmp_path / "alice" / "away.ipynb").symlink_to("/etc/passwd")
    (alice,) = graded(tmp_path).values()
    assert alice.notebook.endswith("hw1.ipynb")
    assert passed_over(alice) == {
        "away.ipynb": "is a link, or not an ordinary file",
        "old.ipynb": UNRELATED,
    }


def test_what_may_not_be_read_says_so(tmp_path, monkeypatch):
    put_tree(tmp_path, {"alice/hw1.ipynb": work(FIRST), "alice/hw2.ipynb": work(SECOND)})
    real_open = os.open

    def refuse(path, *arguments, **options):
        if str(path).endswith("hw2.ipynb"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)  # root may read every file
    (alice,) = graded(tmp_path).values()
    assert alice.notebook.endswith("hw1.ipynb")
    (why,) = passed_over(alice).values()
    assert "ermission" in why


def test_a_platform_and_a_roster_keep_each_unit_too(tmp_path):
    put_tree(
        tmp_path,
        {
            "doejane_12345_67890_hw1.ipynb": work(FIRST),
            "doejane_12345_67891_hw2.ipynb": work(SECOND),
            "roebob_12346_67892_hw1.ipynb": work(FIRST),
        },
    )
    jane = RosterStudent(id="u1", name="Jane Doe")
    found = graded(tmp_path, roster=[jane])
    assert list(found) == [f"u1/{FIRST}", f"u1/{SECOND}", "roebob_12346"]
    assert {one.owner for one in found.values()} == {"u1", "roebob_12346"}


def test_copies_in_a_zip_are_one_students_and_other_names_may_be_others(tmp_path):
    times = {"hw (1).ipynb": (2026, 5, 2, 0, 0, 0)}
    files = {"hw.ipynb": work(FIRST, note="1"), "hw (1).ipynb": work(FIRST, note="2")}
    put_tree(
        tmp_path,
        {
            "alice.zip": zip_tree(files, times),
            "group.zip": zip_tree({**files, "bob.ipynb": work(FIRST)}, times),
        },
    )
    found = graded(tmp_path)
    assert list(found) == ["alice", "group/bob", "group/hw"]
    assert passed_over(found["alice"]) == passed_over(found["group/hw"]) == {"hw.ipynb": OLDER}


def test_two_students_of_one_name_keep_the_units_apart(tmp_path):
    for section in ("one", "two"):
        files = {"alice/hw1.ipynb": work(FIRST), "alice/hw2.ipynb": work(SECOND)}
        put_tree(tmp_path / section, files)
    signs_ = signs_of_units(COURSE, list(COURSE.exercises.values()))
    found = survey_submissions([tmp_path / "one", tmp_path / "two"], None, signs_).submissions
    assert [(each.student, each.owner) for each in found] == [
        (f"{section}/alice/{unit}", f"{section}/alice")
        for section in ("one", "two")
        for unit in (FIRST, SECOND)
    ]


def test_a_name_that_two_units_define_is_a_sign_of_neither():
    shared = {
        name: replace(each, defines=("predict", *each.defines))
        for name, each in COURSE.exercises.items()
    }
    for unit in signs_of_units(replace(COURSE, exercises=shared), ()):
        assert not unit.graded
        for exercise, names in unit.exercises:
            assert names == set(COURSE.exercises[exercise].defines)


@pytest.mark.parametrize(
    "hostile",
    [b"a" * 2_000_000, b"a " * 1_000_000, b'"exercise"' + b" " * 2_000_000, b"def " * 500_000],
)
def test_a_look_at_a_hostile_file_takes_no_time(hostile):
    started = own_clock()
    assert signs.units_in(hostile, signs_of_units(COURSE, ())) == frozenset()
    assert started.sample() < 5

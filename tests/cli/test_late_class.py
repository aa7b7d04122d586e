"""A class with two units, times of Moodle, an extension and a late file of Canvas, by hand."""

from __future__ import annotations

import csv
import json

import pytest

from tests.course import tiny, two_units
from tests.notebooks import notebook_bytes

POLICY = """
policy:
  timezone: Europe/Berlin
  late:
    due: {coins: "2026-10-24 18:00", dice: "2026-11-07"}
    per_day: 0.1
    cap: 0.5
"""
COINS, HALF = "def two_heads(p):\n    return p * p", "def two_heads(p):\n    return p"
DICE = "def two_sixes(p):\n    return p * p"
WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum grade",'
    '"Last modified (submission)","Last modified (grade)"\n'
    # 59 minutes and a day after coins are due, by a clock that was put back that night.
    'Participant 1,"Ada Moe",ada@example.edu,Submitted,,3,"Sunday, 25 October 2026, 6:59 PM",-\n'
    'Participant 2,"Bob Roe",bob@example.edu,Submitted,,3,"Tuesday, 27 October 2026, 9:00 AM",-\n'
    'Participant 3,"Cy Poe",cy@example.edu,Submitted,,3,"Saturday, 24 October 2026, 6:00 PM",-\n'
    'Participant 4,"Dora Foe",dora@example.edu,"No submission",,3,-,-\n'
)
MOODLE = {
    "Ada Moe_1_assignsubmission_file_/coins.ipynb": [COINS],
    "Ada Moe_1_assignsubmission_file_/dice.ipynb": [DICE],
    "Bob Roe_2_assignsubmission_file_/both.ipynb": [COINS, DICE],
    "Cy Poe_3_assignsubmission_file_/coins.ipynb": [HALF],
}
CANVAS = {
    "joeeve_LATE_71_9001_coins.ipynb": [COINS],
    "loefay_72_9002_coins.ipynb": [COINS],
}


@pytest.fixture
def school(grader, tmp_path, address):
    course = tiny.write(tmp_path / "course", two_units.files(POLICY))
    for folder, files in (("moodle", MOODLE), ("canvas", CANVAS)):
        for name, cells in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(notebook_bytes(cells))
    (tmp_path / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8-sig")
    book = ("--course", course, "--gradebook", address)

    def call(*arguments):
        done = grader(*arguments, *book)
        assert done.status == 0, done.err
        return done

    return call


def grade(school, tmp_path, folder, *options):
    out = ("--out", tmp_path / "out", "--isolation", "none", "--jobs", "1")
    return school("grade", tmp_path / folder, *out, *options)


def totals(school):
    """Return what each student has: coins, dice and the total."""
    rows = csv.DictReader(school("gradebook", "export").out.splitlines())
    return {row["student"]: (row["two_heads"], row["two_sixes"], row["score"]) for row in rows}


def test_the_totals_are_those_worked_out_by_hand(school, tmp_path):
    done = grade(school, tmp_path, "moodle", "--times", tmp_path / "worksheet.csv")
    assert "No times" not in done.out
    # Two notebooks of Ada are one student; Cy's notebook has nothing of dice.
    #   run, before lateness: Ada 3 + 3, Bob 3 + 3, Cy 0: mean (6 + 6 + 0) / 3 = 4
    #   coins: (3 + 3 + 0) / 3 = 2; dice: (3 + 3) / 2 = 3
    assert "Mean of 3 students: 4 of 6 points" in done.out
    assert "  coins: 2 of 3 points (3 students submitted it)" in done.out
    assert "  dice: 3 of 3 points (2 students submitted it)" in done.out
    done = grade(school, tmp_path, "canvas")
    assert "Marked late, time unknown (1): joeeve_71. Each counts as 1 day late" in done.out

    # coins are due on 24 October at 18:00, dice at the end of 7 November; each day costs 10 %.
    #   Ada: 25 October, 18:59: 1 day and 59 minutes, so 2 days: 3 * 0.8 = 2.4; dice in time: 3
    #   Bob: 27 October, 9:00: 2 days and 15 hours, so 3 days: 3 * 0.7 = 2.1; dice in time: 3
    #   Cy: at 18:00 sharp, in time: 0; of dice nothing
    #   Eve (Canvas): late by an unknown time, 1 day: 3 * 0.9 = 2.7
    #   Fay (Canvas): not marked: 3
    assert totals(school) == {
        "Ada Moe": ("2.4", "3.0", "5.4"),
        "Bob Roe": ("2.1", "3.0", "5.1"),
        "Cy Poe": ("0.0", "", "0.0"),
        "joeeve_71": ("2.7", "", "2.7"),
        "loefay_72": ("3.0", "", "3.0"),
    }
    assert school("gradebook", "show").out.splitlines()[-3:-1] == [
        "5 students",
        # (5.4 + 5.1 + 0 + 2.7 + 3) / 5 = 16.2 / 5
        "Mean of 5 students with a grade: 3.24 of 6 points",
    ]

    # Ada gets two days: due on the 26th, so in time. Bob gets a date, 26 October to its end: 27
    # October, 9:00 is one day late: 3 * 0.9 = 2.7. Eve was given time, which Canvas need not know.
    for student, until in (("ada moe", "2"), ("Roe, Bob", "2026-10-26"), ("joeeve_71", "1")):
        school("gradebook", "extend", student, until, "--unit", "coins", "--why", "ill")
    assert totals(school) == {
        "Ada Moe": ("3.0", "3.0", "6.0"),
        "Bob Roe": ("2.7", "3.0", "5.7"),
        "Cy Poe": ("0.0", "", "0.0"),
        "joeeve_71": ("3.0", "", "3.0"),
        "loefay_72": ("3.0", "", "3.0"),
    }
    # A time says how late Eve's file was: three days and a minute by the clock, one of them hers.
    times = tmp_path / "times.csv"
    times.write_text("id,time\n71,2026-10-27 18:01\n")
    grade(school, tmp_path, "canvas", "--times", times)
    assert totals(school)["joeeve_71"] == ("2.1", "", "2.1")
    # Taken back: four days begun, 3 * 0.6.
    school("gradebook", "extend", "joeeve_71", "none", "--unit", "coins")
    assert totals(school)["joeeve_71"] == ("1.8", "", "1.8")


def test_every_place_has_the_same_number(school, tmp_path):
    grade(school, tmp_path, "moodle", "--times", tmp_path / "worksheet.csv")
    plain = school("gradebook", "show", "Ada Moe", "--json").json
    assert plain["score"] == 5.4
    assert [each["reported"] for each in plain["exercises"]] == [2.4, 3.0]
    text = school("gradebook", "show", "Ada Moe").out
    assert text.splitlines()[0].endswith(" 5.4 / 6")
    assert "handed in 2026-10-25 18:59, 2 days late: 20 % off" in text
    run = json.loads((tmp_path / "out" / "results.json").read_text())["submissions"]
    assert {one["student"]: (one["score"], one["max_score"]) for one in run} == {
        "Ada Moe/coins": (3.0, 3.0),
        "Ada Moe/dice": (3.0, 3.0),
        "Bob Roe": (6.0, 6.0),
        "Cy Poe": (0.0, 3.0),
    }
    assert run[0]["hand_in"]["received"] == "2026-10-25T17:59:00Z"
    with (tmp_path / "out" / "grades.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["Ada Moe/coins"]["two_sixes"] == rows["Cy Poe"]["two_sixes"] == ""


def test_without_times_nothing_is_late_and_that_is_told(school, tmp_path):
    done = grade(school, tmp_path, "moodle")
    told = "No times for 4 of 4 submissions: lateness is not applied to them. Give --times FILE.csv"
    assert told in done.out
    assert told in school("gradebook", "show").out
    assert totals(school)["Bob Roe"] == ("3.0", "3.0", "6.0")
    done = grade(school, tmp_path, "moodle", "--times", tmp_path / "worksheet.csv")
    assert "No times" not in done.out
    assert totals(school)["Bob Roe"] == ("2.1", "3.0", "5.1")
    done = grade(school, tmp_path, "moodle")  # what is known stays known
    assert "No times" not in done.out
    assert "time by " in school("gradebook", "history", "Bob Roe").out


def test_the_worksheet_may_be_the_roster(school, tmp_path):
    grade(school, tmp_path, "moodle", "--roster", tmp_path / "worksheet.csv")
    assert totals(school)["Participant 2"] == ("2.1", "3.0", "5.1")


def test_times_that_belong_to_nobody_are_told(school, tmp_path):
    times = tmp_path / "times.csv"
    times.write_text("name,time\nAda Moe,2026-10-20 10:00\nMo\x1b Doe,2026-10-20 10:00\n")
    done = grade(school, tmp_path, "moodle", "--times", times)
    assert "Times without a submission (1): Mo\\x1b Doe" in done.out
    assert "No times for 2 of 4 submissions" in done.out


REFUSED = {
    ("Ada Moe", "soon"): "`soon` is neither a date nor a number of days. Write `2026-05-31`",
    ("Ada Moe", "2026-10-01"): "`2026-10-01` gives no more time: `dice` is due 2026-11-07 23:59",
    ("Ada Moe", "2", "--unit", "cards"): "`cards` is not a unit with a due date. These are: co",
    ("Ada Moe", "none"): "`Ada Moe` has no extension for all units. `grader gradebook exte",
    ("Nobody", "2"): "has no student `Nobody`",
    ("Ada", "2"): "has no student `Ada`. Did you mean `Ada Moe`?",  # what is written is exact
}


def test_an_extension_that_changes_nothing_is_refused(grader, school, tmp_path, address):
    grade(school, tmp_path, "moodle")
    where = ("--course", tmp_path / "course", "--gradebook", address)
    for arguments, said in REFUSED.items():
        done = grader("gradebook", "extend", *arguments, *where)
        assert done.status == 2
        assert said in done.err
    course = tmp_path / "course" / "exercises" / "course.yaml"
    course.write_text(course.read_text().replace(POLICY, ""))
    done = grader("gradebook", "extend", "Ada Moe", "2", *where)
    assert "course.yaml has no due dates, so an extension changes nothing" in done.err


def test_a_name_that_several_have_lists_them(grader, school, tmp_path, address):
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "id,name,email\ns1,Jane Doe,jane@example.edu\ns2,Jane Doe,\x1bj@example.edu\n"
    )
    assert grader("gradebook", "import-roster", roster, "--gradebook", address).status == 0
    where = ("--course", tmp_path / "course", "--gradebook", address)
    done = grader("gradebook", "show", "jane doe", *where)
    assert done.status == 2
    assert done.err.splitlines() == [
        "grader: `jane doe` may be 2 students. Give the id of one:",
        "  s1 (Jane Doe, jane@example.edu)",
        "  s2 (Jane Doe, \\x1bj@example.edu)",
    ]
    assert "Jane Doe (s1, " in school("gradebook", "show", "JANE@example.edu").out


def test_extensions_are_listed_and_in_the_history(grader, school, tmp_path, address):
    grade(school, tmp_path, "moodle")
    done = school("gradebook", "extend", "cy poe", "3", "--why", "ill", "--who", "eve")
    assert done.out == "Cy Poe, all units: 3 more days; 0 -> 0 points\n"
    assert "extend by eve: until 3 days, why ill" in school("gradebook", "history", "cy").out
    assert "  Extension: 3 days, by eve on 20" in school("gradebook", "show", "cy").out
    listed = grader("gradebook", "extensions", "--gradebook", address)
    assert listed.out.splitlines()[0].startswith("Cy Poe  all units  3 days  by eve on 20")
    assert listed.out.splitlines()[1:] == ["1 extension"]
    plain = school("gradebook", "show", "cy", "--json").json
    assert plain["extensions"] == [{"unit": None, "until": "3 days", "who": "eve", "why": "ill"}]

"""Names that differ and look alike are reported, and never merged."""

from __future__ import annotations

import time
import unicodedata

import pytest

from grader.feedback.class_summary import look_alike_lines
from grader.submissions import find_submissions, looking_alike, survey_submissions
from grader.submissions.roster.load import RosterStudent
from tests.notebooks import notebook_bytes

ALIKE = {
    "composed_and_decomposed": ("Zo\u00eb", "Zoe\u0308"),
    "cyrillic": ("ada", "\u0430d\u0430"),
    "cyrillic_capitals": ("BOB", "\u0412\u041e\u0412"),
    "small_cyrillic": ("BOB", "\u0432\u043e\u0432"),
    "greek": ("Alan Tok", "\u0391l\u03b1n \u03a4\u03bf\u03ba"),
    "armenian": ("sou", "s\u0585\u057d"),
    "cherokee": ("AB", "\u13aa\u13f4"),
    "lisu": ("JOHN", "\ua4d9\ua4f3\ua4e7\ua4e0"),
    "full_width": ("ada42", "\uff41\uff44\uff41\uff14\uff12"),
    "mathematical": ("ada", "\U0001d41a\U0001d41d\U0001d41a"),
    "ligature": ("fiona", "\ufb01ona"),
    "dotless": ("tim", "t\u0131m"),
    "space_behind": ("ada", "ada "),
    "space_before": ("ada", " ada"),
    "two_spaces": ("Ada Lovelace", "Ada  Lovelace"),
    "other_space": ("Ada Lovelace", "Ada\u00a0Lovelace"),
    "thin_space": ("Ada Lovelace", "Ada\u2009Lovelace"),
    "zero_width": ("ada", "a\u200bda"),
    "joiner": ("ada", "ad\u200da"),
    "soft_hyphen": ("ada", "ad\u00ada"),
    "byte_order_mark": ("ada", "\ufeffada"),
    "filler": ("ada", "ada\u3164"),
    "selector": ("ada", "ada\ufe0f"),
    "turned_round": ("ada", "\u202eada"),
    "case": ("Ada", "aDA"),
    "sharp_s": ("Strauss", "Strau\u00df"),
    "one_for_l": ("bill", "bi1l"),
    "capital_i_for_l": ("bill", "biIl"),
    "zero_for_o": ("Olaf", "0laf"),
    "rn_for_m": ("Thomas", "Thornas"),
    "arabic_digits": ("s12", "s\u0661\u0662"),
    "hyphen": ("Anne-Marie", "Anne\u2010Marie"),
    "minus": ("Anne-Marie", "Anne\u2212Marie"),
    "apostrophe": ("O'Neill", "O\u2019Neill"),
    "acute_for_an_apostrophe": ("O'Neill", "O\u00b4Neill"),
    "nothing_to_be_seen": ("\u200b", "\u3164"),
    "mixed": ("Ada Lovelace", " \u0410d\u0430\u00a0\u200bLov\u0435lac\u0435"),
}
OTHERS = [
    ("ada", "adam"), ("Zoe", "Zo\u00eb"), ("s12", "s21"), ("100001", "100010"), ("Anna", "Ana"),
    ("Eva", "Ewa"), ("tim", "tom"), ("Kim Lee", "Lee Kim"), ("\u674e\u660e", "\u674e\u9e23"),
    ("\u0418\u0432\u0430\u043d", "\u0418\u0440\u0438\u043d\u0430"),
    ("kai", "kal"), ("\u200b", "x"),
]  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_names_that_look_alike_are_found(name):
    one, other = ALIKE[name]
    assert one != other
    (group,) = looking_alike({one: [], "somebody else": [], other: []})
    assert [each.student for each in group] == [one, other]


@pytest.mark.parametrize("names", OTHERS)
def test_names_that_differ_for_all_to_see_are_no_group(names):
    assert looking_alike(dict.fromkeys(names, ())) == ()


def test_a_name_beside_an_id_counts_too():
    students = {"1001": ["Ada Lovelace"], "1002": ["Alan"], "\u0410da Lovelace": [""]}
    ((first, second),) = looking_alike(students)
    assert (first.student, first.text) == ("1001", "Ada Lovelace")
    assert second.student == second.text == "\u0410da Lovelace"


def test_two_students_of_one_name_are_two_students():
    assert looking_alike({"1001": ["Li Wei"], "1002": ["Li Wei"], "1003": [""]}) == ()
    ((first, *_),) = looking_alike({"1": ["Li Wei"], "2": ["Li Wei"], "3": ["L\u0456 Wei"]})
    assert first.student == "1"


def test_who_looks_like_two_others_makes_one_group_of_them():
    ((*found,),) = looking_alike(dict.fromkeys(["BILL", "bill", "BlLL", "bi1l"], ()))
    assert [each.student for each in found] == ["BILL", "bill", "BlLL", "bi1l"]


def test_a_large_class_is_looked_through_in_a_moment():
    students = {f"s{number:06}": [f"Student {number}"] for number in range(20_000)}
    twins = {f"\u0455{number:06}": [""] for number in range(0, 20_000, 2)}
    started = time.process_time()
    assert len(looking_alike(students | twins)) == 10_000
    assert time.process_time() - started < 10


def hand_in(folder, *names):
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "work.ipynb").write_bytes(notebook_bytes(["x = 1"]))


def test_submissions_that_look_alike_stay_apart_and_are_reported(tmp_path):
    names = ["ada", "\u0430da", "ada ", "bob", *map("{}oe\u0308".format, "Z")]
    hand_in(tmp_path, *names, unicodedata.normalize("NFC", names[-1]))
    survey = survey_submissions([tmp_path])
    assert len(survey.submissions) == 6
    assert len(find_submissions([tmp_path])) == 6
    groups = [{each.student for each in group} for group in survey.look_alike]
    assert {"ada", "\u0430da", "ada "} in groups
    assert {"Zoe\u0308", "Zo\u00eb"} in groups
    assert len(groups) == 2


def test_a_stranger_who_looks_like_somebody_of_the_roster_is_reported(tmp_path):
    hand_in(tmp_path, "\u0410da Lovelace", "bob")
    roster = [RosterStudent(id="1001", name="Ada Lovelace"), RosterStudent(id="bob")]
    survey = survey_submissions([tmp_path], roster)
    ((one, other),) = survey.look_alike
    assert (one.student, other.student) == ("1001", "\u0410da Lovelace")
    assert survey.unknown == ("\u0410da Lovelace",)
    assert [student.id for student in survey.missing] == ["1001"]


def test_a_line_tells_the_names_apart():
    (line,) = look_alike_lines(looking_alike({"1001": ["Ada"], "\u0410da": [], "ada ": []}))
    assert line == (
        "Look alike, may be one student: `Ada` of `1001`, `\u0410da` (\\u0410da), `ada `"
    )


def test_many_groups_are_cut():
    students = {name: [] for number in range(12) for name in (f"s{number}", f"S{number}")}
    *shown, last = look_alike_lines(looking_alike(students))
    assert len(shown) == 10
    assert last == "Look alike: 2 more groups, listed in results.json"

"""What is handed in is stored once, and every database can hold what was found."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path

import pytest

from grader.course import load_course
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.decisions import add_extension, list_extensions, read_extensions
from grader.gradebook.dump import canonical_lines
from grader.gradebook.fingerprints import course_as_graded
from grader.gradebook.people import KnownPerson, find_students, import_roster, read_people
from grader.gradebook.reading import Findings, read_content, read_stored
from grader.gradebook.storable import storable
from grader.gradebook.storing import Arrival, receive, store
from grader.gradebook.timing import timing_of
from grader.gradebook.versions import register
from grader.results import CellFailure, SubmissionResult
from grader.submissions import RosterStudent
from tests.course import tiny
from tests.results import check_result, exercise_result


def arrival(student="ada", content=b"one", place="hw.ipynb", **more):
    sha256 = None if content is None else hashlib.sha256(content).hexdigest()
    return Arrival(
        student=student, notebook=f"in/{student}/{place}", content=content, sha256=sha256, **more
    )


@pytest.fixture
def book(address):
    with open_gradebook(address) as book:
        yield book


@pytest.fixture
def graded(tmp_path):
    course = load_course(tiny.write(tmp_path / "course", tiny.files()))
    exercises = course.exercises.values()
    return course_as_graded(course, exercises, seed=0, isolation="none", engine="sandbox")


def rows(book, table):
    lines = map(json.loads, book.read(lambda c: list(canonical_lines(c))))
    return [line for line in lines if line["table"] == table]


def hand_ins(book):
    return [
        (row["ordinal"], row["sha256"] and row["sha256"][:4]) for row in rows(book, "submissions")
    ]


ONE, TWO = (hashlib.sha256(text).hexdigest()[:4] for text in (b"one", b"two"))


def test_a_file_that_is_found_again_is_the_same_hand_in(book):
    for _ in range(2):
        book.write(lambda c: receive(c, [arrival()]))
    assert hand_ins(book) == [(1, ONE)]


def test_a_file_that_changed_is_another_hand_in_even_back_to_what_it_was(book):
    for content in (b"one", b"two", b"one"):
        book.write(lambda c, content=content: receive(c, [arrival(content=content)]))
    assert hand_ins(book) == [(1, ONE), (2, TWO), (3, ONE)]
    assert len(rows(book, "contents")) == 2


def test_files_of_other_names_are_hand_ins_of_their_own(book):
    book.write(lambda c: receive(c, [arrival(), arrival(place="other.ipynb", content=b"two")]))
    book.write(lambda c: receive(c, [arrival()]))
    assert hand_ins(book) == [(1, ONE), (1, TWO)]


def test_what_could_not_be_read_becomes_what_it_was_meant_to_be(book):
    missing = arrival(content=None, fault="is not there")
    assert book.write(lambda c: receive(c, [missing])) == [None]
    assert hand_ins(book) == [(1, None)]
    book.write(lambda c: receive(c, [missing]))
    book.write(lambda c: receive(c, [arrival()]))
    assert hand_ins(book) == [(1, ONE)]
    # What was read once is not lost when it cannot be read later.
    book.write(lambda c: receive(c, [missing]))
    assert hand_ins(book) == [(1, ONE)]


def test_students_who_hand_in_the_same_share_its_content(book):
    ids = book.write(lambda c: receive(c, [arrival("ada"), arrival("bob")]))
    assert ids[0] == ids[1]
    assert book.read(lambda c: read_content(c, ids[0])) == b"one"


def test_what_was_found_is_read_as_it_was_stored(book, graded):
    checks = (
        check_result("fail", message="got \0 and \udce9 and Zoë", brief="no", mistake="log2"),
        check_result("pass", "0.125"),
    )
    exercise = exercise_result(*checks, id="two_heads", title="Two heads in a row")
    result = storable(
        SubmissionResult(
            student="",
            notebook="",
            sha256=None,
            status="timed_out",
            reason="late \0",
            score=exercise.score,
            max_score=exercise.max_score,
            seconds=1.25,
            remarks=("odd",),
            cells=(CellFailure(number=4, status="died", error="\udce9"),),
            exercises=(exercise,),
        )
    )
    registered = book.write(lambda c: register(c, graded))
    (content,) = book.write(lambda c: receive(c, [arrival()]))
    known = book.write(lambda c: store(c, registered, content, result, ["two_heads"], {}))
    # Again, by a grader that knows the finding and by one that does not.
    book.write(lambda c: store(c, registered, content, result, ["two_heads"], known))
    book.write(lambda c: store(c, registered, content, result, ["two_heads"], {}))
    read = book.read(lambda c: read_stored(c, registered, {content}, Findings()))[content]
    assert read.exercises == {"two_heads": result.exercises[0]}
    assert read.exercises["two_heads"].score == Decimal("0.125")
    assert read.exercises["two_heads"].checks[0].message == r"got \x00 and \udce9 and Zoë"
    assert read.execution is not None
    assert (read.execution.status, read.execution.reason) == ("timed_out", r"late \x00")
    assert (read.execution.cells, read.execution.remarks) == (result.cells, ("odd",))
    assert len(rows(book, "findings")) == 1
    assert read.missing(["two_heads", "other"]) == ("other",)


def test_a_roster_tells_what_is_new_and_logs_it(book):
    people = [RosterStudent(id="ada", name="Ada Lovelace"), RosterStudent(id="bob")]
    book.write(lambda c: receive(c, [arrival("ada")]))
    assert book.write(lambda c: import_roster(c, people, who="eve")) == 2
    assert book.write(lambda c: import_roster(c, people, who="eve")) == 0
    assert [row["name"] for row in rows(book, "students")] == ["Ada Lovelace", ""]
    assert json.loads(rows(book, "log")[0]["details"]) == {"name": "Ada Lovelace", "student": "ada"}


def test_what_a_platform_said_of_a_student_stays_where_the_roster_is_silent(book):
    jane = arrival("jane", name="Jane \0", email="jane@example.edu")
    book.write(lambda c: receive(c, [jane, arrival("bob")]))
    people = [RosterStudent(id="jane", name="Jane Doe", section="A")]
    book.write(lambda c: import_roster(c, people, who="eve"))
    assert book.read(read_people) == {"jane": KnownPerson("Jane Doe", "jane@example.edu", "A")}
    assert json.loads(rows(book, "log")[0]["details"]) == {
        "name": "Jane Doe",
        "section": "A",
        "student": "jane",
    }
    assert book.write(lambda c: import_roster(c, people, who="eve")) == 0


def course_with(folder: Path, **changes: str):
    return load_course(tiny.write(folder, tiny.files() | changes))


def fingerprint(course, seed=0, isolation="none"):
    graded = course_as_graded(
        course, course.exercises.values(), seed=seed, isolation=isolation, engine="sandbox"
    )
    return graded.versions[0].fingerprint


def test_a_fingerprint_changes_with_all_that_a_grade_rests_on(tmp_path):
    plain = course_with(tmp_path / "a")
    same = course_with(tmp_path / "b")
    texts = tiny.files()
    others = {
        "exercise": course_with(tmp_path / "c", **{tiny.EXERCISE: texts[tiny.EXERCISE] + "\n"}),
        "solution": course_with(tmp_path / "d", **{tiny.REFERENCE: texts[tiny.REFERENCE] + "\n"}),
        "secret": course_with(
            tmp_path / "e", **{tiny.COURSE: texts[tiny.COURSE] + "\nsecret: sixteen letters now\n"}
        ),
        "limits": course_with(
            tmp_path / "f",
            **{tiny.COURSE: texts[tiny.COURSE] + "\nsandbox: {limits: {call_s: 1}}\n"},
        ),
    }
    prints = [fingerprint(plain), *map(fingerprint, others.values())]
    prints += [fingerprint(plain, seed=1), fingerprint(plain, isolation="basic")]
    assert len(set(prints)) == 7
    assert fingerprint(same) == fingerprint(plain)


def test_a_fingerprint_does_not_hang_on_the_policy_or_the_title_of_the_course(tmp_path):
    texts = tiny.files()
    plain = course_with(tmp_path / "a")
    policy = "\npolicy: {late: {due: {coins: '2026-10-31'}, per_day: 0.1}}\n"
    other = course_with(tmp_path / "b", **{tiny.COURSE: texts[tiny.COURSE] + policy})
    assert fingerprint(other) == fingerprint(plain)


EARLY, LATE = "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"


def known(book, *arrivals):
    """Hand something in, again and again; return what is known of when it came."""
    for each in arrivals:
        book.write(lambda c, each=each: receive(c, [each], who="eve"))
    return [(row["received"], row["late"]) for row in rows(book, "submissions")]


def test_a_time_that_is_learnt_later_is_kept_and_logged(book):
    assert known(book, arrival(), arrival(received=LATE)) == [(LATE, None)]
    (entry,) = rows(book, "log")
    assert (entry["who"], entry["what"]) == ("eve", "time")
    assert json.loads(entry["details"]) == {
        "student": "ada",
        "notebook": "hw.ipynb",
        "received": LATE,
    }
    assert known(book, arrival(), arrival(received=LATE)) == [(LATE, None)]
    assert len(rows(book, "log")) == 1


def test_the_same_file_handed_in_again_makes_nobody_late(book):
    assert known(book, arrival(received=EARLY), arrival(received=LATE)) == [(EARLY, None)]
    assert known(book, arrival(student="bob", late=False), arrival(student="bob", late=True))[
        1
    ] == (
        None,
        False,
    )


def test_what_a_person_says_replaces_a_time_and_a_platform_may_take_its_mark_back(book):
    assert known(book, arrival(received=EARLY), arrival(received=LATE, stated=True)) == [
        (LATE, None)
    ]
    assert known(book, arrival(student="bob", late=True), arrival(student="bob", late=False))[
        1
    ] == (
        None,
        False,
    )


def test_another_file_is_another_hand_in_with_a_time_of_its_own(book):
    again = arrival(content=b"two", received=LATE, late=True)
    assert known(book, arrival(received=EARLY, late=False), again) == [(EARLY, False), (LATE, True)]


def test_it_is_counted_of_which_hand_ins_nobody_knows_when_they_came(book):
    for student, more in {
        "ada": {},
        "bob": {"received": EARLY},
        "cy": {"late": True},
        "dora": {"late": False},
        "eve": {"late": True, "received": LATE},
        "fred": {"content": None, "fault": "is empty"},
        "gone": {},
    }.items():
        book.write(lambda c, s=student, m=more: receive(c, [arrival(student=s, **m)]))
    asked = {(name, "hw.ipynb") for name in ("ada", "bob", "cy", "dora", "eve", "fred")}
    timing = book.read(lambda c: timing_of(c, asked))
    assert (timing.hand_ins, timing.unknown, timing.marked) == (5, 1, ["cy"])


def test_of_several_hand_ins_of_a_place_the_last_is_asked_about(book):
    known(book, arrival(), arrival(content=b"two", received=LATE))
    timing = book.read(lambda c: timing_of(c, {("ada", "hw.ipynb")}))
    assert (timing.hand_ins, timing.unknown) == (1, 0)


CLASS = [
    RosterStudent(id="s1", name="Ada Lovelace", email="ada@example.edu"),
    RosterStudent(id="S2", name="Byron, Ada", email="byron@example.edu"),
    RosterStudent(id="ada", name="Zoë O'Neill-Ruiz"),
    RosterStudent(id="s4", name="Jane Doe", email="jane@example.edu"),
    RosterStudent(id="s5", name="Jane Doe", email="jd@example.edu"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s1", ["s1"]),
        ("ada", ["ada"]),  # an id goes before a name
        ("s2", ["S2"]),
        ("JANE@example.edu", ["s4"]),
        ("Ada Lovelace", ["s1"]),
        ("lovelace, ada", ["s1"]),
        ("Ada Byron", ["S2"]),
        ("zoe oneill ruiz", ["ada"]),
        ("Zoe", ["ada"]),
        ("Jane Doe", ["s4", "s5"]),
        ("Lov", ["s1"]),
        ("Ada L", ["s1"]),
        ("Ad", ["S2", "s1"]),
        ("Eve", []),
        ("", []),
        ("%", []),
    ],
)
def test_a_student_is_found_by_id_address_or_name(book, text, expected):
    book.write(lambda c: import_roster(c, CLASS, who="eve"))
    assert [one.id for one in book.read(lambda c: find_students(c, text))] == expected


def test_the_newest_extension_of_a_unit_stands_and_none_takes_it_back(book):
    book.write(lambda c: import_roster(c, CLASS, who="eve"))
    for unit, until in (("coins", "3 days"), ("", "1 days"), ("coins", "5 days"), ("", None)):
        book.write(lambda c, u=unit, t=until: add_extension(c, "s1", u, t, who="eve", why="ill"))
    book.write(lambda c: add_extension(c, "S2", "dice", "2 days", who="eve", why=""))
    found = book.read(lambda c: read_extensions(c, ["s1", "s4"]))
    assert {unit: each.until for unit, each in found["s1"].items()} == {"coins": "5 days"}
    assert found["s4"] == {}
    listed = book.read(lambda c: [(who, e.unit, e.until) for who, e in list_extensions(c)])
    assert listed == [("S2", "dice", "2 days"), ("s1", "coins", "5 days")]
    assert len(rows(book, "extensions")) == 5
    assert [row["what"] for row in rows(book, "log")][-5:] == ["extend"] * 5

"""What is handed in is stored once, and every database can hold what was found."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path

import pytest

from grader.course import load_course
from grader.gradebook.book import open_gradebook
from grader.gradebook.dump import canonical_lines
from grader.gradebook.editions import course_as_graded
from grader.gradebook.people import KnownPerson, import_roster, read_people
from grader.gradebook.reading import Findings, read_content, read_stored
from grader.gradebook.storing import Arrival, receive, register, storable, store
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
    return graded.editions[0].fingerprint


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

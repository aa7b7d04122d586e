"""The list of a class, and whom it says a hand-in is from."""

from __future__ import annotations

import contextlib
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import RosterError, UsageError
from grader.submissions import RosterStudent, load_roster
from grader.submissions.roster.extension import parse_extension
from tests.submissions.downloads import (
    GOOD,
    notebook,
    passed_over,
    put_tree,
    source_of,
    students,
    surveyed,
)


@pytest.fixture
def roster_of(tmp_path):
    """Write a roster and read it."""

    def load(content: str | bytes):
        path = tmp_path / "roster.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load_roster(path)

    return load


@pytest.fixture
def faults_of(roster_of):
    """Return a bad roster's faults, as they are shown, without the path."""

    def load(content: str | bytes) -> list[str]:
        with pytest.raises(RosterError) as raised:
            roster_of(content)
        assert str(raised.value).startswith("The roster has ")
        assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)
        return [str(fault).partition("roster.csv:")[2] for fault in raised.value.faults]

    return load


def test_each_row_is_a_student(roster_of):
    jane, bob = roster_of(
        "id,name,email,section,extension\n"
        "u1,Jane Doe,jane@example.edu,A,2026-05-31\n"
        'u2,"Roe, Bob",bob@example.edu\n'
    )
    assert (jane.id, jane.name, jane.email, jane.section, jane.line) == (
        *("u1", "Jane Doe", "jane@example.edu", "A"),
        2,
    )
    assert jane.extension.until.isoformat() == "2026-05-31T23:59:59"
    assert (bob.name, bob.section, bob.extension, bob.line) == ("Roe, Bob", "", None, 3)


@pytest.mark.parametrize(
    "content",
    [
        "Student ID;E-Mail;First name;Surname\nu1;j@x.edu;Jane;Doe\n",
        "\ufeffSID\tFirst Name\tLast Name\tEmail\nu1\tJane\tDoe\tj@x.edu\n",
        "sep=;\r\nstudent_id;full name;Email address\r\nu1;Jane Doe;j@x.edu\r\n",
        "\n\nid,name,email\r\n\r\nu1 , Jane Doe , j@x.edu\r\n,,\r\n",
        '"id","name","email"\n"u1","Jane Doe","j@x.edu"',
        "id,first_name,last_name,email,lms_user_id\nu1,Jane,Doe,j@x.edu,\n",
        "Student,Name,Mail,Quiz 1,Quiz 1\nu1,Jane Doe,j@x.edu,3,4\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_headers_separators_and_marks_may_be_of_many_kinds(roster_of, content, encoding):
    (jane,) = roster_of(content.encode(encoding))
    assert (jane.id, jane.name, jane.email) == ("u1", "Jane Doe", "j@x.edu")


def test_the_gradebook_of_canvas_is_a_roster(roster_of):
    (jane,) = roster_of(
        "Student,ID,SIS User ID,SIS Login ID,Section,hw1 (77)\n"
        "    Points Possible,,,,,10\n"
        '"Doe, Jane",12345,s-3031,jdoe,Lab 2,9\n'
    )
    assert (jane.id, jane.name, jane.section) == ("12345", "Doe, Jane", "Lab 2")
    assert jane.known_as == ("s-3031", "jdoe")


def test_the_grading_worksheet_of_moodle_is_a_roster(roster_of, tmp_path):
    people = roster_of(
        "Identifier,Full name,Email address,Status,Grade\n"
        "Participant 12345,Jane Doe,jane@x.edu,Submitted for grading,\n"
        "Participant 12346,Jane Doe,jd@x.edu,No submission,\n"
    )
    files = {
        "Jane Doe_12345_assignsubmission_file_/hw.ipynb": GOOD,
        "Jane Doe_12346_assignsubmission_file_/hw.ipynb": GOOD,
    }
    survey = surveyed(put_tree(tmp_path / "m", files), roster=people)
    assert list(students(survey)) == ["Participant 12345", "Participant 12346"]


def test_the_roster_of_gradescope_is_a_roster(roster_of):
    (jane,) = roster_of(
        "First Name,Last Name,SID,Email,Role,Section\nJane,Doe,3031,j@x,Student,1\n"
    )
    assert (jane.id, jane.name, jane.section) == ("3031", "Jane Doe", "1")


def test_a_column_of_students_alone_holds_their_ids(roster_of):
    (jane,) = roster_of("student,section\nu1,A\n")
    assert (jane.id, jane.name, jane.section) == ("u1", "", "A")


def test_every_fault_is_listed_with_its_line(faults_of):
    assert faults_of(
        "id,name,email,extension\n"
        "u1,Jane,j@x.edu,soon\n"
        ",Nobody,n@x.edu,\n"
        '"u2","Bob\nRoe",J@X.edu,3\n'
        "U1,Ann,a@x.edu,-3,more\n"
    ) == [
        (
            "2: `extension`: `soon` is neither a date nor a number of days. "
            "Write `2026-05-31`, `2026-05-31 18:00` or `3`."
        ),
        "3: `id`: is empty. Every student needs an id.",
        "4: `email`: `J@X.edu` is in line 2 too. Each student needs a different one.",
        "6: has 5 columns, but the header has 4. Put quotes around cells that contain commas.",
        (
            "6: `extension`: `-3` is neither a date nor a number of days. "
            "Write `2026-05-31`, `2026-05-31 18:00` or `3`."
        ),
        "6: `id`: `U1` is in line 2 too. Each student needs a different one.",
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "1: is empty. Its first line names the columns: `id,name,email`."),
        ("\n \n", "1: is empty. Its first line names the columns: `id,name,email`."),
        ("name,mail\nJane,j@x.edu", ("1: has no column `id`, only `name`, `mail`. "
         "Name the column of the student ids `id`.")),
        ("id,E-mail,email\nu1,a,b", ("1: `E-mail`: appears twice in the header. "
         "Remove or rename one column.")),
        (b"id,name\nu1,Jane\nu2,Jos\xe9\n", "3: is not UTF-8. Save the file again as `CSV UTF-8`."),
        ('id,name\nu1,"Jane\n', ("2: is not a valid CSV row: unexpected end of data. "
         "Look for a stray quote.")),
        (b"x" * ((16 << 20) + 1), "1: is larger than 16 MiB"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_roster_is_told_why(faults_of, content, fault):
    assert faults_of(content) == [fault]


def test_a_roster_that_is_not_there_is_a_wrong_call(tmp_path):
    with pytest.raises(
        UsageError, match=r"The roster `.*nowhere.csv` cannot be read: No such file"
    ):
        load_roster(tmp_path / "nowhere.csv")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_roster_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"id,name,extension\n" + content)
    with contextlib.suppress(RosterError):
        assert all(student.id for student in load_roster(path))


@pytest.mark.parametrize(
    ("text", "days", "until"),
    [
        ("3", Decimal(3), None),
        ("+2,5 days", Decimal("2.5"), None),
        ("1 d", Decimal(1), None),
        ("2026-05-31 18:00", None, "2026-05-31T18:00:00"),
        ("2026-05-31T18:00+02:00", None, "2026-05-31T18:00:00+02:00"),
        ("31.05.2026", None, "2026-05-31T23:59:59"),
        ("1.6.2026 08:00", None, "2026-06-01T08:00:00"),
    ],
)
def test_an_extension_is_a_number_of_days_or_a_date(text, days, until):
    found = parse_extension(text)
    assert (found.days, found.until.isoformat() if found.until else None) == (days, until)
    assert parse_extension(str(found)) == found


@pytest.mark.parametrize("text", ["", "soon", "-3", "31.02.2026", "2026-13-01", "99999", "٣ days?"])
def test_anything_else_is_no_extension(text):
    assert parse_extension(text) is None


JANE = RosterStudent(id="u1", name="Jane Doe", email="jane@x.edu", section="A", known_as=("jdoe",))
BOB = RosterStudent(id="u2", name="Roe, Bob", email="bob@x.edu")
ZOE = RosterStudent(id="12347", name="Zoë van der Müller", email="")


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("u1.ipynb", "u1"),
        ("U1.ipynb", "u1"),
        ("JDOE/hw.ipynb", "u1"),
        ("jane@x.edu.ipynb", "u1"),
        ("Jane Doe/hw.ipynb", "u1"),
        ("doe jane.ipynb", "u1"),
        ("doejane_777_67890_hw.ipynb", "u1"),
        ("vandermüllerzoë_12347_67890_hw.ipynb", "12347"),
        ("vandermullerzoe_777_67890_hw.ipynb", "12347"),
        ("Bob Roe_4_assignsubmission_file_/hw.ipynb", "u2"),
        ("Roe Bob_4_assignsubmission_file_hw.ipynb", "u2"),
    ],
)
def test_a_student_is_known_by_id_login_address_or_name(tmp_path, name, student):
    survey = surveyed(put_tree(tmp_path, {name: GOOD}), roster=[JANE, BOB, ZOE])
    assert [one.student for one in survey.submissions] == [student]
    assert survey.unknown == ()
    assert {one.id for one in survey.missing} == {"u1", "u2", "12347"} - {student}


def test_what_the_roster_says_is_carried_along(tmp_path):
    (jane,) = surveyed(put_tree(tmp_path, {"jdoe.ipynb": GOOD}), roster=[JANE]).submissions
    assert (jane.hand_in.name, jane.hand_in.email, jane.hand_in.section) == (
        *("Jane Doe", "jane@x.edu"),
        "A",
    )
    assert jane.hand_in.platform == ""


def test_a_student_who_is_not_in_the_roster_is_graded_and_named(tmp_path):
    survey = surveyed(put_tree(tmp_path, {"eve.ipynb": GOOD, "u1.ipynb": GOOD}), roster=[JANE, BOB])
    assert list(students(survey)) == ["eve", "u1"]
    assert survey.unknown == ("eve",)
    assert survey.missing == (BOB,)


def test_an_id_that_two_rows_share_as_a_login_finds_nobody(tmp_path):
    twins = [
        RosterStudent(id="a", name="Jo Doe", known_as=("jo",)),
        RosterStudent(id="b", name="Jo Doe", known_as=("jo",)),
    ]
    files = {"jo.ipynb": GOOD, "Jo Doe.ipynb": GOOD}
    survey = surveyed(put_tree(tmp_path, files), roster=twins)
    assert survey.unknown == ("Jo Doe", "jo")
    assert survey.missing == tuple(twins)


def test_two_of_a_platform_who_share_a_name_are_not_taken_for_the_one_in_the_roster(tmp_path):
    files = {"doejane_111_67890_hw.ipynb": GOOD, "doejane_222_67891_hw.ipynb": GOOD}
    survey = surveyed(put_tree(tmp_path, files), roster=[JANE])
    assert survey.unknown == ("doejane_111", "doejane_222")


def test_what_the_roster_says_is_one_students_is_graded_once(tmp_path):
    canvas = put_tree(
        tmp_path / "canvas",
        {
            "doejane_1_67890_hw.ipynb": notebook("'old'"),
            "doejane_1_67999_hw-1.ipynb": notebook("'new'"),
        },
    )
    (jane,) = surveyed(canvas, roster=[JANE]).submissions
    assert (jane.student, source_of(jane)) == ("u1", "'new'")
    plain = put_tree(tmp_path / "mail", {"jdoe/a.ipynb": GOOD, "jdoe/b.ipynb": GOOD})
    (jane,) = surveyed(plain, roster=[JANE]).submissions
    assert jane.student == "u1"
    assert len(passed_over(jane)) == 1
    (jane,) = surveyed(canvas, plain, roster=[JANE]).submissions
    assert len(jane.hand_in.passed_over) == 3


def test_the_assignments_of_nbgrader_stay_apart(tmp_path):
    files = {f"{who}/{what}/p.ipynb": GOOD for who in ("jdoe", "u2") for what in ("ps1", "ps2")}
    survey = surveyed(put_tree(tmp_path / "submitted", files), roster=[JANE, BOB])
    assert list(students(survey)) == ["u1/ps1", "u1/ps2", "u2/ps1", "u2/ps2"]
    assert survey.missing == ()

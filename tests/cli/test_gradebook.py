"""``grader gradebook`` and ``grader regrade``: show and change the grades of a class."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import pytest

from tests.course import tiny
from tests.notebooks import notebook_bytes

ESSAY = """
  - manual: your reasons
    name: Reasons
    points: 2
    criteria:
      - {name: Both flips, points: 1}
      - {name: Independence, points: 1}
"""
TEXTS = tiny.files()
EXERCISE = TEXTS[tiny.EXERCISE].replace("points: 3\n", "points: 5\n", 1)
EXERCISE = EXERCISE.replace("\nmistakes:", f"{ESSAY}\nmistakes:")


def notebook(answer, essay="Because.", *others):
    text = {"cell_type": "markdown", "metadata": {}, "source": essay}
    return notebook_bytes([text, f"def two_heads(p):\n    return {answer}", *others])


class School:
    """A course, a class, and the commands on it."""

    def __init__(self, grader, folder, gradebook):
        self.grader, self.folder = grader, folder
        self.book = ("--gradebook", gradebook)
        tiny.write(folder / "course", TEXTS | {tiny.EXERCISE: EXERCISE})
        self.hand_in("ada", notebook("p * p"))
        self.hand_in("bob", notebook("p"))

    def hand_in(self, student, content):
        (self.folder / "work").mkdir(exist_ok=True)
        (self.folder / "work" / f"{student}.ipynb").write_bytes(content)

    def change(self, old, new, name=tiny.EXERCISE):
        path = self.folder / "course" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    @property
    def options(self):
        return ("--out", self.folder / "out", "--isolation", "none", "--jobs", "1")

    def grade(self, *options):
        return self.call("grade", self.folder / "work", *self.options, *options)

    @property
    def course(self):
        return ("--course", self.folder / "course")

    def call(self, *arguments):
        return self.grader(*arguments, *self.course, *self.book)

    def shown(self, student):
        done = self.call("gradebook", "show", student, "--json")
        assert done.status == 0, done.err
        return done.json

    def score(self, student):
        return self.shown(student)["exercises"][0]["reported"]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Where the first school that is graded is kept for the next, in each database."""
    return tmp_path_factory.mktemp("graded")


@pytest.fixture
def school(request, grader, tmp_path, address, graded):
    server = request.getfixturevalue("postgres") if "://" in address else None
    kept = graded / ("server" if server else "file")
    if not kept.exists():
        school = School(grader, tmp_path, address)
        assert school.grade().status == 0
        shutil.copytree(tmp_path / "out", kept / "out")
        if server:
            (kept / "address").write_text(server.new_database(like=address))
        else:
            shutil.copy(address, kept / "gradebook.db")
        return school
    shutil.copytree(kept / "out", tmp_path / "out")
    if server:
        address = server.new_database(like=(kept / "address").read_text())
    else:
        shutil.copy(kept / "gradebook.db", address)
    return School(grader, tmp_path, address)


def test_the_class_and_a_student_are_shown(school):
    everybody = school.call("gradebook", "show").out
    assert everybody.splitlines()[-2:] == [
        "2 students",
        "Mean of 2 students with a grade: 1.5 of 5 points",
    ]
    assert "bob" in everybody
    assert "to be marked: two_heads" in everybody
    one = school.call("gradebook", "show", "bob").out
    assert "two_heads(0.5) is 0.5, expected 0.25" in one
    assert "Reasons: to be marked" in one


def test_students_who_look_alike_are_reported_and_stay_two(school):
    twin = "\u0430da"  # with a Cyrillic letter
    school.hand_in(twin, notebook("p"))
    told = "Look alike, may be one student: `ada`, `\u0430da` (\\u0430da)"
    assert told in school.grade().out.splitlines()
    header = json.loads((school.folder / "out" / "results.json").read_text())
    assert [[each["student"] for each in group] for group in header["look_alike"]] == [
        ["ada", twin]
    ]
    assert school.call("gradebook", "show").out.splitlines()[3:] == [
        "3 students",
        "Mean of 3 students with a grade: 1 of 5 points",
        told,
    ]
    assert told in school.call("gradebook", "show", twin).out
    assert "Look alike" not in school.call("gradebook", "show", "bob").out
    assert school.shown("ada")["look_alike"] == header["look_alike"]
    assert school.call("gradebook", "export", "--json").json["look_alike"] == header["look_alike"]
    assert (school.score("ada"), school.score(twin)) == (3, 0)


def test_only_the_instructor_reads_which_exception_a_hidden_check_met(school):
    long = "x" * 250  # what stands before it must not crowd it out
    school.hand_in("eve", notebook(f"{{}}[(p, '{long}')]"))
    assert school.grade().status == 0
    assert school.call("gradebook", "show", "eve").out.count("raised KeyError") > 1
    work = school.folder / "work" / "eve.ipynb"
    every = ("--all", "--isolation", "none", "--json")
    checks = school.grader("check", work, *every, *school.course).json["submissions"][0]
    hidden = [each for each in checks["exercises"][0]["checks"] if not each["visible"]]
    told = {each["message"] for each in hidden if each["kind"] == "function"}
    assert told == {"`two_heads` raised an exception."}


def test_the_class_is_exported_as_csv_and_as_json(school, tmp_path):
    out = tmp_path / "class.csv"
    assert school.call("gradebook", "export", "--out", out).out == ""
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], row["two_heads"]) for row in rows] == [("ada", "3.0"), ("bob", "0.0")]
    assert rows[0]["to_be_marked"] == "two_heads"
    everything = school.call("gradebook", "export", "--json").json["students"]
    assert everything == school.call("gradebook", "show", "--json").json["students"]
    assert [each["student"] for each in everything] == ["ada", "bob"]
    assert school.call("gradebook", "export", "--canonical").out.count('"table": "grades"') == 2


def test_what_the_gradebook_knows_of_students_stands_in_both_tables(school, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name,email,section\nada,Ada Lovelace,ada@example.edu,A\n")
    school.grader("gradebook", "import-roster", roster, *school.book)

    def persons():
        with (tmp_path / "out" / "grades.csv").open(newline="") as file:
            run = [row[:4] for row in csv.reader(file)]
        lines = school.call("gradebook", "export").out.splitlines()
        assert [row[:4] for row in csv.reader(lines)] == run
        return run[1:]

    school.grade()
    known = [["ada", "Ada Lovelace", "ada@example.edu", "A"], ["bob", "", "", ""]]
    assert persons() == known
    before = (tmp_path / "out" / "grades.csv").read_bytes()
    school.grade()
    assert (tmp_path / "out" / "grades.csv").read_bytes() == before


def test_an_empty_gradebook_is_exported_too(school, tmp_path, grader, gradebooks):
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\n")
    empty = ("--gradebook", gradebooks())
    assert grader("gradebook", "import-roster", roster, *empty).status == 0
    done = grader("gradebook", "export", "--json", *school.course, *empty)
    assert done.json == {"students": []}


def test_marks_by_hand_count_and_survive_a_regrading_and_a_hand_in_of_the_same_text(school):
    done = school.call("gradebook", "mark", "ada", "two_heads", "Both flips=1", "--why", "good")
    assert done.out == "two_heads: 3 -> 4 (needs_review)\n"
    done = school.call("gradebook", "mark", "ada", "two_heads", "Independence=0.5")
    assert done.out == "two_heads: 4 -> 4.5 (partial)\n"
    school.change("points: 1\n    visible", "points: 2\n    visible")
    school.change("points: 5\n", "points: 6\n")
    assert school.call("regrade").status == 0
    assert school.score("ada") == 5.5
    # The same work beside something else: the marks hold. Another text waits for a person.
    school.change("units:", "policy: {counts: last}\n\nunits:", tiny.COURSE)
    school.hand_in("ada", notebook("p * p", "Because.", "print(1)"))
    school.grade()
    assert school.score("ada") == 5.5
    school.hand_in("ada", notebook("p * p", "Because of the weather."))
    school.grade()
    assert school.score("ada") == 4
    assert "good" in school.call("gradebook", "history", "ada").out


def test_all_marks_of_a_rubric_make_a_check_pass(school):
    marks = ("Both flips=1", "Independence=1")
    done = school.call("gradebook", "mark", "ada", "two_heads", *marks)
    assert done.out == "two_heads: 3 -> 5 (passed)\n"
    assert school.call("gradebook", "mark", "bob", "two_heads", "Both flips=0", "Independence=0")
    assert school.shown("bob")["exercises"][0]["result"]["status"] == "failed"


def test_an_override_stands_until_it_is_taken_back(school):
    done = school.call(
        "gradebook", "override", "bob", "two_heads", "2.5", "--why", "on paper", "--who", "eve"
    )
    assert done.out == "two_heads: 0 -> 2.5 (needs_review)\n"
    school.hand_in("bob", notebook("p * p"))
    school.grade()
    assert school.score("bob") == 2.5
    assert "set by eve" in school.call("gradebook", "show", "bob").out
    assert "set by eve: two_heads" in school.call("gradebook", "show").out
    school.call("gradebook", "override", "bob", "two_heads", "none", "--why", "graded now")
    assert school.score("bob") == 3
    history = school.call("gradebook", "history", "bob").out
    assert history.count("handed in") == 2
    assert "override by eve: exercise two_heads, score 2.5, why on paper" in history


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)  # what refuses them is no database
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("override", "zoe", "two_heads", "1", "--why", "x"), "has no student `zoe`. `grader"),
        (("override", "adda", "two_heads", "1", "--why", "x"), "Did you mean `ada`? `grader"),
        (("override", "bob/coins", "two_heads", "1", "--why", "x"), "Did you mean `bob`? `grader"),
        (("override", "ada", "nothing", "1", "--why", "x"), "has no exercise `nothing`"),
        (("override", "ada", "two_heads", "1", "--why", " "), "needs a reason: --why TEXT"),
        (("override", "ada", "two_heads", "5.5", "--why", "x"), "is worth at most 5 points"),
        (
            ("override", "ada", "two_heads", "much", "--why", "x"),
            "`much` is not a number",
        ),
        (("override", "ada", "two_heads", "inf", "--why", "x"), "`inf` is not a number of points"),
        (
            ("override", "ada", "two_heads", "nan", "--why", "x"),
            "Give a number from 0 to 5, such as",
        ),
        (("override", "ada", "two_heads", "-1", "--why", "x"), "`-1` is not a number of points"),
        (("override", "ada", "two_heads", "1e9", "--why", "x"), "`1e9` is not a number of points"),
        (("mark", "ada", "two_heads", "Both flips=-1"), "`-1` is not a number of points"),
        (("mark", "ada", "two_heads", "Style=1"), "criteria of `two_heads` are: `Both flips`"),
        (("mark", "ada", "two_heads", "Both flips=2"), "is worth at most 1 point."),
        (("show", "zoe"), "has no student `zoe`"),
        (("export", "--out", "/nowhere/class.csv"), "Cannot write `/nowhere/class.csv`"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(school, arguments, said):
    before = school.call("gradebook", "export", "--canonical").out
    done = school.call("gradebook", *arguments)
    assert (done.status, said in done.err) == (2, True), done.err
    assert school.call("gradebook", "export", "--canonical").out == before


def test_a_student_without_a_submission_cannot_be_marked(school, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name,extension\nzoe,Zoe,2 days\n")
    done = school.grader("gradebook", "import-roster", roster, *school.book)
    assert done.out.startswith("1 student in the roster, 1 of them new or changed in `")
    done = school.call("gradebook", "mark", "zoe", "two_heads", "Both flips=1")
    assert "has not submitted anything for `two_heads` yet" in done.err
    done = school.call("gradebook", "override", "zoe", "two_heads", "1", "--why", "sick")
    assert done.out == "two_heads: nothing -> 1 (not_attempted)\n"
    shown = school.call("gradebook", "show", "zoe").out
    assert "Extension in the roster: 2 days" in shown
    assert "no submissions yet" in shown
    assert "set by" in shown
    assert school.shown("zoe")["exercises"][0]["sha256"] is None
    done = school.call("gradebook", "mark", "zoe", "two_heads", "Both flips=1")
    assert "has not submitted anything for `two_heads` yet. `grader gradebook override`" in done.err
    school.call("gradebook", "override", "zoe", "two_heads", "none", "--why", "well again")
    assert school.shown("zoe")["exercises"] == []


def test_an_exercise_without_a_rubric_cannot_be_marked(school):
    school.change(ESSAY, "")
    school.change("points: 5\n", "points: 3\n")
    done = school.call("gradebook", "mark", "ada", "two_heads", "Both flips=1")
    assert (done.status, "`two_heads` has no rubric" in done.err) == (2, True)


@pytest.mark.parametrize("command", [("show",), ("show", "ada"), ("history", "ada"), ("export",)])
def test_a_gradebook_of_another_course_is_told(school, command):
    other = school.folder / "other"
    tiny.write(
        other, {name.replace("heads", "tails"): text.replace("heads", "tails")
                for name, text in TEXTS.items()}
    )  # fmt: skip
    done = school.grader("gradebook", *command, *school.book, "--course", other)
    assert done.status == 2
    assert "another course than `A first course`: of `two_heads`. Name its folder" in done.err


def test_attempts_beyond_the_last_do_not_count(school):
    school.change("units:", "policy: {max_attempts: 2, counts: last}\n\nunits:", tiny.COURSE)
    for answer in ("p ** 2", "2 * p"):
        school.hand_in("bob", notebook(answer))
        school.grade()
    (exercise,) = school.shown("bob")["exercises"]
    assert exercise["reported"] == 3
    assert (exercise["attempt"], exercise["attempts_spent"], exercise["max_attempts"]) == (2, 3, 2)
    assert "attempt 2 counts; 3 of 2 spent" in school.call("gradebook", "show", "bob").out


@pytest.mark.parametrize(
    ("explain", "told"), [("last_attempt", [False, True, True]), ("right", [False, False, False])]
)
def test_an_explanation_comes_when_attempts_are_spent(school, explain, told):
    school.change("defines:", f"max_attempts: 2\nexplain: {explain}\ndefines:")
    school.change("visible: true\n", "visible: true\n    explanation: Both flips count.\n")
    found = []
    for answer in ("p", "2 * p", "3 * p"):
        school.hand_in("bob", notebook(answer))
        of_run = school.call("grade", school.folder / "work", *school.options, "--json").json
        assert "Both flips count." not in str(of_run["submissions"][1])
        shown = school.call("gradebook", "show", "bob").out
        found.append("Why: Both flips count." in shown)
        assert ("Both flips count." in str(school.shown("bob"))) == found[-1]
    assert found == told


def test_a_gradebook_is_verified(school):
    done = school.grader("gradebook", "verify", *school.book)
    assert (done.status, "is sound" in done.out) == (0, True)


def test_a_dry_run_shows_whose_grade_would_change_and_why(school):
    school.change("points: 1\n    visible", "points: 2\n    visible")
    school.change("points: 5\n", "points: 6\n")
    before = school.call("gradebook", "export", "--canonical").out
    dry = school.call("regrade", "--dry-run")
    assert dry.out.splitlines() == [
        "ada  two_heads  3 -> 4 (+1.00)  [A fair coin: 1 -> 2]",
        "1 of 2 submissions would change; nothing was stored.",
    ]
    assert school.call("gradebook", "export", "--canonical").out == before
    plain = school.call("regrade", "--dry-run", "--json").json
    assert plain["counts"] == {"changed": 1, "unchanged": 1}
    assert plain["changes"][0]["exercises"][0]["after"] == 4
    wet = school.call("regrade").out.splitlines()
    assert wet == [dry.out.splitlines()[0], "1 of 2 submissions changed."]
    assert school.call("regrade").out == "0 of 2 submissions changed.\n"


def test_a_change_of_status_and_of_the_checks_is_told(school):
    school.change(ESSAY, "")
    school.change("points: 5\n", "points: 3\n")
    assert school.call("regrade").out.splitlines() == [
        "ada  two_heads  3 -> 3 (+0.00), needs_review -> passed  [Reasons: 0 -> gone]",
        "bob  two_heads  0 -> 0 (+0.00), needs_review -> failed  [Reasons: 0 -> gone]",
        "2 of 2 submissions changed.",
    ]


def test_regrading_needs_a_gradebook(school, gradebook_file):
    done = school.grader("regrade", *school.course, "--gradebook", gradebook_file)
    assert done.status == 2
    assert "The gradebook `" in done.err


def test_a_variable_names_the_gradebook_of_every_command(grader, tmp_path, address, monkeypatch):
    school = School(grader, tmp_path, address)
    school.book = ()
    monkeypatch.setenv("GRADER_GRADEBOOK", address)
    assert school.grade().status == 0
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\nada,Ada Lovelace\n")
    assert grader("gradebook", "import-roster", roster).status == 0
    school.call("gradebook", "mark", "ada", "two_heads", "Both flips=1")
    school.call("gradebook", "override", "bob", "two_heads", "2.5", "--why", "on paper")
    assert (school.score("ada"), school.score("bob")) == (4, 2.5)
    assert "Ada Lovelace" in school.call("gradebook", "export", "--json").out
    assert "on paper" in school.call("gradebook", "history", "bob").out
    assert school.call("regrade", "--dry-run").out.startswith("0 of 2 submissions would change")
    assert grader("gradebook", "verify").status == 0
    assert not (tmp_path / "out" / "gradebook.db").exists()


def test_the_option_goes_before_the_variable(school, gradebook_file, monkeypatch):
    monkeypatch.setenv("GRADER_GRADEBOOK", str(gradebook_file))
    assert school.score("ada") == 3
    assert not gradebook_file.exists()


def test_only_some_students_or_the_first_are_graded(school, tmp_path):
    assert school.grade("--student", "bob").out.startswith("bob")
    assert "1 submission in" in school.grade("--limit", "1").out
    done = school.grade("--student", "zoe")
    assert (done.status, "No submission is from `zoe`" in done.err) == (2, True)


def test_a_roster_that_is_given_is_kept(school, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\nada,Ada Lovelace\nbob,Bob\n")
    school.grade("--roster", roster)
    assert school.shown("ada")["name"] == "Ada Lovelace"
    assert "Ada Lovelace (ada)" in school.call("gradebook", "show", "ada").out


def test_check_needs_no_database_library():
    code = (
        "import sys, grader\ngrader.check(b'{', course='.', exercises=['hth_likelihood'])\n"
        "print('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tiny.ROOT
    )
    assert done.stdout == "False\n"

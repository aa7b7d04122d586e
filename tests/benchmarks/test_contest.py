"""The notebooks that are compared, and how wrong marks are found."""

from types import SimpleNamespace

from sqlalchemy import text

from benchmarks.classroom import choose_programs, collect_programs, write_course
from benchmarks.contest import Contest, disagreements
from benchmarks.graders import make_venvs
from grader.course import load_course
from grader.gradebook.database.book import open_gradebook
from tests.benchmarks.commands import ROOT


def test_only_the_exercises_that_are_graded_are_in_the_course(tmp_path):
    course = load_course(write_course(ROOT, tmp_path, ("kl_asymmetry",)))
    assert list(course.exercises) == ["kl_asymmetry"]
    assert course.sandbox.preload == ()


def test_no_answer_in_a_notebook_spoils_another():
    course = load_course(ROOT)
    pools = collect_programs(course)
    for student in range(40):
        chosen = choose_programs(course, pools, student)
        made = [name for program in chosen.values() for name in program.made]
        assert {name for name in made if made.count(name) > 1} <= set(course.shared_names)
        for exercise, program in chosen.items():
            for below in course.exercises[exercise].builds_on:
                used = set(course.exercises[below].defines) & program.borrowed
                assert not used or chosen[below].right


def test_a_grader_that_is_wrong_is_named():
    expected = {"ada": {"kl_asymmetry": frozenset()}, "bob": {"kl_asymmetry": frozenset({"zeros"})}}
    failed = {"ada": {"kl_asymmetry": frozenset({"signs"})}}
    assert list(disagreements("floor", expected, expected)) == []
    assert list(disagreements("floor", failed, expected)) == [
        "floor: ada, kl_asymmetry: ['signs'] for []",
        "floor: bob, kl_asymmetry: nothing at all for ['zeros']",
    ]


def test_a_peer_is_not_blamed_for_a_check_that_it_was_not_given():
    questions = {"mse": [{"name": "numbers"}]}
    expected = {"ada": {"mse": frozenset({"derivation"})}}
    assert list(disagreements("otter", {"ada": {"mse": frozenset()}}, expected, questions)) == []


def test_gradebooks_that_differ_are_reported(tmp_path):
    books = [SimpleNamespace(gradebook=tmp_path / name) for name in ("one.db", "other.db")]
    for book in books:
        open_gradebook(book.gradebook).close()
    contest = Contest(ROOT, tmp_path / "contest", "first", "none", {})
    contest.compare(*books, "a run")
    assert contest.faults == []
    with open_gradebook(books[1].gradebook) as book:
        insert = text("INSERT INTO students VALUES ('eve', '', '', '', '')")
        book.write(lambda connection: connection.execute(insert))
    contest.compare(*books, "a run")
    (fault,) = contest.faults
    assert fault.startswith("a run: the gradebook is another one: ")
    assert '"id": "eve"' in fault
    assert fault.endswith(" for nothing")


def test_a_peer_that_is_installed_is_not_installed_again(tmp_path, capsys):
    for name in ("nbgrader", "otter"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / name).touch()
    assert make_venvs(tmp_path) == {name: tmp_path / name for name in ("nbgrader", "otter")}
    assert capsys.readouterr() == ("", "")

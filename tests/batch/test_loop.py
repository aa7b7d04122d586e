"""What the gradebook has is reported, what it lacks is graded, and nothing is done twice."""

from __future__ import annotations

import hashlib
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from grader.batch.grade import grade_submissions
from grader.batch.job import with_upstream
from grader.batch.regrade import regrade
from grader.course import load_course
from grader.errors import NotebookError
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.fingerprints import Environment, ExerciseVersion, GradingSnapshot
from grader.notebook import LIMIT_BYTES
from grader.results import SubmissionInfo, SubmissionResult
from grader.sandbox.deadline import Doubt
from tests.results import check_result, exercise_result

ROOT = Path(__file__).parents[2]


def course(*versions: str) -> GradingSnapshot:
    """Return a course of exercises; ``kl@2`` is the second version of ``kl``."""
    return GradingSnapshot(
        title="A course",
        seed=0,
        environment=Environment(
            version="1", isolation="none", engine="sandbox", settings="", versions="", key="here"
        ),
        versions=tuple(
            ExerciseVersion(
                exercise=name.partition("@")[0],
                fingerprint=name,
                exercise_sha256="",
                solution_sha256="",
                title="KL is not symmetric",
                max_score=Decimal(2),
            )
            for name in versions
        ),
    )


@dataclass(frozen=True)
class Paper:
    """A submission; its content is what `Work` makes of it."""

    student: str
    content: bytes = b"right"
    notebook: str = "in/paper.ipynb"
    hand_in: SubmissionInfo | None = None
    owner: str = ""
    work: str = ""
    stated: bool = False

    def read_all(self, limit_bytes: int = LIMIT_BYTES) -> bytes:
        if self.content == b"unreadable":
            raise NotebookError("`paper.ipynb` may not be read")
        return self.content


@dataclass
class Work:
    """Does tasks by itself, one at a time, and remembers them."""

    points: str = "2"
    done: list[tuple[bytes, tuple[str, ...]]] = field(default_factory=list)
    starts: int = 0
    line: deque = field(default_factory=deque)

    @contextmanager
    def start(self):
        self.starts += 1
        yield self

    def with_upstream(self, missing):
        return tuple(missing)

    def submit(self, task) -> bool:
        if self.line:
            return False
        self.line.append(task)
        return True

    def collect(self):
        task = self.line.popleft()
        self.done.append((task.content, task.exercises))
        status = {b"broken": "error", b"": "unreadable"}.get(task.content, "graded")
        earned = Decimal(self.points) if task.content == b"right" else Decimal(0)
        checks = [
            check_result("pass" if earned else "fail", points="2").model_copy(
                update={"points": earned}
            )
        ]
        exercises = [
            exercise_result(*checks, id=name, max_score=Decimal(2))
            for name in task.exercises
            if status == "graded"
        ]
        reason = {"error": "it broke", "unreadable": "The notebook is empty"}.get(status, "")
        result = SubmissionResult(
            student="",
            notebook="",
            sha256=hashlib.sha256(task.content).hexdigest(),
            status=status,
            reason=reason,
            score=Decimal(0),
            max_score=Decimal(0),
            seconds=0.0,
            exercises=tuple(exercises),
        )
        return [(task, result)]


@pytest.fixture
def book(address):
    with open_gradebook(address) as book:
        yield book


def graded(book, papers, work, *versions):
    return list(grade_submissions(book, course(*versions or ("kl",)), papers, work, who="eve"))


def test_results_come_in_the_order_of_the_submissions(book):
    papers = [Paper(f"s{n}", content=b"%d" % n) for n in range(100)]
    results = graded(book, papers, Work())
    assert [result.student for result in results] == [paper.student for paper in papers]


def test_what_was_graded_is_reported_and_nothing_is_started_for_it(book):
    papers = [Paper("ada"), Paper("bob", b"wrong")]
    first, again = Work(), Work()
    assert graded(book, papers, first) == graded(book, papers, again)
    assert (len(first.done), again.done, again.starts) == (2, [], 0)


def test_identical_notebooks_are_run_once(book):
    work = Work()
    results = graded(book, [Paper(f"s{n}") for n in range(100)], work)
    assert work.done == [(b"right", ("kl",))]
    assert {result.score for result in results} == {Decimal(2)}


def test_only_exercises_without_a_grade_are_asked(book):
    graded(book, [Paper("ada")], Work(), "kl", "mse")
    work = Work()
    (result,) = graded(book, [Paper("ada")], work, "kl", "mse@2", "nll")
    assert work.done == [(b"right", ("mse", "nll"))]
    assert [each.id for each in result.exercises] == ["kl", "mse", "nll"]
    assert (result.score, result.max_score) == (Decimal(6), Decimal(6))


def test_a_fault_of_ours_is_told_and_tried_again_by_the_next_run(book):
    broken = [Paper("ada", b"broken"), Paper("bob", b"broken")]
    work = Work()
    results = graded(book, broken, work)
    assert [(each.status, each.reason) for each in results] == [("error", "it broke")] * 2
    assert len(work.done) == 1
    assert graded(book, broken, Work())[0].status == "error"


def test_a_notebook_that_is_none_is_told_under_each_name_that_it_has(book):
    papers = [Paper("ada", b"", "a/one.ipynb"), Paper("bob", b"", "b/two.ipynb")]
    work = Work()
    reasons = [each.reason for each in graded(book, papers, work)]
    assert reasons == ["`one.ipynb` is empty", "`two.ipynb` is empty"]
    assert len(work.done) == 1
    assert [each.reason for each in graded(book, papers, Work())] == reasons


def test_a_file_that_cannot_be_read_is_told_and_costs_nobody_else(book):
    results = graded(book, [Paper("ada", b"unreadable"), Paper("bob")], Work())
    assert [each.status for each in results] == ["unreadable", "graded"]
    assert results[0].reason == "`paper.ipynb` may not be read"


def test_a_file_that_is_too_large_is_not_kept(book):
    (result,) = graded(book, [Paper("ada", b" " * (LIMIT_BYTES + 1))], Work())
    assert (result.status, result.sha256) == ("unreadable", None)
    assert "is larger than" in result.reason


def test_the_classes_window_bounds_what_waits(book, monkeypatch):
    monkeypatch.setattr("grader.batch.loop._PREFETCH", 4)
    monkeypatch.setattr("grader.batch.grade._CHUNK", 2)
    papers = [Paper(f"s{n}", content=b"%d" % n) for n in range(20)]
    assert len(graded(book, papers, Work())) == 20


@dataclass
class OverloadedWork(Work):
    """Two workers; what has these contents runs out of time beside others, each in its way."""

    doubts: dict[bytes, list[Doubt]] = field(default_factory=dict)
    beside: list[tuple[bytes, int]] = field(default_factory=list)

    def submit(self, task) -> bool:
        if len(self.line) == 2:
            return False
        self.line.append(task)
        return True

    def collect(self):
        self.beside.append((self.line[0].content, len(self.line) - 1))
        ((task, result),) = super().collect()
        doubts = self.doubts.get(task.content, [])
        doubt = doubts.pop(0) if doubts else Doubt.NONE
        late = {"status": "timed_out", "exercises": (), "score": Decimal(0)} if doubt else {}
        checks = exercise_result(check_result("fail", points="2"), id="kl", max_score=Decimal(2))
        late = late and {**late, "exercises": (checks,)}
        return [(task, result.model_copy(update={"doubt": doubt, **late}))]


def busy_class(book, *doubts):
    work = OverloadedWork(doubts={b"right": list(doubts)})
    papers = [Paper("ada"), *(Paper(f"s{n}", content=b"%d" % n) for n in range(5))]
    results = graded(book, papers, work)
    assert [result.student for result in results] == [paper.student for paper in papers]
    return results[0], work


@pytest.mark.parametrize("doubt", [Doubt.BUSY, Doubt.BACKSTOP])
def test_what_ran_out_of_time_on_an_overloaded_machine_is_graded_again_by_itself(book, doubt):
    ada, work = busy_class(book, doubt)
    assert work.beside[-1] == (b"right", 0)
    assert [content for content, _ in work.beside].count(b"right") == 2
    assert (ada.status, ada.score) == ("graded", Decimal(2))
    (remark,) = ada.remarks
    assert remark == (
        "It ran out of time while the machine was overloaded, and was graded again by itself; "
        "that is the grade shown here."
    )


def test_a_limit_that_strikes_by_own_time_twice_counts_and_nothing_is_said(book):
    ada, _ = busy_class(book, Doubt.BUSY, Doubt.BUSY)
    assert (ada.status, ada.score, ada.remarks) == ("timed_out", Decimal(0), ())
    assert graded(book, [Paper("ada")], Work())[0].status == "timed_out"  # stored


def test_what_only_the_wall_clock_stopped_twice_is_no_grade_and_is_tried_by_the_next_run(book):
    ada, _ = busy_class(book, Doubt.BACKSTOP, Doubt.BACKSTOP)
    assert ada.status == "error"
    assert "this machine is overloaded" in ada.reason
    assert graded(book, [Paper("ada")], Work())[0].status == "graded"


def test_a_window_full_of_doubts_goes_on(book, monkeypatch):
    monkeypatch.setattr("grader.batch.loop._PREFETCH", 4)
    monkeypatch.setattr("grader.batch.grade._CHUNK", 2)
    contents = [b"%d" % number for number in range(20)]
    work = OverloadedWork(doubts={content: [Doubt.BUSY] for content in contents})
    results = graded(book, [Paper(f"s{n}", one) for n, one in enumerate(contents)], work)
    assert len(results) == 20
    assert len(work.beside) == 40
    first = set()
    for content, neighbours in work.beside:
        assert content not in first or neighbours == 0
        first.add(content)


def test_a_run_that_ends_before_a_doubt_is_settled_has_stored_nothing_of_it(book):
    work = OverloadedWork(doubts={b"right": [Doubt.BUSY]})
    papers = [Paper("bob", b"1"), Paper("ada")]
    run = grade_submissions(book, course("kl"), papers, work, who="eve")
    assert next(run).student == "bob"
    run.close()
    work = Work()
    assert graded(book, papers, work)[1].score == Decimal(2)
    assert [content for content, _ in work.done] == [b"right"]


def changes(book, work, *versions, dry_run=False):
    done = regrade(book, course(*versions), work, who="eve", dry_run=dry_run)
    return [
        (each.result.student, one.exercise, one.before, one.after, len(one.checks))
        for each in done
        for one in each.changes
    ]


def test_a_dry_run_tells_what_a_regrading_then_changes_and_stores_nothing(book):
    graded(book, [Paper("ada"), Paper("bob", b"wrong"), Paper("eve")], Work(), "kl", "mse")
    expected = [("ada", "kl", 2, 1, 1), ("eve", "kl", 2, 1, 1)]
    for _ in range(2):
        assert changes(book, Work(points="1"), "kl@2", "mse", dry_run=True) == expected
    work = Work(points="1")
    assert changes(book, work, "kl@2", "mse") == expected
    assert work.done == [(b"right", ("kl",)), (b"wrong", ("kl",))]
    assert changes(book, Work(), "kl@2", "mse") == []


def test_going_back_to_an_earlier_version_runs_nothing_and_tells_what_changes(book):
    graded(book, [Paper("ada")], Work(), "kl")
    changes(book, Work(points="1"), "kl@2")
    work = Work()
    assert changes(book, work, "kl", dry_run=True) == [("ada", "kl", 1, 2, 1)]
    assert changes(book, work, "kl") == [("ada", "kl", 1, 2, 1)]
    assert work.starts == 0


def test_a_notebook_is_graded_again_only_for_what_it_was_graded_for(book):
    graded(book, [Paper("ada")], Work(), "kl")
    graded(book, [Paper("bob", b"wrong")], Work(), "mse")
    work = Work()
    changes(book, work, "kl@2", "mse@2")
    assert work.done == [(b"right", ("kl",)), (b"wrong", ("mse",))]


def test_every_hand_in_is_graded_again_not_only_the_last(book):
    graded(book, [Paper("ada")], Work())
    graded(book, [Paper("ada", b"wrong")], Work())
    work = Work()
    changes(book, work, "kl@2")
    assert [content for content, _ in work.done] == [b"right", b"wrong"]


def test_what_a_follow_through_hangs_on_is_asked_too():
    loaded = load_course(ROOT)
    curves = loaded.exercises["candidate_curves"]
    asked = with_upstream(loaded, [curves])
    assert curves.follow_through is not None
    assert set(curves.builds_on) < set(asked)
    assert with_upstream(loaded, [loaded.exercises["kl_asymmetry"]]) == ("kl_asymmetry",)

"""Exercises that leave nothing behind share a fork; all others have one of their own."""

from __future__ import annotations

import pytest

from grader.guest.protocol.query_batch import QueryBatch
from grader.guest.protocol.values import Call, Died, Query, Returned, TimedOut
from grader.sandbox import session as session_module
from grader.sandbox.engine import Isolation
from grader.sandbox.notebook_run import NotebookSource
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import Limits, SandboxSettings
from tests.clocks import own_clock

CELLS = [
    "import os, time\nx = 1\ncalls = []\npid = os.getpid()",
    "def who(): return os.getpid()",
    "def die_the_second_time():\n    return calls.append(1) or (len(calls) == 1 or os._exit(3))",
    "def sleep(seconds): time.sleep(seconds)",
    "def fill(): raise MemoryError",
    "def hang():\n    while True:\n        try: time.sleep(9)\n        except BaseException: pass",
]


@pytest.fixture(scope="module")
def sandbox():
    limits = Limits(cell_s=2, notebook_s=20, call_s=0.5, exercise_s=4)
    with Sandbox(SandboxSettings(limits=limits), Isolation.NONE) as started:
        yield started


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch):
    monkeypatch.setattr(session_module, "GRACE_S", 0.2)


@pytest.fixture
def session(sandbox):
    with sandbox.run_notebook(NotebookSource(CELLS)) as run:
        yield run.session


HARMLESS = ("die_the_second_time", "fill", "hang", "sleep", "who")


def ask(session, name, *args, harmless=HARMLESS):
    with session.open(harmless) as student:
        (answer,) = student.call(name, [Call(args)])
    return answer


def process_of(session, harmless=HARMLESS):
    return ask(session, "who", harmless=harmless).value


def test_exercises_share_a_fork_where_the_one_before_left_nothing(session):
    assert len({process_of(session) for _ in range(3)}) == 1


def test_an_exercise_has_a_fork_of_its_own_where_the_one_before_left_something(session):
    assert len({process_of(session, ()) for _ in range(3)}) == 3


def test_an_exercise_for_which_nothing_is_said_is_asked_afresh(session):
    first = process_of(session)
    assert process_of(session, None) != first


def test_the_session_itself_is_never_asked(session):
    with session.open(HARMLESS) as student:
        pid = student.get("pid").value
    assert process_of(session) != pid


def test_a_fork_that_was_asked_anything_else_ahead_is_used_up(session):
    first = process_of(session)
    for harmless, stays in ((HARMLESS, True), (("who",), False)):
        with session.open(harmless) as student:
            student.prefetch(QueryBatch.of([Query("sleep", (Call((0,)),)), Query("calls")]))
        assert (process_of(session) == first) is stays


def test_a_fork_in_which_variables_were_read_goes_on(session):
    first = process_of(session)
    with session.open(()) as student:
        assert student.get("x") == Returned(1)
    assert process_of(session) == first


def test_a_fork_that_drew_is_used_up(session):
    first = process_of(session)
    with session.open(HARMLESS) as student:
        student.draw("x", None)
        assert student.call("who", [Call()]) == [Returned(first)]
    assert process_of(session) != first


def test_a_fork_in_which_a_call_was_stopped_is_used_up(session):
    first = process_of(session)
    assert ask(session, "sleep", 9) == TimedOut(0.5, "call")
    assert process_of(session) != first


def test_a_fork_in_which_memory_ran_out_is_used_up(session):
    first = process_of(session)
    assert ask(session, "fill").type_name == "MemoryError"
    assert process_of(session) != first


def test_a_fork_in_which_a_call_raised_goes_on(session):
    first = process_of(session)
    assert ask(session, "sleep", "long").type_name == "TypeError"
    assert process_of(session) == first


def test_a_death_in_a_used_fork_is_nobodys_fault_before_it_happens_in_a_fresh_one(session):
    assert ask(session, "die_the_second_time") == Returned(True)
    assert ask(session, "die_the_second_time") == Returned(True)
    with session.open(HARMLESS) as student:
        answers = student.call("die_the_second_time", [Call()] * 2)
    assert answers[0] == Returned(True)
    assert isinstance(answers[1], Died)


def test_a_death_ahead_in_a_used_fork_is_asked_about_in_a_fresh_one(session):
    assert ask(session, "die_the_second_time") == Returned(True)
    case = Call()
    with session.open(HARMLESS) as student:
        student.prefetch(QueryBatch.of([Query("die_the_second_time", (case,))]))
        assert student.call("die_the_second_time", [case]) == [Returned(True)]


def test_a_hang_in_a_used_fork_is_waited_for_once(session):
    process_of(session)
    started = own_clock()
    assert ask(session, "hang") == TimedOut(0.5, "call")
    assert started.sample() < 3


def test_a_used_fork_ends_with_its_session(sandbox):
    with sandbox.run_notebook(NotebookSource(CELLS)) as run:
        first = process_of(run.session)
        used = run.session._as_new
    assert used._sock.fileno() == -1
    with sandbox.run_notebook(NotebookSource(CELLS)) as run:
        assert process_of(run.session) != first

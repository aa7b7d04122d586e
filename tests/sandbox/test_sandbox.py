"""A whole notebook: one bad cell, or one bad exercise, costs only itself."""

from __future__ import annotations

import os
import signal

import pytest

from grader.errors import SandboxError
from grader.guest.protocol.values import Call, Died, Returned
from grader.sandbox import notebook_run
from grader.sandbox import session as session_module
from grader.sandbox.engine import Isolation
from grader.sandbox.notebook_run import NotebookRun, NotebookSource
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.session_process import ZygoteDied
from grader.sandbox.settings import Limits, SandboxSettings
from grader.sandbox.zygote import Zygote
from tests.clocks import own_clock

LIMITS = Limits(cell_s=2, notebook_s=20, call_s=1, exercise_s=3)
DIE = "import os; os._exit(3)"
STUBBORN = "import time\nwhile True:\n  try: time.sleep(1)\n  except BaseException: pass"
KILL_SESSION = "import os, signal\ndef kill(): os.kill(os.getppid(), signal.SIGKILL)"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(SandboxSettings(limits=LIMITS), Isolation.NONE) as started:
        yield started


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch):
    monkeypatch.setattr(session_module, "GRACE_S", 0.2)


def statuses(run: NotebookRun) -> list[str]:
    return [outcome.status for outcome in run.outcomes]


def test_a_notebook_runs_and_is_asked(sandbox):
    with sandbox.run_notebook(NotebookSource(["x = 1", "x + 1"])) as run:
        assert [outcome.displayed for outcome in run.outcomes] == ["", "2\n"]
        assert (run.timed_out, run.reason) == (False, "")
        with run.session.open() as student:
            assert student.get("x") == Returned(1)


def test_what_is_shared_is_shared_again_where_cells_run_again(sandbox):
    cells = ["a = {1: 1}", DIE, "a = {2: 2}"]
    with sandbox.run_notebook(NotebookSource(cells, shared=["a"])) as run:
        assert statuses(run) == ["ok", "died", "ok"]
        with run.session.open() as student:
            assert student.get("a") == Returned({1: 1, 2: 2})


def test_what_all_sessions_of_a_notebook_cost_is_known_when_it_is_over(sandbox):
    busy = "import time\nend = time.process_time() + 0.1\nwhile time.process_time() < end: pass"
    with sandbox.run_notebook(NotebookSource([busy, DIE])) as run:
        assert run.session.cpu_s > 0.1  # the session that died
    assert 0.2 < run.session.cpu_s < 2


def test_an_empty_notebook_is_one_too(sandbox):
    with sandbox.run_notebook(NotebookSource([])) as run:
        assert run.outcomes == ()
        with run.session.open() as student:
            assert student.get("x").name == "x"


@pytest.mark.parametrize("bad", [DIE, STUBBORN])
def test_a_cell_that_takes_its_session_down_costs_only_itself(bad):
    limits = LIMITS.model_copy(update={"cell_s": 0.3})
    with (
        Sandbox(SandboxSettings(limits=limits), Isolation.NONE) as quick,
        quick.run_notebook(NotebookSource(["x = 1", bad, "y = x + 1"])) as run,
    ):
        assert statuses(run) == ["ok", "timed_out" if bad == STUBBORN else "died", "ok"]
        assert [outcome.index for outcome in run.outcomes] == [0, 1, 2]
        with run.session.open() as student:
            assert student.get("y") == Returned(2)


def test_several_deadly_cells_each_cost_only_themselves(sandbox):
    with sandbox.run_notebook(NotebookSource([DIE, "x = 1", DIE, "y = x", DIE])) as run:
        assert statuses(run) == ["died", "ok", "died", "ok", "died"]
        with run.session.open() as student:
            assert student.get("y") == Returned(1)


def test_after_too_many_deadly_cells_the_rest_is_given_up_and_said_so(sandbox):
    with sandbox.run_notebook(NotebookSource(["x = 1", *[DIE] * 5, "y = 1"])) as run:
        assert statuses(run) == ["ok", *["died"] * 4, "skipped", "skipped"]
        assert run.reason.startswith("2 of 7 cells did not run: too many earlier cells")
        with run.session.open() as student:
            assert student.get("x") == Returned(1)


def test_the_notebooks_time_bounds_all_cells_and_says_so():
    limits = LIMITS.model_copy(update={"notebook_s": 0.5})
    cells = ["import time\ntime.sleep(0.3)", "while True: pass", "x = 1"]
    begun = own_clock()
    with (
        Sandbox(SandboxSettings(limits=limits), Isolation.NONE) as quick,
        quick.run_notebook(NotebookSource(cells)) as run,
    ):
        assert begun.sample() < 4
        assert statuses(run) == ["ok", "timed_out", "skipped"]
        assert [outcome.limit for outcome in run.outcomes] == ["", "notebook", "notebook"]
        assert run.timed_out
        assert run.reason == (
            "1 of 3 cells did not run: earlier cells used up the notebook's 0.5 s."
        )


def test_time_that_a_deadly_cell_used_up_is_not_given_twice():
    limits = LIMITS.model_copy(update={"notebook_s": 0.3})
    with (
        Sandbox(SandboxSettings(limits=limits), Isolation.NONE) as quick,
        quick.run_notebook(NotebookSource([STUBBORN, "x = 1"])) as run,
    ):
        assert statuses(run)[0] == "timed_out"
        assert run.timed_out


def test_an_exercise_that_takes_the_session_down_leaves_the_others_their_marks(sandbox):
    with sandbox.run_notebook(NotebookSource([KILL_SESSION, "x = 1"])) as run:
        with run.session.open() as student:
            student.call("kill", [Call()])
            student.get("x")
        with run.session.open() as student:
            assert student.get("x") == Returned(1)


def test_a_session_that_is_gone_unnoticed_is_brought_back_for_the_next_exercise(sandbox):
    with sandbox.run_notebook(NotebookSource(["x = 1", "import os\npid = os.getpid()"])) as run:
        with run.session.open() as student:
            pid = student.get("pid").value
        with run.session.open() as student:
            os.kill(pid, signal.SIGKILL)  # as a child that the first one left could do
            assert student.get("x") == Returned(1)
            assert student.get("pid").value != pid


BY_ITSELF = "import os, signal\ndef end(number): os.kill(os.getpid(), number)"


@pytest.mark.parametrize(
    ("cells", "asked", "killed"),
    [
        ([f"{BY_ITSELF}\nend(signal.SIGKILL)"], None, True),
        ([f"{BY_ITSELF}\nend(signal.SIGTERM)"], None, True),
        ([f"{BY_ITSELF}\nend(signal.SIGSEGV)"], None, False),
        ([DIE], None, False),
        ([BY_ITSELF], signal.SIGKILL, True),
        ([BY_ITSELF], signal.SIGSEGV, False),
        ([BY_ITSELF], 0, False),
        (["def end(number):\n    while True: pass"], 0, False),
        ([KILL_SESSION, "def end(number): kill()"], 0, True),
    ],
)
def test_what_was_killed_is_told_when_the_notebook_is_over(sandbox, cells, asked, killed):
    with sandbox.run_notebook(NotebookSource(cells)) as run:
        if asked is not None:
            with run.session.open() as student:
                student.call("end", [Call((int(asked),))])
            with run.session.open() as student:
                student.get("x")
    assert run.killed is killed


def test_exercises_that_keep_taking_it_down_are_answered_for_it(sandbox, monkeypatch):
    monkeypatch.setattr(notebook_run, "REVIVALS", 0)
    with sandbox.run_notebook(NotebookSource([KILL_SESSION, "x = 1"])) as run:
        with run.session.open() as student:
            student.call("kill", [Call()])
            student.get("x")
        with run.session.open() as student:
            assert isinstance(student.get("x"), Died)
            assert student.call("kill", [Call()] * 2) == [student.get("x")] * 2


def test_a_dead_zygote_is_reported_once_and_replaced(monkeypatch):
    with Sandbox(SandboxSettings(limits=LIMITS), Isolation.NONE) as own:
        with own.run_notebook(NotebookSource(["x = 1"])):
            pass
        monkeypatch.setattr(type(own._zygote), "spawn", died)
        with pytest.raises(ZygoteDied):
            own.run_notebook(NotebookSource(["x = 1"]))
        monkeypatch.undo()
        own.close()
        with own.run_notebook(NotebookSource(["x = 1"])) as run:
            assert statuses(run) == ["ok"]


def died(*_given, **_options):
    raise ZygoteDied("it is gone")


def once(act):
    """Return what dies the first time, and then acts."""
    left = [died]
    return lambda *given, **options: (left.pop() if left else act)(*given, **options)


@pytest.mark.parametrize("moment", ["spawn", "start"])
def test_a_zygote_that_dies_as_it_starts_something_is_replaced_unnoticed(monkeypatch, moment):
    monkeypatch.setattr(Zygote, moment, once(getattr(Zygote, moment)))
    with (
        Sandbox(SandboxSettings(limits=LIMITS), Isolation.NONE) as own,
        own.run_notebook(NotebookSource(["x = 1"])) as run,
    ):
        assert statuses(run) == ["ok"]


def test_a_zygote_that_died_between_notebooks_is_replaced_unnoticed(monkeypatch):
    with Sandbox(SandboxSettings(limits=LIMITS), Isolation.NONE) as own:
        with own.run_notebook(NotebookSource(["x = 1"])):
            pass
        first = own._zygote
        monkeypatch.setattr(type(first), "alive", property(lambda self: self is not first))
        with own.run_notebook(NotebookSource(["x = 1"])) as run:
            assert statuses(run) == ["ok"]
        assert own._zygote is not first


def test_a_fault_of_the_machinery_ends_the_session_that_it_met(sandbox, monkeypatch):
    closed = []
    close = notebook_run.NotebookSession.close
    monkeypatch.setattr(
        notebook_run.NotebookSession, "close", lambda self: closed.append(close(self))
    )
    monkeypatch.setattr(notebook_run.NotebookSession, "run", died)
    with pytest.raises(ZygoteDied):
        sandbox.run_notebook(NotebookSource(["x = 1"]))
    assert len(closed) == 1


@pytest.mark.strong
def test_the_strong_sandbox_runs_and_answers_too():
    settings = SandboxSettings(limits=LIMITS)
    with (
        Sandbox(settings, Isolation.STRONG) as strong,
        strong.run_notebook(NotebookSource(["x = 1", DIE])) as run,
    ):
        assert statuses(run) == ["ok", "died"]
        with run.session.open() as student:
            assert student.get("x") == Returned(1)


@pytest.mark.strong
def test_processes_that_cells_left_behind_make_room_for_questions():
    limits = LIMITS.model_copy(update={"processes": 16})
    bomb = (
        "import os, time\n"
        "try:\n"
        "  while True:\n"
        "    if os.fork() == 0:\n"
        "      time.sleep(60)\n"
        "      os._exit(0)\n"
        "except OSError: pass\n"
        "x = 1"
    )
    settings = SandboxSettings(limits=limits)
    with (
        Sandbox(settings, Isolation.STRONG) as strong,
        strong.run_notebook(NotebookSource([bomb])) as run,
        run.session.open() as student,
    ):
        assert student.get("x") == Returned(1)


def test_a_sandbox_that_cannot_start_is_told_of_before_the_first_notebook():
    settings = SandboxSettings(preload=["no_such_module"])
    told = r"names no_such_module, which cannot be imported \(No module named .*\); install it"
    with pytest.raises(SandboxError, match=told), Sandbox(settings, Isolation.NONE):
        pass

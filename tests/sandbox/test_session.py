"""The trusted end: whatever a session does, each question ends in an answer, in time."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import time
from functools import partial

import msgpack
import numpy as np
import pytest

from grader.compare.weight import Allowance
from grader.errors import CheckError, SandboxError
from grader.guest.limits.own_time import OwnTime
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.query_batch import QueryBatch
from grader.guest.protocol.values import (
    Call,
    Died,
    Missing,
    Opaque,
    Query,
    Raised,
    Returned,
    TimedOut,
)
from grader.guest.requests import receive
from grader.sandbox import connection, deadline, exercise_session, session
from grader.sandbox.connection import Pipes
from grader.sandbox.deadline import Doubt, doubt_now
from grader.sandbox.endings import name_of_signal
from grader.sandbox.engine import Isolation
from grader.sandbox.exercise_session import ExerciseSession
from grader.sandbox.outcome import CellOutcome, outcome_from
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.session import Session
from grader.sandbox.session_process import Exit
from grader.sandbox.settings import Limits, SandboxSettings
from tests.clocks import own_clock
from tests.sandbox.asking import answering
from tests.sandbox.lone_session import LoneSession
from tests.sandbox.standin import ForkedProcess, raw, replying, send

LIMITS = Limits(cell_s=5, notebook_s=20, call_s=0.4, exercise_s=2)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(SandboxSettings(limits=LIMITS), Isolation.NONE) as started:
        yield started


@pytest.fixture
def fresh(sandbox):
    with sandbox.session() as started:
        yield started


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch):
    monkeypatch.setattr(session, "GRACE_S", 0.3)
    monkeypatch.setattr(exercise_session, "GRACE_S", 0.3)


def stand_in(serve, limits=LIMITS):
    return Session(ForkedProcess(serve), limits)


@pytest.fixture
def asked(fresh):
    """Run cells, then open an exercise."""
    opened = []

    def run(*cells):
        for cell in cells:
            assert fresh.run_cell(cell).status == "ok"
        manager = answering(fresh)
        opened.append(manager)
        return manager.__enter__()

    yield run
    for manager in opened:
        manager.__exit__(None, None, None)


def test_cells_share_their_names(fresh):
    fresh.run_cell("x = 2")
    outcome = fresh.run_cell("x + 1")
    assert (outcome.index, outcome.status, outcome.displayed) == (1, "ok", "3\n")
    assert outcome.error == ""


def test_an_exception_is_told_in_one_line(fresh):
    assert fresh.run_cell("1 / 0").error == "ZeroDivisionError: division by zero"


def test_a_limit_that_struck_is_named_in_that_line(fresh):
    assert fresh.run_cell("raise MemoryError('x')").error == "MemoryError: x (limit: memory)"


def test_what_is_written_past_python_belongs_to_its_cell(fresh):
    outcome = fresh.run_cell("import os\nos.system('echo out; echo err >&2')\nprint('py')")
    assert outcome.stdout == "out\npy\n"
    assert outcome.stderr == "err\n"
    assert fresh.run_cell("1").displayed == "1\n"


def test_a_flood_past_python_is_cut_and_counted(fresh):
    outcome = fresh.run_cell("import os\nfor _ in range(300): os.write(1, b'a' * 10_000)")
    assert outcome.status == "ok"
    assert len(outcome.stdout) <= 1 << 20
    assert len(outcome.stdout) + outcome.dropped == 3_000_000


def test_a_cell_that_lets_itself_be_stopped_leaves_the_session(fresh):
    outcome = fresh.run_cell("while True: pass", limit_s=0.1)
    assert (outcome.status, outcome.limit, fresh.lost) == ("timed_out", "cell", "")


STUBBORN = "import time\nwhile True:\n  try: time.sleep(1)\n  except BaseException: pass"


def test_a_cell_that_swallows_its_interruption_ends_its_session_in_time(fresh):
    started = own_clock()
    outcome = fresh.run_cell(STUBBORN, limit_s=0.1)
    assert started.sample() < 2
    assert (outcome.status, outcome.limit) == ("timed_out", "cell")
    assert "could not be stopped" in outcome.error
    assert fresh.run_cell("1").status == "died"


CRASHED = (
    "its process was ended by SIGSEGV (it crashed: endless recursion, or an error in compiled "
    "code (ctypes, a library))"
)
ABORTED = (
    "its process was ended by SIGABRT (it aborted: `os.abort`, or an error in compiled code "
    "(a library))"
)


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("import os; os._exit(3)", "its process ended itself with exit status 3"),
        ("import ctypes; ctypes.string_at(0)", CRASHED),
        ("import os; os.abort()", ABORTED),
        ("import os; os.kill(os.getpid(), 9)", "its process was ended by SIGKILL"),
    ],
)
def test_a_cell_that_ends_its_process_says_how(fresh, source, how):
    outcome = fresh.run_cell(source)
    assert (outcome.status, outcome.error_message) == ("died", how)
    assert fresh.lost == how
    with answering(fresh) as student:
        assert student.get("x") == Died(how)


def test_processor_time_is_a_limit_that_is_named():
    limits = Limits(cpu_s=1e-9)
    with stand_in(lambda sock: None, limits) as ended:
        assert ended.run_cell("1").limit == "cpu"


def test_a_variable_is_read_and_a_function_called(asked):
    student = asked("x = 1", "def f(a, b): return a * b")
    assert student.get("x") == Returned(1)
    assert student.get("y") == Missing("y")
    assert student.call("f", [Call((2,), (("b", 3),)), Call((2,))])[0] == Returned(6)
    assert isinstance(student.call("f", [Call((2,))])[0], Raised)
    assert student.call("f", []) == []


def test_exercises_do_not_disturb_one_another(fresh):
    fresh.run_cell("x = []\ndef f():\n  x.append(1)\n  return len(x)")
    for _ in range(2):
        with answering(fresh) as student:
            assert student.call("f", [Call()] * 2) == [Returned(1), Returned(2)]
    assert fresh.run_cell("len(x)").displayed == "0\n"


def test_a_call_that_ends_the_process_costs_only_itself(asked):
    student = asked("import os\ndef f(n):\n  if n == 1: os.kill(os.getpid(), 11)\n  return n")
    assert student.call("f", [Call((n,)) for n in range(3)]) == [
        Returned(0),
        Died(CRASHED),
        Returned(2),
    ]


def test_a_call_that_exits_is_told_with_its_status(asked):
    student = asked("import os")
    assert student.call("missing", [Call()]) == [Missing("missing", callable_wanted=True)]
    student = asked("def f(): os._exit(4)")
    assert student.call("f", [Call()]) == [Died("its process ended itself with exit status 4")]


def test_a_call_that_hangs_costs_only_itself(asked):
    student = asked("def f(n):\n  while n: pass\n  return n")
    assert student.call("f", [Call((1,)), Call((0,))]) == [TimedOut(0.4, "call"), Returned(0)]


def test_a_call_that_swallows_its_interruption_costs_only_itself(asked):
    student = asked(
        "import time\ndef f(n):\n  while n:\n"
        "    try: time.sleep(1)\n    except BaseException: pass\n"
        "  return n"
    )
    assert student.call("f", [Call((0,))]) == [Returned(0)]
    assert student.call("f", [Call((1,))]) == [TimedOut(0.4, "call")]
    assert student.call("f", [Call((0,))]) == [Returned(0)]


def test_the_time_of_an_exercise_bounds_all_its_calls(asked):
    student = asked("def f(n):\n  while n: pass\n  return n")
    started = own_clock()
    answers = student.call("f", [Call((1,))] * 40)
    assert started.sample() < LIMITS.exercise_s + 1
    assert len(answers) == 40
    assert answers[-1] == TimedOut(2.0, "exercise")
    assert student.get("f") == TimedOut(2.0, "exercise")


def test_stubborn_calls_use_up_the_time_of_their_exercise_and_no_more(asked):
    student = asked(
        "import time\ndef f(n):\n  while True:\n"
        "    try: time.sleep(1)\n    except BaseException: pass"
    )
    started = own_clock()
    answers = student.call("f", [Call((1,))] * 40)
    assert started.sample() < LIMITS.exercise_s + 1.5
    assert {answer.limit for answer in answers} == {"call", "exercise"}


def test_many_cases_and_large_ones_are_asked_in_several_messages(asked):
    student = asked("def f(a): return float(a.sum())", "def g(n): return n")
    large = [Call((np.full(1_000_000, float(n)),)) for n in range(4)]
    assert [answer.value for answer in student.call("f", large)] == [0.0, 1e6, 2e6, 3e6]
    many = student.call("g", [Call((n,)) for n in range(200)])
    assert [answer.value for answer in many] == list(range(200))


def test_answers_that_fill_a_reply_are_asked_for_in_another(asked, monkeypatch):
    monkeypatch.setattr("grader.sandbox.exercise_session.Allowance", partial(Allowance, 100 << 20))
    student = asked("import numpy as np\ndef f(n): return np.full(5_000_000, float(n))")
    answers = student.call("f", [Call((1,)), Call((2,))])
    assert [answer.value[-1] for answer in answers] == [1.0, 2.0]


def test_answers_are_kept_up_to_a_limit_together(asked):
    student = asked("import numpy as np\ndef f(n): return np.full(int(n * 1000), 1.0)")
    sizes = [5000, 0.001, 5000, 0.002, 3000]
    answers = [answer.value for answer in student.call("f", [Call((n,)) for n in sizes])]
    kept = [None if isinstance(value, Opaque) else value.size for value in answers]
    assert kept == [5_000_000, 1, None, 2, 3_000_000]
    assert answers[2].type_name == "ndarray too large to keep"


def test_what_is_large_is_not_kept_ahead_and_is_asked_again(asked):
    student = asked(
        "import numpy as np\nasked = []\ndef f(n):\n    asked.append(n)\n    return np.ones(n)"
    )
    small, large = Call((3,)), Call((3_000_000,))
    student.prefetch(QueryBatch.of([Query("f", (small, large))]))
    assert [answer.value.size for answer in student.call("f", [small, large])] == [3, 3_000_000]
    assert student.get("asked").value == [3, 3_000_000, 3_000_000]


def test_threads_and_processes_that_cells_left_do_not_hinder_questions(asked):
    student = asked(
        "import subprocess, threading, time\n"
        "threading.Thread(target=time.sleep, args=[60], daemon=True).start()\n"
        "p = subprocess.Popen(['sleep', '60'])\nx = 1"
    )
    assert student.get("x") == Returned(1)


def test_what_a_session_used_is_told(sandbox):
    fresh = sandbox.session()
    fresh.run_cell("sum(range(3_000_000))")
    fresh.close()
    used = fresh.cpu_s
    assert used > 0.01
    assert fresh.max_rss_bytes > 1 << 20
    fresh.close()
    assert fresh.cpu_s == used


def flood(sock):
    os.write(1, b"x" * 60_000)
    replying({"index": 0, "status": "ok"})(sock)


def test_output_is_drained_while_waiting():
    with stand_in(lambda sock: [os.write(1, b"x" * 100_000), flood(sock)]) as started:
        assert len(started.run_cell("").stdout) == 160_000


OK = {"index": 0, "status": "ok"}


@pytest.mark.parametrize(
    ("serve", "how"),
    [
        (raw(b"GRD1" + b"\xff" * 8), "broke the protocol: a frame has 4294967295 buffers"),
        (raw(b"rubbish, and more of it"), "broke the protocol: a frame starts with"),
        (raw(struct.pack("<4sII", b"GRD1", 5, 0) + b"\x91" * 5), "broke the protocol"),
        (replying({"index": 1, "status": "ok"}), "not that of the cell"),
        (replying({"index": 0, "status": "skipped"}), "not that of the cell"),
        (replying({**OK, "points": 10}), "unknown parts"),
        (replying(None), "unknown parts"),
        (replying({**OK, "stdout": 1}), "wrong part 'stdout'"),
        (replying({**OK, "error_message": "x" * 501}), "too long a part"),
        (replying({**OK, "seconds": float("nan")}), "impossible number"),
        (replying({**OK, "dropped": -1}), "impossible number"),
        (lambda sock: None, "ended itself with exit status 0"),
    ],
)
def test_a_session_that_breaks_the_protocol_is_ended(serve, how):
    with stand_in(serve) as started:
        outcome = started.run_cell("1")
        assert outcome.status == "died"
        assert how in outcome.error_message
        assert started.run_cell("1").status == "died"


def early(sock):
    send(sock, (1, "run", OK))
    replying(OK)(sock)


def second(sock):
    (number, kind, *_), _ = receive(sock)
    for _ in range(2):
        send(sock, (number, kind, OK))
    time.sleep(60)


def foreign(sock):
    (number, kind, *_), _ = receive(sock)
    send(sock, (number + 1, kind, OK))
    time.sleep(60)


def other_kind(sock):
    (number, _, *_), _ = receive(sock)
    send(sock, (number, "ask", OK))
    time.sleep(60)


def test_an_early_reply_is_refused():
    with stand_in(early) as started:
        time.sleep(0.1)
        assert "before it was asked" in started.run_cell("1").error


def test_a_second_reply_is_refused():
    with stand_in(second) as started:
        assert started.run_cell("1").status == "ok"
        time.sleep(0.1)
        assert "or twice" in started.run_cell("1", index=0).error


@pytest.mark.parametrize("serve", [foreign, other_kind])
def test_a_reply_to_another_request_is_refused(serve):
    with stand_in(serve) as started:
        assert "was not asked" in started.run_cell("1").error


def drip(sock):
    receive(sock)
    for byte in struct.pack("<4sII", b"GRD1", 1000, 0) + b"\0" * 1000:
        sock.sendall(bytes([byte]))
        time.sleep(0.05)


def test_a_slow_drip_is_bounded_by_the_deadline():
    with stand_in(drip) as started:
        begun = own_clock()
        assert started.run_cell("1", limit_s=0.2).status == "timed_out"
        assert begun.sample() < 2


def test_a_session_that_does_not_read_does_not_block_the_grader():
    with stand_in(lambda sock: time.sleep(60)) as started:
        begun = own_clock()
        assert started.run_cell("x" * 1_000_000, limit_s=0.2).status == "timed_out"
        assert begun.sample() < 2


def test_a_session_that_closed_before_it_was_asked_is_gone():
    with stand_in(lambda sock: None) as started:
        time.sleep(0.1)
        assert started.run_cell("1").status == "died"


def test_a_header_of_deep_nesting_is_refused():
    header = msgpack.packb([b"l", 1] * 40 + [1])
    frame = struct.pack("<4sII", b"GRD1", len(header), 0) + header
    with stand_in(raw(frame)) as started:
        assert "nested more than" in started.run_cell("1").error


class Unkillable(ForkedProcess):
    def wait(self, timeout_s=None):
        super().wait(timeout_s)
        raise TimeoutError


def test_a_session_that_does_not_end_is_a_fault_of_the_machine():
    with pytest.raises(SandboxError, match="did not end within 60 s of being killed"):
        Session(Unkillable(lambda sock: None), LIMITS).close()


def without_room(sock):
    """Be a session that has no room for a fork."""
    _, descriptors = receive(sock)
    for descriptor in descriptors:
        os.close(descriptor)
    replying(None)(sock)


def test_a_session_that_cannot_fork_answers_nothing():
    with stand_in(without_room) as started, answering(started) as student:
        answer = student.get("x")
        assert answer == Died("its process could not start another process (limit: processes)")


def speaking_first(sock):
    send(sock, (0, "open", 0))
    time.sleep(60)


def test_a_session_that_speaks_before_it_is_opened_is_ended():
    with stand_in(speaking_first) as started:
        time.sleep(0.1)
        with answering(started) as student:
            assert "before it was asked" in student.get("x").how
        assert "before it was asked" in started.lost


def test_a_session_that_answers_when_it_is_opened_is_ended():
    with stand_in(foreign) as started:
        with answering(started) as student:
            student.get("x")
        assert "before it was asked" in started.lost


def test_a_session_that_dies_while_a_fork_is_ended_is_gone():
    with stand_in(replying(5)) as started:
        started.fork(1.0).close()
        os.kill(started._process.pid, signal.SIGKILL)
        assert started.end_fork() == 0
        assert started.lost
        assert started.end_fork() == 0


def test_a_status_that_is_no_number_counts_for_nothing():
    with stand_in(replying("x")) as started:
        assert started.end_fork() == 0


class Forks(LoneSession):
    """Forks that answer as a test tells them."""

    def __init__(self, *serves):
        self.serves = list(serves)
        self.pid = 0
        self.clock = own_clock()
        self.struck = []

    def limit_struck(self, *, backstop=False):
        self.struck.append(backstop)

    def fork(self, wait_s):
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                self.serves[0](theirs)
            finally:
                os._exit(0)
        self.serves.pop(0)
        self.pid = pid
        theirs.close()
        return connection.Connection(ours, Pipes(*quiet(), 100), self.clock)

    def end_fork(self):
        if not self.pid:
            return 0
        os.kill(self.pid, signal.SIGKILL)
        pid, self.pid = self.pid, 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.fixture
def exercise():
    """Ask stand-ins for the forks of a session, which end with the test."""
    made = []

    def ask(*serves):
        made.append(Forks(*serves))
        return ExerciseSession(made[-1], LIMITS)

    yield ask
    for forks in made:
        forks.end_fork()


def quiet():
    ends = os.pipe()
    os.close(ends[1])
    os.set_blocking(ends[0], False)
    return ends[0], os.dup(ends[0])


@pytest.mark.parametrize(
    ("payload", "how"),
    [
        ([], "wrong number of answers"),
        ([("returned", 1, ())] * 2, "wrong number of answers"),
        ({}, "wrong number of answers"),
        ([("passed", 1)], "unknown kind of answer"),
    ],
)
def test_an_answer_that_breaks_the_protocol_is_a_death(payload, how, exercise):
    student = exercise(replying(payload))
    assert how in student.get("x").how
    student.leave()


def test_a_fork_that_broke_the_protocol_is_replaced(exercise):
    student = exercise(replying([]), replying([("returned", 1, ())]))
    assert isinstance(student.get("x"), Died)
    assert student.get("x") == Returned(1)
    student.leave()


@pytest.mark.parametrize(("number", "name"), [(signal.SIGSEGV, "SIGSEGV"), (200, "signal 200")])
def test_a_signal_is_named_or_numbered(number, name):
    assert name_of_signal(number) == name


def test_processor_time_ends_a_fork_by_name():
    assert exercise_session._ending(-signal.SIGXCPU).endswith("(limit: cpu)")


def test_a_signal_of_the_processor_limit_ends_a_session_by_name():
    ended = Exit(code=None, signal=signal.SIGXCPU, cpu_s=0.0, max_rss_bytes=0)
    assert session._ending("closed its connection", ended, LIMITS, spent=False)[1] == "cpu"


def test_a_pipe_that_floods_is_no_longer_read(monkeypatch):
    monkeypatch.setattr(connection, "_DRAINED_BYTES", 10)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    pipes = Pipes(reading, quiet()[0], 5)
    os.write(writing, b"x" * 20)
    assert pipes.take() == ("xxxxx", "", 15)
    os.write(writing, b"y" * 20)
    assert pipes.take() == ("", "", 0)
    os.close(writing)


def test_a_pipe_with_nothing_in_it_is_no_wait():
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    assert Pipes(reading, quiet()[0], 5).take() == ("", "", 0)
    os.close(writing)


def test_what_is_asked_ahead_is_asked_in_one_message(monkeypatch, exercise):
    kinds = []
    asking_once = connection.Connection.ask

    def counting(self, kind, *arguments, **options):
        kinds.append(kind)
        return asking_once(self, kind, *arguments, **options)

    monkeypatch.setattr(connection.Connection, "ask", counting)
    payload = [("returned", 1, ()), ("returned", 2, ()), ("raised", "E", "", (), 0, 0)]
    student = exercise(replying(payload))
    cases = (Call((1,)), Call((2,)))
    student.prefetch(QueryBatch.of([Query("x"), Query("f", cases)]))
    assert student.get("x") == student.get("x") == Returned(1)
    assert student.call("f", cases[::-1]) == [Raised("E", ""), Returned(2)]
    assert kinds == ["ask"]
    student.leave()


def test_what_was_not_asked_ahead_is_asked_when_it_comes_up(asked):
    student = asked("x = []\ndef f(n):\n  x.append(n)\n  return len(x)")
    cases = tuple(Call((n,)) for n in range(4))
    student.prefetch(
        QueryBatch.of([Query("f", cases[:2]), Query("f", cases[3:]), Query("y"), Query("g")])
    )
    assert student.call("f", cases) == [Returned(n) for n in (1, 2, 4, 3)]
    assert student.call("f", [Call((0,))]) == [Returned(5)]
    assert student.call("g", cases[:1]) == [Missing("g", callable_wanted=True)]
    assert (student.get("x"), student.get("y")) == (Returned([0, 1, 3, 2, 0]), Missing("y"))


def test_nothing_is_asked_ahead_where_nothing_is_known(exercise):
    student = exercise()
    student.prefetch(QueryBatch.of([]))
    student.prefetch(QueryBatch.of([Query("f", ())]))
    student.leave()


def test_a_fork_that_dies_when_asked_ahead_costs_only_what_kills_it(asked):
    student = asked("import os\nx = 1\ndef f(n):\n  if n == 1: os._exit(3)\n  return n")
    cases = tuple(Call((n,)) for n in range(3))
    student.prefetch(QueryBatch.of([Query("x"), Query("f", cases)]))
    student.prefetch(QueryBatch.of([Query("f", cases)]))
    assert student.get("x") == Returned(1)
    assert student.call("f", cases) == [
        Returned(0),
        Died("its process ended itself with exit status 3"),
        Returned(2),
    ]


def once(payload):
    def serve(sock):
        (number, kind, *_), _ = receive(sock)
        send(sock, (number, kind, payload))
        receive(sock)

    return serve


def test_what_was_known_before_a_fork_died_stays_known(exercise):
    student = exercise(once([("returned", 1, ())]), replying([("returned", 3, ())]))
    student.prefetch(QueryBatch.of([Query("x")]))
    student.prefetch(QueryBatch.of([Query("y")]))
    assert student.get("x") == Returned(1)
    assert student.get("y") == Returned(3)
    student.leave()


@pytest.mark.parametrize("payload", [[], [("returned", 1, ())] * 3, None, [("passed", 1)]])
def test_answers_ahead_that_break_the_protocol_are_no_answers(payload, exercise):
    student = exercise(replying(payload), replying([("returned", 3, ())]))
    student.prefetch(QueryBatch.of([Query("x"), Query("y")]))
    assert student.get("x") == Returned(3)
    student.leave()


def test_a_call_that_hangs_when_asked_ahead_is_not_waited_for_again(asked):
    student = asked("import time\nx = 1\ndef f(n):\n  while n: pass\n  return n")
    cases = (Call((0,)), Call((1,)), Call((0,)))
    started = own_clock()
    student.prefetch(QueryBatch.of([Query("f", cases), Query("x")]))
    assert student.call("f", cases) == [Returned(0), TimedOut(0.4, "call"), Returned(0)]
    assert student.get("x") == Returned(1)
    assert started.sample() < 0.8


def test_a_call_that_cannot_be_interrupted_when_asked_ahead_leaves_time_for_the_rest(asked):
    student = asked(
        "import time\ndef g(): return 1\ndef f():\n  while True:\n"
        "    try: time.sleep(1)\n    except BaseException: pass"
    )
    case, other = (Call(),), (Call(),)
    student.prefetch(QueryBatch.of([Query("g", other), Query("f", case)]))
    assert student.call("g", other) == [Returned(1)]
    assert student.call("f", case) == [TimedOut(0.4, "call")]


def test_slow_answers_are_not_all_asked_for_ahead(asked):
    student = asked(
        "import time\ncount = []\ndef f():\n  time.sleep(0.06)\n  count.append(1)\n"
        "  return len(count)"
    )
    cases = tuple(Call() for _ in range(5))
    student.prefetch(QueryBatch.of([Query("f", cases)]))
    assert student.get("count").value in ([1], [1, 1])
    assert student.call("f", cases) == [Returned(n) for n in range(1, 6)]


def test_nothing_is_asked_ahead_when_the_time_is_over(asked):
    student = asked("def f():\n  while True: pass")
    student.call("f", [Call()] * 40)
    student.prefetch(QueryBatch.of([Query("f")]))
    assert student.get("f") == TimedOut(2.0, "exercise")


def test_much_is_asked_ahead_as_far_as_it_goes_into_a_message(asked):
    student = asked("def f(a): return float(a.sum())", "x = 1")
    cases = tuple(Call((np.full(1_000_000, float(n)),)) for n in range(4))
    student.prefetch(QueryBatch.of([Query("f", cases), Query("x")]))
    assert [answer.value for answer in student.call("f", cases)] == [0.0, 1e6, 2e6, 3e6]


def test_a_case_too_large_to_send_ahead_is_told_when_it_comes_up(asked):
    student = asked("def f(a): return 1", "x = 1")
    case = Call(([0] * 200_000,))
    student.prefetch(QueryBatch.of([Query("x"), Query("f", (case,)), Query("y")]))
    assert student.get("x") == Returned(1)
    with pytest.raises(CheckError, match="A case of `f` cannot be sent: too large"):
        student.call("f", [case])


def test_a_case_too_large_to_send_is_the_authors_fault(asked):
    student = asked("def f(a): return 1")
    with pytest.raises(CheckError, match="A case of `f` cannot be sent: too large"):
        student.call("f", [Call(([0] * 200_000,))])


def test_a_cell_that_is_no_text_runs_as_far_as_it_can(fresh):
    assert fresh.run_cell("'\ud800'").displayed == "'\\ud800'\n"


def test_an_outcome_of_another_form_is_no_outcome():
    with pytest.raises(WireError, match="unknown parts"):
        outcome_from([], 0)
    assert outcome_from({"index": 0, "status": "ok"}, 0) == CellOutcome(index=0, status="ok")


class StoppedClock(OwnTime):
    """A clock of a session that waits all the time."""

    def now(self):
        return 0.0

    sample = now


@pytest.mark.parametrize("what", ["cell", "call"])
def test_what_never_gets_a_processor_is_stopped_by_the_backstop_and_is_in_doubt(monkeypatch, what):
    monkeypatch.setattr(deadline, "BACKSTOP", 2)
    monkeypatch.setattr(session, "OwnTime", StoppedClock)
    serve = (lambda sock: time.sleep(60)) if what == "cell" else replying_once_then_silent
    with stand_in(serve) as started:
        if what == "cell":
            assert started.run_cell("1", limit_s=0.2).status == "timed_out"
        else:
            with answering(started) as exercise:
                assert exercise.get("x") == TimedOut(0.4, "call")
        assert started.doubt is Doubt.BACKSTOP


def replying_once_then_silent(sock):
    """Be a session whose forks never answer."""
    while (request := receive(sock)) is not None:
        (number, kind, *_), _ = request
        if kind != "open":
            send(sock, (number, kind, 0))


def test_an_answer_that_came_while_this_side_was_stopped_is_not_too_late(monkeypatch):
    """As of a machine that was suspended: the deadline went by, and the answer lies there."""
    ours, theirs = socket.socketpair()
    clock = own_clock()
    with ours, theirs:
        pipes = Pipes(-1, -1, 0)
        pipes.close()
        asked = connection.Connection(ours, pipes, clock)
        wait = connection.Connection._wait

        def late(self, event, until):
            if event == select.POLLIN:
                number = receive(theirs)[0][0]
                clock._own_s += 10.0
                send(theirs, (number, "ask", 3))
            wait(self, event, until)

        monkeypatch.setattr(connection.Connection, "_wait", late)
        assert asked.ask("ask", wait_s=1.0) == 3


@pytest.mark.parametrize(
    ("waited_s", "doubt"), [(0.0, Doubt.NONE), (0.1, Doubt.NONE), (0.5, Doubt.BUSY)]
)
def test_a_limit_is_in_doubt_where_the_session_waited_for_a_fifth_of_its_time(waited_s, doubt):
    clock = own_clock()
    clock.waited_s = waited_s
    assert doubt_now(clock, time.monotonic() - 1.0) is doubt


@pytest.mark.parametrize(("load", "doubt"), [(0.1, Doubt.NONE), (1000.0, Doubt.BUSY)])
def test_where_waiting_is_not_known_the_load_of_the_machine_says_it(monkeypatch, load, doubt):
    monkeypatch.setattr(deadline, "waits_are_known", lambda: False)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    assert doubt_now(own_clock(), time.monotonic(), backstop=True) is doubt


def test_the_graver_of_two_doubts_stays():
    assert Doubt.BUSY.or_worse(Doubt.NONE) is Doubt.BUSY
    assert Doubt.BUSY.or_worse(Doubt.BACKSTOP) is Doubt.BACKSTOP

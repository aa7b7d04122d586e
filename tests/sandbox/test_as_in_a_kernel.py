"""What a session has of a kernel, beyond `tests/fidelity`: what is asked, and what goes wrong."""

from __future__ import annotations

import asyncio
import signal

import pytest

from grader.guest.protocol.values import Call, Died, Raised, Returned, TimedOut
from grader.sandbox.endings import ended_by
from grader.sandbox.engine import Isolation
from grader.sandbox.machine import proc_files
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import Limits, SandboxSettings
from tests.sandbox.asking import answering

pytestmark = pytest.mark.strong

MIB = 1024**2
LIMITS = Limits(cell_s=0.5, call_s=0.3, memory_bytes=320 * MIB, output_bytes=100_000)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(SandboxSettings(limits=LIMITS), Isolation.STRONG) as started:
        yield started


@pytest.fixture(scope="module")
def patient_sandbox():
    limits = LIMITS.model_copy(update={"cell_s": 30.0, "call_s": 30.0})
    with Sandbox(SandboxSettings(limits=limits), Isolation.STRONG) as started:
        yield started


@pytest.fixture
def patient(patient_sandbox):
    """Time enough to fill the memory."""
    with patient_sandbox.session() as started:
        yield started


@pytest.fixture
def session(sandbox):
    with sandbox.session() as started:
        yield started


def run(session, *cells):
    return [session.run_cell(cell) for cell in cells]


def answer(session, *cells):
    outcomes = run(session, *cells)
    assert [outcome.status for outcome in outcomes] == ["ok"] * len(cells), outcomes
    with answering(session) as student:
        return student.call("f", [Call((2,))] * 2)


NEEDS = "import asyncio\nasync def g(x):\n    await asyncio.sleep(0)\n    return x + 1\n"
STYLES = {
    "a coroutine function": "async def f(x):\n    return await g(x)",
    "a task": "def f(x):\n    return asyncio.create_task(g(x))",
    "what gathers": "async def f(x):\n    return sum(await asyncio.gather(g(0), g(x - 1)))",
    "asyncio.run": "def f(x):\n    return asyncio.run(g(x))",
    "a loop of its own": "def f(x):\n    return asyncio.new_event_loop().run_until_complete(g(x))",
    "a queue of its own": "def f(x):\n    async def h():\n        queue = asyncio.Queue()\n"
    "        asyncio.get_running_loop().call_soon(queue.put_nowait, x + 1)\n"
    "        return await queue.get()\n    return asyncio.run(h())",
    "a runner": "def f(x):\n    with asyncio.Runner() as runner:\n        return runner.run(g(x))",
    "the loop that runs": "def f(x):\n    return asyncio.get_running_loop().create_task(g(x))",
    "one after the other": "def f(x):\n    asyncio.run(g(x))\n    return g(x)",
}


@pytest.mark.parametrize("style", STYLES)
def test_an_asked_function_may_await_in_any_way(session, style):
    assert answer(session, NEEDS + STYLES[style]) == [Returned(3)] * 2


def test_an_asked_function_has_the_tasks_of_the_notebook(session):
    worker = (
        "import asyncio\nasked, told = asyncio.Queue(), asyncio.Queue()\n"
        "async def work():\n    while True:\n        await told.put(await asked.get() + 1)\n"
        "worker = asyncio.create_task(work())"
    )
    tried = "await asked.put(1)\nassert await told.get() == 2"
    function = "async def f(x):\n    await asked.put(x)\n    return await told.get()"
    assert answer(session, worker, tried, function) == [Returned(3)] * 2
    assert session.run_cell("asked.qsize(), told.qsize()").displayed == "(0, 0)\n"


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.sleep(9)",
        "while True:\n        await asyncio.sleep(0)",
        "task = asyncio.create_task(spin())\n    await asyncio.sleep(9)",
    ],
    ids=["sleeps", "turns", "has a task that spins"],
)
def test_what_awaits_for_ever_is_stopped_and_costs_only_itself(session, body):
    spin = "import asyncio\nasync def spin():\n    while True: pass\n"
    stopped, after = run(session, f"{spin}async def f(x):\n    {body}\nawait f(2)", "1 + 1")
    assert (stopped.status, stopped.limit) == ("timed_out", "cell")
    assert not session.lost
    assert after.displayed == "2\n"
    with answering(session) as student:
        assert student.call("f", [Call((2,))]) == [TimedOut(0.3, "call")]


def test_a_task_that_never_waits_does_not_hold_up_other_cells(session):
    outcomes = run(
        session,
        "import asyncio\nasync def turn():\n    while True: await asyncio.sleep(0)\n"
        "task = asyncio.create_task(turn())",
        "x = 1",
        "await asyncio.sleep(0)\nx",
    )
    assert [outcome.status for outcome in outcomes] == ["ok"] * 3


def test_a_task_that_spins_between_cells_is_stopped_with_the_cell_that_made_it(session):
    spin = "import asyncio\nasync def spin():\n    while True: pass\nasyncio.create_task(spin())"
    stopped, after = run(session, spin, "1")
    assert (stopped.status, after.status) == ("timed_out", "ok")


def test_a_notebook_that_stops_its_loop_goes_on(session):
    source = "import asyncio\nasyncio.get_running_loop().stop()"
    assert run(session, source, "await asyncio.sleep(0, 5)")[1].displayed == "5\n"


def test_an_asked_function_may_set_an_alarm_of_its_own(session):
    cell = (
        "import signal, time\ndef late(*_): raise TimeoutError\n"
        "def f(x):\n    signal.signal(signal.SIGALRM, late)\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.05)\n    try:\n        time.sleep(9)\n"
        "    except TimeoutError:\n        return x\n    finally:\n        signal.alarm(0)"
    )
    assert answer(session, cell) == [Returned(2)] * 2
    assert session.run_cell("f(2)").displayed == "2\n"


def test_the_limit_of_a_cell_holds_whatever_alarms_it_sets(session):
    cell = (
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nsignal.alarm(9)\nwhile 1: 0"
    )
    assert session.run_cell(cell).status == "timed_out"
    assert not session.lost


FLOOD = (
    "import os\nfor _ in range(2):\n    pid = os.fork()\n    if pid == 0:\n"
    "        for i in range(100): print('x' * 10_000)\n        os._exit(0)\n    os.waitpid(pid, 0)"
)


def test_what_children_print_is_kept_up_to_the_cap(session):
    flooded, after = run(session, FLOOD, "print('after')")
    assert flooded.status == after.status == "ok"
    assert 0 < len(flooded.stdout) <= LIMITS.output_bytes
    assert len(flooded.stdout) + len(after.stdout) <= LIMITS.output_bytes + len("after\n")


def test_an_output_that_is_cleared_is_gone_also_beside_children(session):
    cell = (
        "import os\nfrom IPython.display import clear_output\nprint('old')\nos.system('echo old')\n"
        "print('old')\nclear_output()\nos.system('echo new')\nprint('newer')"
    )
    outcome = session.run_cell(cell)
    assert (outcome.stdout, outcome.displayed) == ("new\nnewer\n", "")


def test_what_an_asked_function_and_its_children_print_is_in_no_cell(session):
    cell = (
        "import os\ndef f(x):\n    print('p')\n    os.system('true')\n    print('q')\n    return x"
    )
    assert answer(session, cell) == [Returned(2)] * 2


ENDLESS = {
    "a list at top level": "x = []\nwhile True: x.append(1)",
    "small objects": "x = []\nwhile True: x.append(object())",
    "a dict": "x = {}\nwhile True: x[len(x)] = len(x)",
    "a text": "x = 'a'\nwhile True: x += x",
    "a list in a function": "def g():\n    x = []\n    while True: x.append([1])\ng()",
    "a list in a class": "class A:\n    x = []\n    while True: x.append([1])",
    "arrays": "import numpy as np\nx = []\nwhile True: x.append(np.ones(10**6))",
    "in a comprehension": "import itertools\nx = [[i] for i in itertools.count()]",
    "bytes by C": "x = bytearray()\nwhile True: x += bytes(10**7)",
    # A list that grows would end with room to spare, here more and there less.
    "what catches it": "x = None\ntry:\n    while True: x = (x,)\nexcept MemoryError: pass",
    "what raises another": "x = []\ntry:\n    while True: x.append([1])\nexcept MemoryError: 1 / 0",
    "a pool": (
        "import multiprocessing as mp\ndef g(i): return [[j] for j in range(10**9)]\n"
        "with mp.get_context('fork').Pool(1) as pool: pool.map(g, [1])"
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_cell_that_takes_all_memory_says_so_and_costs_what_it_defines(patient, what):
    _, outcome, after = run(patient, "kept = 1", ENDLESS[what], "[kept] * 10**6 == 0")
    assert outcome.limit == "memory"
    if what != "what raises another":  # some releases of Python crash of that
        assert (outcome.status, outcome.error_type) == ("raised", "MemoryError")
    assert outcome.status == "died" or after.displayed == "False\n"


def test_an_asked_function_that_takes_all_memory_says_so(patient):
    cell = "def f(x):\n    y = []\n    while True: y.append([x])"
    for raised in answer(patient, cell):
        assert isinstance(raised, Raised)
        assert raised.type_name == "MemoryError"


# Of what calls itself by way of Python, 3.12 and newer make a RecursionError.
RECURSION = "x = iter([1])\nfor _ in range(500_000): x = filter(None, x)\nnext(x)"


@pytest.mark.parametrize(
    ("source", "words", "limit"),
    [
        ("import os; os._exit(3)", "ended itself with exit status 3", ""),
        ("import os; os._exit(72)", "ran out of memory", "memory"),
        ("import os; os.abort()", "SIGABRT (it aborted", ""),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV (it crashed", ""),
        (RECURSION, "endless recursion", ""),
    ],
)
def test_the_end_of_a_process_is_told_in_words(session, source, words, limit):
    outcome = session.run_cell(source)
    assert (outcome.status, outcome.limit) == ("died", limit)
    assert words in outcome.error_message


def test_a_process_that_ran_out_of_memory_says_so_when_it_was_asked(session):
    (died,) = answer(session, "import os\ndef f(x): os._exit(72)")[:1]
    assert died == Died("its process ran out of memory (limit: memory)")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE])
def test_a_crash_is_called_one(number):
    how, limit = ended_by(-number)
    assert how.startswith(f"its process was ended by {signal.Signals(number).name} (it crashed")
    assert limit == ""


def test_files_of_proc_are_the_same_wherever_they_are_made_but_for_the_clock(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1e9)
    monkeypatch.setattr("time.clock_gettime", lambda _: 1e6)
    files = proc_files(2 * 1024**3)
    assert "MemTotal:\t2097152 kB\nMemFree:\t1048576 kB\n" in files["meminfo"]
    assert files["cpuinfo"].count("processor") == 2
    assert "btime 999000000\n" in files["stat"]
    assert files == proc_files(2 * 1024**3)


def test_nothing_of_the_machine_is_in_proc(session):
    seen = "import os\nsorted(name for name in os.listdir('/proc') if not name.isdigit())"
    hidden = "[os.path.lexists('/proc/' + name) for name in ('sys', 'kallsyms', 'net', 'version')]"
    outcomes = run(session, seen, hidden)
    assert outcomes[0].displayed == "['self', 'thread-self']\n"
    assert outcomes[1].displayed == "[False, False, False, True]\n"


def test_a_background_start_ignores_no_interrupt(session):
    source = (
        "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt: 5"
    )
    assert session.run_cell(source + "\nprint(5)").stdout == "5\n"


def test_a_session_without_asyncio_opens_nothing_for_it(session):
    count = "import os\nlen(os.listdir('/proc/self/fd'))"
    before, _, after = run(session, count, "import asyncio\nawait asyncio.sleep(0)", count)
    assert int(after.displayed) - int(before.displayed) == 3  # a selector and a pipe


def test_no_loop_of_a_session_is_the_graders():
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_the_completer_is_loaded_when_a_notebook_first_asks_for_it(session):
    cells = (
        "import sys\nassert 'IPython.core.completer' not in sys.modules",
        "%config IPCompleter.greedy = True",
        "assert get_ipython().Completer.greedy",
    )
    assert [outcome.status for outcome in run(session, *cells)] == ["ok"] * len(cells)


def test_a_session_collects_garbage(session):
    assert run(session, "import gc\nassert gc.isenabled()")[0].status == "ok"

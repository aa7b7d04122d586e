"""The engine `jupyter`: a real kernel, the same interface, the same answers."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from contextlib import closing

import pytest

from grader.errors import SandboxError, UsageError
from grader.guest.protocol.values import Call, Died, Missing, Returned, TimedOut
from grader.sandbox import jupyter
from grader.sandbox.engine import Isolation
from grader.sandbox.jupyter import JupyterEngine, KernelSession
from grader.sandbox.notebook_run import NotebookSource
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import Limits, SandboxSettings
from tests.sandbox.asking import answering

LIMITS = Limits(cell_s=20, notebook_s=60, call_s=1, exercise_s=5)
SETTINGS = SandboxSettings(limits=LIMITS)


@pytest.fixture
def kernel():
    started = KernelSession(SETTINGS)
    yield started
    started.close()


CELLS = (
    "x = 40",
    "print('hi')\nx + 2",
    "%%timeit -n1 -r1\npass",
    "!echo shell",
    "import asyncio\nawait asyncio.sleep(0)\n'woke'",
    "display({'a': 1})",
    "y = (",
    "1 / 0",
    "_ * 2",
    "def f(n):\n  return n * x",
    "async def g(n):\n  return n",
    "import sys\nprint('err', file=sys.stderr)",
    "raise MemoryError('m')",
    "input()",
    "sys.exit(2)",
    "__name__",
    "import numpy as np\nnp.arange(3) / 2",
    "def change(a):\n  a[0] = 5",
)
QUESTIONS = [
    ("f", [Call((2,)), Call(("a",))]),
    ("g", [Call((3,))]),
    ("change", [Call(([1],))]),
    ("nope", [Call()]),
]


def outcomes_and_answers(engine):
    with engine.run_notebook(NotebookSource(CELLS)) as run, run.session.open() as student:
        answers = [student.get("x"), student.get("y")]
        answers += [answer for name, cases in QUESTIONS for answer in student.call(name, cases)]
    told = [
        (outcome.index, outcome.status, outcome.error_type, outcome.limit)
        for outcome in run.outcomes
    ]
    printed = [
        # A kernel runs commands in a terminal, and gives advice on how to exit.
        (outcome.stdout.replace("\r\n", "\n"), outcome.stderr.partition("/")[0], outcome.displayed)
        for outcome in run.outcomes
        if "timeit" not in CELLS[outcome.index]
    ]
    return told, printed, answers


def test_both_engines_run_and_answer_alike():
    with Sandbox(SETTINGS, Isolation.NONE) as sandbox:
        expected = outcomes_and_answers(sandbox)
    with JupyterEngine(SETTINGS) as engine:
        actual = outcomes_and_answers(engine)
    assert actual == expected


def test_a_kernel_answers_one_exercise_apart_from_another(kernel):
    kernel.run_cell("x = []\ndef f():\n  x.append(1)\n  return len(x)")
    for _ in range(2):
        with answering(kernel) as student:
            assert student.call("f", [Call()] * 2) == [Returned(1), Returned(2)]
            assert student.get("y") == Missing("y")
    assert kernel.lost == ""


def test_a_kernel_gets_no_variable_of_the_grader(monkeypatch):
    monkeypatch.setenv("GRADER_GRADEBOOK", "postgresql://ada:hunter2@db/class")
    with closing(KernelSession(SETTINGS)) as kernel:
        outcome = kernel.run_cell("import os\nsorted(os.environ), 'hunter2' in str(os.environ)")
    names, told = ast.literal_eval(outcome.displayed)
    assert "PATH" in names
    assert "GRADER_GRADEBOOK" not in names
    assert not told


# nbconvert confuses or loses several of these.
MANY = (
    "import os, sys\nfor n in range(100):\n  print('cell', n)\n  x = os.system(f'echo {n}')",
    "for n in range(100):\n  print('cell', n, file=sys.stderr)\n  x = os.system(f'echo {n} >&2')",
)


def test_what_programs_print_comes_in_its_cell_and_in_order(kernel):
    expected = "".join(f"cell {n}\n{n}\n" for n in range(100))
    printed = [kernel.run_cell(cell) for cell in MANY]
    assert [outcome.stdout for outcome in printed] == [expected, ""]
    assert [outcome.stderr for outcome in printed] == ["", expected]


def test_a_task_of_an_earlier_cell_takes_nothing_from_the_current_one(kernel):
    kernel.run_cell(
        "import asyncio, os\ngo, gone = asyncio.Event(), asyncio.Event()\n"
        "async def say():\n  await go.wait()\n  for _ in range(100):\n"
        "    os.write(1, b'raw\\n')\n    print('said')\n  gone.set()\n"
        "task = asyncio.ensure_future(say())"
    )
    outcome = kernel.run_cell("go.set()\nwoke = await gone.wait()")
    assert outcome.stdout == "raw\n" * 100


def test_a_call_that_hangs_or_dies_in_a_kernel_costs_only_itself(kernel):
    kernel.run_cell(
        "import os\ndef f(n):\n  while n == 1: pass\n  if n == 2: os._exit(3)\n  return n"
    )
    with answering(kernel) as student:
        assert student.call("f", [Call((n,)) for n in range(3)]) == [
            Returned(0),
            TimedOut(1.0, "call"),
            Died("its process ended itself with exit status 3"),
        ]


def test_a_cell_that_kills_its_kernel_costs_only_itself():
    with JupyterEngine(SETTINGS).run_notebook(
        NotebookSource(["x = 1", "import os; os._exit(1)", "y = x"])
    ) as run:
        assert [outcome.status for outcome in run.outcomes] == ["ok", "died", "ok"]
        assert run.outcomes[1].error == "its kernel died"
        with run.session.open() as student:
            assert student.get("y") == Returned(1)


def test_a_cell_that_lets_itself_be_interrupted_leaves_its_kernel(kernel):
    outcome = kernel.run_cell("while True: pass", limit_s=0.3)
    assert (outcome.status, outcome.limit, kernel.lost) == ("timed_out", "cell", "")
    assert kernel.run_cell("1").displayed == "1\n"


def test_a_cell_that_swallows_its_interruption_ends_its_kernel(kernel, monkeypatch):
    monkeypatch.setattr(jupyter, "GRACE_S", 0.3)
    source = "import time\nwhile True:\n  try: time.sleep(1)\n  except BaseException: pass"
    outcome = kernel.run_cell(source, limit_s=0.3)
    assert (outcome.status, outcome.limit) == ("timed_out", "cell")
    assert "could not be stopped" in kernel.lost


def test_a_memory_hog_meets_its_limit(kernel):
    assert kernel.run_cell("bytearray(10**11)").limit == "memory"


def test_output_over_its_cap_is_cut_and_counted(kernel):
    outcome = kernel.run_cell("print('a' * 3_000_000)")
    assert len(outcome.stdout) == 1 << 20
    assert len(outcome.stdout) + outcome.dropped == 3_000_001


def test_an_error_has_a_traceback_without_colours(kernel):
    outcome = kernel.run_cell("1 / 0")
    assert "ZeroDivisionError" in outcome.traceback
    assert "\x1b" not in outcome.traceback


def test_a_kernel_that_does_not_connect_is_a_fault_of_the_machine(kernel, monkeypatch):
    monkeypatch.setattr(jupyter, "_CONNECT_S", 0.2)
    monkeypatch.setattr(jupyter, "_CALL", "")
    did_not = pytest.raises(SandboxError, match="did not connect to answer")
    with did_not, answering(kernel) as student:
        student.get("x")


def test_a_python_that_has_no_kernel_is_named_and_no_folder_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    settings = SandboxSettings(python="/bin/false", limits=LIMITS)
    with pytest.raises(SandboxError, match="kernel of /bin/false does not start"):
        KernelSession(settings)
    assert list(tmp_path.iterdir()) == []


def test_the_extra_that_is_missing_is_named(monkeypatch):
    found = builtins.__import__

    def without_nbconvert(name, *rest):
        if name.startswith("nbconvert"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_nbconvert)
    with pytest.raises(UsageError, match=r"pip install 'notebook-grader\[jupyter\]'"):
        JupyterEngine(SETTINGS).session()


def test_the_dicts_that_cells_bind_to_a_shared_name_are_put_together():
    cells = ["answers = {'a': 1}", "answers = {'b': 2}\nx = {'a': 1}", "x = {'b': 2}\n1 / 0"]
    answers = {}
    for engine in (JupyterEngine(SETTINGS), Sandbox(SETTINGS, Isolation.NONE)):
        with engine, engine.run_notebook(NotebookSource(cells, shared=["answers"])) as run:
            assert [outcome.status for outcome in run.outcomes] == ["ok", "ok", "raised"]
            with run.session.open() as student:
                answers[engine] = student.get("answers"), student.get("x")
    assert set(map(repr, answers.values())) == {
        repr((Returned({"a": 1, "b": 2}), Returned({"b": 2})))
    }


def test_nothing_of_jupyter_is_loaded_before_it_is_used():
    script = "import sys, grader.sandbox.jupyter; print('nbconvert' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


PLACES = (
    "def f(x):\n    return g(x)",
    "",
    "def g(x):\n    return x - x",
    "x = 1\n\nf([1])",
    "def h(x)\n    return 1",
    "\n\n1 / 0",
)


def test_both_engines_tell_the_same_lines_of_the_same_cells():
    def told(engine):
        numbers = (2, 3, 5, 7, 11, 13)
        with (
            engine as running,
            running.run_notebook(NotebookSource(PLACES, numbers=numbers)) as run,
        ):
            cells = [
                (one.line, one.raised_cell, one.raised_line, one.error) for one in run.outcomes
            ]
            with run.session.open() as student:
                (raised,) = student.call("f", [Call(([1],))])
        return cells, (raised.cell, raised.line)

    ours = told(Sandbox(SETTINGS, Isolation.NONE))
    assert ours == told(JupyterEngine(SETTINGS))
    cells, place = ours
    assert place == (5, 2)
    assert [cell[:3] for cell in cells] == [
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (3, 5, 2),
        (1, 11, 1),
        (1, 13, 1),
    ]
    assert cells[4][3] == "SyntaxError: expected ':' (cell 11, line 1)"

"""Figures across the wire: every end of a drawing is an answer, whatever ran the cells."""

from __future__ import annotations

import numpy as np
import pytest

from grader.errors import CheckError
from grader.guest.protocol.values import Call, Died, Missing, Raised, Returned, TimedOut
from grader.sandbox import exercise_session, session
from grader.sandbox.engine import Isolation
from grader.sandbox.jupyter import JupyterEngine
from grader.sandbox.notebook_run import NotebookSource
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import Limits, SandboxSettings
from tests.sandbox.asking import answering

LIMITS = Limits(cell_s=20, notebook_s=60, call_s=1.0, exercise_s=4)
SETTINGS = SandboxSettings(limits=LIMITS, preload=("matplotlib.pyplot",))

IMPORTS = "import os, sys\nimport matplotlib.pyplot as plt\nimport numpy as np"
LINE = "def draw(n):\n  plt.plot([0, 1], [n, n], label='a')\n  plt.legend()"
ENGINES = {
    "none": lambda: Sandbox(SETTINGS, Isolation.NONE),
    "strong": lambda: Sandbox(SETTINGS, Isolation.STRONG),
    "jupyter": lambda: JupyterEngine(SETTINGS),
}


@pytest.fixture(scope="module", params=["none", pytest.param("strong", marks=pytest.mark.strong)])
def sandbox(request):
    with ENGINES[request.param]() as started:
        yield started


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch):
    monkeypatch.setattr(session, "GRACE_S", 0.3)
    monkeypatch.setattr(exercise_session, "GRACE_S", 0.3)


@pytest.fixture
def asked(sandbox):
    """Run cells, then open an exercise."""
    with sandbox.session() as running:
        opened = []

        def run(*cells):
            for cell in (IMPORTS, *cells):
                assert running.run_cell(cell).status == "ok"
            opened.append(answering(running))
            return opened[-1].__enter__()

        yield run
        for each in opened:
            each.__exit__(None, None, None)


def heights(answers):
    """Return the height of each figure's only line."""
    return [float(answer.value["axes"][0]["lines"][0]["y"][0]) for answer in answers]


def test_a_function_draws_once_a_case_each_time_anew(asked):
    student = asked(LINE, "draw(7)")
    assert heights(student.draw("draw", [Call((n,)) for n in range(3)])) == [0.0, 1.0, 2.0]
    assert heights(student.draw("draw", [Call((), (("n", 5),))])) == [5.0]


def test_many_drawings_are_asked_for_in_several_messages(asked):
    student = asked("def draw(n):\n  plt.plot(np.full(20_000, float(n)))")
    assert heights(student.draw("draw", [Call((n,)) for n in range(70)])) == [*range(70)]


def test_a_variable_and_what_was_left_open_are_read_in_any_order(asked):
    student = asked(LINE, "fig, ax = plt.subplots()\nax.plot([3, 3])", "plt.figure()\ndraw(8)")
    assert heights(student.draw("fig", None)) == [3.0]
    assert heights(student.draw("draw", [Call((1,))])) == [1.0]
    assert heights(student.draw("ax", None)) == [3.0]
    assert heights(student.draw("no_such_name", None)) == [8.0]
    assert student.draw("np", None) == [Returned(None)]


def test_what_is_not_there_is_missing(asked):
    student = asked("x = 3")
    assert student.draw("draw", [Call()]) == [Missing("draw", callable_wanted=True)]
    assert student.draw("x", [Call()]) == [Missing("x", callable_wanted=True)]
    assert student.draw("y", None) == [Missing("y")]


def test_a_drawing_that_raises_hangs_or_dies_costs_only_itself(asked):
    student = asked(
        "def draw(n):\n  if n == 1: raise KeyError(n)\n  if n == 2: os._exit(4)\n"
        "  while n == 3: pass\n  plt.plot([n, n])"
    )
    first, raised, died, hung, last = student.draw("draw", [Call((n,)) for n in range(5)])
    assert heights([first, last]) == [0.0, 4.0]
    assert isinstance(raised, Raised)
    assert raised.type_name == "KeyError"
    assert died == Died("its process ended itself with exit status 4")
    assert hung == TimedOut(1.0, "call")


def test_reading_a_figure_is_bounded_in_time(asked):
    student = asked(
        "class Slow:\n  @property\n  def figure(self):\n    while True: pass",
        "slow = Slow()\ndef draw(): return slow",
    )
    assert student.draw("slow", None) == [TimedOut(1.0, "call")]
    assert student.draw("draw", [Call()]) == [TimedOut(1.0, "call")]


def test_drawing_uses_up_the_time_of_its_exercise_and_no_more(asked):
    student = asked("def draw():\n  while True: pass", "x = 1")
    answers = student.draw("draw", [Call()] * 6)
    assert answers[:3] == [TimedOut(1.0, "call")] * 3
    assert answers[4:] == [TimedOut(4.0, "exercise")] * 2
    assert student.draw("x", None) == [TimedOut(4.0, "exercise")]


def test_an_argument_that_is_changed_while_drawing_is_told(asked):
    student = asked("def draw(eps):\n  eps.sort()\n  plt.plot(eps)")
    (answer,) = student.draw("draw", [Call((np.array([2.0, 1.0]),))])
    assert answer.changed == ("0",)


def test_a_case_that_cannot_be_sent_is_a_fault_of_the_course(asked):
    with pytest.raises(CheckError, match="A case of `draw` cannot be sent"):
        asked(LINE).draw("draw", [Call((list(range(200_000)),))])


def test_a_session_that_is_gone_has_no_figures(sandbox):
    with sandbox.session() as running:
        running.close()
        gone = Died(running.lost)
        with answering(running) as student:
            assert student.draw("draw", [Call(), Call()]) == [gone] * 2
            assert student.draw("draw", None) == [gone]


CELLS = (
    IMPORTS,
    "fig, ax = plt.subplots()\nax.hist([1, 2, 2], density=True, label='bars')\nax.legend()",
    "%matplotlib inline",
    "def draw(n):\n  plt.plot([0, n], 'r--', label='a'); plt.legend(); plt.xlabel('x'); plt.show()",
    "draw(3)",
)


@pytest.mark.strong
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
def test_every_engine_tells_the_same_of_a_figure():
    found = []
    for start in ENGINES.values():
        with (
            start() as engine,
            engine.run_notebook(NotebookSource(CELLS)) as run,
            run.session.open() as student,
        ):
            assert [outcome.status for outcome in run.outcomes] == ["ok"] * len(CELLS)
            cases = [Call((n,)) for n in range(2)]
            found.append([*student.draw("draw", cases), *student.draw("fig", None)])
    assert all(isinstance(answer, Returned) for answer in found[0])
    assert str(found[0]) == str(found[1]) == str(found[2])


SHOWN = (
    "%matplotlib inline\nimport matplotlib.pyplot as plt",
    "plt.plot([1, 1])\nfirst = plt.gcf()\nplt.show()",
    "plt.plot([2, 2])\nsecond = plt.gcf()",
    "x = plt.get_fignums()",
    "def draw(n):\n  plt.plot([n, n])\n  plt.show()",
)


@pytest.mark.strong
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
@pytest.mark.parametrize("magic", [True, False])
def test_a_figure_that_was_shown_and_closed_is_found_in_every_engine(magic):
    cells = SHOWN if magic else (SHOWN[0].partition("\n")[2], *SHOWN[1:])
    for start in ENGINES.values():
        with (
            start() as engine,
            engine.run_notebook(NotebookSource(cells)) as run,
            run.session.open() as student,
        ):
            assert student.get("x") == Returned([])
            assert heights(student.draw("first", None)) == [1.0]
            assert heights(student.draw("second", None)) == [2.0]
            assert heights(student.draw("no_such_name", None)) == [2.0]
            assert heights(student.draw("draw", [Call((5,)), Call((6,))])) == [5.0, 6.0]
            assert heights(student.draw("no_such_name", None)) == [2.0]


DRAWS_LATE = (
    "%matplotlib inline",
    "def draw(n):\n  import matplotlib.pyplot as plt\n  plt.plot([n, n])\n  plt.show()",
)


@pytest.mark.strong
@pytest.mark.parametrize("cells", [DRAWS_LATE, DRAWS_LATE[1:], ("import matplotlib", *DRAWS_LATE)])
def test_a_function_that_imports_matplotlib_itself_is_seen_to_draw(cells):
    with (
        Sandbox(SandboxSettings(limits=LIMITS), Isolation.STRONG) as sandbox,
        sandbox.run_notebook(NotebookSource(cells)) as run,
        run.session.open() as student,
    ):
        assert heights(student.draw("draw", [Call((1,)), Call((2,))])) == [1.0, 2.0]


@pytest.mark.strong
def test_a_notebook_that_only_says_where_it_would_draw_imports_no_matplotlib():
    cells = ["%matplotlib inline", "import sys\nloaded = 'matplotlib' in sys.modules"]
    with (
        Sandbox(SandboxSettings(limits=LIMITS), Isolation.STRONG) as sandbox,
        sandbox.run_notebook(NotebookSource(cells)) as run,
        run.session.open() as student,
    ):
        assert student.get("loaded") == Returned(False)


@pytest.mark.strong
def test_matplotlib_works_where_it_is_not_preloaded_and_says_nothing():
    with (
        Sandbox(SandboxSettings(limits=LIMITS), Isolation.STRONG) as sandbox,
        sandbox.run_notebook(NotebookSource([IMPORTS, LINE, "draw(1)"])) as run,
        run.session.open() as student,
    ):
        assert [outcome.stderr for outcome in run.outcomes] == ["", "", ""]
        assert heights(student.draw("draw", [Call((2,))])) == [2.0]

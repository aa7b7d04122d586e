"""Figures that cells draw, graded: each exercise is judged by its own, in every engine."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import prepare_course
from grader.notebook import read_notebook
from grader.sandbox.engine import Isolation
from grader.sandbox.jupyter import JupyterEngine
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from tests.course.tiny import write
from tests.notebooks import notebook_bytes

COURSE = "title: Curves\nunits:\n  - {id: u, title: Unit, exercises: [square, cube]}\n"
EXERCISE = """
id: {id}
title: {id}
unit: u
points: 1
prompt: Draw it.
defines: [{id}]
checks:
  - plot: {id}
    name: The curve
    points: 1
    visible: true
    title: "{title}"
    lines: {{y: "x**{power}"}}
    legend: 1
"""
REFERENCE = """
import matplotlib.pyplot as plt
import numpy as np
{id}, axes = plt.subplots()
x = np.linspace(0, 1, 20)
axes.plot(x, x**{power}, label="{title}")
axes.set_title("{title}")
axes.legend()
"""
ASKED = (("square", "First", 2), ("cube", "Second", 3))


@pytest.fixture(scope="module")
def preparation(tmp_path_factory):
    texts = {"exercises/course.yaml": COURSE}
    for name, title, power in ASKED:
        keys = {"id": name, "title": title, "power": power}
        texts[f"exercises/u/{name}.yaml"] = EXERCISE.format(**keys)
        texts[f"solutions/u/{name}/reference.py"] = REFERENCE.format(**keys)
    return prepare_course(load_course(write(tmp_path_factory.mktemp("curves"), texts)))


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(SandboxSettings(preload=("matplotlib.pyplot",)), Isolation.STRONG) as started:
        yield started


@dataclass(frozen=True)
class Paper:
    cells: tuple[str, ...]
    student: str = "ada"
    notebook: str = "ada.ipynb"

    def read(self):
        return read_notebook(notebook_bytes(self.cells))


IMPORTS = "import numpy as np\nimport matplotlib.pyplot as plt\nx = np.linspace(0, 1, 30)"


def drawing(name, title, power, keep="{name} = plt.gcf()\nplt.show()"):
    curve = f"plt.plot(x, x**{power}, label='l')\nplt.title('{title}')\nplt.legend()\n"
    return curve + keep.format(name=name)


KEPT = {
    "before show": "{name} = plt.gcf()\nplt.show()",
    "without show": "{name} = plt.gcf()",
    "as axes": "{name} = plt.gca()\nplt.show()",
    "and closed": "{name} = plt.gcf()\nplt.savefig('{name}.png')\nplt.close()",
}


def scores(preparation, engine, cells):
    result = grade_submission(preparation, Paper(tuple(cells)), engine)
    return [exercise.score for exercise in result.exercises]


@pytest.mark.strong
@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("magic", ["", "%matplotlib inline\n", "%config InlineBackend.rc = {}\n"])
def test_two_cells_that_draw_are_two_figures(preparation, sandbox, keep, magic):
    cells = [magic + IMPORTS, *(drawing(*asked, keep) for asked in ASKED)]
    assert scores(preparation, sandbox, cells) == [1, 1]


def test_a_kernel_gives_the_same_points(preparation):
    cells = [IMPORTS, *(drawing(*asked) for asked in ASKED)]
    with JupyterEngine(SandboxSettings()) as engine:
        assert scores(preparation, engine, cells) == [1, 1]


@pytest.mark.strong
def test_a_figure_without_a_name_is_the_one_that_was_shown_last(preparation, sandbox):
    cells = [IMPORTS, drawing("square", "First", 2), drawing("cube", "Second", 3, keep="")]
    assert scores(preparation, sandbox, cells) == [1, 1]


@pytest.mark.strong
def test_one_figure_in_both_exercises_earns_one(preparation, sandbox):
    cells = ["%matplotlib agg\n" + IMPORTS, *(drawing(*asked) for asked in ASKED)]
    assert sum(scores(preparation, sandbox, cells)) == 1
    cells = [IMPORTS, drawing("square", "First", 2), "cube = square"]
    assert scores(preparation, sandbox, cells) == [1, 0]


@pytest.mark.strong
def test_a_figure_that_is_taken_after_it_was_shown_is_empty_and_the_message_says_so(
    preparation, sandbox
):
    cells = (IMPORTS, drawing("square", "First", 2, keep="plt.show()\nsquare = plt.gcf()"))
    result = grade_submission(preparation, Paper(cells), sandbox)
    (check,) = result.exercises[0].checks
    assert check.message == (
        "The figure of `square`: it is empty; after `plt.show()`, `plt.gcf()` is a new figure, so "
        "keep yours before that."
    )

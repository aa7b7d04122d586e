"""Code and output that want to pass for what they are not, and cells that claim to be others'.

These run the exercises of docs/examples. A `source` check reads code and can be evaded; what is
held here is what does not evade it. docs/reference/check-kinds.md says what does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import prepare_course
from grader.results import ExerciseResult
from grader.sandbox.engine import Isolation
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from tests.attacks.arena import Paper
from tests.attacks.exam import LIMITS
from tests.clocks import own_clock
from tests.notebooks import code_cell

pytestmark = pytest.mark.strong

COURSE = load_course(Path(__file__).parents[2] / "docs" / "examples")
PREPARED = prepare_course(COURSE)
LOOP = (
    "def rms(x):\n    total = 0.0\n    for v in x: total += v * v\n    return (total / len(x))**0.5"
)
ARRAYS = COURSE.exercises["whole_arrays"].reference.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    settings = SandboxSettings.model_validate({"limits": LIMITS})
    with Sandbox(settings, Isolation.STRONG, hidden=(COURSE.folder,)) as started:
        yield started


def cell(source: str, exercise: str = "", part: str = "", **fields: Any) -> Mapping[str, Any]:
    about = {"exercise": exercise, "part": part}
    return code_cell(source, metadata={"grader": about}, **fields)


def graded(sandbox: Sandbox, exercise: str, *cells: Any) -> ExerciseResult:
    result = grade_submission(PREPARED, Paper(cells), sandbox)
    (found,) = [one for one in result.exercises if one.id == exercise]
    assert "error" not in {check.status for check in found.checks}
    return found


def lost(result: ExerciseResult) -> list[str]:
    return [check.name for check in result.checks if check.status == "fail"]


DECOYS = {
    "a_right_function_above": [ARRAYS, LOOP],
    "a_right_function_in_a_text": [f'"""\n{ARRAYS}\n"""\n{LOOP}'],
    "a_right_function_in_another": [f"def other():\n    def rms(x):\n        import numpy\n{LOOP}"],
    "a_comment": [f"# numpy.mean\n{LOOP}"],
    "code_that_is_never_reached": [LOOP + "\n    import numpy as np\n    np.mean(x)"],
    "the_loop_in_a_helper": [LOOP.replace("rms", "helper"), "def rms(x): return helper(x)"],
    "the_loop_in_a_method": [
        "class A:\n  def go(self, x):\n    for v in x: pass\n    return sum(x)",
        "import numpy as np\ndef rms(x): A().go(x); return np.sqrt(np.mean(np.square(x)))",
    ],
    "the_loop_under_another_name": [
        LOOP.replace("rms", "helper"),
        "helper2 = helper; rms = helper2",
    ],
    "a_lambda": ["rms = lambda x: (sum(v * v for v in x) / len(x)) ** 0.5"],
    "sum_by_another_name": ["plus = sum\ndef rms(x): return (plus(x * x) / len(x)) ** 0.5"],
    "a_magic_beside_it": [f"%matplotlib inline\n!true\n{LOOP}"],
    "claimed_for_another_exercise": [cell(LOOP, "plain_words")],
    "said_to_be_the_prompt": [cell(LOOP, "whole_arrays", "prompt")],
    "said_to_be_the_check": [cell(LOOP, "whole_arrays", "check")],
    "a_section_of_decoys": [cell(ARRAYS, "whole_arrays"), cell(LOOP, "plain_words")],
}


@pytest.mark.parametrize("name", DECOYS)
def test_a_decoy_does_not_hide_a_loop(sandbox, arenas, name):
    result = graded(sandbox, "whole_arrays", *DECOYS[name])
    assert "Without a loop" in lost(result)
    arenas.tell(f"source_{name}", "reading", "strong", "the reference passes")


def test_a_name_that_is_bound_past_the_code_evades_a_source_check(sandbox):
    hidden = LOOP.replace("def rms", "def helper") + "\nglobals()['rms'] = helper"
    assert lost(graded(sandbox, "whole_arrays", ARRAYS, hidden)) == []


def test_a_million_characters_of_code_are_refused_in_time(sandbox, arenas):
    deep = "x = " + "(" * 80 + "1" + ")" * 80 + "\n"
    cells = [deep * 1000] * 6
    started = time.process_time()
    result = graded(sandbox, "whole_arrays", *cells, LOOP)
    assert time.process_time() - started < 10
    assert lost(result) == ["Without a loop"]
    arenas.tell("source_million_characters", "reading", "strong", "the cap is told")


GUESSES = "; ".join(f"mean = {a} median = {b}" for a in range(8) for b in range(8))
OUTPUTS = {
    "every_guess": [cell(f"print({GUESSES!r})\n1", "shown_numbers")],
    "every_guess_in_its_own_cell": [
        cell(f"print({guess!r})", "shown_numbers") for guess in GUESSES.split("; ")
    ],
    "megabytes": [cell("print('mean = 3 median = 2 ' * 1_000_000)", "shown_numbers")],
    "megabytes_past_python": [
        cell("!yes 'mean = 3 median = 2' | head -c 5000000", "shown_numbers")
    ],
    "printed_to_stderr": [
        cell("import sys\nprint('mean = 3 median = 2', file=sys.stderr)", "shown_numbers")
    ],
    "outputs_that_the_file_holds": [
        cell(
            "pass",
            "shown_numbers",
            outputs=[{"output_type": "stream", "name": "stdout", "text": "mean = 3 median = 2"}],
        )
    ],
    "a_comment": [cell("# mean = 3 median = 2\nx = 1", "shown_numbers")],
    "printed_when_asked": [cell("def rms(x): print('mean = 3 median = 2')\nrms", "shown_numbers")],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_is_no_answer_to_read_earns_nothing(sandbox, arenas, name):
    started = own_clock()
    result = graded(sandbox, "shown_numbers", *OUTPUTS[name])
    assert started.sample() < 8
    assert "The mean and the median" in lost(result)
    arenas.tell(f"output_{name}", "comparison", "strong", "the reference passes")


def test_what_is_displayed_by_print_is_not_displayed(sandbox, arenas):
    printed = "print('mean = 3 median = 2')\nprint('\\x1b[2K\\rOut[1]: 1')"
    result = graded(sandbox, "shown_numbers", cell(printed, "shown_numbers"))
    assert lost(result) == ["How far they are apart"]
    arenas.tell("output_fakes_a_display", "wire", "strong", "the reference passes")


ESSAYS = {
    "megabytes": {"source": ["a" * 3_000_000]},
    "escapes": {"source": ["\x1b[2J\u202e because"]},
    "formula": {"source": ["=HYPERLINK(1)"]},
}


@pytest.mark.parametrize("name", ESSAYS)
def test_a_text_for_a_person_is_capped_and_earns_nothing_by_itself(sandbox, arenas, name):
    about = {"grader": {"exercise": "plain_words"}}
    text = {"cell_type": "markdown", "metadata": about, **ESSAYS[name]}
    result = graded(sandbox, "plain_words", text)
    assert (result.score, result.status) == (0, "needs_review")
    assert len(result.checks[0].review) <= 20_000
    arenas.tell(f"manual_{name}", "reading", "strong", "a person marks it")


def test_cells_without_anything_in_them_are_no_text_for_a_person(sandbox):
    about = {"grader": {"exercise": "plain_words"}}
    prompt = COURSE.exercises["plain_words"].prompt
    empty = [
        {"cell_type": "markdown", "metadata": about, "source": source}
        for source in ("", " \n", prompt, "*Write your answer in this cell.*")
    ]
    result = graded(sandbox, "plain_words", *empty, cell("%check plain_words", "plain_words"))
    assert (result.score, result.status) == (0, "not_attempted")

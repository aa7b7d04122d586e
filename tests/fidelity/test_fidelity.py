"""The corpus in both engines: what comes of each notebook is what nbconvert makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from grader.sandbox.engine import Isolation
from grader.sandbox.jupyter import JupyterEngine
from grader.sandbox.notebook_run import NotebookSource
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from tests.fidelity.corpus import (
    PROBE,
    RECORDED,
    cell_seen,
    corpus,
    differences,
    differing,
    recorded,
    run_seen,
)
from tests.fidelity.record import seen_by_nbconvert

CORPUS = {notebook.name: notebook for notebook in corpus()}
LISTED = {(each.notebook, each.engine): each.seen for each in differences()}
DOCS = Path(__file__).parents[2] / "docs" / "reference" / "notebooks.md"

# A kernel takes more than a second of processor time to start and to draw. So `make test` asks
# nbconvert for these only, and the `jupyter` engine for those below; `make soak` asks both for all.
LIVE = ("clear_output", "figures_end_with_show", "repr_raises", "usage_errors")
IN_JUPYTER = (
    "arithmetic",
    "capture",
    "cell_magics_that_run_code",
    "clear_output",
    "display_id_updates",
    "display_several",
    "exceptions_mid_cell",
    "exit_and_quit",
    "exits",
    "figure_3d_then_plain",
    "figure_kept_in_a_variable",
    "figures_close_figures_false",
    "figures_end_with_show",
    "figures_end_with_their_cell",
    "figures_magic_agg",
    "figures_when_a_cell_raises",
    "obj_help",
    "out_and_underscore",
    "repr_of_other_forms_raises",
    "repr_raises",
    "shell_commands",
    "stdin_is_refused",
    "syntax_errors",
    "usage_errors",
)

SETTINGS = SandboxSettings(preload=("matplotlib.pyplot", "pandas"))
# In a sandbox that loads nothing ahead, these load matplotlib, each for itself.
NOT_PRELOADED = ("figures_ioff", "figures_magic_none", "figures_of_screens", "figures_rcparams")

each_notebook = pytest.mark.parametrize("name", CORPUS)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(SETTINGS, Isolation.STRONG) as started:
        yield started


def seen_by(engine, notebook):
    with engine.run_notebook(NotebookSource([*notebook.cells, PROBE])) as run:
        return run_seen([_cell(outcome) for outcome in run.outcomes])


def _cell(outcome):
    error = "" if outcome.status == "ok" else f"{outcome.error_type}: {outcome.error_message}"
    return cell_seen(error, outcome.stdout, outcome.stderr, outcome.displayed)


@pytest.mark.strong
@pytest.mark.parametrize("name", NOT_PRELOADED)
def test_a_sandbox_that_loads_nothing_ahead_does_so_too(name):
    with Sandbox(SandboxSettings(), Isolation.STRONG) as bare:
        actual = differing(seen_by(bare, CORPUS[name]), recorded(CORPUS[name]))
    assert actual == LISTED.get((name, "sandbox"), {})


@pytest.mark.strong
@each_notebook
def test_the_sandbox_does_what_nbconvert_does(name, sandbox):
    actual = differing(seen_by(sandbox, CORPUS[name]), recorded(CORPUS[name]))
    assert actual == LISTED.get((name, "sandbox"), {})


@pytest.mark.parametrize(
    "name",
    [name if name in IN_JUPYTER else pytest.param(name, marks=pytest.mark.soak) for name in CORPUS],
)
def test_the_jupyter_engine_does_what_nbconvert_does(name):
    with JupyterEngine(SandboxSettings()) as engine:
        actual = differing(seen_by(engine, CORPUS[name]), recorded(CORPUS[name]))
    assert actual == LISTED.get((name, "jupyter"), {})


@pytest.mark.parametrize("name", LIVE)
def test_nbconvert_still_does_what_was_recorded(name):
    assert differing(seen_by_nbconvert(CORPUS[name]), recorded(CORPUS[name])) == {}


# A kernel reads what other processes print in a thread; where that is late, nbconvert has the text
# elsewhere or not at all. None of the others may differ even once.
OTHERS_PRINT = (
    "asyncio_programs",
    "children_of_a_fork_print",
    "programs_print",
    "spawned_processes",
    "streams",
)


@pytest.mark.soak
@each_notebook
def test_nbconvert_still_does_all_that_was_recorded(name):
    for _ in range(5 if name in OTHERS_PRINT else 1):
        actual = differing(seen_by_nbconvert(CORPUS[name]), recorded(CORPUS[name]))
        if not actual:
            break
    assert actual == {}


def test_every_notebook_is_recorded_and_every_recording_is_of_one():
    assert sorted(CORPUS) == sorted(path.stem for path in RECORDED.glob("*.yaml"))


@each_notebook
def test_a_recording_is_of_the_notebook_as_it_stands(name):
    found = yaml.safe_load((RECORDED / f"{name}.yaml").read_text("utf-8"))
    assert [cell["source"] for cell in found["cells"]] == [*CORPUS[name].cells]


def test_every_difference_is_of_a_notebook_and_its_reason_stands_in_the_docs():
    text = " ".join(DOCS.read_text("utf-8").split())
    for each in differences():
        assert each.notebook in CORPUS
        assert " ".join(each.reason.split()) in text

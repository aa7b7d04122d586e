"""In the sandbox, the cells of a released notebook that load the grader do nothing."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from grader.guest.magic_stub import install_stand_in
from grader.sandbox.engine import Isolation
from grader.sandbox.notebook_run import NotebookSource
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings

CELLS = (
    "%load_ext grader",
    "%check hth_likelihood",
    "from grader import check\ncheck('hth_likelihood')",
    "import grader\ngrader.load_ipython_extension(get_ipython())",
    "%check",
    "%reload_ext grader",
)


@pytest.mark.strong
@pytest.mark.parametrize("tier", [Isolation.STRONG, Isolation.NONE])
def test_loading_the_grader_and_asking_it_does_nothing_and_fails_nothing(tier):
    with (
        Sandbox(SandboxSettings(), tier) as sandbox,
        sandbox.run_notebook(NotebookSource(CELLS)) as run,
    ):
        told = [(outcome.status, outcome.error, outcome.stdout) for outcome in run.outcomes]
    assert told == [("ok", "", "")] * len(CELLS)


def test_a_stand_in_takes_no_place_of_the_grader_itself():
    import grader

    magics = {}
    shell = SimpleNamespace(
        register_magic_function=lambda function, kind, name: magics.update({name: function})
    )
    install_stand_in(shell)
    assert sys.modules["grader"] is grader
    assert magics["check"]("hth_likelihood") is None

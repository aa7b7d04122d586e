"""Installing packages is answered at once in a session, and the rest of the cell runs."""

from __future__ import annotations

import pytest

from grader.sandbox.engine import Isolation
from grader.sandbox.notebook_run import NotebookSource
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings

NOTHING = "Nothing is installed while your work is graded"
MISSING = f"{NOTHING}: nosuch is not there.\n"
THERE = f"{NOTHING}: notebook-grader is not needed here.\n"
NOTE = "Note: you may need to restart the kernel to use updated packages.\n"
RUN = "import subprocess, sys\nprint(subprocess.run([sys.executable, '-m', 'pip', {}], text=True, \
stdout=subprocess.PIPE).stdout, end='')"

WAYS = {
    "%pip install notebook-grader": THERE + NOTE,  # docs/how-to/work-as-a-student.md
    "%pip install nosuch": MISSING + NOTE,
    "pip install -q nosuch": MISSING + NOTE,
    "!pip install nosuch": MISSING,
    "!pip3 install -U nosuch": MISSING,
    "!python -m pip install nosuch": MISSING,
    "import sys\n!{sys.executable} -m pip install nosuch": MISSING,
    "%%bash\npip install nosuch\necho after": f"{MISSING}after\n",
    "%%sh\npython3 -m pip install nosuch || true": MISSING,
    RUN.format("'install', 'nosuch'"): MISSING,
    "import pip\npip.main(['install', 'nosuch'])\ndel pip": MISSING,
    "%conda install -y nosuch": MISSING + NOTE,
    "!conda install nosuch": MISSING,
    "!mamba install nosuch": MISSING,
    "%uv pip install nosuch": MISSING + NOTE,
    "!uv pip install nosuch": MISSING,
    "!apt-get install -y nosuch": f"{NOTHING}: there is no program nosuch.\n",
    "!sudo pip install nosuch": MISSING,
    "!apt-get update -qq && sudo apt install nosuch": (
        f"Nothing is updated while your work is graded.\n{NOTHING}: there is no program nosuch.\n"
    ),
}
# What goes on to real programs, or reaches them past ours, ends by itself.
OTHERS = (
    "!pip --version",
    "!pip list",
    "!python -m pip show numpy",
    "!conda list",
    "!python -I -m pip install nosuch",
    "from pip._internal.cli.main import main\nmain(['install', 'nosuch'])",
)


@pytest.fixture(scope="module", params=[Isolation.STRONG, Isolation.NONE])
def sandbox(request):
    with Sandbox(SandboxSettings(), request.param) as started:
        yield started


@pytest.mark.strong
def test_it_is_said_at_once_and_the_rest_of_the_cell_runs(sandbox):
    cells = [
        way if way.startswith(("%%", "pip ")) else f"{way}\nx{number} = {number}"
        for number, way in enumerate(WAYS)
    ]
    with sandbox.run_notebook(NotebookSource(cells)) as run:
        told = {way: (out.stdout, out.stderr) for way, out in zip(WAYS, run.outcomes, strict=True)}
        with run.session.open() as student:
            last = student.get(f"x{len(WAYS) - 1}")
    assert {out.status for out in run.outcomes} == {"ok"}
    assert told == {way: (text, "") for way, text in WAYS.items()}
    assert last.value == len(WAYS) - 1


@pytest.mark.strong
def test_what_reaches_the_real_programs_ends_too(sandbox):
    with sandbox.run_notebook(NotebookSource(OTHERS)) as run:
        outcomes = run.outcomes
    assert {out.status for out in outcomes} == {"ok"}
    version, listed, shown, conda, *refused = [out.stdout for out in outcomes]
    assert version.startswith("pip ")
    assert "numpy" in listed
    assert "Name: numpy\n" in shown
    assert conda == "conda is not there where your work is graded.\n"
    assert all("nosuch" in text or text == "" for text in refused)


@pytest.mark.strong
def test_what_answers_cannot_be_changed_and_has_no_rights_of_its_own():
    cells = [
        "import os, shutil\nprogram = shutil.which('pip')",
        "open(program, 'w')",
        "os.remove(program)",
        "open(os.path.join(os.path.dirname(program), 'new'), 'w')",
        "open(os.path.join(os.environ['PYTHONPATH'], 'installers.py'), 'a')",
        "os.stat(program).st_mode & 0o6000",
        "!sudo id -u",
    ]
    with (
        Sandbox(SandboxSettings(), Isolation.STRONG) as sandbox,
        sandbox.run_notebook(NotebookSource(cells)) as run,
    ):
        *_, rights, user = outcomes = run.outcomes
    refused = ("Read-only file system", "Permission denied")
    assert all(any(why in out.error_message for why in refused) for out in outcomes[1:5])
    assert (rights.displayed, user.stdout) == ("0\n", "1000\n")

"""The wheel alone is enough to begin: what is in it, and what it does in a clean environment."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import __version__
from grader.authoring.new.example_files import PACKED, files_in_checkout
from tests.faults.classes import wait_for
from tests.installing.environments import ROOT, Environment, build, check
from tests.postgres import Server

pytestmark = [pytest.mark.wheel, pytest.mark.strong]
NAME = f"notebook_grader-{__version__}"


# What is in it


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_package_and_the_example_course_and_nothing_else(wheel):
    found = contents(wheel)
    about = {name for name in found if name.startswith(f"{NAME}.dist-info/")}
    package = {
        path.relative_to(ROOT).as_posix(): path
        for path in (ROOT / "grader").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    example = {f"{PACKED}/{name}": path for name, path in files_in_checkout(ROOT).items()}
    assert found.keys() - about == package.keys() | example.keys()
    assert all(found[name] == path.read_bytes() for name, path in (package | example).items())
    assert f"{NAME}.dist-info/licenses/LICENSE" in about


def test_the_sdist_builds_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        names = {name.split("/")[1] for name in archive.getnames() if "/" in name}
        archive.extractall(tmp_path, filter="data")
    assert not names & {"tests", "benchmarks", "tools"}
    build(tmp_path / NAME, tmp_path / "dist", "--wheel")
    assert contents(tmp_path / "dist" / wheel.name) == contents(wheel)


# What it does without any extra


@pytest.fixture(scope="module")
def folder(core, tmp_path_factory) -> Path:
    """Return a folder with a small course, its right answers, and the example course."""
    folder = tmp_path_factory.mktemp("begin")
    for arguments in (
        ("new", "course", "my"),
        ("new", "course", "--example"),
        ("release", "--course", "my", "--solutions", "--out", "handed-in"),
    ):
        done = core.grader(*arguments, cwd=folder)
        assert (done.status, done.err) == (0, ""), arguments
    return folder


def test_every_requirement_is_met_and_the_program_is_there(core, tmp_path):
    assert check(core) == "No broken requirements found."
    for done in (
        core.run("grader", "--version", cwd=tmp_path),
        core.grader("--version", cwd=tmp_path),
    ):
        assert (done.status, done.out, done.err) == (0, f"grader {__version__}\n", "")


def test_a_course_is_made_graded_and_looked_at(core, folder):
    graded = core.grader("grade", "handed-in", "--course", "my", cwd=folder)
    assert (graded.status, graded.err) == (0, "")
    assert "information_solutions       5/5  graded" in graded.out
    for arguments, shown in (
        (("check", "handed-in/information_solutions.ipynb", "--course", "my"), "1 of 1 points"),
        (("gradebook", "show", "--course", "my"), "5 of 5 points"),
        (("regrade", "--dry-run", "--course", "my"), ""),
        (("doctor", "--course", "my"), "Tiers that this machine offers: strong"),
        (("schema", "results"), "https://json-schema.org"),
        (("--help",), "gradebook"),
    ):
        done = core.grader(*arguments, cwd=folder)
        assert (done.status, done.err) == (0, ""), arguments
        assert shown in done.out


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ("prove --course my", "'notebook-grader[prove]'"),
        ("grade handed-in --course my --scheduler tcp://127.0.0.1:1", "'notebook-grader[dask]'"),
        (
            "grade handed-in --course my --engine jupyter --isolation none",
            "'notebook-grader[jupyter]'",
        ),
        (
            "gradebook show --course my --gradebook postgresql://me@127.0.0.1:1/marks",
            "'notebook-grader[postgres]'",
        ),
        ("release loss_functions --course example-course", "'notebook-grader[plot]'"),
        (
            "grade example-course/submissions --course example-course",
            "scipy pandas scikit-learn matplotlib`",
        ),
    ],
)
def test_a_command_that_needs_an_extra_says_how_to_install_it(core, folder, arguments, command):
    done = core.grader(*arguments.split(), cwd=folder)
    assert done.status == 2
    assert command in done.err
    assert "Traceback" not in done.err


THIEF = """\
import glob, sys
stolen = glob.glob(sys.prefix + "/lib/python3.*/site-packages/grader/authoring/new/example/*")
assert not stolen, stolen
assert glob.glob(sys.prefix + "/lib/python3.*/site-packages/numpy")
"""


def test_a_notebook_finds_nothing_of_the_course_in_the_installed_package(core, folder, tmp_path):
    notebook = json.loads((folder / "handed-in" / "information_solutions.ipynb").read_text())
    code = next(cell for cell in notebook["cells"] if "def entropy" in "".join(cell["source"]))
    code["source"] = THIEF + "".join(code["source"])
    (tmp_path / "thief.ipynb").write_text(json.dumps(notebook))
    places = ("--course", folder / "my", "--out", tmp_path)
    stopped = core.grader("grade", "thief.ipynb", *places, cwd=tmp_path)
    assert "5/5  graded" in stopped.out
    open_to_all = (*places, "--isolation", "none")
    assert "0/5  graded" in core.grader("grade", "thief.ipynb", *open_to_all, cwd=tmp_path).out


# What each extra adds


def test_course_has_what_the_example_s_notebooks_use(with_extra, folder, tmp_path):
    installed = with_extra("course")
    made = installed.grader("new", "course", "--example", cwd=tmp_path).out
    assert "pip install" not in made
    (command,) = (line for line in made.splitlines() if line.startswith("  grader grade "))
    only = ("--student", "mistake-kl-nan-on-zero", "--unit", "maximum_likelihood")
    done = installed.grader(*command.split()[1:], *only, cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert "96.75/100  graded      kl_asymmetry 6.75/10 (nan_on_zero)" in done.out


def test_plot_has_what_draws_figures(with_extra, folder):
    installed = with_extra("plot")
    done = installed.grader("release", "loss_functions", "--course", "example-course", cwd=folder)
    assert (done.status, done.err) == (0, "")


def test_prove_has_what_makes_mutants(with_extra, folder):
    installed = with_extra("prove")
    done = installed.grader("prove", "--course", "my", "--json", cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["exercises"][0]["mutants"]["made"] > 30


def test_jupyter_has_a_kernel(with_extra, folder, tmp_path):
    installed = with_extra("jupyter")
    engine = ("--engine", "jupyter", "--isolation", "none", "--out", tmp_path)
    done = installed.grader("grade", "handed-in", "--course", "my", *engine, cwd=folder)
    assert done.status == 0, done.err
    assert "5/5  graded" in done.out


def test_postgres_has_a_driver(with_extra, folder, tmp_path):
    server = Server.make()
    server.start()
    try:
        installed = with_extra("postgres")
        book = ("--course", "my", "--gradebook", server.new_database())
        done = installed.grader("grade", "handed-in", *book, "--out", tmp_path, cwd=folder)
        shown = installed.grader("gradebook", "show", *book, cwd=folder)
    finally:
        server.remove()
    assert (done.status, done.err) == (0, "")
    assert "5 of 5 points" in shown.out


def test_dask_has_what_reaches_a_cluster(with_extra, folder, tmp_path):
    installed = with_extra("dask")
    with cluster(installed, tmp_path) as scheduler:
        given = ("--scheduler", scheduler, "--out", tmp_path)
        done = installed.grader("grade", "handed-in", "--course", "my", *given, cwd=folder)
    assert done.status == 0, done.err
    assert "5/5  graded" in done.out


@contextlib.contextmanager
def cluster(installed: Environment, folder: Path) -> Iterator[Path]:
    """Start a scheduler and a worker of an environment."""
    file = folder / "scheduler.json"
    processes = []
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        for what, options in (
            ("scheduler", ["--host", "127.0.0.1", "--port", "0"]),
            ("worker", ["--nthreads", "1", "--no-nanny", "--local-directory", str(folder)]),
        ):
            program = f"from distributed.cli.dask_{what} import main; main()"
            given = ["--scheduler-file", str(file), "--no-dashboard", *options]
            with (folder / f"{what}.log").open("wb") as log:
                processes.append(
                    subprocess.Popen(
                        [installed.python, "-c", program, *given], stderr=log, env=kept, cwd=folder
                    )
                )
            wait_for(lambda: file.exists() and file.read_text().endswith("}"))
        yield file
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()

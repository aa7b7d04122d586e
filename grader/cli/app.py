"""The table of commands; each is imported when it is called."""

from __future__ import annotations

import gc
import os
import re
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import typer

from grader import __version__
from grader.cli.help import Group, commands
from grader.errors import GraderError

_SECTIONS = {
    "For a class": {
        "grade": "Grade a class of submissions.",
        "regrade": "Grade stored submissions again if an exercise has changed.",
        "gradebook": "Show, export, correct and verify the grades of a class.",
    },
    "For one notebook": {"check": "Check your own notebook and see why points were lost."},
    "For a course and its exercises": {
        "new": "Create the files of a new course or exercise.",
        "prove": "Prove that right answers earn full points, and known mistakes exactly the stated "
        "score.",
        "release": "Write the notebooks of a course's units, and the files to hand out with them.",
        "schema": "Print the JSON Schema of an exercise, of course.yaml or of results.json.",
    },
    "For this machine": {
        "doctor": "Show the requirements of each isolation tier, and which tiers this machine "
        "offers."
    },
}
_OPTIONS = {
    "checks": "checks",
    "course": "course",
    "hidden": "all",
    "jobs": "jobs",
    "scheduler": "scheduler",
    "units": "unit",
}
_PARAMETER = re.compile(rf"`({'|'.join(_OPTIONS)})=`")
"""How errors of the Python API name a parameter; here its option is shown instead."""

COMMANDS = tuple(name for commands in _SECTIONS.values() for name in commands)
"""Each is a module of this package with a function of the same name, or an `app`."""


class _CommandTable(Group):
    """A group that imports a command when it is called.

    `grader check` needs nothing that `grader prove` imports. `grader --help` imports no command:
    its text is the table above. Contexts and commands are click's, or those of the copy of click
    that newer versions of typer include.
    """

    sections = _SECTIONS

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"grader.cli.{cmd_name}")
        if not gc.isenabled():  # `main` disabled it; imported modules live until the end
            gc.freeze()
            gc.enable()
        if hasattr(module, "app"):
            found = typer.main.get_command(module.app)
            found.name = cmd_name
            return found
        alone = commands()
        alone.command(cmd_name)(getattr(module, cmd_name))
        return typer.main.get_command(alone)


app = commands(
    "Grade Jupyter notebooks about the mathematics of machine learning.",
    name="grader",
    cls=_CommandTable,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grader {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Grade Jupyter notebooks about the mathematics of machine learning."""


def run() -> None:
    """Run the command line; show a GraderError without a traceback."""
    try:
        app()
    except GraderError as error:
        message = _PARAMETER.sub(lambda found: f"`--{_OPTIONS[found[1]]}`", str(error))
        sys.stderr.write(f"grader: {message}\n")
        sys.exit(2)


def main() -> None:
    """Run the command line, and end the process.

    It ends at once, without freeing objects one by one, which would take longer than grading a few
    notebooks. Each command has closed its files and stopped its processes by then.
    """
    # numpy's own threads would take the core on which the sandbox or a worker runs.
    for library in ("MKL", "OMP", "OPENBLAS"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    # pydantic would search all installed packages for plugins, and the grader has none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Nearly every object of a run lives until the end or is freed without the collector.
    gc.disable()
    gc.set_threshold(50_000)
    try:
        run()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        with suppress(OSError):  # the reader is gone
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(end.code)

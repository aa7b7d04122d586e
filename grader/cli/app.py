"""The commands, put together; each is loaded when it is called."""

from __future__ import annotations

import gc
import os
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
        "regrade": "Grade again what the gradebook keeps, where an exercise has changed.",
        "gradebook": "Show, export, correct and verify what a class has got.",
    },
    "For one notebook": {
        "check": "Check your own notebook and see why a point was lost.",
    },
    "For a course and its exercises": {
        "new": "Make the files of a new course, or of a new exercise in one.",
        "prove": "Prove that right answers get every point, known mistakes their score, and "
        "nothing else does.",
        "release": "Write the notebooks of a course's units, and the files that go with them.",
        "schema": "Print the JSON Schema of an exercise, of course.yaml or of results.json.",
    },
    "For this machine": {
        "doctor": "Show every piece that the isolation tiers need, and which tiers this machine "
        "offers.",
    },
}
COMMANDS = tuple(name for commands in _SECTIONS.values() for name in commands)
"""Each is a module beside this one that holds a function, or an `app`, of that name."""


class _CommandTable(Group):
    """Loads one command alone: `grader check` needs nothing of what `grader prove` imports.

    The help of the whole is made of the table above, so that it loads none. Contexts and commands
    are click's, or of the copy of click that newer versions of typer bring.
    """

    sections = _SECTIONS

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"grader.cli.{cmd_name}")
        if not gc.isenabled():  # as `main` has it: what was imported lives to the end
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
    """Run the command line; a GraderError is shown without a traceback."""
    try:
        app()
    except GraderError as error:
        sys.stderr.write(f"grader: {error}\n")
        sys.exit(2)


def main() -> None:
    """Be the process of a command line: run it, and end.

    The end is at once. A command has closed and stopped all that it opened and started, and to free
    each object by itself would take longer than to grade a few notebooks.
    """
    # Threads of numpy's own would take the core on which the sandbox starts, and later a worker's.
    for library in ("MKL", "OMP", "OPENBLAS"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    # Pydantic would look through all that is installed for plugins, which are none of a grade's.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Nearly all that a run makes either lives to its end or dies without the collector.
    gc.disable()
    gc.set_threshold(50_000)
    try:
        run()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        with suppress(OSError):  # nobody reads on
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(end.code)

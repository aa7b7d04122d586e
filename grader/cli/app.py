"""The commands, put together."""

from __future__ import annotations

import sys

import typer

from grader import __version__
from grader.cli.check import check
from grader.cli.doctor import doctor
from grader.cli.grade import grade
from grader.cli.new import new
from grader.cli.prove import prove
from grader.cli.release import release
from grader.cli.schema import schema
from grader.errors import GraderError

__all__ = ["app", "main"]

app = typer.Typer(
    name="grader",
    help="Grade Jupyter notebooks about the mathematics of machine learning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(grade)
app.command()(check)
app.command()(doctor)
app.command()(prove)
app.command()(release)
app.command()(new)
app.command()(schema)


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


def main() -> None:
    """Run the command line; a fault that was foreseen is told without a traceback."""
    try:
        app()
    except GraderError as error:
        sys.stderr.write(f"grader: {error}\n")
        sys.exit(2)

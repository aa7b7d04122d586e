"""docs/commands.md tells every command and every option."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from grader.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
GROUP = typer.main.get_command(app)
COMMANDS = {name: GROUP.get_command(None, name) for name in GROUP.list_commands(None)}


def section(name: str) -> str:
    return PAGE.split(f"## `grader {name}`")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name):
    text, command = section(name), COMMANDS[name]
    # A group's own name is found as `grader GROUP NAME` in its section.
    parts = getattr(command, "commands", {})
    for part in parts:
        assert f"grader {name} {part}" in text
    for parameter in [each for one in (command, *parts.values()) for each in one.params]:
        if parameter.param_type_name == "option":
            assert parameter.opts[0] in text
        else:
            assert parameter.name in text.lower()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_with_a_gradebook_takes_it_from_the_variable(name):
    command = COMMANDS[name]
    parts = getattr(command, "commands", {})
    for parameter in [each for one in (command, *parts.values()) for each in one.params]:
        assert ("--gradebook" in parameter.opts) == (parameter.envvar == "GRADER_GRADEBOOK")


def test_no_command_is_documented_that_is_not_there():
    told = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith("## `")}
    assert told == {f"grader {name}" for name in COMMANDS}

"""The reference shows every command, every model of a file, every limit."""

from __future__ import annotations

import re

import pytest
import typer

from grader.cli.app import app
from tests.docs.blocks import ROOT, blocks_of
from tools.site_pages import SCHEMAS, describe_command, key_table

REFERENCE = ROOT / "docs" / "reference"
COMMANDS = (REFERENCE / "commands.md").read_text(encoding="utf-8")
GROUP = typer.main.get_command(app)
PARTS = [
    (name, part)
    for name in GROUP.list_commands(None)
    for part in getattr(GROUP.get_command(None, name), "commands", {"": None})
]
SHOWN = [
    block.directive.split()[1:]
    for page in REFERENCE.glob("*.md")
    for block in blocks_of(page)
    if block.language == "{keys}"
]


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_every_command_has_a_section_that_describes_it(name: str, part: str) -> None:
    call = f"{name} {part}".strip()
    section = COMMANDS.split(f"# `grader {call}`\n")[1].split("\n## ")[0]
    assert f"```{{command}} {call}\n```" in section


def test_no_command_is_described_that_is_not_there() -> None:
    described = set(re.findall(r"^```\{command\} (.*)$", COMMANDS, re.MULTILINE))
    assert described == {f"{name} {part}".strip() for name, part in PARTS}


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_a_description_has_every_option_with_what_it_does(name: str, part: str) -> None:
    command = GROUP.get_command(None, name)
    command = command.commands[part] if part else command
    text = "\n".join(describe_command(*filter(None, (name, part))))
    for parameter in command.params:
        if parameter.param_type_name == "option":
            (row,) = [row for row in text.splitlines() if row.startswith(f"| `{parameter.opts[0]}")]
            assert row.split("|")[3].strip()


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_every_command_with_a_gradebook_takes_it_from_the_variable(name: str, part: str) -> None:
    command = GROUP.get_command(None, name)
    for parameter in (command.commands[part] if part else command).params:
        assert ("--gradebook" in parameter.opts) == (parameter.envvar == "GRADER_GRADEBOOK")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_model_of_a_file_is_shown(schema: str) -> None:
    # Draws have a table by hand, which tests/course/test_format_page.py compares with the models;
    # Case is FunctionCase without `expected`.
    by_hand = {"Case", "Choice", "Constant", "Distribution", "Flips", "Integers", "LogUniform"}
    by_hand |= {"Normal", "Uniform", "Tolerance", "EquivalentEntry"}
    shown = {model for named, *models in SHOWN for model in models if named == schema}
    assert [schema] in SHOWN
    assert SCHEMAS[schema]()["$defs"].keys() - by_hand == shown - {"Check"}


@pytest.mark.parametrize("arguments", SHOWN, ids=" ".join)
def test_every_key_says_what_it_is(arguments: list[str]) -> None:
    _, _, *rows = key_table(*arguments)
    assert rows
    assert [row for row in rows if not row.split(" | ")[2].strip(" |")] == []


def test_code_names_pages_that_are_there() -> None:
    named = {
        (path.relative_to(ROOT), page)
        for folder in ("grader", "tests", "tools", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for page in re.findall(r"\bdocs/[\w/.-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert [(path, page) for path, page in named if not (ROOT / page).is_file()] == []


PAGES_BESIDE_THE_SITE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md")


@pytest.mark.parametrize("name", PAGES_BESIDE_THE_SITE)
def test_links_of_pages_that_are_not_in_the_site_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target

"""What the documentation takes from the program itself: a Sphinx extension.

It adds two directives, so that no option and no key can be missing or out of date:

``command``
    How a command is called, and its options, from the command line.
``keys``
    The keys of a mapping in YAML or JSON, from the JSON Schema that its model gives.

A page that would load anything from another place than the site is a warning, which `make docs` has
as an error: the site must work without a network and from a folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer
from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from grader.checks.base import Check
from grader.cli.app import app as grader
from grader.course.json_schema import course_schema, exercise_schema
from grader.results import results_schema

_LOADED = re.compile(
    r"""<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=["']?(?:https?:)?//[^>]*>"""
    r"""|(?:url\(|@import )\s*["']?(?:https?:)?//[^)"']*"""
)
_MIB = 2**20
SCHEMAS = {"exercise": exercise_schema, "course": course_schema, "results": results_schema}
_A_KIND = "ValueCheck"  # any kind: it has the keys that all of them have


class CommandDirective(SphinxDirective):
    """Show how a command is called and what it takes."""

    required_arguments = 1
    optional_arguments = 1  # the name of a command in a group

    def run(self) -> list[nodes.Node]:
        """Return a usage line and a table of options."""
        return self.parse_text_to_nodes("\n".join(describe_command(*self.arguments)))


class KeysDirective(SphinxDirective):
    """Show the keys of a mapping: of `exercise`, `course`, `results`, or of a model below these."""

    required_arguments = 1
    optional_arguments = 1  # the name of a model

    def run(self) -> list[nodes.Node]:
        """Return a table with a row for each key."""
        return self.parse_text_to_nodes("\n".join(key_table(*self.arguments)))


def setup(app: Sphinx) -> Mapping[str, Any]:
    """Register the directives, as Sphinx asks an extension to."""
    app.add_directive("command", CommandDirective)
    app.add_directive("keys", KeysDirective)
    app.add_lexer("derivation", TextLexer)
    app.connect("autodoc-skip-member", _skip_what_is_no_promise)
    app.connect("build-finished", _refuse_other_places)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def describe_command(name: str, part: str = "") -> Iterator[str]:
    """Yield, line by line, how a command is called and its options."""
    command = typer.main.get_command(grader).get_command(None, name)  # type: ignore[attr-defined]
    if part:
        command = command.commands[part]
    call = f"grader {name} {part}".rstrip()
    context = command.make_context(call, [], resilient_parsing=True)
    usage = " ".join([call, *command.collect_usage_pieces(context)])
    yield from ("```text", usage, "```", "", "| option | default | what it does |", "|---|---|---|")
    for option in command.params:
        if option.param_type_name == "option" and not option.hidden:
            yield f"| {_option_name(option)} | {_option_default(option)} | {_cell(option.help)} |"


def _option_name(option: Any) -> str:
    taken = "" if option.is_flag else f" {option.metavar or option.name.upper()}"
    return f"`{_cell(max(option.opts, key=len) + taken)}`".replace(" ", "\N{NO-BREAK SPACE}")


def _option_default(option: Any) -> str:
    if option.required:
        return "needed"
    if isinstance(option.show_default, str):
        return option.show_default
    default = getattr(option.default, "value", option.default)
    return "" if option.is_flag or default in (None, (), []) else f"`{default}`"


def key_table(schema: str, model: str = "") -> Iterator[str]:
    """Yield, line by line, a table of the keys of a file, or of a model that is a part of it.

    What all kinds of check have in common is the model `Check`, and left out of each kind.
    """
    yield from ("| key | default | what it is |", "|---|---|---|")
    whole = SCHEMAS[schema]()
    found = whole["$defs"][_A_KIND if model == "Check" else model] if model else whole
    for key, value in found["properties"].items():
        if not model.endswith("Check") or (key in Check.model_fields) == (model == "Check"):
            needed = key in found.get("required", ())
            default = "needed" if needed else _default(key, value.get("default"))
            yield f"| `{key}` | {default} | {_cell(value.get('description', ''))} |"


def _default(key: str, value: Any) -> str:
    if value in (None, "", [], {}) or isinstance(value, dict):
        return ""
    if key.endswith("_bytes"):
        return f"{value // _MIB} MiB" if value % 2**30 else f"{value // 2**30} GiB"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`".replace(".0`", "`")


def _cell(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").replace("|", r"\|")


def loaded_from_elsewhere(text: str) -> list[str]:
    """Return what a page or a style sheet has a browser fetch from another place than the site."""
    return [found[0] for found in _LOADED.finditer(text)]


def _skip_what_is_no_promise(
    _app: Sphinx, _what: str, name: str, _member: object, _skip: bool, _options: object
) -> bool | None:
    return True if name in ("model_config", "doubt") else None  # None leaves it to autodoc


def _refuse_other_places(app: Sphinx, error: Exception | None) -> None:
    files = [] if error else Path(app.outdir).rglob("*")
    for path in sorted(files):
        if path.suffix in (".html", ".css"):
            for found in loaded_from_elsewhere(path.read_text(encoding="utf-8")):
                logging.getLogger(__name__).warning("%s loads from elsewhere: %s", path, found)

"""Plain `--help` texts of any width, without names of Python types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_KEPT = "\N{NO-BREAK SPACE}"  # keeps words on one line while text is wrapped
_SHORT = 25
_SETTINGS: Mapping[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Command(TyperCommand):
    """A command with plain help.

    Contexts and parameters are click's, or those of the copy of click in newer versions of typer.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the usage line after the name of the command."""
        return ["[OPTIONS]", *_usage_of_arguments(self.get_params(ctx))]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and options."""
        _write_params(self.get_params(ctx), formatter)


class Group(TyperGroup):
    """A group of commands with plain help, with a full sentence for each command."""

    sections: Mapping[str, Mapping[str, str]] = {}
    """Summaries of commands by heading; if empty, all commands are under one heading."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return the usage line after the name of the group."""
        return ["[OPTIONS]", "COMMAND ..."]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands first, then the options."""
        for heading, rows in (self.sections or {"Commands": self._summaries(ctx)}).items():
            with formatter.section(heading):
                formatter.write_dl(list(rows.items()))
        _write_params(self.get_params(ctx), formatter)

    def _summaries(self, ctx: Any) -> dict[str, str]:
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return {name: first_sentence(command.help or "") for name, command in commands if command}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return a command; if there is none of the name, suggest the most similar."""
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            near = get_close_matches(args[0], known, n=1)
            meant = f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(known)}."
            ctx.fail(f"No such command '{args[0]}'.{meant}")
        return super().resolve_command(ctx, args)


class _Commands(typer.Typer):
    """An application whose commands have plain help."""

    def command(self, *args: Any, **settings: Any) -> Callable[[Any], Any]:
        own = settings.pop("context_settings", None) or {}
        return super().command(
            *args, **{"cls": Command, **settings, "context_settings": {**_SETTINGS, **own}}
        )


def commands(about: str = "", *, name: str | None = None, cls: type[Group] = Group) -> typer.Typer:
    """Return an empty group of commands; add functions with its `command`."""
    return _Commands(
        name=name,
        help=about,
        cls=cls,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=dict(_SETTINGS),
    )


def _usage_of_arguments(params: Sequence[Any]) -> Iterator[str]:
    for param in params:
        if param.param_type_name == "argument":
            name = _shown_name(param)
            yield name if param.required else f"[{name}]"


def _shown_name(param: Any) -> str:
    name = param.metavar or (param.name or "").upper()
    many = param.nargs != 1 or getattr(param, "multiple", False)
    is_argument = param.param_type_name == "argument"
    return f"{name}..." if many and is_argument else str(name)


def _write_params(params: Sequence[Any], formatter: Any) -> None:
    for heading, kind in (("Arguments", "argument"), ("Options", "option")):
        rows = [
            _row(param)
            for param in params
            if param.param_type_name == kind and not getattr(param, "hidden", False)
        ]
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)
    formatter.buffer[:] = [text.replace(_KEPT, " ") for text in formatter.buffer]


def _row(param: Any) -> tuple[str, str]:
    text = " ".join(filter(None, [param.help or "", *_notes(param)]))
    if param.param_type_name == "argument":
        return _shown_name(param), text
    names = ", ".join(sorted((*param.opts, *param.secondary_opts), key=len))
    return names if param.is_flag else f"{names} {_shown_name(param)}", text


def _notes(param: Any) -> Iterator[str]:
    """Yield whether the parameter is required, its environment variable and its default."""
    if param.required:
        yield "[required]"
        return
    shown = getattr(param, "show_default", False)
    default = param.default
    if isinstance(shown, str):
        default_text = shown
    elif not shown or callable(default) or default is None or default is False or not str(default):
        default_text = ""
    else:
        default_text = str(default.value if isinstance(default, Enum) else default)
    variable = getattr(param, "envvar", None)
    notes = [f"env var: {variable}".replace(" ", _KEPT)] if variable else []
    if default_text:
        notes.append(
            f"default: {default_text}".replace(" ", _KEPT if len(default_text) < _SHORT else " ")
        )
    if notes:
        yield f"[{'; '.join(notes)}]"


def first_sentence(help_text: str) -> str:
    """Return the first sentence of a help text, on one line."""
    text = " ".join(help_text.split("\n\n")[0].split())
    return f"{text.split('. ')[0].rstrip('.')}."

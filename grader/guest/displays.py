"""How a shell displays objects without a front end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

from IPython.core.events import EventManager
from IPython.core.formatters import DisplayFormatter

_TEXT = ("text/plain",)


def keep_displayed(formatter: Any) -> None:
    """Make a shell's formatter keep the last figure it displayed, as ``last_figure``."""
    make_forms = formatter.format

    def keep_and_format(obj: Any, *args: Any, **kwargs: Any) -> Any:
        kind = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
        if kind is not None and isinstance(obj, kind):
            formatter.last_figure = obj
        return make_forms(obj, *args, **kwargs)

    formatter.format = keep_and_format


class TextFormatter(DisplayFormatter):  # type: ignore[misc]
    """Makes only the text form of an object, unless the notebook's own class defines other forms.

    Other forms are never shown, and some are slow, such as the picture of a figure. Those that a
    notebook's own classes define are made because they may raise.
    """

    def format(self, obj: Any, include: Collection[str] | None = None, exclude: Any = None) -> Any:
        """Return the forms of an object."""
        if include is None and type(obj).__module__ != "__main__":
            include = _TEXT
        return super().format(obj, include, exclude)


class Events(EventManager):  # type: ignore[misc]
    """Skips pyplot's hook that renders all open figures after each cell."""

    def register(self, event: str, function: Callable[..., Any]) -> None:
        """Register a callback for an event."""
        if not _renders(function):
            super().register(event, function)

    def unregister(self, event: str, function: Callable[..., Any]) -> None:
        """Remove a callback."""
        if not _renders(function):
            super().unregister(event, function)


def _renders(function: Any) -> bool:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return pyplot is not None and function is getattr(pyplot, "_draw_all_if_interactive", None)

"""What a shell displays, and what a kernel would do for its front end only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

from IPython.core.events import EventManager
from IPython.core.formatters import DisplayFormatter

_TEXT = ("text/plain",)


def keep_displayed(formatter: Any) -> None:
    """Have a shell's formatter keep the figure that it displayed last, as ``last_figure``."""
    make_forms = formatter.format

    def keep_and_format(obj: Any, *args: Any, **kwargs: Any) -> Any:
        kind = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
        if kind is not None and isinstance(obj, kind):
            formatter.last_figure = obj
        return make_forms(obj, *args, **kwargs)

    formatter.format = keep_and_format


class TextFormatter(DisplayFormatter):  # type: ignore[misc]
    """Makes only the text of an object; all its forms where the notebook's own code makes them.

    Nobody sees the others, and some take long, such as the picture of a figure. Those of a
    notebook's own classes may raise, and are made for that.
    """

    def format(self, obj: Any, include: Collection[str] | None = None, exclude: Any = None) -> Any:
        """Return the forms of an object."""
        if include is None and type(obj).__module__ != "__main__":
            include = _TEXT
        return super().format(obj, include, exclude)


class Events(EventManager):  # type: ignore[misc]
    """Leaves out what pyplot would do after each cell: render all figures that are open."""

    def register(self, event: str, function: Callable[..., Any]) -> None:
        """Register what is called when something happens."""
        if not _renders(function):
            super().register(event, function)

    def unregister(self, event: str, function: Callable[..., Any]) -> None:
        """Take back what was registered."""
        if not _renders(function):
            super().unregister(event, function)


def _renders(function: Any) -> bool:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return pyplot is not None and function is getattr(pyplot, "_draw_all_if_interactive", None)

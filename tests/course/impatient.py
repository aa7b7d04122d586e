"""A loader of YAML that gives up early, in words of its own, as any release of PyYAML may."""

from __future__ import annotations

from typing import Any

import yaml


def impatient(depth: int, words: str) -> type[Any]:
    """Return a loader that tells nothing of a text that is nested deeper than `depth` anywhere.

    PyYAML 6.0.4 does so 1,000 deep, with what it has looked ahead at; this looks at everything.
    """

    class Loader:
        def __init__(self, text: str) -> None:
            self.usual = yaml.SafeLoader(text)
            looking, nested = yaml.SafeLoader(text), 0
            while (event := next_event(looking)) is not None:
                nested += isinstance(event, yaml.CollectionStartEvent)
                nested -= isinstance(event, yaml.CollectionEndEvent)
                if nested > depth:
                    raise yaml.MarkedYAMLError(None, None, words, event.start_mark)

        def check_event(self) -> bool:
            return self.usual.check_event()

        def get_event(self) -> Any:
            return self.usual.get_event()

        def dispose(self) -> None:
            self.usual.dispose()

    return Loader


def next_event(loader: Any) -> Any:
    try:
        return loader.get_event()
    except yaml.YAMLError:
        return None

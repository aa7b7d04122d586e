"""Names that several exercises share: each binds a dict to one, and all of its keys are kept."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any


class SharedNames:
    """Puts the dicts together that cells bind to one name after another; the later key wins.

    Parameters
    ----------
    names : sequence of str
        The names.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._kept: dict[str, dict[Any, Any]] = {name: {} for name in names}

    def merge(self, namespace: MutableMapping[str, Any]) -> None:
        """Bind each name to all that cells have bound to it so far, where that are dicts."""
        for name, kept in self._kept.items():
            value = namespace.get(name)
            if type(value) is dict:
                # Keys of a student's own class could hang or raise, and no question has one.
                plain = {key: part for key, part in value.items() if type(key) in (str, int)}
                kept.update(plain)
                if len(kept) > len(plain):
                    namespace[name] = kept.copy()

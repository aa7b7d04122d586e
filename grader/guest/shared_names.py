"""Names that several exercises share: cells bind dicts to them, whose keys are merged."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any


class SharedNames:
    """Merges the dicts that successive cells bind to a name; the later key wins.

    Parameters
    ----------
    names : sequence of str
        The names.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._kept: dict[str, dict[Any, Any]] = {name: {} for name in names}

    def merge(self, namespace: MutableMapping[str, Any]) -> None:
        """Bind each name to the union of the dicts that cells have bound to it."""
        for name, kept in self._kept.items():
            value = namespace.get(name)
            if type(value) is dict:
                # Keys of a student's own class could hang or raise, and no question uses one.
                plain = {key: part for key, part in value.items() if type(key) in (str, int)}
                kept.update(plain)
                if len(kept) > len(plain):
                    namespace[name] = kept.copy()

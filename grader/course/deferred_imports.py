"""Defers imports that references state at the top and seldom use until an attribute is read.

Importing matplotlib takes five times as long as numpy, and mpmath half as long. Most runs of a
reference draw nothing, and its truths in 50 digits are cached.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType, ModuleType
from typing import Any

_PYPLOT = "matplotlib.pyplot"
_DEFERRED: Mapping[tuple[str, tuple[str, ...]], str] = {
    (_PYPLOT, ()): "matplotlib",
    ("matplotlib", ("pyplot",)): "matplotlib",
    ("mpmath", ()): "mpmath",
}
"""The package that an import loads, by its module and the names imported from it."""


class _Deferred(ModuleType):
    """Placeholder for a module, which is imported when one of its attributes is read."""

    def __getattr__(self, name: str) -> Any:
        if self.__name__ == "matplotlib":
            if name == "pyplot":
                return _Deferred(_PYPLOT)
            import_module(_PYPLOT)
        return getattr(import_module(self.__name__), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(import_module(self.__name__), name, value)


def _import(
    name: str,
    names: Mapping[str, Any] | None = None,
    local: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    package = _DEFERRED.get((name, tuple(fromlist or ()))) if level == 0 else None
    if package is not None and package not in sys.modules and find_spec(package) is not None:
        return _Deferred(package)
    return builtins.__import__(name, names, local, fromlist or (), level)


DEFERRING: Mapping[str, Any] = MappingProxyType(
    {"__builtins__": {**vars(builtins), "__import__": _import}}
)
"""Namespace entries that make a program import these modules only when it uses them."""

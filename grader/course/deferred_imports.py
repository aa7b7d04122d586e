"""Modules that references name at their top and seldom use: they are loaded when something is read.

To load matplotlib takes five times as long as numpy, and mpmath half as long. A reference is mostly
run for functions that draw nothing, and its truths in 50 digits are kept.
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
"""What an import gives, by its module and the names that are taken from it."""


class _Deferred(ModuleType):
    """Stands for a module until something of it is read."""

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
"""What a program is given so that it loads these modules when it uses them."""

"""matplotlib for programs that import it and may never draw: it is loaded when they first do.

To load it takes five times as long as numpy. A reference names it at its top, and is mostly run
for functions that draw nothing.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType, ModuleType
from typing import Any

_PACKAGE, _MODULE = "matplotlib", "pyplot"


class _Deferred(ModuleType):
    """Stands for a module until something of it is read."""

    def __getattr__(self, name: str) -> Any:
        if (self.__name__, name) == (_PACKAGE, _MODULE):
            return _Deferred(f"{_PACKAGE}.{_MODULE}")
        import_module(f"{_PACKAGE}.{_MODULE}")
        return getattr(sys.modules[self.__name__], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(import_module(self.__name__), name, value)


def _import(
    name: str,
    names: Mapping[str, Any] | None = None,
    local: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    wanted = (name, tuple(fromlist or ()))
    pyplot = wanted in ((f"{_PACKAGE}.{_MODULE}", ()), (_PACKAGE, (_MODULE,)))
    if pyplot and level == 0 and _PACKAGE not in sys.modules and find_spec(_PACKAGE) is not None:
        return _Deferred(_PACKAGE)
    return builtins.__import__(name, names, local, fromlist or (), level)


DEFERRING: Mapping[str, Any] = MappingProxyType(
    {"__builtins__": {**vars(builtins), "__import__": _import}}
)
"""What a program is given so that it loads matplotlib when it draws, and not when it begins."""

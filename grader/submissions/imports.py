"""Modules that many notebooks import, guessed from their bytes: a course may preload them."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

_STATEMENT = re.compile(
    rb"""(?:^|["\n])[ \t]*(?:from[ \t]+(\w{1,60})|import[ \t]+([\w., \t]{1,200}))""",
    re.MULTILINE,
)
_MODULE = re.compile(r"(?:^|,)\s*([A-Za-z_]\w*)")
_ALWAYS_THERE = frozenset({"numpy", "IPython", "grader", *sys.stdlib_module_names})
_FEWEST = 5
_SHARE = 0.2


class CommonImport(NamedTuple):
    """A module, named up to the first dot, and the number of notebooks that import it."""

    module: str
    notebooks: int


def imports_in(content: bytes) -> frozenset[str]:
    """Return the modules that a notebook seems to import, from its bytes.

    Nothing is parsed: it must be cheap for any content, and a wrong guess does no harm.
    """
    text = content.replace(b"\0", b"").replace(b"\\n", b"\n")
    found: set[str] = set()
    for match in _STATEMENT.finditer(text):
        named = (match[1] or match[2]).decode("ascii", "ignore")
        found.update(_MODULE.findall(named))
    return frozenset(found)


def common_imports(
    contents: Iterable[bytes], preloaded: Collection[str] = ()
) -> tuple[CommonImport, ...]:
    """Return the modules that at least five notebooks and a fifth of all import, by frequency.

    The standard library, numpy and modules that the course preloads are left out.
    """
    counts: Counter[str] = Counter()
    total = 0
    for content in contents:
        counts.update(imports_in(content))
        total += 1
    known = _ALWAYS_THERE | {module.partition(".")[0] for module in preloaded}
    return tuple(
        CommonImport(module, count)
        for module, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count >= max(_FEWEST, _SHARE * total) and module not in known
    )

"""The corpus: small notebooks, what nbconvert made of each, and how a run is looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
NOTEBOOKS, RECORDED = HERE / "notebooks", HERE / "recorded"
DIFFERENCES = HERE / "differences.yaml"

_MARK = re.compile(r"^# %%.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook of the corpus: `notebooks/NAME.ipy`, with a line `# %%` before each cell.

    Attributes
    ----------
    name : str
        What it is about.
    cells : tuple of str
        The source of each code cell.
    """

    name: str
    cells: tuple[str, ...]


def read_notebook(path: Path) -> Notebook:
    text = path.read_text(encoding="utf-8")
    return Notebook(path.stem, tuple(cell.strip("\n") for cell in _MARK.split(text)[1:]))


def corpus() -> list[Notebook]:
    return [read_notebook(path) for path in sorted(NOTEBOOKS.glob("*.ipy"))]


# The last cell of every run: it prints what is bound, and which figures are open.
PROBE = """
def _probe():
    import json, sys

    def told(value, depth=3):
        kind = type(value)
        if kind in (type(None), bool, int, float, complex, str, bytes):
            return repr(value)[:200]
        if kind in (list, tuple, set, dict) and len(value) <= 20 and depth:
            if kind is dict:
                parts = [f"{told(k, depth - 1)}: {told(v, depth - 1)}" for k, v in value.items()]
                return "{" + ", ".join(parts) + "}"
            parts = [told(item, depth - 1) for item in value]
            return f"{kind.__name__}({', '.join(sorted(parts) if kind is set else parts)})"
        if kind.__name__ == "ndarray":
            return f"array {value.dtype} {value.shape}" + f" {value.tolist()}" * (value.size < 9)
        if kind.__name__ == "Figure":
            return f"figure {getattr(value, 'number', '-')} of {len(value.axes)} axes"
        named = getattr(value, "__qualname__", getattr(value, "__name__", ""))
        return f"{kind.__name__} {named}".strip()

    shell = get_ipython()
    hidden = shell.user_ns_hidden
    names = {
        name: told(value)
        for name, value in shell.user_ns.items()
        if not name.startswith("_") and hidden.get(name, hidden) is not value
    }
    pyplot = sys.modules.get("matplotlib.pyplot")
    numbers = pyplot.get_fignums() if pyplot else []
    figures = {"open": numbers, "current": pyplot.gcf().number} if numbers else {}
    print(json.dumps({"names": dict(sorted(names.items())), "figures": figures}))
_probe()
"""

_NORMAL = (
    (re.compile(r"\b0x[0-9a-f]{6,16}\b"), "0x..."),  # an address
    (re.compile(r"/tmp/ipykernel_\d+/\d+\.py|(?m:^cell \d+(?=:\d))"), "<cell>"),
    (re.compile(r"\((?:cell \d+|\d+\.py)(?=, line)"), "(<cell>"),
    (re.compile(r"[^\s\"']*/site-packages/"), ".../site-packages/"),
    (re.compile(r"\r\n"), "\n"),  # a kernel runs commands in a terminal
)


def normal(text: str) -> str:
    """Return a text without what differs from run to run."""
    for pattern, instead in _NORMAL:
        text = pattern.sub(instead, text)
    return text


def cell_seen(error: str, stdout: str, stderr: str, displayed: str) -> dict[str, str]:
    """Return what is compared of a cell; what is empty is left out."""
    parts = {"error": error, "stdout": stdout, "stderr": stderr, "displayed": displayed}
    return {key: normal(text) for key, text in parts.items() if text}


def run_seen(cells: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return what is compared of a run, of which the last cell was the probe."""
    *told, probe = cells
    found = json.loads(probe.get("stdout", "") or '{"names": {}, "figures": {}}')
    return {"cells": [dict(cell) for cell in told], **found}


def recorded(notebook: Notebook) -> dict[str, Any]:
    """Return what nbconvert made of a notebook, as it was recorded."""
    found: dict[str, Any] = yaml.safe_load((RECORDED / f"{notebook.name}.yaml").read_text("utf-8"))
    return {"cells": found["cells"], "names": found["names"], "figures": found["figures"]}


def record(notebook: Notebook, seen: Mapping[str, Any]) -> None:
    """Write what nbconvert made of a notebook."""
    cells = [
        {"source": source, **told}
        for source, told in zip(notebook.cells, seen["cells"], strict=True)
    ]
    text = yaml.dump(
        {**seen, "cells": cells}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    (RECORDED / f"{notebook.name}.yaml").write_text(text, encoding="utf-8")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def flat(seen: Mapping[str, Any]) -> dict[str, Any]:
    """Return each thing that is compared under a name: ``cell 2 stdout``, ``name x``."""
    parts = {
        f"cell {number} {key}": text
        for number, cell in enumerate(seen["cells"], 1)
        for key, text in cell.items()
        if key != "source"
    }
    parts |= {f"name {name}": text for name, text in seen["names"].items()}
    return parts | {f"figures {key}": value for key, value in seen["figures"].items()}


def differing(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is not as expected, as it is; None where it is not there."""
    found, wanted = flat(actual), flat(expected)
    return {
        key: found.get(key)
        for key in sorted(found.keys() | wanted.keys())
        if found.get(key) != wanted.get(key)
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """What an engine does otherwise than nbconvert, on purpose.

    Attributes
    ----------
    notebook : str
        A notebook of the corpus.
    engine : str
        ``sandbox`` or ``jupyter``.
    reason : str
        Why; a line of docs/reference/notebooks.md.
    seen : mapping
        All that differs, under the names of `flat`; None where it is not there.
    """

    notebook: str
    engine: str
    reason: str
    seen: Mapping[str, Any]


def differences() -> Iterator[Difference]:
    """Yield what is listed in `differences.yaml`."""
    for entry in yaml.safe_load(DIFFERENCES.read_text("utf-8")) or []:
        for notebook, engines in entry["notebooks"].items():
            for engine, seen in engines.items():
                yield Difference(notebook, engine, entry["reason"], seen)

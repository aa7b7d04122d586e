"""Finds the language of a notebook in the metadata of various editors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Languages by kernel name, for notebooks that state none, such as those that were never run.
_KERNELS: Mapping[str, str] = {
    r"ir\b|r$": "r",
    r"julia": "julia",
    r"octave|ioctave": "octave",
    r"matlab|imatlab": "matlab",
    r"bash|calysto_bash": "bash",
    r"deno|javascript|jslab|ijavascript": "javascript",
    r"typescript|tslab": "typescript",
    r"\.net-csharp": "c#",
    r"\.net-fsharp": "f#",
    r"\.net-powershell": "powershell",
    r"scala|almond|spylon": "scala",
    r"rust|evcxr": "rust",
    r"xcpp|xeus-cling": "c++",
    r"stata": "stata",
    r"sas\b": "sas",
    r"ruby": "ruby",
}
_PYTHON = re.compile(r"i?python|py3?\b|pyodide|xpython|sage", re.IGNORECASE)
# What editors write if no language was chosen.
_NO_LANGUAGE = frozenset(
    ("", "none", "null", "plain", "plain text", "plaintext", "raw", "text", "text/plain", "unknown")
)


def find_language(document: Mapping[str, Any]) -> str:
    """Return the language of a notebook, in lower case; ``"python"`` by default.

    One mention of Python is enough: metadata go stale when a student changes the kernel.

    Parameters
    ----------
    document : Mapping
        The JSON object of the file.
    """
    metadata = _mapping(document.get("metadata"))
    stated = list(_stated(metadata)) or _stated_by_vscode(document)
    if not stated or any(_PYTHON.match(language) for language in stated):
        return "python"
    return stated[0].lower()


def _stated(metadata: Mapping[str, Any]) -> Iterator[str]:
    kernel = _mapping(metadata.get("kernelspec"))
    yield from _text(kernel.get("language"))
    yield from _text(_mapping(metadata.get("language_info")).get("name"))
    yield from _text(metadata.get("language"))
    for name in _text(kernel.get("name")) or _text(kernel.get("display_name")):
        yield from _by_kernel(name)


def _by_kernel(name: str) -> Iterator[str]:
    if _PYTHON.match(name):
        yield "python"
    for pattern, language in _KERNELS.items():
        if re.match(pattern, name, re.IGNORECASE):
            yield language


def _stated_by_vscode(document: Mapping[str, Any]) -> list[str]:
    """Return the languages of the code cells; none if any cell has the notebook's own.

    VS Code also gives a language to a cell that begins with `%%bash` in a Python notebook.
    """
    cells = document.get("cells")
    found: list[str] = []
    for raw in cells if isinstance(cells, list) else ():
        cell = _mapping(raw)
        if cell.get("cell_type") == "code":
            vscode = _mapping(_mapping(cell.get("metadata")).get("vscode"))
            stated = _text(vscode.get("languageId"))
            if not stated:
                return []
            found.extend(stated)
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> tuple[str, ...]:
    stated = isinstance(value, str) and value.strip().lower() not in _NO_LANGUAGE
    return (str(value).strip(),) if stated else ()

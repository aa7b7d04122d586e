"""Draw what commands print, as pictures of a terminal for the README and the docs.

    python -m tools.make_pictures

Each picture is what the command prints now, on 80 columns. tests/docs/test_pictures.py finds one
that is out of date.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
WIDTH = 80
PICTURES: Mapping[str, Sequence[str]] = {
    "check.svg": (
        "check",
        "examples/submissions/mistake-kl-nan-on-zero.ipynb",
        "--exercise",
        "kl_asymmetry",
    ),
}
# rich has viewers fetch a font; a picture that is part of a page may fetch nothing.
_FETCHED = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_FAMILY = re.compile(r"font-family: [^;]+;")


def main() -> int:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    for name, arguments in PICTURES.items():
        svg = draw(printed_by(arguments), title=f"grader {arguments[0]}")
        (FOLDER / name).write_text(svg, encoding="utf-8")
    return 0


def printed_by(arguments: Sequence[str]) -> str:
    """Return what a command prints, run where the project is."""
    done = subprocess.run(
        [Path(sys.executable).with_name("grader"), *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": str(WIDTH), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.stderr:
        raise RuntimeError(done.stderr)
    return done.stdout


def draw(printed: str, title: str) -> str:
    """Return a picture of a terminal that shows a text."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text(printed.rstrip("\n")), soft_wrap=True)
    svg = console.export_svg(title=title, theme=MONOKAI, unique_id="grader")
    return _FAMILY.sub("font-family: monospace;", _FETCHED.sub("", svg))


def text_in(svg: str) -> str:
    """Return the text that a picture shows, without the spaces between its parts."""
    parts = re.findall(r"<text [^>]*>(.*?)</text>", svg, re.DOTALL)
    return re.sub(r"\s+", "", unescape("".join(parts)))


if __name__ == "__main__":
    sys.exit(main())

"""The fenced blocks of a page, and a folder in which they are run one after another.

A comment of HTML just before a block, which no reader sees, says what the block alone does not:

    <!-- not run: REASON -->            it needs a network, another machine, or more than a test has
    <!-- file: PATH -->                 it is the text of this file, which later blocks use
    <!-- exit status: N -->             its last command ends so; without it each ends with 0
    <!-- first: COMMAND -->             what has to be done before, and is nothing to read
    <!-- checks of: EXERCISE -->        YAML: checks that this exercise of a course could have
    <!-- part of: EXERCISE -->          YAML: keys of this exercise; `course.yaml` stands for itself
    <!-- draws -->                      YAML: what `given` of a check could be
    <!-- whole exercise -->             YAML: an exercise; the next block of Python is its reference
    <!-- the reference of it -->

What a ``console`` block shows below a command must be what the command prints; ``...`` is anything.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from markdown_it import MarkdownIt

from grader.cli.app import run as run_grader

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("README.md", "CONTRIBUTING.md", "examples/README.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
)
RUN = ("console", "yaml", "python")
SHOWN = ("text", "derivation", "dockerfile", "pycon")  # what programs print or read; doctests
FOR_THE_SITE = ("{toctree}", "{command}", "{keys}", "{eval-rst}")
_COMMENT = re.compile(r"<!-- (.+?) -->")
_SHELL = re.compile(r"[|&;<>*]")


@dataclass(frozen=True)
class Block:
    """A fenced block, where it stands, and what the comment before it says."""

    page: Path
    line: int
    language: str
    directive: str
    text: str
    marks: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """Return every block of code of a page; the language of one without fences is "indented"."""
    found: list[Block] = []
    marks: dict[str, str] = {}
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        if token.type in ("fence", "code_block"):
            assert token.map is not None
            language = token.info.split(" ")[0] if token.type == "fence" else "indented"
            found.append(Block(page, token.map[0] + 1, language, token.info, token.content, marks))
        if token.type != "html_block":
            marks = {}
        for comment in _COMMENT.findall(token.content) if token.type == "html_block" else ():
            about, _, value = comment.partition(": ")
            marks = {**marks, about: value}
    return found


@dataclass
class Shell:
    """A folder with an environment, in which commands and programs are run."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)

    def run(self, block: Block) -> None:
        """Run a block; fail where it does not do what the page says."""
        if "file" in block.marks:
            self._write(block)
        elif block.language == "python":
            with self._inside():
                exec(compile(block.text, str(block), "exec"), self.names)
        else:
            self._run_commands(block)

    def _write(self, block: Block) -> None:
        path = self.folder / block.marks["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def _run_commands(self, block: Block) -> None:
        steps = list(_commands(block))
        wanted = int(block.marks.get("exit status", "0"))
        if "first" in block.marks:
            status, printed = self._call(block.marks["first"])
            assert status == 0, f"{block}: {printed}"
        for number, (command, shown) in enumerate(steps, start=1):
            status, printed = self._call(command)
            seen = f"{block}: {command}\n{printed}"
            assert status == (wanted if number == len(steps) else 0), seen
            if shown:
                assert _pattern(shown).fullmatch(_plain(printed)), seen

    def _call(self, command: str) -> tuple[int, str]:
        words = shlex.split(command, comments=True)
        if words[0] == "cd":
            self.folder /= words[1]
        elif words[0] == "export":
            self.variables |= dict([words[1].split("=", 1)])
        elif words[0] == "grader" and not _SHELL.search(command):
            return self._call_grader(words)
        else:
            return self._call_bash(command)
        return 0, ""

    def _call_grader(self, words: list[str]) -> tuple[int, str]:
        """Call the command in this process: what it imports is imported already."""
        printed = io.StringIO()
        with (
            self._inside(),
            patch.object(sys, "argv", words),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                run_grader()
            except SystemExit as ended:
                return int(ended.code or 0), printed.getvalue()
        return 0, printed.getvalue()

    def _call_bash(self, command: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env={**os.environ, **self._environment()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _environment(self) -> Mapping[str, str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path, "COLUMNS": "80", **self.variables}

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        with contextlib.chdir(self.folder), patch.dict(os.environ, self._environment()):
            for name in ("FORCE_COLOR", "NO_COLOR"):
                os.environ.pop(name, None)
            yield


def _commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command and what is shown below it; a line that ends in `\\` goes on."""
    parts = re.split(r"^\$ ", block.text.replace("\\\n", ""), flags=re.MULTILINE)
    assert not parts[0], f"{block}: a console block begins with `$ `"
    for part in parts[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown.strip("\n")


def _pattern(shown: str) -> re.Pattern[str]:
    return re.compile(re.escape(_plain(shown)).replace(r"\.\.\.", ".*?"), re.DOTALL)


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())

"""What a learner reads in each situation, on a terminal and in a notebook.

``python -m tests.messages.golden`` writes the golden files anew; read them through afterwards.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from textwrap import indent
from unittest.mock import patch

from grader.api.own_notebook import course_checks, report_of
from grader.api.report import Report
from grader.authoring.release.release_course import prepare_releases
from grader.bundle import StudentChecks, bundle_in_notebook, read_bundle
from grader.cli.check import print_report
from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.magic import check_names
from grader.notebook import Notebook, read_notebook
from grader.results import ExerciseResult, SubmissionResult
from grader.sandbox.engine import Engine, EngineName, Isolation
from grader.sandbox.engines import engines_for
from tests.messages.situations import SITUATIONS, Situation
from tests.notebooks import notebook_bytes

HERE = Path(__file__).parent
COURSE = HERE / "course"
TERMINAL = HERE / "terminal.txt"
PAGES = HERE / "notebook.html"
COLUMNS = "80"
CALL_S = 0.5

_RULE = "=" * int(COLUMNS)
_HEAD = """\
<!DOCTYPE html>
<meta charset="utf-8">
<title>What a learner reads in a notebook</title>
<style>body { font-family: sans-serif; max-width: 60em } pre { background: #f4f4f4 }</style>
"""


@dataclass(frozen=True)
class Paper:
    """A notebook that was handed in."""

    content: Notebook
    student: str = "ada"
    notebook: str = "ada.ipynb"

    def read(self) -> Notebook:
        return self.content


@dataclass(frozen=True)
class Desk:
    """All that the situations share: the course's checks, its released notebook, a sandbox."""

    released: StudentChecks
    visible: StudentChecks
    every: StudentChecks
    bundle: str
    engine: Engine
    results: dict[str, SubmissionResult] = field(default_factory=dict)

    def graded(self, situation: Situation) -> tuple[SubmissionResult, StudentChecks]:
        """Return what a session finds, and the checks that it was asked for."""
        checks = self.visible if situation.with_course else self.released
        chosen = (self.every if situation.every else checks).only([situation.exercise])
        if situation.name not in self.results:
            paper = Paper(read_notebook(notebook_bytes(situation.cells), name="ada.ipynb"))
            result = grade_submission(chosen.preparation, paper, self.engine)
            self.results[situation.name] = result
        return self.results[situation.name], chosen

    def found(self, situation: Situation) -> ExerciseResult:
        """Return what the checks find."""
        return self.graded(situation)[0].exercises[0]

    def terminal(self, situation: Situation) -> str:
        """Return what `grader check` prints."""
        result, chosen = self.graded(situation)
        with (
            patch.dict(os.environ, {"COLUMNS": COLUMNS}),
            contextlib.redirect_stdout(io.StringIO()) as printed,
        ):
            print_report(report_of(result, chosen))
        return printed.getvalue()

    def report(self, situation: Situation) -> Report:
        """Return what `%check` displays."""
        names = {"grader_checks": self.bundle, "In": [""]}
        with contextlib.redirect_stdout(io.StringIO()):
            for number, cell in enumerate(situation.cells):
                if isinstance(cell, str):
                    _run(names, f"<{situation.name} {number}>", cell)
        with patch("grader.magic.CALL_S", CALL_S):
            return check_names(situation.exercise, names)


def _run(names: dict[str, object], filename: str, source: str) -> None:
    """Run a cell as a kernel does: where it raises, the next one goes on."""
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    names["In"].append(source)
    with contextlib.suppress(Exception):
        exec(compile(source, filename, "exec"), names)


@contextlib.contextmanager
def desk() -> Iterator[Desk]:
    """Give what the situations share."""
    course = load_course(COURSE)
    (release,) = prepare_releases(course)
    visible, every = (course_checks(course, 0, (), (), hidden=each) for each in (False, True))
    bundle = bundle_in_notebook(read_notebook(release.content))
    settings = course.sandbox_for(course.exercises.values())
    engines = engines_for(EngineName.SANDBOX, settings, Isolation.NONE, hidden=[COURSE])
    with engines.start() as engine:
        yield Desk(read_bundle(bundle), visible, every, bundle, engine)


def terminal_section(situation: Situation, told: str) -> str:
    """Return what is kept of a situation in the file of the terminal."""
    cells = "\n".join(_cell_text(cell) for cell in situation.cells)
    return f"{_RULE}\n{situation.name}: {situation.about}\n\n{cells}\n{told}"


def _cell_text(cell: str | Mapping[str, str]) -> str:
    if isinstance(cell, str):
        return indent(cell.rstrip() + "\n", "    | ", lambda _: True)
    return indent(f"({cell['cell_type']})\n{cell['source'].rstrip()}\n", "    | ", lambda _: True)


def page_section(situation: Situation, page: str) -> str:
    """Return what is kept of a situation in the page; a tag in a line, so that it can be read."""
    cells = "\n\n".join(
        cell if isinstance(cell, str) else cell["source"] for cell in situation.cells
    )
    told = page.replace("><", ">\n<").replace("<br>", "\n<br>")
    return (
        f'<h2 id="{situation.name}">{situation.name}: {escape(situation.about)}</h2>\n'
        f"<pre>{escape(cells)}</pre>\n{told}\n"
    )


def terminal_sections() -> dict[str, str]:
    """Return the sections of the file of the terminal, by the name of the situation."""
    _, *parts = TERMINAL.read_text(encoding="utf-8").split(f"{_RULE}\n")
    return {part.split(":")[0]: f"{_RULE}\n{part}" for part in parts}


def page_sections() -> dict[str, str]:
    """Return the sections of the page, by the name of the situation."""
    _, *parts = PAGES.read_text(encoding="utf-8").split('<h2 id="')
    return {part.split('"')[0]: f'<h2 id="{part}' for part in parts}


def write() -> None:
    """Write both golden files."""
    with desk() as shared:
        TERMINAL.write_text(
            "".join(terminal_section(each, shared.terminal(each)) for each in SITUATIONS),
            encoding="utf-8",
        )
        PAGES.write_text(
            _HEAD
            + "".join(
                page_section(each, shared.report(each)._repr_html_())
                for each in SITUATIONS
                if each.in_kernel
            ),
            encoding="utf-8",
        )


if __name__ == "__main__":
    write()

"""Advice to students whose code looks for a file or module that is missing when it is graded.

The exceptions are the student's own text: they are read, but never trusted, and the advice on them
is shown to that student alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.checks.cell_code import CellCode
from grader.grading.working_folder import WorkingFolder
from grader.guest.protocol.values import Raised
from grader.guest.stated_packages import module_of
from grader.sandbox.outcome import CellOutcome
from grader.sandbox.settings import SandboxSettings
from grader.text import safe_text

_NO_MODULE = re.compile(r"No module named '([^'\n]{1,200})'")
_NO_FILE = (
    re.compile(r"No such file or directory: '([^'\n]{1,400})'"),
    re.compile(r"^'?([^'\n]{1,400}?)'? (?:not found|does not exist)"),  # numpy, PyTables
    re.compile(r"No such file: '([^'\n]{1,400})'"),  # imageio
)
_NOT_RUN = re.compile(r"^File `'([^'`\n]{1,400})'` not found")  # of `%run`
_FOREIGN = re.compile(r"^(?:/|~|[A-Za-z]:|\\\\)|(?:^|/)\.\.(?:/|$)")
# Packages, which are never a student's own file.
# fmt: off
_WELL_KNOWN = frozenset((
    "IPython", "PIL", "bs4", "bokeh", "cupy", "cv2", "dask", "google", "imageio", "ipywidgets",
    "jax", "joblib", "keras", "lightgbm", "matplotlib", "mpl_toolkits", "mpmath", "networkx",
    "nltk", "numba", "openpyxl", "pandas", "plotly", "polars", "pyarrow", "pymc", "pytest",
    "requests", "scipy", "seaborn", "skimage", "sklearn", "spacy", "statsmodels", "sympy",
    "tabulate", "tensorflow", "torch", "torchvision", "tqdm", "transformers", "xarray",
    "xgboost", "yaml",
))
# fmt: on
_NAMED = 5
_WHEN = "when your work is graded"


@dataclass(frozen=True, slots=True)
class Absences:
    """The files and packages that a notebook has when it is graded, and advice on missing ones."""

    folder: WorkingFolder
    settings: SandboxSettings

    def advice(self, outcomes: Iterable[CellOutcome], sources: Sequence[str]) -> dict[int, str]:
        """Return advice on cells that a missing file or module stopped, by their indexes."""
        found = {
            each.index: self._advice(each, sources[each.index])
            for each in outcomes
            if each.status == "raised"
        }
        return {index: advice for index, advice in found.items() if advice}

    def _advice(self, outcome: CellOutcome, source: str) -> str:
        wanted, advice = self._wanted(outcome.error_type, outcome.error_message)
        lost = _lost_below(source, wanted) if advice else ""
        below = f". The rest of the cell did not run; it defines {lost}" if lost else ""
        return f"{advice}{below}." if advice else ""

    def in_answer(self, raised: Raised) -> Raised:
        """Return an exception that a function raised, with advice in its message."""
        kinds = _MISSING.intersection((raised.type_name, *raised.bases))
        if not kinds:
            return raised
        _, advice = self._wanted(min(kinds), raised.message)
        message = raised.message.rstrip(".")
        return replace(raised, message=f"{message}. {advice}") if advice else raised

    def _wanted(self, error_type: str, message: str) -> tuple[str, str]:
        """Return the missing file or module, and advice on it; both may be empty."""
        if error_type == "ModuleNotFoundError" and (match := _NO_MODULE.search(message)):
            return match[1], self._of_module(match[1])
        if error_type == "Exception" and (match := _NOT_RUN.search(message)):
            return match[1], self._of_file(match[1])
        if error_type == "FileNotFoundError":
            found = (pattern.search(message) for pattern in _NO_FILE)
            wanted = next((match[1] for match in found if match), "")
            return wanted, self._of_file(wanted) if wanted else ""
        return "", ""

    def _of_module(self, wanted: str) -> str:
        module = wanted.partition(".")[0]
        tops = {PurePosixPath(name).parts[0] for name in self.folder.files}
        if module in tops or f"{module}.py" in tops:
            return ""  # a part of it is missing
        for name, why in self.folder.left_out.items():
            if PurePosixPath(name).parts[0] in (f"{module}.py", module):
                return _left_out(name, why)
        for top in sorted(tops):
            if top.casefold() in (f"{module}.py".casefold(), module.casefold()):
                return f"There is `{safe_text(top, 80)}`: upper and lower case count"
        return self._of_package(module)

    def _of_package(self, module: str) -> str:
        shown, stated = safe_text(module, 80), self.settings.packages
        if stated is None:
            here = "is not installed here, and your course does not say that it will be"
            return f"`{shown}` {here} {_WHEN}{self._own_module(shown)}"
        for package in stated:
            if module_of(package) == module:
                return f"`{shown}` is not installed here: run `pip install {package}`"
        there = ", ".join(dict.fromkeys(("numpy", *stated)))
        advice = f"`{shown}` is not installed where your work is graded (installed: {there})"
        return advice + self._own_module(shown)

    def _own_module(self, module: str) -> str:
        if module in _WELL_KNOWN or not self.settings.student_files:
            return ""
        return f"; if it is a file of yours, hand in `{module}.py` beside the notebook"

    def _of_file(self, wanted: str) -> str:
        path = wanted.replace("\\", "/").removeprefix("./").rstrip("/")
        name, shown = path.rsplit("/", 1)[-1], safe_text(wanted, 80)
        files, left_out = self.folder.files, self.folder.left_out
        if path in files:
            return ""  # it existed, and the notebook itself removed it
        for other in (path, name):
            if other in left_out and other not in files:
                return _left_out(other, left_out[other])
        near = _nearest(path, files)
        if _FOREIGN.search(wanted):
            there = f"`{safe_text(near, 80)}` is there" if near else self._hand_in(f"`{name}`")
            return f"`{shown}` is a path on another machine: give the file's name alone; {there}"
        if near:
            same = near.casefold() == path.casefold()
            cases = ": upper and lower case count" if same else ""
            return f"There is `{safe_text(near, 80)}`{cases}"
        if name.endswith(".ipynb"):
            return f"Other notebooks are missing {_WHEN}: put what you need into a .py file"
        above = path.rpartition("/")[0]
        if above and not any(other.startswith(f"{above}/") for other in files):
            make = f"make the folder `{safe_text(above, 60)}` first (`os.makedirs`)"
            return f"`{shown}` is missing {_WHEN}: {self._hand_in('it')}, or {make}"
        advice = f": {self._hand_in('it')}" if "." in name or above else ""
        return f"`{shown}` is missing {_WHEN}{advice}"

    def _hand_in(self, what: str) -> str:
        if self.settings.student_files:
            return f"hand {what} in beside the notebook"
        return "your course accepts the notebook only"


_MISSING = frozenset({"FileNotFoundError", "ModuleNotFoundError"})


def _left_out(name: str, why: str) -> str:
    return f"`{safe_text(name, 80)}` was handed in, but is left out {_WHEN}: {why}"


def _nearest(path: str, names: Iterable[str]) -> str:
    """Return the path that is probably meant; empty if there is none."""
    known = sorted(names)
    same = [name for name in known if name.casefold() == path.casefold()]
    called = path.rpartition("/")[2].casefold()
    elsewhere = [name for name in known if name.rpartition("/")[2].casefold() == called]
    return next(iter(same + elsewhere), "")


def _lost_below(source: str, wanted: str) -> str:
    """List the names that a cell would have bound after the statement that failed."""
    code = CellCode.read(source)
    for place, statement in enumerate(code.tree.body):
        if any(_looks_for(node, wanted) for node in ast.walk(statement)):
            below = code.tree.body[place + 1 :]
            names = list(dict.fromkeys(name for name, at, _ in code.bindings if at in below))
            shown = ", ".join(f"`{name}`" for name in names[:_NAMED])
            return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
    return ""


def _looks_for(node: ast.AST, wanted: str) -> bool:
    """Return whether a piece of code imports a module, or names a file."""
    module = wanted.partition(".")[0]
    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] == module for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] == module
    return isinstance(node, ast.Constant) and node.value == wanted

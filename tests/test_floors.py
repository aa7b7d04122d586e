"""Modules import from lower floors only; docs/architecture.md draws the house."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "grader"
FLOORS = [
    ["errors", "guest", "text"],
    ["cache", "compare", "inputs", "limits", "notebook"],
    ["checks", "sandbox"],
    ["course", "results"],
    ["grading", "submissions"],
    ["bundle", "gradebook"],
    ["authoring", "batch", "exports", "feedback"],
    ["api"],
    ["cli", "magic"],
]
FLOOR_OF = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}
LOOSE = {"__init__", "__main__", "errors", "magic", "results", "text"}
MODULES = sorted(ROOT.rglob("*.py"))


def imported_parts(path: Path) -> set[str]:
    """Return the top-level parts of the package that a module imports."""
    parts = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
            if node.module == "grader":
                names = [f"grader.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        parts |= {name.split(".")[1] for name in names if name.startswith("grader.")}
    return parts - {"__version__"}


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_every_part_of_the_package_has_a_floor():
    parts = {part_of(path) for path in MODULES} - {"__init__", "__main__"}
    assert parts == set(FLOOR_OF)


def test_few_modules_lie_loose():
    assert {path.stem for path in ROOT.glob("*.py")} <= LOOSE


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if p.parent != ROOT or p.stem not in ("__init__", "__main__")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_module_imports_only_from_lower_floors(path):
    here = part_of(path)
    for part in imported_parts(path) - {here}:
        assert FLOOR_OF[part] < FLOOR_OF[here], f"{here} imports {part}"


@pytest.mark.parametrize("path", sorted((ROOT / "guest").rglob("*.py")), ids=lambda p: p.name)
def test_what_runs_in_the_sandbox_imports_nothing_else_of_the_grader(path):
    assert imported_parts(path) <= set()


def test_the_floors_in_the_docs_are_the_floors_of_the_code():
    page = (ROOT.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    for number, modules in enumerate(FLOORS, start=1):
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {number} |")]
        for module in modules:
            assert f"`{module}`" in row

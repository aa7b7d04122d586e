"""Modules import from lower floors only; docs/architecture.md draws the house."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "grader"
FLOORS = [
    ["inside"],
    ["errors", "text", "points", "values", "compare", "ownclock", "ownmemory", "weight"],
    ["inputs"],
    ["checks", "sandbox", "notebook"],
    ["course"],
    [
        "grading",
        "follow_through",
        "recorder",
        "upstream",
        "attribution",
        "preparation",
        "purity",
        "diagnosis",
        "explaining",
        "outcomes",
        "results",
        "bundle",
        "working_folder",
        "absences",
    ],
    ["submissions"],
    ["gradebook"],
    ["batch"],
    ["authoring"],
    ["engines", "exports", "feedback"],
    ["cli", "kernel"],
]
FLOOR_OF = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}
# Ground and grading are rooms of several modules each, which may use one another.
SHARED_FLOORS = {1, 5}
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
    parts = {part_of(path) for path in MODULES} - {"__init__"}
    assert parts == set(FLOOR_OF)


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if p.parent != ROOT or p.stem != "__init__"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_module_imports_only_from_lower_floors(path):
    here = part_of(path)
    for part in imported_parts(path) - {here}:
        same_room = FLOOR_OF[part] == FLOOR_OF[here] and FLOOR_OF[here] in SHARED_FLOORS
        assert FLOOR_OF[part] < FLOOR_OF[here] or same_room, f"{here} imports {part}"


@pytest.mark.parametrize("path", sorted((ROOT / "inside").glob("*.py")), ids=lambda p: p.name)
def test_what_runs_in_the_sandbox_imports_nothing_else_of_the_grader(path):
    assert imported_parts(path) <= set()


def test_the_floors_in_the_docs_are_the_floors_of_the_code():
    page = (ROOT.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    for number, modules in enumerate(FLOORS, start=1):
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {number} |")]
        for module in modules:
            assert f"`{module}`" in row

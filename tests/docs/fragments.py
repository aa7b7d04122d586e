"""YAML that a page shows a part of, put into a course that is loaded and prepared as any other."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import TypeAdapter

from grader.course import load_course
from grader.grading.preparation import prepare_course
from grader.inputs import Given, draw
from tests.docs.blocks import ROOT, Block

COURSES = (ROOT, ROOT / "docs" / "examples")
ONE_OF_EACH_UNIT = ("hth_likelihood", "normal_density")


class _Quoted(yaml.SafeDumper):
    """Writes every text so that no reader of YAML takes it for a date or a number."""


_Quoted.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else "'"
    ),
)


def try_fragment(block: Block, before: Block | None, folder: Path) -> None:
    """Load a course with what the block shows, and have the reference pass its checks."""
    content = yaml.safe_load(block.text)
    if "draws" in block.marks:
        given = TypeAdapter[Any](Given).validate_python(content["given"])
        assert draw(given, np.random.default_rng(0)).keys() == content["given"].keys()
    elif block.marks.get("part of") == "course.yaml":
        _write_files(folder, content.get("files", ()))
        _copy(folder, ONE_OF_EACH_UNIT)
        _change(folder / "exercises" / "course.yaml", content)
        load_course(folder)
    elif "checks of" in block.marks:
        program = before.text if before and "checks.py" in before.marks else ""
        _prepare(folder, block.marks["checks of"], {}, content, program)
    elif "part of" in block.marks:
        _write_files(folder, content.get("files", ()))
        _prepare(folder, block.marks["part of"], content)
    else:
        raise AssertionError(f"{block}: say in a comment before it what this YAML is a part of")


def try_exercise(block: Block, reference: str, folder: Path) -> None:
    """Load and prepare a course that holds this exercise alone."""
    exercise = yaml.safe_load(block.text)
    unit, name = exercise["unit"], exercise["id"]
    programs = folder / "solutions" / unit / name
    _write(folder / "exercises" / unit / f"{name}.yaml", block.text)
    for path in ("reference", *(f"mistakes/{each['id']}" for each in exercise.get("mistakes", ()))):
        _write(programs / f"{path}.py", reference)
    units = [{"id": unit, "title": unit, "exercises": [name]}]
    _write(folder / "exercises" / "course.yaml", yaml.safe_dump({"title": "One", "units": units}))
    assert prepare_course(load_course(folder)).faults == ()


def _prepare(
    folder: Path,
    name: str,
    keys: Mapping[str, Any],
    checks: Sequence[Mapping[str, Any]] = (),
    program: str = "",
) -> None:
    """Load an exercise with other keys, with checks beside its own, and functions of their own."""
    (path,) = _copy(folder, [name])
    programs = folder / "solutions" / path.parent.name / name
    if program:
        with (programs / "checks.py").open("a", encoding="utf-8") as file:
            file.write(f"\n\n{program}")
    if checks:
        names = {check["name"] for check in checks}
        own = yaml.safe_load(path.read_text(encoding="utf-8"))["checks"]
        all_checks = [*(check for check in own if check["name"] not in names), *checks]
        points = sum(check["points"] for check in all_checks)
        keys = {"checks": all_checks, "points": points, "mistakes": [], "equivalents": []}
    changed = _change(path, keys)
    kept = {mistake["id"] for mistake in changed.get("mistakes", ())}
    for mistake in (programs / "mistakes").glob("*.py"):
        if mistake.stem not in kept:
            mistake.unlink()
    faults = prepare_course(load_course(folder), only=[name]).faults
    assert faults == (), faults


def _copy(folder: Path, names: Collection[str]) -> list[Path]:
    """Write a course of these exercises and those they build on; return the files of these."""
    units: dict[str, list[str]] = {}
    found = [next(_files(name)) for name in names]
    for source, path in _with_those_below(found):
        unit, name = path.parent.name, path.stem
        units.setdefault(unit, []).append(name)
        _write(folder / "exercises" / unit / path.name, path.read_text(encoding="utf-8"))
        programs = Path("solutions", unit, name)
        shutil.copytree(source / programs, folder / programs)
    listed = [{"id": unit, "title": unit, "exercises": ids} for unit, ids in units.items()]
    _write(folder / "exercises" / "course.yaml", yaml.safe_dump({"title": "Some", "units": listed}))
    return [folder / "exercises" / path.parent.name / path.name for _, path in found]


def _files(name: str) -> Iterator[tuple[Path, Path]]:
    for course in COURSES:
        yield from ((course, path) for path in course.glob(f"exercises/*/{name}.yaml"))


def _with_those_below(found: list[tuple[Path, Path]]) -> dict[tuple[Path, Path], None]:
    ordered: dict[tuple[Path, Path], None] = {}
    for source, path in found:
        below = yaml.safe_load(path.read_text(encoding="utf-8")).get("builds_on", ())
        ordered |= _with_those_below([next(_files(name)) for name in below])
        ordered[source, path] = None
    return ordered


def _change(path: Path, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    content = {**yaml.safe_load(path.read_text(encoding="utf-8")), **keys}
    _write(path, yaml.dump(content, Dumper=_Quoted, sort_keys=False, allow_unicode=True))
    return content


def _write_files(folder: Path, names: Collection[str]) -> None:
    """Write what `files` names, so that it is there; a pattern gets one file that fits it."""
    for name in names:
        _write(folder / name.replace("*", "one") / ("" if "." in name else "one.txt"), "")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

"""The course that everybody grades: the four exercises, and nothing that only others need."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

__all__ = ["write_course"]


def write_course(source: Path, folder: Path, exercises: tuple[str, ...]) -> Path:
    """Write a course of a few of another's exercises; return its folder.

    What the other loads ahead, such as matplotlib for exercises on plots, is left out: none of
    these draws, and neither the floor nor a peer loads it.
    """
    course = yaml.safe_load((source / "exercises/course.yaml").read_text(encoding="utf-8"))
    for unit in course["units"]:
        unit["exercises"] = [name for name in unit["exercises"] if name in exercises]
        for name in unit["exercises"]:
            place = Path(unit["id"], name)
            (folder / "exercises" / unit["id"]).mkdir(parents=True, exist_ok=True)
            shutil.copy(source / f"exercises/{place}.yaml", folder / f"exercises/{place}.yaml")
            shutil.copytree(source / "solutions" / place, folder / "solutions" / place)
    course["units"] = [unit for unit in course["units"] if unit["exercises"]]
    course.get("sandbox", {}).pop("preload", None)
    text = yaml.safe_dump(course, sort_keys=False)
    (folder / "exercises/course.yaml").write_text(text, encoding="utf-8")
    return folder

"""The course that everybody grades: some exercises, and nothing that only others need."""

from __future__ import annotations

import shutil
from collections.abc import Container
from pathlib import Path

import yaml


def write_course(source: Path, folder: Path, exercises: Container[str]) -> Path:
    """Write a course of some of another's exercises; return its folder.

    What the other loads ahead for all of its exercises is left out: neither the floor nor a peer
    loads it. What one exercise says that it needs stays.
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

"""The bundled samples: each gets what the manifest says at `strong`, and some the same again.

A Jupyter kernel gives the same grades.
The manifest is worked out from the exercises in tools/samples; nothing in it comes from the grader.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tools.make_samples import EXAMPLES, make_samples
from tools.samples.course import course, program

ROOT = Path(__file__).parents[1]
MANIFEST: Mapping[str, Any] = json.loads((EXAMPLES / "manifest.json").read_text(encoding="utf-8"))
TIMES = ("seconds",)

# What a Jupyter kernel runs in the test: right answers in several styles, mistakes in every
# exercise, and one notebook for each way to fail. All that may run there would take minutes.
IN_JUPYTER = (
    "exception-in-the-middle",
    "mistake-kl-nan-on-zero",
    "mistakes-1",
    "right-await-and-input",
    "right-magics",
    "right-mixed-styles",
    "segfault-in-a-function",
    "syntax-error",
)


SUBMISSIONS = EXAMPLES / "submissions"
GRADER = Path(sys.executable).with_name("grader")


def grade(out: Path, *arguments: str, course: Path = ROOT) -> Mapping[str, Any]:
    """Run ``grader grade`` and return what ``--json`` prints."""
    options = ["--course", str(course), "--out", str(out), "--json", "--jobs", "2"]
    done = subprocess.run(
        [GRADER, "grade", *arguments, *options], capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3), done.stderr
    assert done.stderr == ""
    return dict(json.loads(done.stdout))


def by_student(run: Mapping[str, Any]) -> dict[str, Any]:
    return {result["student"]: result for result in run["submissions"]}


def scores(result: Mapping[str, Any]) -> dict[str, float]:
    return {exercise["id"]: exercise["score"] for exercise in result["exercises"]}


def mistakes(result: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the mistakes that are named, by exercise."""
    named = {
        exercise["id"]: {check["mistake"] for check in exercise["checks"] if check["mistake"]}
        for exercise in result["exercises"]
    }
    return {exercise: names for exercise, names in named.items() if names}


def without_times(result: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key not in TIMES}


@cache
def made() -> Mapping[str, bytes]:
    return make_samples()


def test_the_files_are_what_the_tool_writes() -> None:
    files = (path for path in SUBMISSIONS.rglob("*") if path.is_file())
    there = {path.relative_to(EXAMPLES).as_posix() for path in files}
    assert there | {"manifest.json"} == set(made())
    stale = [path for path, content in made().items() if (EXAMPLES / path).read_bytes() != content]
    assert stale == [], "run `python -m tools.make_samples`"


def test_there_are_samples_of_every_kind_and_they_are_small() -> None:
    assert len(MANIFEST) >= 30
    assert sum(map(len, made().values())) < 5_000_000
    assert {entry["status"] for entry in MANIFEST.values()} == {"graded", "unreadable"}
    assert len({entry["shows"] for entry in MANIFEST.values()}) == len(MANIFEST) - 1  # ada, grace


def test_every_mistake_of_the_course_has_a_sample_that_must_be_named() -> None:
    known = {
        (name, mistake.id)
        for name, exercise in course().exercises.items()
        for mistake in exercise.mistakes
        if mistake.score != exercise.points  # else it is right, and there is nothing to name
    }
    stated = (entry.get("mistakes", {}).items() for entry in MANIFEST.values())
    assert {pair for pairs in stated for pair in pairs} == known


def test_every_accepted_answer_stands_in_a_sample_with_full_points() -> None:
    full = [name for name, entry in MANIFEST.items() if name.startswith("right-")]
    assert all(MANIFEST[name]["scores"] == scores_of_all() for name in full)
    files = [made()[f"submissions/{name}.ipynb"].decode() for name in full]
    cells = {"".join(cell["source"]) for text in files for cell in json.loads(text)["cells"]}
    missing = [
        path
        for name, exercise in course().exercises.items()
        for path in exercise.accepted
        if program(name, f"accepted/{path.stem}") not in cells
    ]
    assert missing == []


def scores_of_all() -> dict[str, float]:
    return {name: float(exercise.points) for name, exercise in course().exercises.items()}


def found(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the manifest states, as the grader found it."""
    named = mistakes(result)
    entry: dict[str, Any] = {"status": result["status"], "scores": scores(result)}
    return entry | {"mistakes": {exercise: sorted(names) for exercise, names in named.items()}}


def stated(entry: Mapping[str, Any]) -> dict[str, Any]:
    named = entry.get("mistakes", {})
    return {
        "status": entry["status"],
        "scores": entry.get("scores", {}),
        "mistakes": {exercise: [mistake] for exercise, mistake in named.items()},
    }


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for the cache, which grading all samples fills."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Mapping[str, Any]:
    """Grade all samples with an empty cache, once for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CACHE", str(cache_folder))
        return grade(tmp_path_factory.mktemp("samples"), str(SUBMISSIONS))


@pytest.mark.strong
def test_every_sample_gets_what_the_manifest_says(run: Mapping[str, Any]) -> None:
    assert run["isolation"] == "strong"
    results = by_student(run)
    assert {name: found(result) for name, result in results.items()} == {
        name: stated(entry) for name, entry in MANIFEST.items()
    }
    unsaid = [
        name
        for name, entry in MANIFEST.items()
        if entry.get("reason", "") not in results[name]["reason"]
    ]
    assert unsaid == []
    assert "error" not in {
        check["status"]
        for result in results.values()
        for exercise in result["exercises"]
        for check in exercise["checks"]
    }


ALL = sorted(SUBMISSIONS.glob("*.ipynb"))


@pytest.mark.strong
@pytest.mark.parametrize(
    ("options", "some"),
    [
        # All of them again would take half a minute each.
        pytest.param((), ALL[::12], id="warm cache"),
        pytest.param(("--no-cache",), ALL[6::12], id="no cache"),
        pytest.param((), ALL, id="warm cache, all", marks=pytest.mark.soak),
        pytest.param(("--no-cache",), ALL, id="no cache, all", marks=pytest.mark.soak),
    ],
)
def test_a_sample_gets_the_same_again_with_a_cache_or_without(
    run: Mapping[str, Any],
    cache_folder: Path,
    tmp_path: Path,
    gradebook: str,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    some: list[Path],
) -> None:
    monkeypatch.setenv("GRADER_CACHE", str(cache_folder))
    results = by_student(run)
    again = by_student(grade(tmp_path, *map(str, some), "--gradebook", gradebook, *options))
    assert len(again) == len(some)
    assert {name: without_times(result) for name, result in again.items()} == {
        name: without_times(results[name]) for name in again
    }


@pytest.mark.strong
def test_a_jupyter_kernel_gives_the_same_grades(run: Mapping[str, Any], tmp_path: Path) -> None:
    assert all(MANIFEST[student]["jupyter"] for student in IN_JUPYTER)
    paths = [str(SUBMISSIONS / f"{student}.ipynb") for student in IN_JUPYTER]
    ours = by_student(run)
    theirs = by_student(grade(tmp_path, *paths, "--engine", "jupyter", "--isolation", "none"))
    assert {name: result["exercises"] for name, result in theirs.items()} == {
        name: ours[name]["exercises"] for name in IN_JUPYTER
    }

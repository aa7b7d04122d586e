"""The table of kinds takes kinds of other packages, and all of the grader takes a new kind."""

from __future__ import annotations

import inspect
import json
import re
from inspect import get_annotations
from pathlib import Path
from types import SimpleNamespace

import pytest

import grader as package
from grader.authoring.prove.prove_exercise import prove_exercise
from grader.checks import registry
from grader.checks.base import Check
from grader.checks.kinds.value import ValueCheck
from grader.checks.registry import all_kinds, collect_kinds
from grader.course import load_course
from grader.errors import UsageError
from grader.gradebook.fingerprints import course_as_graded
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.engines import engines_for
from tests.checks.kinds.rises import RisesCheck
from tests.checks.kinds.words import WordsCheck
from tests.cli.conftest import Grader
from tests.cli.conftest import grader as grader
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, write
from tests.notebooks import notebook_bytes

ROOT = Path(package.__file__).parent


class OwnCheck(ValueCheck):
    kind = "own"


def entry(kind):
    return SimpleNamespace(name="own", value="package:Own", load=lambda: kind)


def test_every_kind_is_named_by_one_required_key():
    for name, kind in all_kinds().items():
        assert kind.kind == name
        keys = {field.alias or key for key, field in kind.model_fields.items()}
        assert name in keys


def test_every_key_of_every_kind_is_described():
    for kind in all_kinds().values():
        for key, field in kind.model_fields.items():
            assert field.description, f"{kind.kind}.{key}"


def test_a_kind_says_truly_whether_it_reads_what_was_written():
    for kind in all_kinds().values():
        assert ("student.work" in inspect.getsource(inspect.getmodule(kind))) is kind.reads_work, (
            kind
        )


def test_nothing_but_the_registry_knows_kinds_by_name():
    others = [p for p in ROOT.rglob("*.py") if "kinds" not in p.relative_to(ROOT).parts]
    knowing = [path.name for path in others if "grader.checks.kinds" in path.read_text("utf-8")]
    assert knowing == ["registry.py"]


def test_what_a_kind_can_say_of_itself_is_documented_with_its_default():
    page = (ROOT.parent / "docs" / "reference" / "check-kinds.md").read_text(encoding="utf-8")
    said = [name for name, kind in get_annotations(Check).items() if kind.startswith("ClassVar")]
    for name in set(said) - {"kind"}:
        assert f"| `{name}` | `{getattr(Check, name)}` |" in page


def test_another_package_may_bring_a_kind():
    assert collect_kinds([entry(OwnCheck)])["own"] is OwnCheck


@pytest.mark.parametrize("thing", [3, dict, ValueCheck(name="a", points=1, value="x")])
def test_what_is_no_kind_is_refused(thing):
    with pytest.raises(UsageError, match="not a subclass of"):
        collect_kinds([entry(thing)])


def test_a_kind_that_cannot_be_loaded_is_named():
    def load():
        raise ImportError("no module")

    broken = SimpleNamespace(name="own", value="package:Own", load=load)
    with pytest.raises(UsageError, match="cannot be loaded: ImportError: no module"):
        collect_kinds([broken])


def test_a_kind_that_is_there_already_is_refused():
    with pytest.raises(UsageError, match="`value`, which already exists"):
        collect_kinds([entry(ValueCheck)])


COURSE_TEXT = """\
title: A first course
units:
  - {id: coins, title: Coins, exercises: [two_heads]}
"""

RISES = """\
  - rises: two_heads
    name: More heads
    points: 1
    visible: true
    at: [0, 0.5, 1]
"""

WORDS = """\
  - {words: 4, name: A comment, points: 1}
"""

EXERCISE_TEXT = """\
id: two_heads
title: Two heads in a row
unit: coins
points: 4
prompt: Write `two_heads(p)`, and say why.
starter: "def two_heads(p):\\n    ...\\n"
defines: [two_heads]
checks:
  - function: two_heads
    name: Any coin
    points: 2
    given:
      p: {uniform: [0, 1], edges: [0.0, 1.0]}
"""

REASON = "# The flips are independent, so their probabilities multiply.\n"
MISTAKES = """\
mistakes:
  - {id: never, hint: What is the chance of two heads if p is 1?, score: 1}
"""
FILES = {
    COURSE: COURSE_TEXT,
    EXERCISE: EXERCISE_TEXT + RISES + WORDS + MISTAKES,
    REFERENCE: f"{REASON}def two_heads(p):\n    return p * p\n",
    REFERENCE.replace("reference", "mistakes/never"): f"{REASON}def two_heads(p):\n    return 0\n",
}
FALLING = "def two_heads(p):\n    return 1 - p"
TOLD = "two_heads(0.5) is no more than at the number before."


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """Write one line into the registry for each of the two kinds."""
    own = {each.kind: f"{__name__}:{each.__name__}" for each in (RisesCheck, WordsCheck)}
    monkeypatch.setattr(registry, "_OURS", {**registry._OURS, **own})
    all_kinds.cache_clear()
    yield
    all_kinds.cache_clear()


def test_a_new_kind_grades(grader: Grader, tmp_path: Path):
    course = write(tmp_path / "course", FILES)
    (tmp_path / "ada.ipynb").write_bytes(notebook_bytes([FILES[REFERENCE]]))
    (tmp_path / "bob.ipynb").write_bytes(notebook_bytes([FALLING]))
    where = ("--course", course, "--out", tmp_path / "grades")
    how = ("--isolation", "none", "--jobs", "1", "--json")
    done = grader("grade", tmp_path / "ada.ipynb", tmp_path / "bob.ipynb", *where, *how)
    ada, bob = done.json["submissions"]
    assert (ada["score"], bob["score"]) == (4, 0)
    checks = {check["kind"]: check for check in bob["exercises"][0]["checks"]}
    assert checks["rises"]["message"] == TOLD
    assert checks["words"]["message"] == "Your comments have 0 of 4 words."


def test_a_new_kind_is_proven(tmp_path: Path):
    course = load_course(write(tmp_path, FILES))
    engines = engines_for(EngineName.SANDBOX, course.sandbox, Isolation.NONE, hidden=[])
    proof = prove_exercise(course, "two_heads", engines, jobs=1, seeds=(1, 2))
    assert proof.broken == ()
    assert proof.mutants.made == proof.mutants.caught > 3


def test_a_new_kind_is_released_and_judges_in_a_notebook_without_the_course(
    grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    course = write(tmp_path / "course", FILES)
    assert grader("release", "--course", course, "--out", tmp_path / "given").status == 0
    (path,) = (tmp_path / "given").rglob("*.ipynb")
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"]["grader"]["part"] == "starter":
            cell["source"] = FALLING
    path.write_text(json.dumps(notebook))
    monkeypatch.chdir(path.parent)
    done = grader("check", path)
    assert re.search(rf"FAIL More heads +0 / 1\n +{re.escape(TOLD)}", done.out)
    assert "3 more points" in done.out


def test_an_editor_offers_the_keys_of_a_new_kind(grader: Grader):
    keys = grader("schema", "exercise").json["$defs"]["RisesCheck"]["properties"]
    assert keys["at"]["description"] == "Numbers, from small to large."


def fingerprints(folder: Path, checks: str, more: str = "") -> str:
    """Return the fingerprint of the exercise with these checks, in a course with one more."""
    files = {**FILES, EXERCISE: EXERCISE_TEXT.replace("points: 4", "points: 3") + checks}
    if more:
        other = EXERCISE_TEXT.replace("two_heads", more).replace("points: 4", "points: 2")
        files[COURSE] = COURSE_TEXT.replace("[two_heads]", f"[two_heads, {more}]")
        files[EXERCISE.replace("two_heads", more)] = other
        files[REFERENCE.replace("two_heads", more)] = FILES[REFERENCE].replace("two_heads", more)
    files = {name: text for name, text in files.items() if "mistakes" not in name}
    course = load_course(write(folder, files))
    how = {"seed": 0, "isolation": "none", "engine": "sandbox"}
    graded = course_as_graded(course, [course.exercises["two_heads"]], **how)
    return graded.versions[0].fingerprint


def test_a_fingerprint_follows_the_keys_of_a_new_kind(tmp_path: Path):
    before = fingerprints(tmp_path / "a", RISES)
    assert fingerprints(tmp_path / "b", RISES) == before
    assert fingerprints(tmp_path / "c", RISES.replace("0.5", "0.6")) != before


@pytest.mark.parametrize(
    ("checks", "changes"), [(RISES, False), (WORDS, True)], ids=["rises", "words"]
)
def test_a_fingerprint_follows_the_other_exercises_where_a_new_kind_reads_the_work(
    tmp_path: Path, checks: str, changes: bool
):
    alone = fingerprints(tmp_path / "a", checks)
    beside = fingerprints(tmp_path / "b", checks, more="three_heads")
    assert (alone != beside) is changes

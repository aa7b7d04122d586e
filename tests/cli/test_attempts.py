"""What spends an attempt: the exercises of the course, in the notebooks that it releases."""

from __future__ import annotations

import shutil

import pytest

from grader.authoring.release.released_cells import cell_document, cells_of
from grader.course import load_course
from tests.cli.conftest import ROOT
from tests.notebooks import notebook_bytes

CHOSEN = ("hth_likelihood", "kl_asymmetry")
POLICY = "policy: {max_attempts: 1, counts: best}\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    for name in ("exercises", "solutions"):
        shutil.copytree(ROOT / name, folder / name)
    path = folder / "exercises" / "course.yaml"
    text = path.read_text(encoding="utf-8")
    assert "\npolicy:" not in text
    path.write_text(f"{text}\n{POLICY}", encoding="utf-8")
    return load_course(folder)


def released(course, answers):
    """Return the notebook of the unit as it is released, with some of its starters answered."""
    (unit,) = [each for each in course.units if each.id == "maximum_likelihood"]
    documents = []
    for cell in cells_of(course, unit, "no checks are needed here"):
        document = cell_document(cell, (course.title, unit.id))
        if cell.part == "starter" and cell.exercise in answers:
            document["source"] = answers[cell.exercise]
        documents.append(document)
    return notebook_bytes(documents)


class Class:
    """One student, who hands in again and again."""

    def __init__(self, grader, course, folder):
        self.grader, self.course, self.folder = grader, course, folder
        self.options = ("--course", course.folder, "--gradebook", folder / "gradebook.db")

    def hand_in(self, **answers):
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        (work / "ada.ipynb").write_bytes(released(self.course, answers))
        chosen = [part for name in CHOSEN for part in ("--exercise", name)]
        out = ("--out", self.folder / "out", "--isolation", "none", "--jobs", "1", "--json")
        done = self.grader("grade", work, *chosen, *out, *self.options)
        assert done.status == 0, done.err
        (submission,) = done.json["submissions"]
        return {each["id"]: each["status"] for each in submission["exercises"]}

    def shown(self):
        done = self.grader("gradebook", "show", "ada", "--json", *self.options)
        assert done.status == 0, done.err
        return {
            each["result"]["id"]: (each["reported"], each["attempts_spent"])
            for each in done.json["exercises"]
        }


def test_an_untouched_starter_leaves_the_only_attempt_for_later(grader, course, tmp_path):
    right = {name: course.exercises[name].reference.read_text(encoding="utf-8") for name in CHOSEN}
    one = Class(grader, course, tmp_path)
    first = one.hand_in(hth_likelihood=right["hth_likelihood"])
    assert first == {"hth_likelihood": "passed", "kl_asymmetry": "not_attempted"}
    assert one.shown() == {"hth_likelihood": (10.0, 1), "kl_asymmetry": (0.0, 0)}
    assert one.hand_in(**right) == dict.fromkeys(CHOSEN, "passed")
    assert one.shown() == {"hth_likelihood": (10.0, 2), "kl_asymmetry": (10.0, 1)}

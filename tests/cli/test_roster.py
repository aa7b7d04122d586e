"""``grader grade --roster``, and what a platform's download leaves in the results."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import jsonschema
import pytest

from grader.results import results_schema

SAMPLES = "examples/submissions"
RIGHT = Path(SAMPLES) / "right-plain-python.ipynb"
WRONG = Path(SAMPLES) / "mistake-kl-log2.ipynb"
ROSTER = """id;name;email;section;extension
u1;Doe, Jane;jane@example.edu;A;3
u2;Roe, Bob;bob@example.edu;B;
u3;Poe, Ann;ann@example.edu;B;2026-06-01
"""


@pytest.fixture
def options(tmp_path):
    only = ("--exercise", "kl_asymmetry", "--isolation", "none", "--jobs", "1")
    return (*only, "--out", tmp_path / "grades")


@pytest.fixture
def canvas(tmp_path):
    """Return a download of Canvas: Jane came twice, Bob late, and one is not of the class."""
    folder = tmp_path / "submissions"
    folder.mkdir()
    for name, sample in {
        "doejane_101_5001_hw1.ipynb": WRONG,
        "doejane_101_5009_hw1-1.ipynb": RIGHT,
        "roebob_LATE_102_5002_hw1.ipynb": WRONG,
        "loeeve_104_5003_hw1.ipynb": RIGHT,
    }.items():
        shutil.copy(sample, folder / name)
    return folder


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text(ROSTER, encoding="utf-8-sig")
    return path


def test_students_go_by_their_ids_and_the_class_is_held_against_the_roster(
    grader, options, canvas, roster, tmp_path
):
    done = grader("grade", canvas, "--roster", roster, *options)
    assert done.status == 0, done.err
    lines = done.out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["u1", "10/10"],
        ["loeeve_104", "10/10"],
        ["u2", "4/10"],
    ]
    assert "Not in the roster (1): loeeve_104" in lines
    assert "No submission from (1): u3" in lines
    told = "Several files of one student (1 submission). The newest is graded; these are not:"
    assert told in lines
    document = json.loads((tmp_path / "grades" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, results_schema())
    assert (document["unknown"], document["missing"]) == (["loeeve_104"], ["u3"])
    jane, _, bob = document["submissions"]
    assert jane["hand_in"] == {
        "name": "Doe, Jane",
        "email": "jane@example.edu",
        "section": "A",
        "platform": "canvas",
        "received": None,
        "late": False,
        "attempt": 2,
        "beside": [],
        "passed_over": [
            {
                "path": f"{canvas}/doejane_101_5001_hw1.ipynb",
                "why": "was uploaded before the one that is graded",
            }
        ],
    }
    assert bob["hand_in"]["late"] is True
    table = (tmp_path / "grades" / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert table[1].startswith('u1,"Doe, Jane",jane@example.edu,A,')
    assert table[2].startswith("loeeve_104,loeeve,,,")


def test_results_do_not_depend_on_the_times_of_the_files(grader, options, canvas, tmp_path):
    def results(seconds: int) -> str:
        for path in canvas.iterdir():
            os.utime(path, (seconds, seconds))
        document = grader("grade", canvas, *options, "--json").json
        for one in document["submissions"]:
            one["seconds"] = 0
        return json.dumps(document)

    assert results(1_000_000_000) == results(1_700_000_000)


def test_a_plain_class_without_a_roster_says_nothing_of_hand_ins(grader, options):
    document = grader("grade", RIGHT, *options, "--json").json
    assert document["submissions"][0]["hand_in"] is None
    assert (document["unknown"], document["missing"]) == ([], [])


def test_every_fault_of_a_roster_is_told_before_anything_is_graded(
    grader, options, canvas, tmp_path
):
    bad = tmp_path / "bad.csv"
    bad.write_text("id,extension\nu1,soon\nu1,\n")
    done = grader("grade", canvas, "--roster", bad, *options)
    assert done.status == 2
    assert "The roster has 2 faults:" in done.err
    assert f"{bad}:2: `extension`: `soon` is neither a date nor a number of days." in done.err
    assert f"{bad}:3: `id`: `u1` is in line 2 too." in done.err
    assert not (tmp_path / "grades").exists()

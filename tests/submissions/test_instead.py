"""A student who handed in something else than a notebook is an entry that says what was found."""

from __future__ import annotations

import pytest

from grader.submissions import RosterStudent
from tests.submissions.downloads import (
    FORMS,
    GOOD,
    notebook,
    put,
    put_tree,
    source_of,
    students,
    surveyed,
    zip_tree,
)

HAND_IN = "Hand in the .ipynb file."
RENAMED = "a notebook under another name). Rename it to `hw.ipynb` and hand it in again"
COPY = b'{"cells": [{"cell_type": "code", "source": "x = 1"}], "nbformat": 4}'

INSTEAD = {
    "checkpoint": (
        {".ipynb_checkpoints/hw-checkpoint.ipynb": GOOD},
        f"it holds `.ipynb_checkpoints` (copies that Jupyter keeps for itself). {HAND_IN}",
    ),
    "checkpoint further down": (
        {"hw/.ipynb_checkpoints/hw-checkpoint.ipynb": GOOD},
        f"it holds `.ipynb_checkpoints` (copies that Jupyter keeps for itself). {HAND_IN}",
    ),
    "macOS": (
        {"__MACOSX/._hw.ipynb": b"\0\5\x16\7", ".DS_Store": b"\0"},
        "it holds `.DS_Store` (an addition of macOS), `__MACOSX` (an addition of macOS). "
        + HAND_IN,
    ),
    "windows": ({"Thumbs.db": b""}, f"it holds `Thumbs.db` (an addition of Windows). {HAND_IN}"),
    "git": ({".git/config": b""}, f"it holds `.git`. {HAND_IN}"),
    "program": (
        {"hw.py": b"x = 1", ".DS_Store": b""},
        f"it holds `hw.py` (a Python program). {HAND_IN}",
    ),
    "page": ({"hw.html": b"<html>"}, f"it holds `hw.html` (a web page). {HAND_IN}"),
    "json": (
        {"hw.json": COPY},
        f"it holds `hw.json` ({RENAMED}.",
    ),
    "txt": (
        {"hw.txt": COPY},
        f"it holds `hw.txt` ({RENAMED}.",
    ),
    "other json": ({"data.json": b"{}"}, f"it holds `data.json`. {HAND_IN}"),
    "rar": (
        {"hw.rar": b"Rar!"},
        (
            "it holds `hw.rar` (an archive other than a zip). "
            "Hand in the .ipynb file itself, or a zip."
        ),
    ),
    "empty file": ({"hw": b""}, f"it holds `hw`. {HAND_IN}"),
    "controls": ({"\x1b[2J.txt": b""}, f"it holds `\\x1b[2J.txt`. {HAND_IN}"),
}


@pytest.mark.parametrize("files", INSTEAD.values(), ids=INSTEAD)
@pytest.mark.parametrize("form", ["folder", "zip", "zip in the folder", "zip by itself"])
def test_what_was_found_is_told_however_it_was_handed_in(tmp_path, form, files):
    content, reason = files
    if form == "zip by itself":
        (tmp_path / "bob.zip").write_bytes(zip_tree(content))
        (bob,) = surveyed(tmp_path / "bob.zip").submissions
    else:
        tree = {"ada/hw.ipynb": notebook("'ada'"), "carl/hw.ipynb": notebook("'carl'")}
        if form == "zip in the folder":
            tree["bob.zip"] = zip_tree(content)
        else:
            tree |= {f"bob/{name}": file for name, file in content.items()}
        whole = "zip" if form == "zip" else "folder"
        found = students(surveyed(put(whole, tmp_path / "class", tree)))
        assert list(found) == ["ada", "bob", "carl"]
        assert [source_of(found[who]) for who in ("ada", "carl")] == ["'ada'", "'carl'"]
        bob = found["bob"]
    # In a zip by itself, a folder is a student.
    inner = form == "zip by itself" and all(name.startswith("hw/") for name in content)
    assert bob.student == ("hw" if inner else "bob")
    assert source_of(bob).endswith(f" holds no notebook: {reason}")


@pytest.mark.parametrize("form", FORMS)
def test_a_student_of_moodle_with_a_checkpoint_alone_is_told(tmp_path, form):
    files = {
        "Jane Doe_1_assignsubmission_file_/hw.ipynb": notebook("'jane'"),
        "Bob Roe_2_assignsubmission_file_/.ipynb_checkpoints/hw-checkpoint.ipynb": GOOD,
    }
    found = students(surveyed(put(form, tmp_path / "download", files)))
    assert "it holds `.ipynb_checkpoints`" in source_of(found["Bob Roe"])
    assert source_of(found["Jane Doe"]) == "'jane'"


def test_a_checkpoint_beside_a_notebook_is_passed_over(tmp_path):
    files = {"bob/hw.ipynb": notebook("'bob'"), "bob/.ipynb_checkpoints/hw-checkpoint.ipynb": GOOD}
    survey = surveyed(put_tree(tmp_path, files))
    (bob,) = survey.submissions
    assert (source_of(bob), bob.hand_in, survey.ignored) == ("'bob'", None, ())


def test_an_empty_zip_is_a_student_too(tmp_path):
    put_tree(tmp_path, {"bob.zip": zip_tree({}), "ada.ipynb": GOOD, "zero.zip": b""})
    found = students(surveyed(tmp_path))
    assert source_of(found["bob"]) == f"`bob.zip` holds no notebook: it is empty. {HAND_IN}"
    assert "cannot be unpacked" in source_of(found["zero"])
    (alone,) = surveyed(tmp_path / "bob.zip").submissions
    assert source_of(alone) == f"`bob.zip` holds no notebook: it is empty. {HAND_IN}"


LOOSE = {
    "ada.ipynb": GOOD,
    "bob.ipynb": GOOD,
    "carl.pdf": b"%PDF",
    "dora.py": b"x = 1",
    "eva.html": b"<html>",
    "fred.rar": b"Rar!",
    "gina.7z": b"7z",
    "hugo.json": COPY,
    "README.txt": COPY,
    "README.html": b"<html>",
    "roster.csv": b"id\n",
    "utils.py": b"",
    "test_ada.py": b"",
    "data.json": b"{}",
    ".DS_Store": b"\0",
}


@pytest.mark.parametrize("form", FORMS)
def test_what_lies_beside_the_notebooks_of_a_class_may_be_a_hand_in(tmp_path, form):
    survey = surveyed(put(form, tmp_path / "class", LOOSE))
    found = {who: source_of(one) for who, one in students(survey).items()}
    assert found == {
        "ada": "x = 1",
        "bob": "x = 1",
        "carl": f"`carl.pdf` is a PDF, not a notebook. {HAND_IN}",
        "dora": f"`dora.py` is a Python program, not a notebook. {HAND_IN}",
        "eva": f"`eva.html` is a web page, not a notebook. {HAND_IN}",
        "fred": "`fred.rar` is an archive other than a zip, not a notebook. "
        "Hand in the .ipynb file itself, or a zip.",
        "gina": "`gina.7z` is an archive other than a zip, not a notebook. "
        "Hand in the .ipynb file itself, or a zip.",
        "hugo": "`hugo.json` is a notebook under another name. "
        "Rename it to `hugo.ipynb` and hand it in again.",
    }
    assert sorted(one.path.rpartition("/")[2] for one in survey.ignored) == [
        "README.html",
        "README.txt",
        "data.json",
        "roster.csv",
        "test_ada.py",
        "utils.py",
    ]


def test_with_a_roster_a_file_is_a_hand_in_where_its_name_is_a_students(tmp_path):
    roster = [RosterStudent(id=one) for one in ("ada", "carl", "README")]
    roster.append(RosterStudent(id="s4", name="Dora Moe"))
    files = dict.fromkeys(["ada.ipynb", "carl.csv", "Dora Moe.pdf", "notes.pdf"], GOOD)
    survey = surveyed(put_tree(tmp_path, files), roster=roster)
    found = students(survey)
    assert list(found) == ["ada", "s4", "carl"]
    assert source_of(found["carl"]) == f"`carl.csv` is not a notebook. {HAND_IN}"
    assert [one.id for one in survey.missing] == ["README"]
    assert [one.path.rpartition("/")[2] for one in survey.ignored] == ["notes.pdf"]


def test_files_beside_one_students_notebook_are_that_students(tmp_path):
    survey = surveyed(put_tree(tmp_path, {"hw.ipynb": GOOD, "report.pdf": b"%PDF", "lib.py": b""}))
    assert list(students(survey)) == ["hw"]
    assert len(survey.ignored) == 2

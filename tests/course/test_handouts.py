"""Files that a course gives to students: what may be listed, and where its programs find it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from grader.course import load_course
from grader.grading.preparation import prepare_course
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, changed, faults_of, write

DATA = {"points.csv": "1\n2\n", "helpers.py": "def twice(x):\n    return 2 * x\n"}


def listing(*names: str, **more: str | bytes) -> dict[str, str | bytes]:
    """Return a course whose exercise lists some files; `more` are there too."""
    return {
        **changed(EXERCISE, "defines:", f"files: {list(names)}\ndefines:"),
        **DATA,
        **more,
    }


def only_fault(folder: Path, key: str = "files[0]") -> str:
    (fault,) = faults_of(folder)
    assert fault.key == key
    assert fault.path.name in ("two_heads.yaml", "course.yaml")
    return fault.message


def test_an_exercise_a_unit_and_the_course_can_give_files(tmp_path):
    texts = listing("points.csv")
    unit = "exercises: [two_heads]"
    texts[COURSE] = texts[COURSE].replace(unit, f"{unit}\n    files: [helpers.py]")
    texts[COURSE] += "files: [readme.txt]\n"
    course = load_course(write(tmp_path, {**texts, "readme.txt": "read me"}))
    assert course.exercises["two_heads"].files == ("points.csv",)
    assert course.units[0].files == ("helpers.py",)
    assert course.files == ("readme.txt",)
    assert course.all_files == course.files_for(course.units[0])
    assert course.read_files()["points.csv"] == b"1\n2\n"


def test_a_folder_stands_for_all_in_it_and_a_pattern_for_what_matches(tmp_path):
    more = {
        "data/a.csv": "1",
        "data/deep/b.csv": "2",
        "data/.hidden": "3",
        "x1.txt": "",
        "x2.md": "",
    }
    course = load_course(write(tmp_path, listing("data", "x*.txt", **more)))
    assert course.all_files == ("data/a.csv", "data/deep/b.csv", "x1.txt")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "point.csv",
            "missing: put it into the course's folder, or correct its name (`points.csv`",
        ),
        ("*.tsv", "no file matches this"),
        ("../points.csv", "leads out of the course's folder"),
        ("/etc/passwd", "leads out of the course's folder"),
        ("~/points.csv", "leads out of the course's folder"),
        ("C:/points.csv", "leads out of the course's folder"),
        ("data\\points.csv", "write `/` between folders"),
        ("solutions", "`solutions/coins/two_heads/accepted/with_power.py` would show the students"),
        ("solutions/coins/two_heads/reference.py", "would show the students what is checked"),
        ("exercises", "would show the students what is checked"),
        ("empty", "this folder is empty"),
    ],
)
def test_what_cannot_be_given_is_a_fault_with_its_remedy(tmp_path, name, told):
    (tmp_path / "empty").mkdir()
    assert told in only_fault(write(tmp_path, listing(name)))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("random.py", "`random.py` would hide the module `random` from every notebook: rename it"),
        ("numpy.py", "would hide the module `numpy`"),
        ("numpy/extra.py", "would hide the module `numpy`"),
        ("tmp", "`tmp` is the folder for temporary files"),
        ("more.ipynb", "is a notebook, which `grader release` makes"),
        ("a\x1b[31m.csv", "has a name that not every system can hold"),
    ],
)
def test_a_name_that_would_be_in_the_way_is_a_fault(tmp_path, name, told):
    texts = listing("*" if "\x1b" not in name else "a*", **{name: "x"})
    pattern = name if "\x1b" not in name else "a*"
    texts[EXERCISE] = texts[EXERCISE].replace("files: ['*']", f"files: [{pattern}]")
    assert told in only_fault(write(tmp_path, texts))


def test_a_link_that_leads_out_is_a_fault(tmp_path):
    folder = write(tmp_path / "course", listing("data"))
    (folder / "data").mkdir()
    (folder / "data" / "secret.csv").symlink_to("/etc/passwd")
    assert "`data/secret.csv` leads out of the course: replace the link" in only_fault(folder)


def test_what_is_no_ordinary_file_is_a_fault(tmp_path):
    folder = write(tmp_path, listing("queue"))
    os.mkfifo(folder / "queue")
    assert only_fault(folder) == "this is neither a file nor a folder: give an ordinary file"


def test_two_files_that_are_one_on_other_systems_are_a_fault(tmp_path):
    folder = write(tmp_path, listing("data.csv", "Data.csv", **{"data.csv": "1", "Data.csv": "2"}))
    (fault,) = faults_of(folder)
    assert fault.key == "files[0]"
    assert fault.message.startswith("`data.csv` and `Data.csv` are one file on Windows and macOS")


def test_a_file_that_is_listed_twice_is_a_fault(tmp_path):
    (fault,) = faults_of(write(tmp_path, listing("points.csv", "points.csv")))
    assert fault.message == "`points.csv` is listed twice: remove one of the two"


def test_files_that_leave_a_notebook_no_room_are_a_fault(tmp_path):
    texts = listing("points.csv", "large.csv", **{"large.csv": "x" * 600_000})
    texts[COURSE] += "sandbox: {limits: {file_bytes: 1 MiB}}\n"
    message = only_fault(write(tmp_path, texts), "files[1]")
    assert (
        "take 0.6 MiB together (`large.csv` alone 0.6 MiB), and at most 0.5 MiB may be" in message
    )


def test_too_many_files_are_a_fault(tmp_path):
    many = {f"data/{number}.csv": "" for number in range(201)}
    message = only_fault(write(tmp_path, listing("data", **many)))
    assert message == "students are given 201 files, but at most 200 are allowed: pack them"


def test_the_programs_of_the_course_find_its_files_wherever_it_is_graded_from(
    tmp_path, monkeypatch
):
    texts = listing("points.csv", "helpers.py", **{"others.py": "raise SystemExit"})
    texts[REFERENCE] = (
        "from helpers import twice\n\n\n"
        "def two_heads(p):\n"
        "    return p * p * float(open('points.csv').readline()) * twice(0.5)\n"
    )
    write(tmp_path / "course", texts)
    monkeypatch.chdir(tmp_path)
    ready = prepare_course(load_course(Path("course")))
    assert ready.faults == ()
    assert ready.files["points.csv"] == b"1\n2\n"
    assert Path.cwd() == tmp_path
    assert "helpers" not in sys.modules


def test_only_the_files_that_are_given_can_be_imported(tmp_path):
    texts = listing("points.csv", **{"others.py": ""})
    texts[REFERENCE] = "import others\n" + texts[REFERENCE]
    ((_, _, fault), *_) = prepare_course(load_course(write(tmp_path, texts))).faults
    assert "No module named 'others'" in str(fault)

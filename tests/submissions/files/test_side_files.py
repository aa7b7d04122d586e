"""Files that were handed in beside a notebook: whose they are, and which can lie there too."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from grader.errors import NotebookError
from grader.notebook import SubmittedFiles, pack_handed_in, read_handed_in, unpack_handed_in
from grader.submissions.files.byte_sources import FileSource
from grader.submissions.files.side_files import (
    LIMIT_FILE_BYTES,
    LIMIT_FILES,
    SideFile,
    files_nearby,
    read_side_files,
)
from grader.submissions.submission import Submission
from tests.submissions.downloads import (
    FORMS,
    GOOD,
    notebook,
    passed_over,
    put,
    put_tree,
    students,
    surveyed,
    zip_tree,
)

DATA = b"1,2\n"


def beside(submission: Submission) -> dict[str, bytes]:
    return dict(submission.read().beside)


def names(submission: Submission) -> list[str]:
    return [file.name for file in submission.beside]


# Whose they are


@pytest.mark.parametrize("form", FORMS)
def test_what_lies_in_the_notebooks_folder_and_below_lies_beside_it(tmp_path, form):
    files = {
        "ada/hw.ipynb": notebook("'ada'"),
        "ada/utils.py": b"x = 1",
        "ada/data/week1.csv": DATA,
        "ada/.cache/secret": b"no",
        "ada/__pycache__/utils.pyc": b"no",
        "bob/hw/final.ipynb": notebook("'bob'"),
        "bob/hw/utils.py": b"x = 2",
        "bob/above.csv": b"no",
        "shared.csv": b"no",
    }
    survey = surveyed(put(form, tmp_path / "class", files))
    found = students(survey)
    assert beside(found["ada"]) == {"utils.py": b"x = 1", "data/week1.csv": DATA}
    assert beside(found["bob"]) == {"utils.py": b"x = 2"}
    assert found["ada"].hand_in.beside == ("data/week1.csv", "utils.py")
    assert [Path(each.path).name for each in survey.ignored] == ["shared.csv"]


def test_a_students_zip_holds_what_lies_beside_the_notebook_in_it(tmp_path):
    inner = {
        "work/hw.ipynb": GOOD,
        "work/utils.py": b"x = 1",
        "work/pack.zip": zip_tree({"a": b""}),
    }
    put_tree(tmp_path / "class", {"ada.zip": zip_tree(inner), "bob.ipynb": GOOD})
    survey = surveyed(tmp_path / "class")
    assert sorted(beside(students(survey)["ada"])) == ["pack.zip", "utils.py"]
    assert survey.ignored == ()


def test_a_zip_that_is_given_by_itself_is_one_hand_in(tmp_path):
    (tmp_path / "ada.zip").write_bytes(zip_tree({"hw.ipynb": GOOD, "data.csv": DATA}))
    (only,) = surveyed(tmp_path / "ada.zip").submissions
    assert beside(only) == {"data.csv": DATA}


def test_a_zip_beside_a_notebook_is_a_file_as_it_stands(tmp_path):
    packed = zip_tree({"week1.csv": DATA})
    put_tree(
        tmp_path / "class", {"ada/hw.ipynb": GOOD, "ada/data.zip": packed, "bob/hw.ipynb": GOOD}
    )
    assert beside(students(surveyed(tmp_path / "class"))["ada"]) == {"data.zip": packed}


def test_a_folder_that_is_given_gives_no_file_of_its_own(tmp_path):
    put_tree(tmp_path / "course", {"hw.ipynb": GOOD, "solutions.py": b"secret"})
    (only,) = surveyed(tmp_path / "course").submissions
    assert beside(only) == {}
    (named,) = surveyed(tmp_path / "course" / "hw.ipynb").submissions
    assert beside(named) == {}


def test_notebooks_that_may_be_several_students_share_no_file(tmp_path):
    inner = {
        "ada.ipynb": GOOD,
        "grace.ipynb": GOOD,
        "ada_utils.py": b"hers",
        "own/carl.ipynb": GOOD,
        "own/utils.py": b"his",
    }
    put_tree(tmp_path / "class", {"group.zip": zip_tree(inner), "bob.ipynb": GOOD})
    found = students(surveyed(tmp_path / "class"))
    assert {name: beside(one) for name, one in found.items()} == {
        "bob": {},
        "group/ada": {},
        "group/grace": {},
        "group/own/carl": {"utils.py": b"his"},
    }


@pytest.mark.parametrize("form", FORMS)
def test_canvas_files_lie_beside_under_the_students_own_names(tmp_path, form):
    files = {
        "doejane_1_2001_hw1.ipynb": GOOD,
        "doejane_1_2002_data.csv": b"old",
        "doejane_1_2009_data-1.csv": b"new",
        "doejane_1_2003_part-2.csv": b"part",
        "doejane_1_text.html": b"typed",
        "roebob_2_2004_hw1-1.ipynb": GOOD,
        "roebob_2_2005_data-1.csv": b"his",
        "poeann_3_2006_hw1.ipynb": GOOD,
    }
    found = students(surveyed(put(form, tmp_path / "download", files)))
    assert beside(found["doejane_1"]) == {"data.csv": b"new", "part-2.csv": b"part"}
    assert beside(found["roebob_2"]) == {"data.csv": b"his"}
    assert beside(found["poeann_3"]) == {}
    why = passed_over(found["doejane_1"])
    assert list(why) == ["doejane_1_2002_data.csv", "doejane_1_text.html"]
    assert why["doejane_1_2002_data.csv"] == "was uploaded before another file of the same name"


def test_moodle_files_lie_beside_with_and_without_folders(tmp_path):
    tag = "assignsubmission_file_"
    put_tree(
        tmp_path / "folders",
        {
            f"Jane Doe_11_{tag}/hw.ipynb": GOOD,
            f"Jane Doe_11_{tag}/data.csv": DATA,
            "Jane Doe_11_assignsubmission_onlinetext_/onlinetext.html": b"typed",
        },
    )
    put_tree(
        tmp_path / "flat",
        {f"Jane Doe_11_{tag}hw.ipynb": GOOD, f"Jane Doe_11_{tag}data.csv": DATA},
    )
    for form in ("folders", "flat"):
        assert beside(students(surveyed(tmp_path / form))["Jane Doe"]) == {"data.csv": DATA}


def test_nbgraders_own_files_lie_beside_nothing(tmp_path):
    files = {
        "submitted/ada/ps1/ps1.ipynb": GOOD,
        "submitted/ada/ps1/data.csv": DATA,
        "submitted/ada/ps1/timestamp.txt": b"2026-05-01 12:00:00 UTC",
        "submitted/bob/ps1/ps1.ipynb": GOOD,
        "submitted/bob/ps1/timestamp.txt": b"2026-05-01 12:00:00 UTC",
    }
    found = students(surveyed(put_tree(tmp_path, files) / "submitted"))
    assert beside(found["ada"]) == {"data.csv": DATA}
    assert beside(found["bob"]) == {}


def test_gradescope_folders_hold_what_lies_beside(tmp_path):
    record = "submission_7:\n  :submitters:\n  - :name: Ada\n    :sid: a1\n"
    files = {
        "submission_metadata.yml": record.encode(),
        "submission_7/hw.ipynb": GOOD,
        "submission_7/utils.py": b"x = 1",
    }
    assert beside(students(surveyed(put_tree(tmp_path, files)))["a1"]) == {"utils.py": b"x = 1"}


def test_each_notebook_of_a_student_has_the_files_of_its_folder(tmp_path):
    files = {"ada/hw.ipynb": notebook("1"), "ada/hw (1).ipynb": notebook("2"), "ada/d.csv": DATA}
    files["bob/hw.ipynb"] = GOOD
    ada = students(surveyed(put_tree(tmp_path, files)))["ada"]
    assert names(ada) == ["d.csv"]


# Which can lie there


def file(folder: Path, name: str, content: bytes = b"x") -> SideFile:
    path = folder / str(abs(hash(name)))
    path.write_bytes(content)
    return SideFile(name, name, FileSource(path, folder))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../up.csv", "its name leads elsewhere"),
        ("/etc/passwd", "its name leads elsewhere"),
        ("a//b.csv", "its name leads elsewhere"),
        ("a\\b.csv", "its name leads elsewhere"),
        ("a\x1b[2J.csv", "its name holds characters that cannot be shown"),
        ("a\nb.csv", "its name holds characters that cannot be shown"),
        ("a\u202eb.csv", "its name holds characters that cannot be shown"),
        ("a\udce9.csv", "its name holds characters that cannot be shown"),
        ("d/" * 10 + "x.csv", "it is more than 10 folders deep"),
        ("é" * 200, "its name is too long"),
        ("TMP", "`tmp` is the folder for temporary files"),
    ],
)
def test_an_odd_name_is_left_out(tmp_path, name, why):
    kept, left_out = read_side_files([file(tmp_path, name), file(tmp_path, "good.csv")])
    assert list(kept) == ["good.csv"]
    assert list(left_out.values()) == [why]
    assert all(
        key.isprintable() or "\x1b" in key or "\n" in key or "\u202e" in key for key in left_out
    )


def test_names_that_cannot_stand_beside_one_another_are_told_apart_by_none(tmp_path):
    given = [file(tmp_path, name) for name in ("Data.csv", "data.csv", "a", "a/b", "c/d", "C")]
    kept, left_out = read_side_files(given)
    assert list(kept) == ["Data.csv", "a", "c/d"]
    assert left_out == {
        "data.csv": "another file has the same name",
        "a/b": "it has the same name as a folder",
        "C": "it has the same name as a folder",
    }


def test_what_is_too_large_or_too_many_is_left_out(tmp_path):
    large = file(tmp_path, "large.bin", bytes(LIMIT_FILE_BYTES + 1))
    whole = [file(tmp_path, f"{number}.bin", bytes(LIMIT_FILE_BYTES)) for number in range(3)]
    kept, left_out = read_side_files([large, *whole])
    assert list(kept) == ["0.bin", "1.bin"]
    assert left_out["large.bin"] == "it is larger than 8 MiB, the limit for one file"
    assert "larger than 16 MiB, the limit for all files" in left_out["2.bin"]
    small = [file(tmp_path, f"{number}.txt") for number in range(LIMIT_FILES + 1)]
    kept, left_out = read_side_files(small)
    assert len(kept) == LIMIT_FILES
    assert left_out == {"100.txt": "it is not among the first 100 files, and no more are kept"}


def test_links_out_and_special_files_are_left_out(tmp_path):
    put_tree(
        tmp_path / "class", {"ada/hw.ipynb": GOOD, "bob/hw.ipynb": GOOD, "bob/mine.py": b"his"}
    )
    ada = tmp_path / "class" / "ada"
    (ada / "passwd").symlink_to("/etc/passwd")
    (ada / "mine.py").symlink_to("../bob/mine.py")
    (ada / "own.py").symlink_to("hw.ipynb")
    os.mkfifo(ada / "queue")
    notebook = students(surveyed(tmp_path / "class"))["ada"].read()
    assert notebook.beside == {"own.py": GOOD}
    assert notebook.left_out == {
        "mine.py": "it is a link that leads out of its folder",
        "passwd": "it is a link that leads out of its folder",
        "queue": "it is not an ordinary file",
    }


def test_hostile_members_of_a_zip_are_left_out_and_bombs_cost_no_more_than_one(tmp_path):
    path = tmp_path / "class" / "ada.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hw.ipynb", GOOD)
        archive.writestr("good.csv", DATA)
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../up.csv", b"x")
        for number in range(8):
            archive.writestr(f"zero{number}.bin", bytes(LIMIT_FILE_BYTES + 1))
    (tmp_path / "class" / "bob.ipynb").write_bytes(GOOD)
    read = students(surveyed(tmp_path / "class"))["ada"].read()
    assert read.beside == {"good.csv": DATA}
    assert read.left_out["link.csv"] == "it is a link or a special file in its zip"
    assert read.left_out["up.csv"] == "it has a name in its zip that leads elsewhere"
    reasons = [read.left_out[f"zero{number}.bin"] for number in range(8)]
    assert reasons[0].startswith("it is larger than 8 MiB")
    # The last one was not unpacked any more.
    assert reasons[-1].startswith("together with the files before it")


# One hand-in


def test_a_notebook_alone_stands_for_itself():
    assert pack_handed_in(SubmittedFiles(GOOD)) == GOOD
    assert read_handed_in(GOOD).beside == {}


def test_what_is_packed_is_unpacked_and_the_same_files_are_the_same_bytes():
    one = SubmittedFiles(GOOD, {"a": b"1", "b": b"2"}, {"c": "why"})
    other = SubmittedFiles(GOOD, {"b": b"2", "a": b"1"}, {"c": "why"})
    packed = pack_handed_in(one)
    assert unpack_handed_in(packed) == one
    assert packed == pack_handed_in(other)
    digests = {
        read_handed_in(pack_handed_in(each)).sha256
        for each in (SubmittedFiles(GOOD), one, SubmittedFiles(GOOD, {"a": b"1", "b": b"3"}))
    }
    assert len(digests) == 3


def test_a_notebook_that_claims_to_be_several_files_is_none(tmp_path):
    forged = pack_handed_in(SubmittedFiles(GOOD, {"../../escape.py": b"x"}))
    put_tree(tmp_path, {"ada/hw.ipynb": forged, "bob/hw.ipynb": GOOD})
    ada = students(surveyed(tmp_path))["ada"]
    assert unpack_handed_in(ada.read_all()) == SubmittedFiles(forged)
    with pytest.raises(NotebookError, match="is not readable as text"):
        ada.read()


# On the author's own machine


def test_what_lies_nearby_is_all_of_a_small_folder(tmp_path):
    put_tree(
        tmp_path, {"hw.ipynb": GOOD, "a.csv": DATA, "d/b.csv": DATA, ".git/c": b"", "z.ipynb": GOOD}
    )
    found = files_nearby(tmp_path / "hw.ipynb", GOOD)
    assert [each.name for each in found] == ["a.csv", "d/b.csv"]


def test_what_lies_nearby_is_what_the_notebook_names_in_a_large_folder(tmp_path):
    many = {f"{number}.pdf": b"" for number in range(LIMIT_FILES)}
    content = notebook("import utils; open('d/data.csv')")
    put_tree(tmp_path, {"hw.ipynb": content, "utils.py": b"", "d/data.csv": DATA, **many})
    found = files_nearby(tmp_path / "hw.ipynb", content)
    assert [each.name for each in found] == ["utils.py", "d/data.csv"]

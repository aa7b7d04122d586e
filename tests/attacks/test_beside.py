"""Attacks by files that are handed in beside a notebook: out of the folder, and to a neighbour."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import prepare_course
from grader.guest.handed_files import place_files
from grader.sandbox.engine import Isolation
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from grader.submissions import survey_submissions
from tests.course.tiny import files, write
from tests.notebooks import notebook_bytes

pytestmark = pytest.mark.strong

LOOK = """
import os
found = sorted(
    os.path.relpath(os.path.join(folder, name))
    for folder, _, names in os.walk('.') for name in names
)
raise RuntimeError(repr(found))
"""
HOSTILE = ("../escape.py", "/tmp/escape.py", "a/../../escape.py", "..\\escape.py", "C:/escape.py")


@pytest.fixture(scope="module")
def preparation(tmp_path_factory):
    return prepare_course(load_course(write(tmp_path_factory.mktemp("course"), files())))


@pytest.fixture(scope="module", params=[Isolation.STRONG, Isolation.NONE])
def sandbox(request):
    with Sandbox(SandboxSettings(), request.param) as running:
        yield running


def told(preparation, sandbox, folder: Path) -> dict[str, str]:
    """Return what each notebook of a class raised: the files that it found."""
    survey = survey_submissions([folder])
    results = [grade_submission(preparation, each, sandbox) for each in survey.submissions]
    raised = re.compile("RuntimeError: (.*), in line")
    return {each.student: raised.search(each.cells[0].error)[1] for each in results}


def test_a_zip_places_nothing_outside_of_the_notebook_s_own_folder(preparation, sandbox, tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    with zipfile.ZipFile(folder / "mallory.zip", "w") as archive:
        archive.writestr("hw.ipynb", notebook_bytes([LOOK]))
        archive.writestr("own.py", b"x = 1")
        for name in HOSTILE:
            archive.writestr(name, b"raise SystemExit")
    (folder / "alice").mkdir()
    (folder / "alice" / "hw.ipynb").write_bytes(notebook_bytes([LOOK]))
    found = told(preparation, sandbox, folder)
    assert found == {"mallory": "['own.py']", "alice": "[]"}
    assert not list(tmp_path.rglob("escape*"))
    assert not Path("/tmp/escape.py").exists()


def test_no_link_shows_a_neighbour_s_work_or_the_machine_s_files(preparation, sandbox, tmp_path):
    folder = tmp_path / "class"
    for name in ("alice", "mallory"):
        (folder / name).mkdir(parents=True)
        (folder / name / "hw.ipynb").write_bytes(notebook_bytes([LOOK]))
    (folder / "alice" / "answers.py").write_text("best = 1")
    (folder / "mallory" / "answers.py").symlink_to("../alice/answers.py")
    (folder / "mallory" / "passwd").symlink_to("/etc/passwd")
    (folder / "mallory" / "all").symlink_to("..")
    found = told(preparation, sandbox, folder)
    assert found == {"alice": "['answers.py']", "mallory": "[]"}


def test_what_one_session_wrote_over_is_whole_again_in_the_next(preparation, sandbox, tmp_path):
    spoil = "open('data.txt', 'a').write('spoilt'); open('left.txt', 'w').write('x')\n"
    read = "text = open('data.txt').read()\n" + spoil + "raise RuntimeError(repr(text))"
    folder = tmp_path / "class"
    for name in ("alice", "mallory"):
        (folder / name).mkdir(parents=True)
        (folder / name / "hw.ipynb").write_bytes(notebook_bytes([read]))
        (folder / name / "data.txt").write_text("whole")
    assert told(preparation, sandbox, folder) == {"alice": "'whole'", "mallory": "'whole'"}
    assert (folder / "alice" / "data.txt").read_text() == "whole"


def test_placing_writes_over_nothing_that_is_there(tmp_path):
    (tmp_path / "data.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        place_files(tmp_path, {"data.csv": b"x"})
    assert not (tmp_path / "elsewhere").exists()

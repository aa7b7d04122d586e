"""Files beside a notebook, from handing out to regrading: the course's and the student's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.authoring.prove.dry_runs import run_dry
from grader.authoring.prove.program_notebooks import ProgramNotebook
from grader.batch.cluster.assignment import assign, unpack
from grader.course import load_course
from grader.gradebook.fingerprints import course_as_graded
from grader.grading.preparation import prepare_course
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.engines import engines_for
from grader.sandbox.settings import SandboxSettings
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, changed, write
from tests.notebooks import notebook_bytes

USES_DATA = """\
import pathlib
SCALE = float(pathlib.Path("data/scale.csv").read_text())
def two_heads(p):
    return SCALE * p * p
"""
USES_OWN = "from utils import two_heads"
UTILS = b"def two_heads(p):\n    return p * p\n"
WITHOUT = ("--isolation", "none")


def texts(**settings: object) -> dict[str, str | bytes]:
    """Return a course that gives a file, on which its reference rests."""
    made = changed(EXERCISE, "defines:", "files: [data]\ndefines:")
    made[COURSE] += f"sandbox: {json.dumps(settings)}\n" if settings else ""
    made[REFERENCE] = USES_DATA
    return {**made, "data/scale.csv": "1\n"}


@pytest.fixture
def course(tmp_path):
    return write(tmp_path / "course", texts())


def hand_in(folder: Path, cell: str, **files: bytes) -> Path:
    folder.mkdir(parents=True)
    (folder / "hw.ipynb").write_bytes(notebook_bytes([cell]))
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


@pytest.fixture
def handed_in(tmp_path):
    """A class: the course's file, a module of one's own, one of another, and both again."""
    folder = tmp_path / "class"
    hand_in(folder / "ada", USES_DATA)
    hand_in(folder / "bob", USES_OWN, utils_py=UTILS)
    hand_in(folder / "eve", USES_OWN)
    hand_in(folder / "kim", USES_OWN, utils_py=UTILS.replace(b"p * p", b"p"))
    hand_in(folder / "zoe", USES_OWN, utils_py=UTILS)
    return folder


def scores(out: Path) -> dict[str, float]:
    results = json.loads((out / "results.json").read_text())
    return {each["student"]: each["score"] for each in results["submissions"]}


def test_a_class_is_graded_with_its_files(grader, course, handed_in, tmp_path):
    where = ("--course", course, "--out", tmp_path / "out", "--jobs", "1")
    assert grader("grade", handed_in, *where, *WITHOUT).status == 0
    assert scores(tmp_path / "out") == {"ada": 3.0, "bob": 3.0, "eve": 0.0, "kim": 0.0, "zoe": 3.0}
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    found = {each["student"]: each for each in results["submissions"]}
    assert found["bob"]["hand_in"]["beside"] == ["utils.py"]
    assert found["bob"]["sha256"] == found["zoe"]["sha256"]
    assert len({found[name]["sha256"] for name in ("bob", "eve", "kim")}) == 3
    assert "if it is a file of yours, hand in `utils.py`" in found["eve"]["cells"][0]["error"]


def test_the_engine_jupyter_has_the_same_files(grader, course, tmp_path):
    cells = USES_DATA + "from utils import two_heads as _"
    hand_in(tmp_path / "class" / "ada", cells, utils_py=UTILS)
    where = ("--course", course, "--out", tmp_path / "out", "--engine", "jupyter")
    assert grader("grade", tmp_path / "class", *where, *WITHOUT).status == 0
    assert scores(tmp_path / "out") == {"ada": 3.0}


@pytest.mark.strong
def test_the_gradebook_keeps_the_files_and_regrades_when_the_course_changes_its_own(
    grader, course, handed_in, tmp_path
):
    book = ("--gradebook", tmp_path / "book.db")
    first = ("grade", handed_in, "--course", course, "--out", tmp_path / "out", *book)
    assert grader(*first).status == 0
    assert scores(tmp_path / "out")["bob"] == 3.0
    for path in sorted(handed_in.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert grader("regrade", "--course", course, *book).out.startswith("0 of 5 submissions changed")
    (course / "data" / "scale.csv").write_text("1.0\n")  # another file, and the same answers
    done = grader("regrade", "--course", course, *book, "--json")
    assert done.json["counts"] == {"unchanged": 5}
    grader("gradebook", "verify", *book)


def test_what_does_not_lie_there_is_named_with_the_reason(grader, course, tmp_path):
    folder = hand_in(tmp_path / "class" / "ada", "x = open('big.bin')\n" + USES_DATA)
    (folder / "big.bin").write_bytes(bytes(9 << 20))
    (folder / "data").mkdir()
    (folder / "data" / "scale.csv").write_text("7\n")
    out = tmp_path / "out"
    grader("grade", tmp_path / "class", "--course", course, "--out", out, *WITHOUT)
    (ada,) = json.loads((out / "results.json").read_text())["submissions"]
    told = "was handed in beside the notebook, but is left out when it is graded:"
    given = "the course provides its own file of this name"
    assert ada["remarks"] == [
        f"`big.bin` {told} it is larger than 8 MiB, the limit for one file.",
        f"`data/scale.csv` {told} {given}.",
    ]
    assert "`big.bin` was handed in, but is left out" in ada["cells"][0]["error"]
    assert ada["cells"][0]["error"].endswith(
        "did not run; it defines `pathlib`, `SCALE`, `two_heads`."
    )


def test_the_course_s_own_file_handed_in_as_it_was_given_is_nothing_to_speak_of(
    grader, course, tmp_path
):
    folder = hand_in(tmp_path / "class" / "ada", USES_DATA)
    (folder / "data").mkdir()
    (folder / "data" / "scale.csv").write_text("1\n")
    out = tmp_path / "out"
    grader("grade", tmp_path / "class", "--course", course, "--out", out, *WITHOUT)
    (ada,) = json.loads((out / "results.json").read_text())["submissions"]
    assert (ada["score"], ada["remarks"]) == (3.0, [])


def test_a_course_may_take_notebooks_alone(grader, handed_in, tmp_path):
    course = write(tmp_path / "course", texts(student_files=False))
    out = tmp_path / "out"
    grader("grade", handed_in, "--course", course, "--out", out, *WITHOUT)
    assert scores(out) == {"ada": 3.0, "bob": 0.0, "eve": 0.0, "kim": 0.0, "zoe": 0.0}
    results = json.loads((out / "results.json").read_text())["submissions"]
    assert results[1]["remarks"][0].endswith("is graded: the course accepts the notebook only.")


def test_check_uses_the_files_as_they_lie_beside_the_notebook(grader, course, handed_in):
    assert grader("check", handed_in / "bob" / "hw.ipynb", "--course", course).status == 0
    done = grader("check", handed_in / "eve" / "hw.ipynb", "--course", course)
    assert done.status == 1
    assert "hand in `utils.py` beside the" in done.out


def test_a_notebook_writes_over_its_own_copies_alone(grader, course, tmp_path):
    spoils = "open('data/scale.csv', 'w').write('7')\nopen('own.txt', 'w').write('7')\n"
    folder = hand_in(tmp_path / "class" / "ada", spoils + USES_DATA.replace("SCALE *", ""))
    (folder / "own.txt").write_text("1")
    hand_in(
        tmp_path / "class" / "bob",
        "assert not __import__('os').path.exists('own.txt')\n" + USES_DATA,
    )
    out = tmp_path / "out"
    where = ("--course", course, "--out", out, "--jobs", "1")
    grader("grade", tmp_path / "class", *where, *WITHOUT)
    assert scores(out) == {"ada": 3.0, "bob": 3.0}
    assert (folder / "own.txt").read_text() == "1"
    assert (course / "data" / "scale.csv").read_text() == "1\n"


def test_files_are_fresh_where_a_cell_ends_the_session_and_the_others_run_again(
    grader, course, tmp_path
):
    spoils = "open('data/scale.csv', 'w').write('7')\nimport os; os._exit(1)"
    hand_in(tmp_path / "class" / "ada", spoils)
    (tmp_path / "class" / "ada" / "hw.ipynb").write_bytes(notebook_bytes([spoils, USES_DATA]))
    out = tmp_path / "out"
    grader("grade", tmp_path / "class", "--course", course, "--out", out, *WITHOUT)
    assert scores(out) == {"ada": 3.0}


def test_release_hands_the_files_out_and_writes_over_no_other(grader, course, tmp_path):
    call = ("release", "--course", course, "--out", tmp_path / "out", "--student", "ada")
    done = grader(*call)
    given = tmp_path / "out" / "ada" / "data" / "scale.csv"
    assert done.out.endswith(f"{given}: file to hand out (new)\n")
    assert given.read_text() == "1\n"
    assert grader(*call, "--json").json["files"] == [{"path": str(given), "status": "unchanged"}]
    given.write_text("mine")
    refused = grader(*call)
    assert refused.status == 2
    assert "is not the file that the course gives now" in refused.err
    assert grader(*call, "--force").status == 0
    assert given.read_text() == "1\n"


def test_what_is_released_can_be_checked_where_it_lies(grader, course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where there is no course
    grader("release", "--course", course, "--out", tmp_path / "out")
    path = tmp_path / "out" / "coins.ipynb"
    notebook = json.loads(path.read_text())
    (starter,) = (c for c in notebook["cells"] if c["metadata"]["grader"]["part"] == "starter")
    starter["source"] = [USES_DATA]
    path.write_text(json.dumps(notebook))
    assert grader("check", path).status == 0


def test_workers_of_a_cluster_get_the_files_with_the_course(course, tmp_path):
    loaded = load_course(course)
    how = {"seed": 0, "isolation": "none", "engine": "sandbox"}
    graded = course_as_graded(loaded, loaded.exercises.values(), **how)
    assignment = assign(loaded, list(loaded.exercises.values()), no_engine, graded)
    unpack(assignment.packed, tmp_path / "there")
    preparation, _ = assignment.prepare(tmp_path / "there")
    assert preparation.files == {"data/scale.csv": b"1\n"}
    (course / "data" / "scale.csv").write_text("2\n")
    changed_course = course_as_graded(load_course(course), loaded.exercises.values(), **how)
    assert changed_course.key != graded.key


def no_engine(settings, *, hidden):
    return None


def test_programs_of_the_course_run_as_notebooks_with_its_files(course):
    preparation = prepare_course(load_course(course))
    (exercise,) = preparation.exercises
    source = exercise.exercise.reference.read_text()
    program = ProgramNotebook("reference", (("two_heads", source),))
    engines = engines_for(EngineName.SANDBOX, SandboxSettings(), Isolation.NONE, hidden=())
    found = run_dry(preparation, [program], engines)
    assert found["reference"].result.score == 3

"""``grader doctor``: what is there, what is missing, and how to get it."""

from __future__ import annotations

import pytest

from tests.course import tiny
from tests.notebooks import notebook_bytes
from tests.sandbox.pythons import public_python


@pytest.fixture(scope="module")
def course_of_public_python(tmp_path_factory):
    """A course whose Python everybody may read; ours may stand below /root."""
    with public_python() as python:
        named = {tiny.COURSE: f"{tiny.files()[tiny.COURSE]}sandbox: {{python: {python}}}\n"}
        yield tiny.write(tmp_path_factory.mktemp("public"), tiny.files() | named)


@pytest.mark.strong
def test_a_machine_that_has_every_piece_offers_every_tier(grader, course_of_public_python):
    done = grader("doctor", "--course", course_of_public_python)
    assert (done.status, done.err) == (0, "")
    assert "MISSING" not in done.out
    assert "Tiers that this machine offers: strong, basic, none" in done.out


@pytest.mark.strong
def test_json_is_all_that_is_printed(grader, course_of_public_python):
    done = grader("doctor", "--course", course_of_public_python, "--json")
    assert done.json["tiers"] == ["strong", "basic", "none"]
    by_name = {piece["name"]: piece for piece in done.json["pieces"]}
    assert by_name["bubblewrap"]["ok"]
    assert by_name["bubblewrap"]["tiers"] == ["strong"]


def test_without_bubblewrap_there_is_no_strong_and_a_way_to_get_it(grader, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = grader("doctor")
    assert done.status == 2
    assert "MISSING  bubblewrap" in done.out
    assert "needed for strong: Debian and Ubuntu: `apt install bubblewrap`" in done.out
    assert "strong" not in done.out.splitlines()[-1]


def test_grade_refuses_what_doctor_finds_missing(grader, monkeypatch, tmp_path):
    sample = "examples/submissions/right-numpy.ipynb"
    monkeypatch.setenv("PATH", str(tmp_path))
    done = grader("grade", sample, "--out", tmp_path / "grades")
    assert (done.status, done.out) == (2, "")
    assert "cannot give isolation `strong`" in done.err
    assert "`apt install bubblewrap`" in done.err
    assert not (tmp_path / "grades").exists()


def test_the_python_of_the_course_is_looked_at(grader, tmp_path):
    named = {tiny.COURSE: tiny.files()[tiny.COURSE] + "sandbox: {python: /nowhere/python}\n"}
    course = tiny.write(tmp_path, tiny.files() | named)
    done = grader("doctor", "--course", course)
    assert done.status == 2
    assert "MISSING  sandbox Python" in done.out
    assert "/nowhere/python" in done.out
    assert done.out.splitlines()[-1] == "Tiers that this machine offers: none"


def test_it_needs_no_course(grader, tmp_path):
    assert "sandbox Python" in grader("doctor", "--course", tmp_path).out


def papers(folder, *sources):
    for number, source in enumerate(sources):
        (folder / f"s{number}").mkdir(parents=True)
        (folder / f"s{number}" / "hw.ipynb").write_bytes(notebook_bytes([source]))
    return folder


def test_a_module_that_many_import_is_named_with_what_it_costs(grader, tmp_path):
    folder = papers(tmp_path, *["import sqlalchemy, not_there_at_all"] * 5, "1")
    done = grader("doctor", folder, "--course", tmp_path)
    assert "5 of 6 notebooks import `sqlalchemy`, at 0." in done.out
    assert "`sandbox: {preload: [sqlalchemy]}` in course.yaml imports it once" in done.out
    assert "not_there_at_all" not in done.out
    (found,) = grader("doctor", folder, "--course", tmp_path, "--json").json["preload"]
    assert (found["module"], found["notebooks"]) == ("sqlalchemy", 5)
    assert 0.02 < found["seconds"] < 60


def test_what_the_course_preloads_is_not_named(grader, tmp_path):
    folder = papers(tmp_path / "class", *["import sqlalchemy"] * 5)
    preload = {tiny.COURSE: tiny.files()[tiny.COURSE] + "sandbox: {preload: [sqlalchemy]}\n"}
    course = tiny.write(tmp_path / "course", tiny.files() | preload)
    assert "sqlalchemy" not in grader("doctor", folder, "--course", course).out


def test_a_run_names_it_at_its_end(grader, tmp_path):
    folder = papers(tmp_path / "class", *["import sqlalchemy"] * 5)
    course = tiny.write(tmp_path / "course", tiny.files())
    done = grader("grade", folder, "--course", course, "--out", tmp_path / "out")
    assert "Note: 5 of 5 notebooks import `sqlalchemy`: " in done.out

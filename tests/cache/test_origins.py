"""What an entry's name is made of: every file of a course, and all of an installation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from grader.cache import origins
from grader.cache.origins import UnreadableError, installation, read_files

FILES = {"exercises/a.yaml": "a", "solutions/u/a/reference.py": "1", "data.csv": "x"}


@pytest.fixture
def course(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digest(folder: Path) -> bytes:
    return read_files(folder, ["exercises", "solutions", "data.csv"]).digest


CHANGES = {
    "a file": lambda folder: (folder / "exercises/a.yaml").write_text("b"),
    "a new file": lambda folder: (folder / "solutions/u/a/table.npy").write_bytes(b""),
    "a file that is gone": lambda folder: (folder / "data.csv").unlink(),
    "a new folder": lambda folder: (folder / "solutions/u/b").mkdir(),
    "another name": lambda folder: (folder / "exercises/a.yaml").rename(
        folder / "exercises/b.yaml"
    ),
    "a file that is moved": lambda folder: (folder / "data.csv").rename(
        folder / "solutions/data.csv"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_of_the_files_is_another_digest(course, change):
    before = digest(course)
    change(course)
    assert digest(course) != before


def test_neither_times_nor_compiled_programs_nor_other_files_change_the_digest(course):
    before = digest(course)
    os.utime(course / "data.csv", (1, 1))
    (course / "solutions/__pycache__").mkdir()
    (course / "solutions/__pycache__/x.pyc").write_bytes(b"x")
    (course / "submission.ipynb").write_text("{}")
    assert digest(course) == before


def test_the_digest_is_the_same_wherever_the_course_stands(course, monkeypatch):
    before = digest(course)
    monkeypatch.chdir(course)
    assert digest(Path()) == before


def test_a_file_that_has_changed_since_is_noticed(course):
    read = read_files(course, ["exercises"])
    assert read.are_unchanged()
    (course / "exercises/a.yaml").write_text("longer")
    assert not read.are_unchanged()
    (course / "exercises/a.yaml").unlink()
    assert not read.are_unchanged()


@pytest.mark.parametrize("where", ["exercises/link", "solutions/u/link"])
def test_a_link_is_refused_since_what_it_leads_to_may_change(course, where):
    (course / where).symlink_to("/etc")
    with pytest.raises(UnreadableError, match="is a link"):
        digest(course)


def test_a_named_link_is_refused_too(course):
    (course / "data.csv").unlink()
    (course / "data.csv").symlink_to("/etc/hostname")
    with pytest.raises(UnreadableError, match="is a link"):
        digest(course)


@pytest.mark.parametrize(("cap", "most"), [("MAX_FILES", 2), ("MAX_BYTES", 2)])
def test_more_than_a_cap_is_refused(course, monkeypatch, cap, most):
    monkeypatch.setattr(origins, cap, most)
    with pytest.raises(UnreadableError, match="too many files"):
        digest(course)


def test_a_file_that_cannot_be_read_is_refused(course, monkeypatch):
    def refuse(path: str) -> None:
        raise PermissionError(13, "refused", path)

    monkeypatch.setattr(origins, "FileIO", refuse)
    with pytest.raises(UnreadableError, match="refused"):
        digest(course)


def changed_installation(monkeypatch, target: str, value: object) -> bytes:
    installation.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(target, value)
        found = installation()
    installation.cache_clear()
    return found


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("sys.version", "3.99"),
        ("numpy.__version__", "9.9"),
        ("grader.cache.origins._own_code", lambda: "changed"),
        ("grader.cache.origins._packages", lambda: ["scipy-9.9.dist-info"]),
        ("grader.cache.origins._processor", lambda: ["flags: avx512f"]),
        ("grader.cache.origins._c_library", lambda: "glibc 9"),
        ("platform.machine", lambda: "aarch64"),
    ],
)
def test_each_part_of_an_installation_counts(monkeypatch, target, value):
    installation.cache_clear()
    assert changed_installation(monkeypatch, target, value) != installation()


@pytest.mark.parametrize("name", ["OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "NPY_DISABLE_CPU"])
def test_variables_that_change_how_numbers_are_added_up_count(monkeypatch, name):
    installation.cache_clear()
    before = installation()
    installation.cache_clear()
    monkeypatch.setenv(name, "something else")
    assert installation() != before
    installation.cache_clear()


def test_this_packages_code_counts_by_what_it_holds():
    assert origins._own_code() == origins._own_code() != ""


def test_packages_are_known_by_their_versions():
    assert any(name.startswith("numpy-") for name in origins._packages())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the processor has another name")
def test_the_processor_is_known_by_what_it_can_and_not_by_its_speed():
    lines = list(origins._processor())
    assert lines == list(origins._processor())
    assert any(line.startswith(("flags", "Features")) for line in lines)
    assert not any("MHz" in line for line in lines)

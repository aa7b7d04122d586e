"""A course that a run found without fault is not looked through by the next."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from grader.cache import open_cache
from grader.checks.kinds.function import FunctionCheck
from grader.checks.registry import all_kinds
from grader.course import load_course, loading
from grader.errors import CourseError
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, ROOT, changed, files, write


@pytest.fixture
def cache():
    return open_cache()


@pytest.fixture
def looked(monkeypatch):
    """Give the exercises' files that are read as YAML, as they are."""
    seen = []
    read = loading.read_document
    monkeypatch.setattr(loading, "read_document", lambda path: seen.append(path.name) or read(path))
    return seen


def test_a_second_run_reads_the_settings_alone_and_makes_the_same_of_the_course(cache, looked):
    first = load_course(ROOT, cache=cache)
    assert len(looked) == 23
    looked.clear()
    again = load_course(ROOT, cache=cache)
    assert looked == ["course.yaml"]
    assert repr(again) == repr(first) == repr(load_course(ROOT))  # nan is unlike any other nan
    for name, exercise in again.exercises.items():
        stated = [check.model_fields_set for check in exercise.checks]
        assert stated == [check.model_fields_set for check in first.exercises[name].checks]


@pytest.mark.parametrize("name", [EXERCISE, REFERENCE, COURSE])
def test_a_change_of_any_file_is_looked_at(tmp_path, cache, looked, name):
    write(tmp_path, files())
    load_course(tmp_path, cache=cache)
    looked.clear()
    write(tmp_path, {name: files()[name] + "\n"})
    load_course(tmp_path, cache=cache)
    assert "two_heads.yaml" in looked


def test_a_fault_is_told_in_every_run(tmp_path, cache):
    write(tmp_path, changed(EXERCISE, "points: 2", "points: two"))
    for _ in range(2):
        with pytest.raises(CourseError, match=r"two_heads.yaml:\d+"):
            load_course(tmp_path, cache=cache)


def test_a_fault_that_comes_with_a_program_is_told(tmp_path, cache):
    write(tmp_path, files())
    load_course(tmp_path, cache=cache)
    (tmp_path / REFERENCE).unlink()
    with pytest.raises(CourseError, match="the solution is missing"):
        load_course(tmp_path, cache=cache)
    (tmp_path / "solutions/coins/heads").mkdir()
    write(tmp_path, files())
    with pytest.raises(CourseError, match="belongs to no exercise"):
        load_course(tmp_path, cache=cache)


def test_a_file_for_students_that_has_gone_is_told_with_its_line(tmp_path, cache):
    given = {**files(), EXERCISE: files()[EXERCISE] + "\nfiles: [data.csv]\n", "data.csv": "1"}
    write(tmp_path, given)
    load_course(tmp_path, cache=cache)
    (tmp_path / "data.csv").unlink()
    told = []
    for each in (cache, None):
        with pytest.raises(CourseError, match="this file is missing") as found:
            load_course(tmp_path, cache=each)
        told.append(str(found.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("kept", [[1], {}, {"two_heads": b"junk"}, {"two_heads": 1}], ids=str)
def test_an_entry_of_another_form_is_no_course(tmp_path, cache, kept):
    write(tmp_path, files())
    sound = loading.SoundFiles.of(tmp_path, all_kinds(), cache)
    cache.write(sound.name, kept)
    assert load_course(tmp_path, cache=cache) == load_course(tmp_path)


def test_with_a_kind_of_another_package_each_run_looks_for_itself(tmp_path, cache, looked):
    class Other(FunctionCheck):
        kind = "other"

    Other.__module__ = "course_tools"
    kinds = MappingProxyType({**all_kinds(), "other": Other})
    write(tmp_path, files())
    for _ in range(2):
        looked.clear()
        load_course(tmp_path, kinds, cache)
        assert "two_heads.yaml" in looked


def test_a_course_with_a_link_in_it_is_looked_at_in_each_run(tmp_path, cache, looked):
    write(tmp_path, files())
    (tmp_path / "exercises/coins/table.csv").symlink_to("/etc/hostname")
    for _ in range(2):
        looked.clear()
        load_course(tmp_path, cache=cache)
        assert "two_heads.yaml" in looked


def test_a_course_that_changes_while_it_is_loaded_is_not_kept(tmp_path, cache, looked, monkeypatch):
    write(tmp_path, files())
    find = loading._given

    def meanwhile(*args):
        write(tmp_path, {EXERCISE: files()[EXERCISE] + "\n# edited\n"})
        return find(*args)

    with monkeypatch.context() as patch:
        patch.setattr(loading, "_given", meanwhile)
        load_course(tmp_path, cache=cache)
    write(tmp_path, files())
    looked.clear()
    load_course(tmp_path, cache=cache)
    assert "two_heads.yaml" in looked

"""A worker elsewhere gets the whole course, and grades with it only if grades will be the same."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from grader.batch.cluster.assignment import unpack
from grader.errors import SandboxError
from tests.batch.standins import StandIn, assignment, lacking
from tests.course import tiny


def elsewhere(given, folder):
    """Unpack a course into a new folder."""
    folder.mkdir()
    unpack(given.packed, folder)
    return folder


def graded_with(given, **versions):
    """Return an assignment of a machine that has other versions."""
    environment = given.graded.environment
    told = json.loads(environment.versions)
    told["ours"] |= versions
    changed = replace(environment, versions=json.dumps(told), key="another")
    versions = tuple(replace(each, fingerprint="another") for each in given.graded.versions)
    return replace(given, graded=replace(given.graded, environment=changed, versions=versions))


def test_a_worker_prepares_the_course_as_it_is(tmp_path):
    given = assignment(tmp_path / "here")
    preparation, engines = given.prepare(elsewhere(given, tmp_path / "there"))
    assert preparation.seed == 3
    assert preparation.faults == ()
    assert [each.exercise.id for each in preparation.exercises] == ["two_heads"]
    assert isinstance(engines, StandIn)


def test_nothing_is_packed_but_the_course(tmp_path):
    texts = tiny.files()
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "notes.txt").write_text("about students")
    cache = {"solutions/coins/two_heads/__pycache__/reference.pyc": b"compiled"}
    given = assignment(tmp_path / "here", texts={**texts, **cache})
    there = elsewhere(given, tmp_path / "there")
    found = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    assert found == set(texts)


def test_equal_courses_are_known_by_one_key_wherever_they_are(tmp_path):
    one, other = assignment(tmp_path / "one"), assignment(tmp_path / "other")
    assert one.key == other.key


def test_another_course_or_another_engine_has_another_key(tmp_path):
    texts = tiny.files()
    texts[tiny.REFERENCE] += "# another\n"
    keys = {
        assignment(tmp_path / "a").key,
        assignment(tmp_path / "b", texts=texts).key,
        assignment(tmp_path / "c", lacking).key,
    }
    assert len(keys) == 3


def test_a_worker_with_other_versions_refuses_and_names_them(tmp_path):
    given = graded_with(assignment(tmp_path / "here"), numpy="1.0", scipy="1.0")
    with pytest.raises(SandboxError) as caught:
        given.prepare(elsewhere(given, tmp_path / "there"))
    said = str(caught.value)
    assert "numpy of the grader is " in said
    assert "here and 1.0 there" in said
    assert "scipy of the grader is missing here and 1.0 there" in said
    assert "mpmath" not in said


def test_a_worker_with_other_code_of_one_version_refuses(tmp_path):
    given = graded_with(assignment(tmp_path / "here"))
    with pytest.raises(SandboxError, match="the code of the grader"):
        given.prepare(elsewhere(given, tmp_path / "there"))


def test_a_worker_that_lacks_a_tier_says_so(tmp_path):
    given = assignment(tmp_path / "here", lacking)
    with pytest.raises(SandboxError, match="lacks bubblewrap"):
        given.prepare(elsewhere(given, tmp_path / "there"))

"""Submissions that are not, between listing and reading, what they were."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os

import pytest

from grader.batch.grade import grade_submissions
from grader.batch.job import LocalJob
from grader.course import load_course
from grader.gradebook.database.book import open_gradebook
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.engines import engines_for
from grader.submissions import survey_submissions
from tests.faults.classes import Class, contents

VICTIM = "student0003"


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> Class:
    return Class.make(tmp_path_factory.mktemp("few"), 5)


@pytest.fixture(scope="module")
def expected(few, gradebooks) -> list[str]:
    return few.undisturbed(gradebooks())


def graded_while(gradebook, school, meddle):
    """Grade a class; one file is meddled with while it is read. Return the results by student."""

    def meddled(found):
        for each in found:
            with meddle(each.source.path) if each.student == VICTIM else contextlib.nullcontext():
                yield each

    course = load_course(school.folder / "course")
    exercises = tuple(course.exercises.values())
    engines = engines_for(
        EngineName.SANDBOX, course.sandbox, Isolation.NONE, hidden=[course.folder]
    )
    work = LocalJob(
        course=course,
        exercises=exercises,
        seed=0,
        isolation="none",
        engine="sandbox",
        engines=engines,
        jobs=1,
    )
    found = survey_submissions([school.folder / "work"]).submissions
    with open_gradebook(gradebook) as book:
        results = grade_submissions(book, work.snapshot(), meddled(found), work, who="test")
        return {result.student: result for result in results}


@contextlib.contextmanager
def removed(path):
    content = path.read_bytes()
    path.unlink()
    yield
    path.write_bytes(content)


@contextlib.contextmanager
def replaced_by_a_folder(path):
    with removed(path):
        path.mkdir()
        yield
        path.rmdir()


@contextlib.contextmanager
def made_unreadable(path):
    mode = path.stat().st_mode
    path.chmod(0)
    with permissions_bind():
        yield
    path.chmod(mode)


class Capabilities(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


@contextlib.contextmanager
def permissions_bind():
    """Have permissions hold for this thread, which as root they do not."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    version_3, dac_override, dac_read_search = 0x20080522, 1, 2
    header = (ctypes.c_uint32 * 2)(version_3, 0)
    held = (Capabilities * 2)()
    assert libc.capget(header, held) == 0
    before = held[0].effective
    held[0].effective &= ~(1 << dac_override | 1 << dac_read_search)
    assert libc.capset(header, held) == 0
    yield
    held[0].effective = before
    assert libc.capset(header, held) == 0


@pytest.mark.parametrize(
    ("meddle", "reason"),
    [
        (removed, "does not exist"),
        (replaced_by_a_folder, "is a folder"),
        (made_unreadable, "may not be read; give the grader permission"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_graded_once_it_can_be(
    few, expected, gradebook, meddle, reason
):
    result = graded_while(gradebook, few, meddle)[VICTIM]
    assert result.status == "unreadable"
    assert result.reason.startswith(f"`{VICTIM}.ipynb` {reason}")
    few.grade(gradebook)
    assert contents(gradebook) == expected


@pytest.mark.parametrize(("change", "status"), [("rewritten", "graded"), ("cut", "unreadable")])
def test_a_file_that_changes_is_graded_as_it_was_when_it_was_read(
    tmp_path, gradebooks, change, status
):
    few = Class.make(tmp_path, 5)
    path = few.folder / "work" / f"{VICTIM}.ipynb"
    content = Class.notebook(7) if change == "rewritten" else path.read_bytes()[:200]

    @contextlib.contextmanager
    def changed(path):
        path.write_bytes(content)
        yield
        path.write_bytes(b"too late")

    meddled, undisturbed = gradebooks(), gradebooks()
    result = graded_while(meddled, few, changed)[VICTIM]
    assert result.status == status
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    path.write_bytes(content)
    few.grade(undisturbed) if status == "graded" else few.start(undisturbed).communicate()
    assert contents(meddled) == contents(undisturbed)

"""A sandbox that was started before the course was read serves where it fits, and ends in time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.api.early import early_sandbox
from grader.batch.job import job_for
from grader.course import load_course
from grader.sandbox import zygote
from grader.sandbox.early_sandbox import EarlySandbox
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.engines import engines_for
from grader.sandbox.settings import SandboxSettings
from tests.course import tiny

NONE, SANDBOX = Isolation.NONE, EngineName.SANDBOX


@pytest.fixture
def folder(tmp_path):
    return tiny.write(tmp_path / "course", tiny.files())


def is_there(pid):
    """Tell whether a process runs; one that has ended and is not waited for does not."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(") ")[2][0] != "Z"


def pid_of(early):
    return early._zygote._booted.pid


def test_the_first_engine_uses_the_process_and_the_next_starts_its_own(folder):
    course = load_course(folder)
    with early_sandbox(folder, NONE, SANDBOX) as early:
        engines = engines_for(SANDBOX, course.sandbox, NONE, hidden=[folder], early=early)
        with engines.start() as first, engines.start() as second:
            assert first._zygote is early._zygote
            assert second._zygote is not early._zygote
        assert not is_there(pid_of(early))


def test_what_an_exercise_preloads_comes_when_it_is_known(folder):
    settings = load_course(folder).sandbox.model_copy(update={"preload": ("colorsys",)})
    with early_sandbox(folder, NONE, SANDBOX) as early:
        engines = engines_for(SANDBOX, settings, NONE, hidden=[folder], early=early)
        with engines.start() as engine, engine.session() as session:
            outcome = session.run_cell("import sys; assert 'colorsys' in sys.modules")
            assert outcome.status == "ok"
            assert engine._zygote is early._zygote


def test_it_preloads_as_soon_as_the_course_is_read_and_serves_no_other_preloads(folder):
    settings = load_course(folder).sandbox.model_copy(update={"preload": ("colorsys",)})
    with early_sandbox(folder, NONE, SANDBOX) as early:
        engines_for(SANDBOX, settings, NONE, hidden=[folder], early=early)
        assert early._zygote.preloads == ("colorsys",)
        assert early.take(load_course(folder).sandbox, NONE, [folder]) is None


@pytest.mark.parametrize(
    ("settings", "isolation", "hidden"),
    [
        (SandboxSettings(packages=("scipy",)), NONE, "course"),
        (SandboxSettings(), Isolation.BASIC, "course"),
        (SandboxSettings(), NONE, "another"),
    ],
)
def test_one_that_was_made_for_something_else_is_not_used(tmp_path, settings, isolation, hidden):
    early = EarlySandbox(SandboxSettings(), NONE, hidden=[tmp_path / "course"])
    assert early.take(settings, isolation, [tmp_path / hidden]) is None
    early.close()
    assert not is_there(pid_of(early))


def test_it_ends_with_the_block_whatever_happens(folder):
    with pytest.raises(ValueError, match="course"), early_sandbox(folder, NONE, SANDBOX) as early:
        assert is_there(pid_of(early))
        raise ValueError("no such course")
    assert not is_there(pid_of(early))


@pytest.mark.parametrize(
    "text",
    [
        "- a list\n",
        "title: [\n",
        "sandbox: {limits: {cell_s: -1}}\n",
        "sandbox: {python: python9}\n",
    ],
)
def test_nothing_is_started_for_a_course_that_says_nothing_usable(folder, text):
    (folder / tiny.COURSE).write_text(text)
    with early_sandbox(folder, NONE, SANDBOX) as early:
        assert early is None


def test_nothing_is_started_without_a_course_or_for_another_engine(folder):
    for place, engine in (
        (None, SANDBOX),
        (folder / "none", SANDBOX),
        (folder, EngineName.JUPYTER),
    ):
        with early_sandbox(place, NONE, engine) as early:
            assert early is None


def test_the_first_worker_gets_it_and_it_ends_with_the_worker(folder):
    course = load_course(folder)
    with early_sandbox(folder, NONE, SANDBOX) as early:
        job = job_for(
            course,
            list(course.exercises.values()),
            seed=0,
            isolation=NONE,
            engine=SANDBOX,
            jobs=2,
            scheduler=None,
            early=early,
        )
        with job.start():
            assert early._zygote._booted.channel.fileno() == -1  # the worker alone can ask it
        early._zygote._booted.process.wait(10)
    assert not is_there(pid_of(early))


def test_a_worker_whose_inherited_process_is_dead_starts_another(folder):
    course = load_course(folder)
    with early_sandbox(folder, NONE, SANDBOX) as early:
        os.kill(pid_of(early), 9)
        engines = engines_for(SANDBOX, course.sandbox, NONE, hidden=[folder], early=early)
        with engines.start() as engine:
            assert isinstance(engine._zygote, zygote.Zygote)
            assert engine._zygote is not early._zygote

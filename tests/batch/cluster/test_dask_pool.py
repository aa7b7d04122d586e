"""A Dask cluster grades as the local pool does, and loses nothing when workers die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch.job import ClusterJob
from grader.course import load_course
from grader.errors import UsageError
from tests.batch import standins
from tests.batch.clusters import OTHER_DASK, WITHOUT_GRADER, Cluster, in_a_process, surroundings
from tests.course import tiny
from tests.faults.classes import Class, contents


@pytest.fixture(scope="module")
def school(tmp_path_factory) -> Class:
    return Class.make(tmp_path_factory.mktemp("class"), 12)


@pytest.fixture(scope="module")
def undisturbed(gradebooks) -> str:
    """Return the address of what the local pool makes; none changes it."""
    return gradebooks()


@pytest.fixture(scope="module")
def expected(school, undisturbed) -> list[str]:
    return school.undisturbed(undisturbed)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster.start(tmp_path_factory.mktemp("dask") / "cluster") as cluster:
        cluster.worker()
        cluster.worker()
        yield cluster


@pytest.fixture
def empty(tmp_path):
    """A cluster that the test adds workers to, which do what those of `cluster` do."""
    with Cluster.start(tmp_path / "cluster", measured=False) as cluster:
        yield cluster


def by_cluster(school: Class, scheduler: object) -> Class:
    """Return the class as a cluster grades it."""
    options = ("--isolation", "none", "--scheduler", str(scheduler))
    return replace(school, options=options, environment=surroundings())


def done(cluster, *acts, maker="stand_ins"):
    """Have acts done; return status and reason of each."""
    course = cluster.folder / "course"
    ran = in_a_process("tests.batch.on_cluster", cluster.file, course, maker, *acts)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def complaint(cluster, maker="stand_ins"):
    """Return what ends a run that a cluster cannot do."""
    course = cluster.folder / "course"
    ran = in_a_process("tests.batch.on_cluster", cluster.file, course, maker, "nothing")
    assert ran.returncode == 1, ran.stdout
    return ran.stderr


def test_two_workers_give_the_gradebook_of_the_local_pool(school, expected, cluster, gradebook):
    by_cluster(school, cluster.file).grade(gradebook)
    assert contents(gradebook) == expected


def test_a_gradebook_is_graded_again_by_a_cluster(school, expected, undisturbed, cluster):
    run = subprocess.run(
        [
            Path(sys.executable).with_name("grader"), "regrade", "--dry-run", "--seed", "1",
            "--gradebook", undisturbed, "--course", school.folder / "course",
            "--scheduler", cluster.file,
        ],
        capture_output=True, text=True, timeout=60, env=os.environ | surroundings(),
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "0 of 13 submissions would change" in run.stdout


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(school, expected, empty, gradebook):
    first = empty.worker()
    process = by_cluster(school, empty.file).start(gradebook)
    for _ in range(3):
        assert process.stdout.readline()
    first.send_signal(signal.SIGKILL)
    empty.worker()
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 3, complained  # one submission cannot be read
    assert contents(gradebook) == expected


def test_a_submission_that_kills_its_process_three_times_is_reported(cluster, tmp_path):
    log = tmp_path / "log"
    before, killer, after = done(cluster, "nothing", f"die {log}", "nothing")
    assert killer == [
        "error", "3 workers died while they graded this (the last: exit code -9).",
    ]  # fmt: skip
    assert log.read_text() == "died\n" * 3
    assert before[1].startswith("run by ")
    assert after[1].startswith("run by ")


def test_a_submission_that_kills_dask_workers_three_times_is_reported(empty, tmp_path):
    log = tmp_path / "log"
    for _ in range(3):
        empty.worker()
    other, killer = done(empty, "nothing", f"kill {log}")
    assert killer == [
        "error", "3 workers died while they graded this (the last: it left the cluster).",
    ]  # fmt: skip
    assert log.read_text() == "died\n" * 3
    assert other[1].startswith("run by ")


def test_a_worker_keeps_its_process_and_its_course(cluster):
    first, second = done(cluster, *["nothing"] * 4), done(cluster, *["nothing"] * 4)
    assert len({reason for _, reason in first + second}) == 2


def test_a_worker_that_lacks_a_tier_is_named_with_what_it_lacks(cluster):
    said = complaint(cluster, maker="lacking")
    assert "the Dask worker `tcp://127.0.0.1:" in said
    assert "cannot give isolation `strong`, for it lacks bubblewrap" in said
    assert "Traceback" not in said


def test_a_worker_without_the_grader_is_told(empty):
    empty.worker("--no-nanny", before=WITHOUT_GRADER)
    assert "Every worker needs notebook-grader[dask]" in complaint(empty)


def test_dask_in_two_versions_is_told(empty):
    empty.worker("--no-nanny", before=OTHER_DASK)
    said = complaint(empty)
    assert "The versions of Dask differ" in said
    assert "tcp://127.0.0.1:" in said
    assert "has 1.0" in said


def test_a_scheduler_that_does_not_answer_is_told(school, gradebook):
    quick = {**surroundings(), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "500ms"}
    nobody = replace(by_cluster(school, "tcp://127.0.0.1:1"), environment=quick)
    process = nobody.start(gradebook)
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "no Dask scheduler answers at `tcp://127.0.0.1:1`" in complained
    assert "Traceback" not in complained


def test_a_scheduler_that_ends_in_the_middle_is_told(school, expected, empty, gradebook):
    empty.worker()
    process = by_cluster(school, empty.file).start(gradebook)
    assert process.stdout.readline()
    empty.processes[0].send_signal(signal.SIGKILL)
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "is gone" in complained
    assert "the same command continues from there" in complained
    assert "Traceback" not in complained
    school.grade(gradebook)
    assert contents(gradebook) == expected


def test_a_machine_without_dask_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delitem(sys.modules, "grader.batch.cluster.dask_pool", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    course = load_course(tiny.write(tmp_path, tiny.files()))
    with pytest.raises(UsageError, match=r"notebook-grader\[dask\]"):
        ClusterJob(
            course=course,
            exercises=tuple(course.exercises.values()),
            seed=0,
            isolation="none",
            engine="sandbox",
            engines=standins.stand_ins,
            scheduler="tcp://127.0.0.1:1",
        )


def test_jobs_of_this_machine_do_not_go_with_a_scheduler(school, gradebook):
    options = ("--jobs", "2", "--scheduler", "tcp://127.0.0.1:1")
    process = replace(school, options=options).start(gradebook)
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Give one of the two." in complained

"""A smoke run of the benchmark; what it measures is never asserted, since machines differ."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from grader.course import load_course

ROOT = Path(__file__).parent.parent

ORPHAN = """
import os, sys, time
from contextlib import nullcontext
from pathlib import Path
sys.path.insert(0, {root!r})
from benchmarks.accounting import account, adopt_orphans, has_account
from benchmarks.measuring import Run, measure

script = '''
import os, signal, time
{before}
if os.fork() == 0:
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    os._exit(0)
{after}
'''
with {opened}:
    used_s = measure(Run([sys.executable, "-c", script], Path("."), os.environ)).cpu_s
    print(used_s, has_account())
"""


def run_benchmarks(*options):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", "--notebooks", "2", "--rounds", "1", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_floor_gives_the_right_marks_and_is_measured(tmp_path):
    file = tmp_path / "results.json"
    done = run_benchmarks("--subjects", "floor", "--json", "--results", str(file))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert json.loads(file.read_text()) == {"peers": {"2": found}}
    floor = found["graders"]["floor"]
    assert floor["cpu_s"] > 0
    assert floor["memory"]["peak_bytes"] > 0
    assert floor["cpu_to_floor"] == [1.0, 1.0, 1.0]


def test_only_the_exercises_that_are_graded_are_in_the_course(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(ROOT)
    folder = import_module("benchmarks.course").write_course(ROOT, tmp_path, ("kl_asymmetry",))
    course = load_course(folder)
    assert list(course.exercises) == ["kl_asymmetry"]
    assert course.sandbox.preload == ()


@pytest.mark.soak
def test_the_floor_gives_the_right_marks_for_the_whole_course():
    done = run_benchmarks("--exercises", "all", "--subjects", "floor", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["exercises"] == len(load_course(ROOT).exercises)


def test_no_answer_in_a_notebook_spoils_another(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    classroom = import_module("benchmarks.classroom")
    course = load_course(ROOT)
    pools = classroom.collect_programs(course)
    for student in range(40):
        chosen = classroom.choose_programs(course, pools, student)
        made = [name for program in chosen.values() for name in program.made]
        assert {name for name in made if made.count(name) > 1} <= set(course.shared_names)
        for exercise, program in chosen.items():
            for below in course.exercises[exercise].builds_on:
                used = set(course.exercises[below].defines) & (program.read - program.bound)
                assert not used or chosen[below].right


@pytest.mark.strong
def test_our_grader_gives_the_same_marks_as_the_floor():
    done = run_benchmarks("--subjects", "ours,floor")
    assert done.returncode == 0, done.stderr
    assert "| ours |" in done.stdout
    assert "| floor |" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--subjects", "nbgrader"], "`nbgrader` needs --nbgrader-venv DIR"),
        (
            ["--nbgrader-venv", ".", "--exercises", "all"],
            "`nbgrader` cannot be asked all exercises",
        ),
        (["--subjects", "magic"], "there is no subject `magic`"),
        (["--notebooks", "1"], "takes at least 2"),
    ],
)
def test_a_wrong_call_is_refused(options, message):
    done = run_benchmarks(*options)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.soak
@pytest.mark.strong
def test_starts_are_measured_and_their_marks_are_right():
    options = ["startup", "--rounds", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    commands = json.loads(done.stdout)["startup"]["1"]["commands"]
    assert {"grader --help", "grader grade, 22 exercises, cold"} <= {
        of["command"] for of in commands
    }
    assert all(of["cpu_s"] > 0 for of in commands)


def test_starts_are_medians_and_ratios_to_the_first_command(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    startup = import_module("benchmarks.startup")
    cost = import_module("benchmarks.measuring").Cost
    numpy, grade = startup.Command("numpy", 1.0, None), startup.Command("grade", 5.0, None)
    measured = {numpy: [cost(0.2, 0.1)], grade: [cost(1, 1), cost(0.4, 0.3), cost(0.2, 0.2)]}
    _, record = startup.as_record(measured)
    assert (record["cpu_s"], record["wall_s"]) == (0.4, 0.3)
    assert record["cpu_to_numpy"] == pytest.approx(2)
    assert record["wall_to_numpy"] == pytest.approx(3)


def counted(opened, before="", after=""):
    """Return the CPU [s] that is counted for a process with a child that burns 0.3 s, and how."""
    script = ORPHAN.format(root=str(ROOT), opened=opened, before=before, after=after)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    used_s, has_account = done.stdout.split()
    return float(used_s), has_account == "True"


ADOPTED = "nullcontext(adopt_orphans())"


def test_time_of_a_process_that_outlives_its_parent_is_counted():
    used_s, has_account = counted(ADOPTED)
    assert used_s >= 0.3
    assert not has_account


def test_time_of_a_process_that_nobody_waits_for_is_counted_where_the_kernel_keeps_an_account():
    # As the processes of a namespace are when its first one is killed.
    ignoring = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
    until_it_ends = "try:\n    os.wait()\nexcept ChildProcessError:\n    pass"
    nobody = {"before": ignoring, "after": until_it_ends}
    used_s, has_account = counted("account()", **nobody)
    if not has_account:
        pytest.skip("no cgroup of version 1 can be made here")
    assert used_s >= 0.3
    assert counted(ADOPTED, **nobody)[0] < 0.3


def test_an_account_leaves_nothing_behind(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.accounting import account, has_account

    assert not has_account()
    with account():
        pass
    assert not has_account()


def test_a_grader_that_is_wrong_is_named(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    verdicts = import_module("benchmarks.verdicts")
    expected = {"ada": {"kl_asymmetry": frozenset()}, "bob": {"kl_asymmetry": frozenset({"zeros"})}}
    lost = {"ada": {"kl_asymmetry": frozenset({"signs"})}}
    assert list(verdicts.disagreements("floor", expected, expected)) == []
    assert list(verdicts.disagreements("floor", lost, expected)) == [
        "floor: ada, kl_asymmetry: ['signs'] for []",
        "floor: bob, kl_asymmetry: nothing at all for ['zeros']",
    ]


def test_a_peer_is_not_blamed_for_a_check_that_it_was_not_given(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    verdicts = import_module("benchmarks.verdicts")
    question = import_module("benchmarks.questions").Question(
        name="numbers", kind="function", points=1.0, rtol=1e-6, atol=0.0, asked=()
    )
    expected = {"ada": {"mse": frozenset({"derivation"})}}
    found = {"ada": {"mse": frozenset()}}
    questions = {"mse": [question]}
    assert list(verdicts.disagreements("otter", found, expected, questions)) == []

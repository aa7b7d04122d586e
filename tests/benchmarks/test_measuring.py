"""That all CPU is counted, and that results and memory are seen while a command runs.

Commands are measured in a process of its own, since all children of a process are waited for.
"""

import json
import subprocess
import sys

import pytest

from benchmarks.measuring import account, has_account
from tests.benchmarks.commands import ROOT

APART = """
import json, os, signal, sys
from contextlib import nullcontext
from pathlib import Path
from benchmarks.measuring import Run, account, adopt_orphans, has_account, measure, watch

def prints(*lines, then=""):
    code = "".join(f"print({{line!r}}, flush=True);" for line in lines) + then
    return Run([sys.executable, "-c", code], Path("."), os.environ)

try:
    with {opened}:
        seen = {call}
        print(json.dumps({shown}))
except RuntimeError as error:
    sys.exit(str(error))
"""

ORPHAN = """
import os, signal, time
{before}
if os.fork() == 0:
    while time.process_time() < 0.3:
        pass
    os._exit(0)
{after}
"""
ADOPTED = "nullcontext(adopt_orphans())"


def apart(call, shown="None", opened=ADOPTED):
    return subprocess.run(
        [sys.executable, "-c", APART.format(call=call, shown=shown, opened=opened)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )


def counted(opened, before="", after=""):
    """Return the CPU [s] that is counted for a process with a child that burns 0.3 s, and how."""
    script = ORPHAN.format(before=before, after=after)
    shown = "[seen.cpu_s, has_account()]"
    done = apart(f"measure(prints(then={f'exec({script!r})'!r}))", shown, opened)
    return json.loads(done.stdout)


def test_time_of_a_process_that_outlives_its_parent_is_counted():
    used_s, with_account = counted(ADOPTED)
    assert used_s >= 0.3
    assert not with_account


def test_time_of_a_process_without_a_waiting_parent_is_counted_where_the_kernel_keeps_an_account():
    # As the processes of a namespace are when its first one is killed.
    ignoring = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
    until_it_ends = "try:\n    os.wait()\nexcept ChildProcessError:\n    pass"
    unwaited = {"before": ignoring, "after": until_it_ends}
    used_s, with_account = counted("account()", **unwaited)
    if not with_account:
        pytest.skip("no cgroup of version 1 can be made here")
    assert used_s >= 0.3
    assert counted(ADOPTED, **unwaited)[0] < 0.3


def test_an_account_leaves_nothing_behind():
    assert not has_account()
    with account():
        pass
    assert not has_account()


def test_results_are_seen_apart_and_memory_is_sampled_meanwhile():
    lines = '"Course", "student-0 1/2", "student-1 2/2", "Mean", then="import time; time.sleep(.3)"'
    shown = "[seen.results_s, seen.cost.wall_s, [each.trusted_bytes for each in seen.samples]]"
    done = apart(f"watch(prints({lines}), every_s=0.01)", shown)
    results_s, wall_s, held_bytes = json.loads(done.stdout)
    assert len(results_s) == 2
    assert results_s == sorted(results_s)
    assert wall_s >= results_s[-1]
    assert max(held_bytes) > 2**20


def test_a_run_that_fails_is_reported_with_what_it_printed():
    done = apart("watch(prints('no room', then='raise SystemExit(3)'))")
    assert "ended with 3:\nno room" in done.stderr


def test_a_run_is_killed_after_so_many_results_and_its_time_is_counted():
    burn = "import time\nwhile True: time.process_time() < 0.5 or print('student-1', flush=True)"
    run = f"prints('student-0', then={f'exec({burn!r})'!r})"
    done = apart(f"watch({run}, kill_after=2)", "seen.cost.cpu_s")
    assert float(done.stdout) >= 0.4


def test_a_run_that_ends_before_it_is_killed_is_no_measurement():
    assert "ended with 0" in apart("watch(prints('student-0'), kill_after=2)").stderr

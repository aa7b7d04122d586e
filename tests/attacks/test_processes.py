"""Attacks on other processes: those that outlive the session, and those that are not one's own."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from grader.sandbox import boot
from grader.sandbox.engine import Isolation
from grader.sandbox.session_process import ZygoteDied
from tests.attacks.arena import offspring
from tests.attacks.attack import Attack, counter_proofs, stands, succeeds, tiers
from tests.attacks.course import GOOD

pytestmark = pytest.mark.strong

BOTH = ("strong", "basic")
FORBIDDEN = "Operation not permitted|Permission denied|FileNotFoundError|No such process"

DAEMON = """
import signal, subprocess, time
if os.fork() == 0:
    {leave}
    if os.fork() == 0:
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        time.sleep({seconds})
    os._exit(0)
os.wait()
loot = 'left'
"""
LEAVE = "attempt(os.setsid); attempt(os.setpgid, 0, 0)"

ATTACKS = [
    Attack(
        name="leave_a_daemon",
        code=DAEMON.format(leave=LEAVE, seconds=60),
        stopped_by="pid_namespace",
        refused="'left'",
        shown_by="test_without_its_layer_a_daemon_outlives_its_session",
    ),
    Attack(
        name="leave_a_daemon",
        code=DAEMON.format(leave=LEAVE, seconds=60),
        stopped_by="seccomp",
        refused="'left'",
        at=("basic",),
        shown_by="test_without_its_layer_a_daemon_outlives_its_session",
    ),
    Attack(
        name="leave_a_program_by_nohup",
        code="get_ipython().system('nohup setsid sleep 61 >/dev/null 2>&1 &')\nloot = 'left'",
        stopped_by="pid_namespace",
        refused="'left'",
        shown_by="leave_a_daemon",
    ),
    Attack(
        name="see_other_processes",
        code="loot = sorted(int(name) for name in os.listdir('/proc') if name.isdigit())",
        stopped_by="pid_namespace",
        refused=r"Returned\(value=\[1\]|PermissionError",
        at=BOTH,
        without=("pid_namespace",),
        gains=r"Returned\(value=\[1, \d",
        basic_without=("landlock",),
        basic_gains=r"Returned\(value=\[\d+, \d",
    ),
    Attack(
        name="read_variables_of_other_processes",
        code="""
pids = [1, os.getppid(), '@GRADER@', '@ZYGOTE@']
loot = [attempt(read, f'/proc/{pid}/{file}') for pid in pids for file in ('environ', 'cwd', 'fd')]
loot += [canaries(repr(dict(os.environ)).encode())]
""",
        stopped_by="pid_namespace",
        refused=r"PermissionError|FileNotFoundError",
        at=BOTH,
        shown_by="test_without_a_made_environment_its_secrets_are_read",
    ),
    Attack(
        name="read_the_graders_memory",
        code="""
found = set()
try:
    maps = open('/proc/@GRADER@/maps').read().splitlines()
    with open('/proc/@GRADER@/mem', 'rb', buffering=0) as memory:
        for line in maps:
            start, end = (int(n, 16) for n in line.split()[0].split('-'))
            if line.split()[1].startswith('rw'):
                try:
                    for piece in range(start, min(end, start + (1 << 30)), 1 << 24):
                        memory.seek(piece)
                        size = min(end - piece, (1 << 24) + 64)
                        found |= set(canaries(memory.read(size)))
                except (OSError, OverflowError, ValueError):
                    pass
    loot = sorted(found)
except OSError as error:
    loot = repr(error)
""",
        stopped_by="drop_root",
        refused=FORBIDDEN,
        at=BOTH,
        limits={"cell_s": 10, "notebook_s": 20, "cpu_s": 20},
        basic_without=("capabilities", "drop_root", "landlock", "seccomp"),
        basic_gains="CANARY-COURSE_SECRET",
    ),
    Attack(
        name="read_memory_of_other_processes",
        code="""
pids = [os.getppid() or 1, '@GRADER@', '@ZYGOTE@']
buffer = ctypes.create_string_buffer(64)
here = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
there = (ctypes.c_void_p * 2)(id(buffer), 64)
loot = [attempt(open, f'/proc/{pid}/{file}', 'rb') for pid in pids for file in ('mem', 'maps')]
loot += [
    attempt(call, (310, 270), int(pid), ctypes.addressof(here), 1, ctypes.addressof(there), 1, 0)
    for pid in pids
]
assert not any('64' == word or 'BufferedReader' in word for word in loot), 'memory is open'
""",
        stopped_by="seccomp",
        refused=FORBIDDEN,
        at=BOTH,
        basic_without=("landlock", "seccomp"),
        basic_gains="memory is open",
    ),
    Attack(
        name="trace_other_processes",
        code="""
import time
child = os.fork()
if child == 0:
    time.sleep(5)
    os._exit(0)
SEIZE = 0x4206
pids = [os.getppid() or 1, int('@GRADER@'), int('@ZYGOTE@'), child]
loot = [attempt(call, (101, 117), SEIZE, pid, 0, 0) for pid in pids]
assert loot[-1] != '0', 'traced'
""",
        stopped_by="seccomp",
        refused=FORBIDDEN,
        at=BOTH,
        without=("seccomp",),
        gains="traced",
        basic_without=("seccomp",),
    ),
    Attack(
        name="take_descriptors_of_other_processes",
        code="""
child = os.fork()
if child == 0:
    os.read(os.pipe()[0], 1)
pidfd = os.pidfd_open(child)
loot = [attempt(call, 438, pidfd, 1, 0)]
loot += [attempt(lambda pid=pid: call(438, os.pidfd_open(pid), 3, 0)) for pid in (1, os.getppid())]
assert not loot[0].isdigit(), 'taken'
""",
        stopped_by="seccomp",
        refused=FORBIDDEN,
        at=BOTH,
        without=("seccomp",),
        gains="taken",
    ),
    Attack(
        name="kill_the_zygote",
        code="loot = attempt(os.kill, os.getppid() or 1, 9)",
        stopped_by="landlock",
        refused=FORBIDDEN,
        at=("basic",),
        shown_by="test_without_landlock_a_session_at_basic_kills_its_zygote",
    ),
    Attack(
        name="signal_the_zygote_through_a_descriptor",
        code="""
import fcntl, signal, socket
zygote = os.getppid() or int('@ZYGOTE@')
ours, theirs = socket.socketpair()
def own():
    fcntl.fcntl(ours, 10, signal.SIGKILL)
    fcntl.fcntl(ours, fcntl.F_SETOWN, zygote)
    fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    theirs.send(b'x')
loot = ['tried', attempt(own)]
""",
        stopped_by="landlock",
        refused="'tried'",
        at=BOTH,
        shown_by="test_without_landlock_a_session_at_basic_kills_its_zygote",
    ),
    Attack(
        name="kill_process_one_and_all_others",
        code="""
import signal
pids = (1, os.getppid(), -1)
loot = [attempt(os.kill, pid, signal.SIGKILL) for pid in pids if pid]
loot += [attempt(os.kill, int(pid), 9) for pid in ('@GRADER@', '@ZYGOTE@')]
""",
        stopped_by="pid_namespace",
        refused="ProcessLookupError",
        why="where it succeeded it would end every process of the user who runs the tests",
    ),
    Attack(
        name="signal_the_grader_in_every_way",
        code="""
import signal
grader, zygote = int('@GRADER@'), int('@ZYGOTE@')
ways = {
    'kill': (os.kill, grader, signal.SIGUSR1),
    'zygote': (os.kill, zygote, signal.SIGSTOP),
    'killpg': (os.killpg, os.getpgid(os.getppid()) if os.getppid() else grader, signal.SIGUSR1),
    'pidfd': (lambda: signal.pidfd_send_signal(os.pidfd_open(zygote), signal.SIGKILL),),
    'tgkill': (call, (234, 131), zygote, zygote, 9),
    'sigqueue': (call, (129, 138), zygote, 9, bytes(128)),
}
loot = {way: attempt(*deed) for way, deed in ways.items()}
assert not any(found in ('None', '0') for found in loot.values()), 'sent'
""",
        stopped_by="pid_namespace",
        refused=FORBIDDEN,
        shown_by="kill_the_zygote",
    ),
    Attack(
        name="kill_the_own_process_group",
        code="import signal\nloot = attempt(os.killpg, 0, signal.SIGKILL)",
        stopped_by="namespaces",
        refused="died|None",
        at=BOTH,
        shown_by="test_without_an_own_process_group_a_kill_of_it_reaches_the_zygote",
    ),
    Attack(
        name="stop_oneself",
        code="import signal\nos.kill(os.getpid(), signal.SIGSTOP)\nloot = 'went on'",
        stopped_by="time",
        refused="could not be stopped|did not stop in time",
        at=("basic",),
        why="without a deadline the tests would not end",
        limits={"cell_s": 0.5, "notebook_s": 2},
    ),
    Attack(
        name="stop_oneself_as_process_one",
        code="import signal\nos.kill(os.getpid(), signal.SIGSTOP)\nloot = 'went on'",
        stopped_by="pid_namespace",
        refused="went on",
        why="the kernel drops the signal; what a stop would do is seen at `basic`",
    ),
    Attack(
        name="take_the_alarm_away",
        code="""
import signal
signal.setitimer(signal.ITIMER_REAL, 0)
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
""",
        stopped_by="time",
        refused="could not be stopped",
        at=BOTH,
        why="without a deadline the tests would not end",
        limits={"cell_s": 0.5, "notebook_s": 2},
    ),
    Attack(
        name="become_the_reaper_of_orphans",
        code="loot = [attempt(call, (157, 167), option, 1, 0, 0, 0) for option in (36, 1)]",
        stopped_by="seccomp",
        refused="Operation not permitted.*Operation not permitted",
        at=BOTH,
        without=("seccomp",),
        gains=r"\['0', '0'\]",
    ),
    Attack(
        name="be_spared_when_memory_runs_out",
        code="""
def spare():
    with open('/proc/self/oom_score_adj', 'w') as file:
        file.write('0')
loot = [attempt(spare), attempt(lambda: open('/proc/self/oom_score_adj').read())]
""",
        stopped_by="landlock",
        refused="PermissionError",
        at=BOTH,
        without=("landlock",),
        gains=r"\['None', \"'0",
        basic_without=("landlock",),
    ),
    Attack(
        name="raise_the_own_limits",
        code="""
import resource
kinds = [getattr(resource, name) for name in ('RLIMIT_AS', 'RLIMIT_NPROC', 'RLIMIT_CPU')]
loot = [attempt(resource.setrlimit, kind, (-1, -1)) for kind in kinds]
assert resource.getrlimit(resource.RLIMIT_AS)[0] != -1, 'memory is without limit'
""",
        stopped_by="rlimits",
        refused="PermissionError|ValueError",
        at=BOTH,
        basic_without=("rlimits", "drop_root", "capabilities"),
        basic_gains="memory is without limit",
    ),
    Attack(
        name="lower_the_graders_limits",
        code="""
import resource
loot = [attempt(resource.prlimit, int('@GRADER@'), resource.RLIMIT_NOFILE, (0, 0))]
""",
        stopped_by="drop_root",
        refused="ProcessLookupError|PermissionError",
        at=BOTH,
        why="it would end the tests; lower_the_zygotes_limits is its harmless form",
    ),
    Attack(
        name="lower_the_zygotes_limits",
        code="""
import resource
zygote = os.getppid() or int('@ZYGOTE@')
loot = attempt(resource.prlimit, zygote, resource.RLIMIT_MSGQUEUE, (5, 5))
""",
        stopped_by="seccomp",
        refused="ProcessLookupError|PermissionError",
        at=BOTH,
        basic_without=("seccomp",),
        basic_gains=r"Returned\(value='\(\d+, \d+\)'",
    ),
    Attack(
        name="slow_the_zygote_down",
        code="""
zygote = os.getppid() or int('@ZYGOTE@')
one = {min(os.sched_getaffinity(0))}
ways = [(os.PRIO_PROCESS, zygote), (os.PRIO_PGRP, zygote)]
loot = [attempt(os.setpriority, *way, 1) for way in ways]
loot += [attempt(os.sched_setaffinity, zygote, one)]
assert 'None' not in loot, 'slower'
""",
        stopped_by="seccomp",
        refused="(ProcessLookup|Permission)Error.*(ProcessLookup|Permission)Error",
        at=BOTH,
        basic_without=("seccomp",),
        basic_gains="slower",
    ),
    Attack(
        name="slow_all_of_the_user_down",
        code="""
loot = attempt(os.setpriority, os.PRIO_USER, 0, 1)
loot = [loot, os.getpriority(os.PRIO_PROCESS, os.getppid())]
""",
        stopped_by="seccomp",
        refused="PermissionError",
        at=("basic",),
        why="where root is not dropped to a user of the zygote's own, it would slow the machine",
    ),
    Attack(
        name="be_more_important_than_others",
        code="""
loot = [attempt(os.nice, -5), attempt(os.setpriority, os.PRIO_PROCESS, 0, -10)]
loot += [attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))]
assert all('PermissionError' in found for found in loot), 'more important'
""",
        stopped_by="drop_root",
        refused="PermissionError",
        at=BOTH,
        basic_without=("capabilities", "drop_root", "seccomp"),
        basic_gains="more important",
    ),
]


@pytest.mark.parametrize(("attack", "tier"), tiers(ATTACKS))
def test_attack(arenas, attack, tier):
    stands(arenas, attack, tier)


@pytest.mark.parametrize(("attack", "tier", "layers", "gains"), counter_proofs(ATTACKS))
def test_without_its_layer(arenas, attack, tier, layers, gains):
    if "drop_root" in layers and os.getuid() != 0:
        pytest.skip("there is no root to drop")
    succeeds(arenas, attack, tier, layers, gains)


@pytest.mark.parametrize(("tier", "layer"), [("strong", "pid_namespace"), ("basic", "seccomp")])
def test_without_its_layer_a_daemon_outlives_its_session(arenas, tier, layer):
    arena = arenas(Isolation(tier), without=frozenset({layer}))
    try:
        assert "'left'" in arena.raid(DAEMON.format(leave=LEAVE, seconds=20)).report
        assert len(offspring(arena.zygote)) == 1
    finally:
        arena.clean()


@pytest.mark.parametrize("name", ["kill_the_zygote", "signal_the_zygote_through_a_descriptor"])
def test_without_landlock_a_session_at_basic_kills_its_zygote(arenas, name):
    (attack,) = [attack for attack in ATTACKS if attack.name == name]
    with closing(arenas.make(Isolation.BASIC, frozenset({"landlock"}), {})) as arena:
        raid = arena.raid(*attack.cells)
        assert arena.replaced
        assert raid.result.status == "graded"  # by the zygote that came after


def test_without_a_made_environment_its_secrets_are_read(arenas, monkeypatch):
    made = boot.environment
    monkeypatch.setattr(boot, "environment", lambda *given: {**os.environ, **made(*given)})
    with arenas.weakened(Isolation.STRONG, {}) as arena:
        raid = arena.raid("loot = canaries(repr(dict(os.environ)).encode())")
    assert "CANARY-ENVIRONMENT" in raid.report


def test_without_an_own_process_group_a_kill_of_it_reaches_the_zygote(arenas):
    changes = {"isolation/apply.py": ("    os.setsid()  #", "    #")}
    with arenas.weakened(Isolation.BASIC, changes) as arena:
        arena.raid("import signal\nos.killpg(0, signal.SIGCONT)")
        raid = arena.raid("loot = os.getpgid(0) == os.getpgid(os.getppid())")
    assert "value=True" in raid.report


SPY = """
loot = [attempt(lambda: open('{folder}/note').read()), attempt(os.kill, {pid}, 9)]
"""


def test_a_session_that_outlives_its_zygote_has_its_files_removed_and_no_other(arenas, tmp_path):
    victim = tmp_path / "precious"
    victim.mkdir()
    (victim / "file").touch()
    with closing(arenas.make(Isolation.BASIC, frozenset(), {})) as arena:
        scratch = arena.scratch
        with arena.sandbox.session() as neighbour:
            neighbour.run_cell(f"import os\nos.symlink({str(victim)!r}, 'link')")
            assert [path.name for path in scratch.glob("*/link")] == ["link"]
            os.kill(arena.zygote, signal.SIGKILL)
            with pytest.raises(ZygoteDied):
                neighbour.close()
    assert not scratch.exists()
    assert (victim / "file").exists()


@pytest.mark.parametrize(
    ("without", "expected"),
    [((), ["PermissionError", "PermissionError"]), (("landlock",), ["'for my eyes only'", "None"])],
    ids=["stopped_by_landlock", "without_landlock"],
)
def test_two_sessions_of_one_zygote_at_basic(arenas, without, expected):
    arena = arenas(Isolation.BASIC, without=frozenset(without))
    with arena.sandbox.session() as neighbour:
        neighbour.run_cell("import os\nopen('note', 'w').write('for my eyes only')")
        (pid,) = offspring(arena.zygote)
        folder = Path(f"/proc/{pid}/cwd").resolve()
        raid = arena.raid(SPY.format(folder=folder, pid=pid))
        found = [answer.split(":")[0] for answer in raid.loot.value]
        time.sleep(0.1)
        assert Path(f"/proc/{pid}").exists() == (not without)
    assert found == expected
    if not without:
        arenas.tell("spy_on_and_kill_a_neighbour", "landlock", "basic", "succeeds without landlock")


def test_two_sessions_of_one_zygote_at_strong_cannot_name_each_other(arena, arenas):
    with arena.sandbox.session() as neighbour:
        neighbour.run_cell("open('note', 'w').write('for my eyes only')")
        (pid,) = offspring(arena.zygote)
        raid = arena.raid(SPY.format(folder=f"/proc/{pid}/cwd", pid=pid))
        assert [answer.split(":")[0] for answer in raid.loot.value] == [
            "FileNotFoundError",
            "ProcessLookupError",
        ]
        assert Path(f"/proc/{pid}").exists()
    arenas.tell(
        "spy_on_and_kill_a_neighbour", "pid_namespace", "strong", "leave_a_daemon shows the layer"
    )


def test_a_fork_bomb_next_door_starves_nobody(arena, arenas):
    with arena.sandbox.session() as neighbour:
        outcome = neighbour.run_cell(
            "import os, time\nwhile True:\n    if os.fork() == 0:\n        time.sleep(60)"
        )
        assert outcome.limit == "processes"
        following = arena.raid(answer=GOOD)
    assert following.result.score == arena.plain["good"]
    proof = "the limit is counted in each session's user namespace"
    arenas.tell("fork_bomb_next_door", "namespaces", "strong", proof)


SECOND_RUN = """
import os, signal
notes = [f'{place}/@MARK@_seen' for place in (os.environ['HOME'], '/tmp', '/var/tmp', '/dev/shm')]
loot = [read(note) for note in notes if os.path.exists(note)]
def note_and_die(x):
    for note in notes:
        attempt(lambda: open(note, 'a').write(f'{x} '))
    os.kill(os.getpid(), signal.SIGKILL)
"""
ASKED_AGAIN = "def square(x):\n    note_and_die(x)\n\nmotto = ''\n"


@pytest.mark.parametrize("tier", BOTH)
def test_a_notebook_that_kills_itself_to_be_run_again_learns_nothing(arenas, tier):
    arena = arenas(Isolation(tier))
    raid = arena.raid(SECOND_RUN, answer=ASKED_AGAIN)
    assert raid.loot.value == []
    assert "ended by SIGKILL" in raid.report
    arena.hold(raid)
    arenas.tell("kill_oneself_to_be_run_again", "sweep", tier, "what it noted ends with its run")

"""Attacks on what the machine has: processes, memory, files, output and time.

Where a layer is left out, a bomb goes a few steps further than the layer allows, and ends itself.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.sandbox.cgroup import make_cgroup
from grader.sandbox.engine import Isolation
from tests.attacks.attack import Attack, counter_proofs, stands, succeeds, tiers
from tests.attacks.course import GOOD

pytestmark = pytest.mark.strong

BOTH = ("strong", "basic")
ENDLESS = "without the limit the tests would not end"
MIB = 1024**2

ATTACKS = [
    Attack(
        name="fork_often",
        code="""
import time
count = 0
try:
    for count in range(60):
        if os.fork() == 0:
            time.sleep(2)
            os._exit(0)
except OSError as error:
    loot = f'{error}'
else:
    loot = 'all were started'
""",
        stopped_by="rlimits",
        refused=r"Resource temporarily unavailable|\(limit: processes\)",
        at=BOTH,
        without=("rlimits",),
        gains="all were started",
        basic_without=("rlimits",),
    ),
    Attack(
        name="fork_bomb",
        code="""
import time
if os.fork() == 0:
    while True:
        try:
            os.fork()
        except OSError:
            pass
time.sleep(0.3)
loot = attempt(os.fork)
""",
        stopped_by="rlimits",
        refused="BlockingIOError|TimedOut|Died",
        at=BOTH,
        why="it would harm the machine; fork_often is its bounded form",
    ),
    Attack(
        name="thread_bomb",
        code="""
import threading, time
threading.stack_size(1 << 16)
for _ in range(100):
    threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()
loot = 'all were started'
""",
        stopped_by="rlimits",
        refused="can't start new thread",
        at=BOTH,
        # The C library reserves 64 MB for each of up to 16 threads that allocate at once.
        limits={"memory_bytes": 4096 * MIB},
        without=("rlimits",),
        gains="all were started",
        basic_without=("rlimits",),
    ),
    Attack(
        name="memory_bomb_of_one_process",
        code="loot = len(bytes(700 << 20))",
        stopped_by="rlimits",
        refused="MemoryError",
        at=BOTH,
        without=("rlimits",),
        gains=f"value={700 * MIB}",
        basic_without=("rlimits",),
    ),
    Attack(
        name="memory_bomb_of_mappings",
        code="import mmap\nloot = len(mmap.mmap(-1, 700 << 20, flags=mmap.MAP_SHARED | 1 << 5))",
        stopped_by="rlimits",
        refused="Cannot allocate memory",
        at=BOTH,
        without=("rlimits",),
        gains=f"value={700 * MIB}",
    ),
    Attack(
        name="memory_beyond_the_file_system",
        code="loot = [attempt(call, (319, 279), b'm', 0), attempt(call, 447, 0)]\n"
        "assert not loot[0].isdigit(), 'memory without a name'",
        stopped_by="seccomp",
        refused="Operation not permitted",
        at=BOTH,
        without=("seccomp",),
        gains="memory without a name",
    ),
    Attack(
        name="disk_bomb",
        code="""
for number in range(8):
    with open(('/tmp', '.', '/dev/shm')[number % 3] + f'/{number}', 'wb') as file:
        file.write(bytes(2 << 20))
loot = 'all were written'
""",
        stopped_by="tmpfs",
        refused="No space left on device",
        without=("tmpfs",),
        gains="all were written",
    ),
    Attack(
        name="inode_bomb",
        code="""
for number in range(400):
    os.mkdir(f'/tmp/{number}') if number % 2 else open(f'/tmp/{number}', 'w').close()
loot = 'all were made'
""",
        stopped_by="tmpfs",
        refused="No space left on device",
        without=("tmpfs",),
        gains="all were made",
    ),
    Attack(
        name="huge_file",
        code="""
with open('big', 'wb', buffering=0) as file:
    for _ in range(10):
        file.write(bytes(1 << 20))
loot = 'written'
""",
        stopped_by="rlimits",
        refused="File too large|No space left",
        at=BOTH,
        without=("tmpfs", "rlimits"),
        gains="written'",
        basic_without=("rlimits",),
    ),
    Attack(
        name="sparse_file",
        code="""
with open('sparse', 'wb') as file:
    file.truncate(1 << 40)
loot = os.stat('sparse').st_size
""",
        stopped_by="rlimits",
        refused="File too large",
        at=BOTH,
        without=("rlimits",),
        gains=f"value={1 << 40}",
        basic_without=("rlimits",),
    ),
    Attack(
        name="deep_folders",
        code="""
for _ in range(400):
    os.mkdir('d')
    os.chdir('d')
loot = 'all were made'
""",
        stopped_by="tmpfs",
        refused="No space left on device",
        without=("tmpfs",),
        gains="all were made",
    ),
    Attack(
        name="deep_folders_to_sweep",
        code="""
for _ in range(800):
    os.mkdir('d')
    os.chdir('d')
os.chmod('.', 0)
loot = 'all were made'
""",
        stopped_by="sweep",
        refused="all were made",
        at=("basic",),
        shown_by="test_without_sweeping_a_file_is_handed_on",
    ),
    Attack(
        name="many_open_files",
        code="files = [open('/dev/null') for _ in range(200)]\nloot = len(files)",
        stopped_by="rlimits",
        refused="Too many open files",
        at=BOTH,
        without=("rlimits",),
        gains="value=200",
        basic_without=("rlimits",),
    ),
    Attack(
        name="processor_bomb",
        code="""
import signal
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
while True:
    pass
""",
        stopped_by="rlimits",
        refused="processor time.*cpu",
        at=BOTH,
        limits={"cpu_s": 1, "cell_s": 20, "notebook_s": 40},
        within_s=30.0,
        why=ENDLESS,
    ),
    Attack(
        name="processor_bomb_in_the_background",
        code="""
for _ in range(3):
    if os.fork() == 0:
        while True:
            pass
loot = 'they run'
""",
        stopped_by="pid_namespace",
        refused="they run",
        answer=GOOD,
        points=Decimal(5),
        shown_by="test_without_its_layer_a_daemon_outlives_its_session",
    ),
    Attack(
        name="slow_cells_just_under_the_limit",
        code=("import time\ntime.sleep(0.4)",) * 6,
        stopped_by="time",
        refused="earlier cells used up the notebook's 1 s",
        at=BOTH,
        limits={"cell_s": 0.5, "notebook_s": 1},
        within_s=6.0,
        why=ENDLESS,
    ),
    Attack(
        name="slow_answers_just_under_the_limit",
        code="",
        answer="""
import time
def square(x):
    time.sleep(0.35)
    return x * x
motto = 'tell nobody'
""",
        stopped_by="time",
        refused="more than|too long|time",
        at=BOTH,
        limits={"call_s": 0.5, "exercise_s": 1},
        points=Decimal(3),
        within_s=8.0,
        why=ENDLESS,
    ),
    Attack(
        name="kill_the_session_in_every_cell",
        code=("import time\ntime.sleep(0.05)\nos.abort()",) * 40,
        stopped_by="time",
        refused="too many earlier cells ended their process",
        at=BOTH,
        within_s=10.0,
        why="the number of reruns is bounded by the trusted side alone",
    ),
    Attack(
        name="endless_loop_in_an_answer",
        code="",
        answer=GOOD.replace("return x * x", "\n    while True:\n        pass"),
        stopped_by="time",
        refused="time|took",
        at=BOTH,
        limits={"call_s": 0.5, "exercise_s": 1},
        points=Decimal(2),
        within_s=8.0,
        why=ENDLESS,
    ),
    *(
        Attack(
            name=f"flood_{name}",
            code=code,
            stopped_by="output",
            refused=r"dropped=\d{7}",
            at=BOTH,
            answer=GOOD,
            points=Decimal(5),
            shown_by="test_a_flood_is_cut_to_the_limit_and_no_shorter",
        )
        for name, code in {
            "print": "for _ in range(40):\n    print('x' * (1 << 20))",
            "sys_stderr": "import sys\nfor _ in range(40):\n    sys.stderr.write('x' * (1 << 20))",
            "descriptor_1": "for _ in range(40):\n    os.write(1, b'x' * (1 << 20))",
            "descriptor_2": "for _ in range(40):\n    os.write(2, b'x' * (1 << 20))",
            "a_display": "for _ in range(40):\n    display('x' * (1 << 20))",
        }.items()
    ),
    Attack(
        name="flood_without_end",
        code="if os.fork() == 0:\n    while True:\n        os.write(1, b'x' * (1 << 16))",
        stopped_by="output",
        refused=r"dropped=\d+|status='ok'",
        at=BOTH,
        within_s=20.0,
        why=ENDLESS,
    ),
    Attack(
        name="flood_by_an_exception",
        code="raise RuntimeError('x' * (20 << 20))",
        stopped_by="output",
        refused="RuntimeError",
        at=BOTH,
        why="the wire refuses longer messages than it has a place for",
    ),
]


@pytest.mark.parametrize(("attack", "tier"), tiers(ATTACKS))
def test_attack(arenas, attack, tier):
    raid = stands(arenas, attack, tier)
    assert len(raid.report) < 400_000


@pytest.mark.parametrize(("attack", "tier", "layers", "gains"), counter_proofs(ATTACKS))
def test_without_its_layer(arenas, attack, tier, layers, gains):
    succeeds(arenas, attack, tier, layers, gains)


def test_a_flood_is_cut_to_the_limit_and_no_shorter(arena):
    raid = arena.raid("os.write(1, b'x' * 60000)", "os.write(1, b'x' * 60000)")
    assert 64 * 1024 <= raid.report.count("x") < 2 * 64 * 1024


CHILDREN = """
import time
pids = []
for _ in range(8):
    pid = os.fork()
    if pid == 0:
        block = bytearray(64 << 20)
        for place in range(0, len(block), 4096):
            block[place] = 1
        time.sleep(1)
        os._exit(0)
    pids.append(pid)
loot = sorted({os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids})
"""


@pytest.mark.parametrize(
    ("without", "ends"), [((), [-9, 0]), (("rlimits",), [0])], ids=["rlimits", "without_rlimits"]
)
def test_memory_bomb_of_many_processes(arenas, without, ends):
    cgroup = make_cgroup(1 << 30)
    if cgroup is None:
        pytest.skip("no cgroup can be made here; docs/security.md tells what is left then")
    cgroup.remove()
    limits = {"total_bytes": 320 * MIB, "cell_s": 10, "notebook_s": 20}
    arena = arenas(Isolation.STRONG, without=frozenset(without), limits=limits)
    raid = arena.raid(CHILDREN)
    assert getattr(raid.loot, "value", "died") in (ends, ends[:1], "died" if len(ends) > 1 else 0)
    if not without:
        arena.hold(raid, within_s=30)
        proof = "succeeds without rlimits, to which the cgroup belongs"
        arenas.tell("memory_bomb_of_many_processes", "rlimits", "strong", proof)

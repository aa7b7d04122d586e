"""Attacks on files: what stands on the machine, what others left, what could be left."""

from __future__ import annotations

import pytest

from grader.sandbox.engine import Isolation
from tests.attacks.attack import Attack, counter_proofs, stands, succeeds, tiers

pytestmark = pytest.mark.strong

SOLUTION = "@COURSE@/solutions/secrets/square/reference.py"
NOT_THERE = "FileNotFoundError|PermissionError"
BOTH = ("strong", "basic")
VIEW = {
    "stopped_by": "mount_view",
    "refused": NOT_THERE,
    "at": BOTH,
    "without": ("mount_view", "landlock"),
    "basic_without": ("landlock",),
}

ATTACKS = [
    Attack(
        name="read_solutions_by_path",
        code=f"loot = read('{SOLUTION}')",
        gains="CANARY-REFERENCE",
        **VIEW,
    ),
    Attack(
        name="read_hidden_inputs_and_answers_by_path",
        code="loot = read('@COURSE@/exercises/secrets/whisper.yaml')",
        gains="CANARY-EXPECTED.*CANARY-HIDDEN_INPUT",
        **VIEW,
    ),
    Attack(
        name="read_course_secret_by_path",
        code="loot = read('@COURSE@/exercises/course.yaml')",
        gains="CANARY-COURSE_SECRET",
        **VIEW,
    ),
    Attack(
        name="read_solutions_by_dots",
        code=f"loot = read('../' * 20 + '.{SOLUTION}')",
        gains="CANARY-REFERENCE",
        **VIEW,
    ),
    Attack(
        name="read_solutions_through_a_link",
        code="os.symlink('@COURSE@', 'c')\nloot = read('c/solutions/secrets/square/reference.py')",
        gains="CANARY-REFERENCE",
        **VIEW,
    ),
    Attack(
        name="read_solutions_through_a_hard_link",
        code=f"os.link('{SOLUTION}', 'mine')\nloot = read('mine')",
        stopped_by="mount_view",
        refused=NOT_THERE + "|Invalid cross-device link",
        at=BOTH,
        why="a file of another user or file system cannot be linked anyway",
    ),
    Attack(
        name="read_solutions_through_open_folders",
        code="""
root = os.open('/', os.O_PATH)
path = '.@COURSE@/solutions/secrets/square/reference.py'
loot = attempt(os.open, path, os.O_RDONLY, dir_fd=root)
if loot.isdigit():
    loot = canaries(os.read(int(loot), 1000))
""",
        gains="CANARY-REFERENCE",
        **VIEW,
    ),
    Attack(
        name="read_solutions_by_a_program",
        code=f"loot = get_ipython().getoutput('cat {SOLUTION} 2>&1')",
        stopped_by="mount_view",
        refused="No such file or directory|Permission denied",
        at=BOTH,
        without=("mount_view", "landlock"),
        gains="CANARY-REFERENCE",
        basic_without=("landlock",),
    ),
    *(
        Attack(
            name=f"read_solutions_through_{name}",
            code=f"loot = read('/proc/{way}{SOLUTION}')",
            gains="CANARY-REFERENCE",
            **VIEW,
        )
        for name, way in (("proc_root", "self/root"), ("proc_cwd", "self/cwd" + "/.." * 12))
    ),
    Attack(
        name="read_the_zygotes_root_through_proc",
        code=f"""
pids = (1, '@ZYGOTE@', '@GRADER@')
loot = [attempt(read, f'/proc/{{pid}}/root{SOLUTION}') for pid in pids]
""",
        stopped_by="pid_namespace",
        refused=NOT_THERE,
        at=BOTH,
        why="the kernel asks for the rights of ptrace over the other process too",
    ),
    Attack(
        name="find_the_course_by_the_editable_install",
        code="""
import glob, sys
maps = [p for folder in sys.path for p in glob.glob(folder + '/__editable__*')]
homes = {w for p in maps for w in re.findall(r"/[^'\\":\\s]+", open(p).read())}
places = ('solutions', '../solutions', '../../solutions')
tried = [os.path.join(home, place) for home in homes for place in places]
loot = {path: attempt(os.listdir, path) for path in tried or ['/none']}
""",
        stopped_by="mount_view",
        refused=NOT_THERE,
        at=BOTH,
        shown_by="read_solutions_by_path, whose layer it is",
    ),
    Attack(
        name="find_the_course_by_searching",
        code="""
loot = []
for top in ('/', '/home', '/root', '/var', '/srv', '/opt', '/mnt'):
    for folder, _, files in os.walk(top):
        if folder.startswith(('/proc', '/usr', '/sys')):
            continue
        loot += [f'{folder}/{name}' for name in files if name == 'whisper.yaml']
        if folder.count('/') > 4 or len(loot) > 5:
            break
loot += [attempt(os.listdir, '/var/tmp')]
""",
        gains="attacked-",
        **VIEW,
    ),
    Attack(
        name="watch_the_course_by_inotify",
        code="""
watch = libc.inotify_init()
if libc.inotify_add_watch(watch, b'@COURSE@/solutions', 0xFFF) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), '@COURSE@')
loot = 'watching'
""",
        stopped_by="seccomp",
        refused=NOT_THERE,
        at=BOTH,
        without=("mount_view", "seccomp"),
        gains="watching",
        basic_without=("seccomp",),
    ),
    Attack(
        name="lock_the_next_session_out",
        code="""
loot = [attempt(os.chmod, '..', 0), attempt(os.chmod, '../.ipython', 0o777)]
loot += [attempt(os.fchmod, os.open('..', os.O_PATH), 0)]
loot += ['mode %o' % (os.stat('..').st_mode & 0o777)]
attempt(os.chmod, '..', 0o700)
""",
        stopped_by="seccomp",
        refused="mode 7[05][05]",
        at=("basic",),
        basic_without=("seccomp",),
        basic_gains="mode 0'",
    ),
    Attack(
        name="read_the_graders_home",
        code="""
import glob
loot = {p: attempt(read, p) for p in glob.glob('@HOME@/.attacked-*') + ['@HOME@/.bashrc']}
""",
        stopped_by="mount_view",
        refused=NOT_THERE,
        at=BOTH,
        basic_without=("landlock", "drop_root"),
        basic_gains="CANARY-HOME",
    ),
    Attack(
        name="read_what_earlier_runs_left_in_the_cache",
        code="""
import glob
places = ['@CACHE@', *glob.glob('@HOME@/.cache/grader/*')]
loot = {place: attempt(read, place) for place in places}
loot |= {path: attempt(read, path) for path in glob.glob('@CACHE@/*')}
""",
        stopped_by="mount_view",
        refused=NOT_THERE,
        at=BOTH,
        basic_without=("landlock", "drop_root"),
        basic_gains="CANARY-EXPECTED.*CANARY-HIDDEN_INPUT",
    ),
    Attack(
        name="read_what_the_kernel_tells_of_the_machine",
        code="""
paths = ['/proc/cmdline', '/proc/kallsyms', '/proc/sys/kernel/random/boot_id', '/proc/net/tcp']
loot = {path: attempt(read, path) for path in paths}
assert not any(found.startswith("'read") for found in loot.values()), 'the kernel told'
""",
        stopped_by="pid_namespace",
        refused=NOT_THERE,
        at=BOTH,
        without=("pid_namespace",),
        gains="the kernel told",
        basic_without=("landlock",),
    ),
    Attack(
        name="look_beneath_the_made_files_of_proc",
        code="""
def beneath(path):
    how = (0).to_bytes(16, 'little') + (1).to_bytes(8, 'little')  # RESOLVE_NO_XDEV
    return os.read(call(437, -100, path.encode(), how, 24), 99)
names = ('meminfo', 'cpuinfo', 'stat', 'loadavg', 'version')
loot = [attempt(beneath, f'/proc/{name}') for name in names]
loot += [attempt(call, (166, 39), b'/proc/meminfo', 0)]  # umount2
loot += [attempt(call, (165, 40), b'proc', b'/proc', b'proc', 32, b'subset=')]  # MS_REMOUNT
total = int(open('/proc/meminfo').read().split()[1])
assert total == 512 * 1024, f'the machine has {total} kB'
assert 'sandbox' in open('/proc/cpuinfo').read() and 'sandbox' in open('/proc/version').read()
assert open('/proc/loadavg').read().startswith('0.00 0.00 0.00'), 'its load is told'
assert not set(os.listdir('/proc')) - {'self', 'thread-self'} - set(map(str, range(10**5)))
""",
        stopped_by="seccomp",
        refused=r"(Invalid cross-device link|Operation not permitted|Function not impl).*"
        "Operation not permitted.*Operation not permitted",
        without=("seccomp", "landlock", "capabilities"),
        gains=r"the machine has \d+ kB",
    ),
    Attack(
        name="leave_notes_in_the_made_files_of_proc",
        code="""
path = '/proc/meminfo'
loot = [attempt(open, path, 'a'), attempt(os.chmod, path, 0o777), attempt(os.utime, path, (1, 1))]
loot += [attempt(os.setxattr, path, 'user.note', b'x'), attempt(os.unlink, path)]
assert not any(found in ('None', '') for found in loot), 'a note is left'
""",
        stopped_by="mount_view",
        refused=r"Permission denied.*Read-only file system.*Read-only file system",
        why="they are mounted for reading wherever they are; a session without that has none",
    ),
    Attack(
        name="read_devices",
        code="""
paths = ('/dev/mem', '/dev/vda', '/dev/sda', '/dev/kmsg', '/sys')
loot = {path: attempt(read, path) for path in paths}
""",
        stopped_by="mount_view",
        refused=NOT_THERE,
        at=BOTH,
        basic_without=("landlock",),
        basic_gains="/sys.*'block'",
    ),
    Attack(
        name="write_where_anybody_may",
        code="loot = attempt(lambda: open('/var/tmp/@MARK@', 'w').write('x'))",
        stopped_by="landlock",
        refused="FileNotFoundError|PermissionError|Read-only",
        at=BOTH,
        basic_without=("landlock",),
        basic_gains=r"Returned\(value='1'",
    ),
    Attack(
        name="write_to_the_system_and_the_python",
        code="""
import sys, numpy, IPython
prefixes = [sys.prefix, sys.base_prefix, os.path.dirname(numpy.__file__), '/usr', '/etc', '/']
loot = {p: attempt(lambda: open(p + '/@MARK@', 'w').write('x')) for p in prefixes}
assert '1' not in loot.values(), 'written'
""",
        stopped_by="mount_view",
        refused="Read-only|PermissionError",
        at=BOTH,
        why="it would write to the machine that runs the tests",
    ),
    Attack(
        name="replace_what_the_next_session_imports",
        code="""
import sys, numpy, guest
targets = [guest.__file__, guest.__cached__ or '', numpy.__file__, numpy.__cached__]
def overwrite(path):
    os.rename(path, path + '.old')
loot = {p: attempt(overwrite, p) for p in filter(None, targets)}
loot |= {p + ' ': attempt(os.chmod, p, 0o777) for p in filter(None, targets)}
assert 'None' not in loot.values(), 'replaced'
""",
        stopped_by="mount_view",
        refused="Read-only|PermissionError",
        at=BOTH,
        why="it would write to the machine that runs the tests",
    ),
]


@pytest.mark.parametrize(("attack", "tier"), tiers(ATTACKS))
def test_attack(arenas, attack, tier):
    stands(arenas, attack, tier)


@pytest.mark.parametrize(("attack", "tier", "layers", "gains"), counter_proofs(ATTACKS))
def test_without_its_layer(arenas, attack, tier, layers, gains):
    succeeds(arenas, attack, tier, layers, gains)


LEAVE = """
import glob
places = ['.', '/tmp', '/dev/shm', '/var/tmp', os.environ['TMPDIR'], os.path.expanduser('~')]
loot = {p: attempt(lambda: open(p + '/@MARK@', 'w').write('CANARY')) for p in places}
"""
FIND = """
places = ['.', '..', '/tmp', '/dev/shm', '/var/tmp', os.environ['TMPDIR'], os.path.expanduser('~')]
loot = []
for place in places:
    try:
        loot += [f'{place}/{name}' for name in os.listdir(place)]
    except OSError:
        pass
loot += [path for path in map('../{}/@MARK@'.format, range(100)) if os.path.exists(path)]
loot += [f'{place}/@MARK@' for place in places if os.path.exists(place + '/@MARK@')]
"""


@pytest.mark.parametrize("tier", BOTH)
def test_no_file_is_handed_on_to_the_next_submission(arenas, tier):
    arena = arenas(Isolation(tier))
    left = arena.raid(LEAVE)
    assert left.report.count("'6'") >= 3
    arena.hold(left)
    found = arena.raid(FIND)
    assert "left_by_attack" not in found.report
    arenas.tell("leave_a_file", "tmpfs" if tier == "strong" else "sweep", tier, SWEPT)


SWEPT = "test_without_sweeping_a_file_is_handed_on"


def test_without_sweeping_a_file_is_handed_on(arenas):
    changes = {"supervisor.py": ("            remove_tree(child.scratch)\n", "")}
    with arenas.weakened(Isolation.BASIC, changes) as arena:
        arena.raid(LEAVE)
        kept = list(arena.scratch.rglob("*left_by_attack*"))
    assert kept != []

"""Attacks on the layers themselves: system calls, rights, mounts, and other architectures."""

from __future__ import annotations

import os
import platform

import pytest

from tests.attacks.attack import Attack, counter_proofs, stands, succeeds, tiers

pytestmark = pytest.mark.strong

BOTH = ("strong", "basic")
NOT_PERMITTED = "Operation not permitted"
BY_SECCOMP = {"stopped_by": "seccomp", "refused": NOT_PERMITTED, "at": BOTH}
MACHINE = "whether the machine's kernel has it, and allows it to users, differs"
KERNEL = "the kernel refuses it to who is no root of the machine, whatever the layers"

CALLS = {
    # name: (numbers, arguments, what it gives without seccomp or why that is not shown)
    "make_an_io_uring": ((425, 425), "1, 0", MACHINE),
    "load_a_bpf_program": ((321, 280), "5, bytes(128), 128", MACHINE),
    "watch_events_of_the_processor": ((298, 241), "bytes(128), 0, -1, -1, 0", MACHINE),
    "use_keys_of_the_kernel": ((250, 219), "0, -3, 1", r"Returned\(value=\d|Required key|Bad"),
    "handle_own_page_faults": ((323, 282), "1", MACHINE),
    "change_the_personality": ((135, 92), "0x0040000", r"Returned\(value=0"),
    "make_a_secret_memory": ((319, 279), "b'x', 0", r"Returned\(value=\d"),
    "open_a_file_by_handle": ((304, 265), "-100, bytes(128), 0", KERNEL),
    "watch_the_whole_file_system": ((300, 262), "0, 0", MACHINE),
    "read_the_kernels_log": ((103, 116), "3, bytes(64), 64", KERNEL),
    "change_the_clock": ((227, 112), "0, bytes(16)", KERNEL),
    "change_the_host_name": ((170, 161), "b'x', 1", KERNEL),
    "load_a_module_of_the_kernel": ((313, 273), "0, b'', 0", KERNEL),
    "boot_another_kernel": ((246, 104), "0, 0, 0, 0", KERNEL),
    "write_the_table_of_segments": ((154, 4000), "0, bytes(64), 64", r"Returned\(value=\d"),
    "move_pages_of_memory": ((279, 239), "0, 0, 0, 0, 0, 0", MACHINE),
    "compare_with_another_process": ((312, 272), "1, 1, 0, 0, 0", MACHINE),
    "put_up_a_filter_of_ones_own": ((317, 277), "1, 0, 0", "Bad address"),
}
if platform.machine() != "x86_64":
    del CALLS["write_the_table_of_segments"]


def call_attack(name: str) -> Attack:
    """Return the attack that makes one system call."""
    numbers, arguments, gains = CALLS[name]
    shown = (
        {"why": gains} if gains in (MACHINE, KERNEL) else {"without": ("seccomp",), "gains": gains}
    )
    return Attack(name=name, code=f"loot = call({numbers}, {arguments})", **BY_SECCOMP, **shown)


def of_another_architecture(name: str, deed: str, gains: str) -> Attack:
    """Return the attack that makes a system call by another table of numbers."""
    code = f"""
import mmap
child = os.fork()
if child == 0:
    {deed}
    os._exit(0)
loot = 'ended by %d' % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""
    return Attack(
        name=name,
        code=code,
        stopped_by="seccomp",
        refused="ended by -31",
        at=BOTH,
        without=("seccomp",),
        gains=gains,
    )


# mov eax, 20; int 0x80; ret: getpid of i386
MACHINE_CODE = (
    "code = mmap.mmap(-1, 4096, prot=7); code.write(bytes.fromhex('b814000000cd80c3')); "
    "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()"
)
OTHER_ARCHITECTURES = [
    of_another_architecture("call_as_i386", MACHINE_CODE, "ended by (0|-11)'"),
    of_another_architecture("call_as_x32", "libc.syscall(ctypes.c_long(0x40000027))", "ended by 0"),
]

ATTACKS = [
    *map(call_attack, CALLS),
    *(OTHER_ARCHITECTURES if platform.machine() == "x86_64" else []),
    Attack(
        name="open_a_message_queue",
        code="loot = call((240, 180), b'x', 0o102, 0o666, 0)",
        **BY_SECCOMP,
        without=("seccomp", "landlock"),
        gains=r"Returned\(value=\d",
    ),
    Attack(
        name="mount_over_the_system",
        code="""
loot = [attempt(call, (165, 40), b'x', b'/usr', b'tmpfs', 0, 0)]
loot += [attempt(os.listdir, '/usr')[:60]]
""",
        stopped_by="seccomp",
        refused=NOT_PERMITTED,
        at=BOTH,
        without=("seccomp", "capabilities", "landlock"),
        gains=r"\['0', '\[\]'\]",
    ),
    Attack(
        name="make_the_system_writable",
        code="""
REMOUNT_BIND = 32 | 4096
loot = [attempt(call, (165, 40), 0, b'/', 0, REMOUNT_BIND, 0)]
loot += [attempt(call, (166, 39), b'/tmp', 2), attempt(call, 442, -100, b'/', 0, bytes(32), 32)]
loot += [attempt(lambda: open('/usr/@MARK@', 'w'))]
""",
        stopped_by="seccomp",
        refused=f"{NOT_PERMITTED}.*{NOT_PERMITTED}.*{NOT_PERMITTED}.*(Read-only|Permission)",
        at=BOTH,
        shown_by="mount_over_the_system",
    ),
    Attack(
        name="become_root_of_a_new_namespace",
        code="""
loot = [attempt(call, (272, 97), 0x10000000)]
loot += [attempt(call, (272, 97), 0x10000000 | 0x20000)]
loot += [attempt(call, (308, 268), 0, 0)]
loot += [open('/proc/self/status').read().split('CapEff:')[1].split()[0]]
""",
        stopped_by="seccomp",
        refused=NOT_PERMITTED,
        at=BOTH,
        without=("seccomp",),
        gains="0000003fffffffff|000001ffffffffff",
    ),
    Attack(
        name="fork_into_a_new_namespace",
        code="""
NEWUSER, SIGCHLD = 0x10000000, 17
done = attempt(call, (56, 220), NEWUSER | SIGCHLD, 0, 0, 0, 0)
if done == '0':
    os._exit(0)
args = (NEWUSER | 0).to_bytes(8, 'little') + bytes(80)
loot = [done, attempt(call, 435, args, 88)]
""",
        stopped_by="seccomp",
        refused=f"{NOT_PERMITTED}.*Function not implemented",
        at=BOTH,
        without=("seccomp",),
        gains=r"value=\['\d+'",
    ),
    Attack(
        name="change_the_root",
        code="""
os.makedirs('jail/old')
loot = [attempt(os.chroot, 'jail'), attempt(call, (155, 41), b'jail', b'jail/old')]
""",
        stopped_by="seccomp",
        refused=f"{NOT_PERMITTED}.*{NOT_PERMITTED}",
        at=BOTH,
        without=("seccomp", "capabilities"),
        gains=r"\['None'",
        basic_without=("seccomp", "capabilities", "drop_root"),
    ),
    Attack(
        name="regain_capabilities",
        code="""
loot = [attempt(call, (126, 91), bytes.fromhex('22052008') + bytes(4), b'\\xff' * 24)]
loot += [attempt(os.setuid, 0), attempt(os.setresuid, 0, 0, 0), attempt(os.setgroups, [0])]
""",
        stopped_by="seccomp",
        refused=f"{NOT_PERMITTED}.*{NOT_PERMITTED}.*{NOT_PERMITTED}",
        at=BOTH,
        basic_without=("seccomp", "capabilities", "drop_root"),
        basic_gains="'None'",
    ),
    Attack(
        name="run_programs_that_become_root",
        code="""
import glob, subprocess
programs = [p for d in ('/bin', '/sbin', '/usr/bin', '/usr/lib/*') for p in glob.glob(d + '/*')
            if os.path.isfile(p) and os.stat(p).st_mode & 0o6000]
def ask(program):
    told = subprocess.run([program, '-c', 'id'], capture_output=True, timeout=0.3, text=True)
    return told.stdout + told.stderr
loot = [attempt(ask, path) for path in programs if path.endswith(('/su', '/sudo', '/mount'))]
loot += [open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0]] * 2
assert not any('uid=0' in answer for answer in loot), 'root'
""",
        stopped_by="kernel",
        refused=r"'1', '1'\]",
        why="every session says that it wants no new rights; without that no layer could be put up",
    ),
    Attack(
        name="make_a_program_that_becomes_root",
        code="""
import shutil, subprocess, sys
shutil.copy('/bin/true', 'mine')
os.chmod('mine', 0o6755)
loot = [attempt(os.chown, 'mine', 0, 0), os.stat('mine').st_uid]
""",
        stopped_by="namespaces",
        refused=r"(Operation not permitted|Invalid argument|None').*, [1-9]\d+\]",
        at=BOTH,
        basic_without=("capabilities", "drop_root"),
        basic_gains=r"None', 0\]",
    ),
    Attack(
        name="make_a_device",
        code="""
loot = [attempt(os.mknod, name, 0o60666, os.makedev(8, 0)) for name in ('disk', 'other')]
loot += [attempt(os.mknod, 'memory', 0o20666, os.makedev(1, 1))]
""",
        stopped_by="kernel",
        refused="PermissionError.*PermissionError.*PermissionError",
        at=BOTH,
        basic_without=("capabilities", "drop_root", "landlock"),
        basic_gains="'None'",
    ),
    Attack(
        name="type_into_the_terminal",
        code="""
import fcntl
loot = [attempt(fcntl.ioctl, number, 0x5412, b'x') for number in (0, 1, 2)]
loot += [attempt(open, path) for path in ('/dev/tty', '/dev/ptmx', '/dev/console')]
""",
        stopped_by="seccomp",
        refused=f"{NOT_PERMITTED}.*{NOT_PERMITTED}.*{NOT_PERMITTED}",
        at=BOTH,
        without=("seccomp",),
        gains="Inappropriate ioctl.*Inappropriate ioctl",
    ),
    Attack(
        name="dump_the_memory_where_it_is_found",
        code="""
import resource
attempt(resource.setrlimit, resource.RLIMIT_CORE, (-1, -1))
loot = [resource.getrlimit(resource.RLIMIT_CORE)]
""",
        stopped_by="rlimits",
        refused=r"value=\[\(0, 0\)\]",
        at=BOTH,
        why="where a dump goes is for the machine to say",
    ),
    Attack(
        name="loosen_landlock_by_a_second_ruleset",
        code="""
everything = (0xFFFF).to_bytes(8, 'little')
ruleset = attempt(call, 444, everything, 8, 0)
loot = [ruleset, attempt(os.listdir, '/')]
assert not ruleset.isdigit(), 'another ruleset'
""",
        stopped_by="seccomp",
        refused=NOT_PERMITTED,
        at=BOTH,
        without=("seccomp",),
        gains="another ruleset",
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

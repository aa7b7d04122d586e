"""The compiled filters, run by a small machine of our own, so that both architectures are seen."""

from __future__ import annotations

import errno
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import grader.guest

FILTERS = Path(grader.guest.__file__).parent / "isolation" / "filters"
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OTHERS = {"i386": 0x40000003, "arm": 0x40000028, "riscv64": 0xC00000F3}
KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
EPERM, ENOSYS, ENOTTY = (ERRNO | number for number in (errno.EPERM, errno.ENOSYS, errno.ENOTTY))
EINVAL, EOPNOTSUPP = ERRNO | errno.EINVAL, ERRNO | errno.EOPNOTSUPP
PRETEND = ERRNO
TIERS = ("strong", "basic")
DATAGRAM, RAW, PACKETS, CLOSE_ON_EXEC = 2, 3, 5, 0o2000000

# name: (x86_64, aarch64)
NUMBERS = {
    "read": (0, 63),
    "openat": (257, 56),
    "execve": (59, 221),
    "exit_group": (231, 94),
    "clone": (56, 220),
    "clone3": (435, 435),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchownat": (260, 54),
    "utimensat": (280, 88),
    "flock": (73, 32),
    "fcntl": (72, 25),
    "fadvise64": (221, 223),
    "preadv2": (327, 286),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "kcmp": (312, 272),
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "mq_open": (240, 180),
    "cachestat": (451, 451),
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "setpriority": (141, 140),
    "ioctl": (16, 29),
    "prctl": (157, 167),
    "personality": (135, 92),
    "ptrace": (101, 117),
    "bpf": (321, 280),
    "unshare": (272, 97),
    "mount": (165, 40),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "of_tomorrow": (4000, 4000),
}


def action(code: bytes, number: int, *arguments: int, architecture: int) -> int:
    """Run a program of classic BPF over one system call."""
    words = [argument & (1 << 64) - 1 for argument in (*arguments, *[0] * 6)][:6]
    data = struct.pack("<iIQ6Q", number, architecture, 0, *words)
    steps = list(struct.iter_unpack("<HBBI", code))
    at = value = 0
    while True:
        operation, true, false, k = steps[at]
        at += 1
        if operation == 0x20:
            (value,) = struct.unpack_from("<I", data, k)
        elif operation == 0x06:
            return k
        elif operation == 0x05:
            at += k
        elif operation == 0x54:
            value &= k
        else:
            holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[operation]
            at += true if holds else false


@pytest.fixture(params=[(tier, arch) for tier in TIERS for arch in ARCHITECTURES], ids="-".join)
def judge(request):
    tier, arch = request.param
    code = (FILTERS / f"{tier}.{arch}.bpf").read_bytes()

    def judged(name: str, *arguments: int) -> int:
        number = NUMBERS[name][list(ARCHITECTURES).index(arch)]
        return action(code, number, *arguments, architecture=ARCHITECTURES[arch])

    judged.tier, judged.arch, judged.code = tier, arch, code
    return judged


@pytest.mark.parametrize("name", ["read", "openat", "execve", "exit_group"])
def test_ordinary_calls_are_allowed(judge, name):
    assert judge(name) == ALLOW


@pytest.mark.parametrize("name", ["ptrace", "bpf", "unshare", "mount"])
def test_dangerous_calls_are_not_permitted(judge, name):
    assert judge(name) == EPERM


@pytest.mark.parametrize("name", ["clone3", "of_tomorrow"])
def test_what_is_not_known_is_said_to_be_missing(judge, name):
    assert judge(name) == ENOSYS


@pytest.mark.parametrize("other", OTHERS)
def test_another_architecture_kills(judge, other):
    assert action(judge.code, 0, architecture=OTHERS[other]) == KILL


def test_x32_kills():
    code = (FILTERS / "strong.x86_64.bpf").read_bytes()
    assert action(code, 0x40000000, architecture=ARCHITECTURES["x86_64"]) == KILL
    assert action(code, -1, architecture=ARCHITECTURES["x86_64"]) == KILL


def test_clone_makes_processes_and_threads_but_no_namespaces(judge):
    assert judge("clone", 17) == ALLOW  # SIGCHLD, as fork does
    assert judge("clone", 0x3D0F00) == ALLOW  # as pthread_create does
    for bit in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert judge("clone", bit | 17) == EPERM
    for bit in (0x8000, 0x2000):
        assert judge("clone", bit | 17) == EPERM


@pytest.mark.parametrize("call", ["socket", "socketpair"])
def test_only_local_sockets_can_be_made(judge, call):
    expected = EPERM if (judge.tier, call) == ("basic", "socket") else ALLOW
    assert judge(call, 1, 1 | CLOSE_ON_EXEC) == expected
    for family in (0, 2, 10, 16, 17, 38, 40):
        assert judge(call, family, 1) == EPERM


def test_at_basic_no_socket_can_reach_another_than_its_twin(judge):
    expected = ALLOW if judge.tier == "strong" else EPERM
    assert judge("connect") == expected
    for kind in (DATAGRAM, RAW):  # these take an address with each message
        assert judge("socketpair", 1, kind | CLOSE_ON_EXEC) == expected
    assert judge("socketpair", 1, PACKETS) == ALLOW


def test_at_basic_no_file_gets_another_mode_owner_or_time(judge):
    for name in ("fchmod", "fchmodat", "fchownat", "utimensat"):
        assert judge(name) == (ALLOW if judge.tier == "strong" else PRETEND)


def test_no_file_is_locked_and_who_asks_is_told_that_it_is(judge):
    assert judge("flock", 3, 2) == PRETEND
    for command in (6, 7, 37, 38):  # F_SETLK, F_SETLKW, and those of an open file
        assert judge("fcntl", 3, command) == PRETEND
        assert judge("fcntl", 3, 1 << 32 | command) == PRETEND


def test_nothing_is_told_when_another_opens_or_reads_a_file(judge):
    assert judge("inotify_add_watch") == judge("fanotify_init") == EPERM
    for command in (1024, 1026):  # F_SETLEASE, F_NOTIFY
        assert judge("fcntl", 3, command) == EPERM


def test_a_descriptor_can_be_asked_and_copied(judge):
    for command in (0, 1, 2, 3, 4, 5, 36, 1030, 1032):
        assert judge("fcntl", 3, command) == ALLOW
    for command in (1025, 1033, 1035, 1036, 1037, 1038, 4711):  # hints and seals among them
        assert judge("fcntl", 3, command) == EINVAL


def test_what_others_have_read_is_not_told_nor_thrown_out(judge):
    assert judge("preadv2", 3, 0, 1, 0, 0, 0) == ALLOW
    assert judge("preadv2", 3, 0, 1, 0, 0, 8) == EOPNOTSUPP  # RWF_NOWAIT
    assert judge("fadvise64", 3, 0, 0, 4) == PRETEND
    assert judge("cachestat") == ENOSYS


@pytest.mark.parametrize(
    "name", ["userfaultfd", "perf_event_open", "kcmp", "memfd_create", "shmget", "mq_open"]
)
def test_what_could_be_shared_with_others_cannot_be_made(judge, name):
    assert judge(name) == EPERM


@pytest.mark.parametrize("name", ["prlimit64", "sched_setaffinity"])
def test_at_basic_a_process_limits_none_but_itself(judge, name):
    assert judge(name, 0) == ALLOW
    for pid in (1, 4711, 1 << 30):
        assert judge(name, pid) == (ALLOW if judge.tier == "strong" else EPERM)


def test_at_basic_a_process_is_nice_to_none_but_itself(judge):
    assert judge("setpriority", 0, 0) == ALLOW
    for which, who in ((0, 4711), (1, 0), (1, 4711), (2, 0)):
        assert judge("setpriority", which, who) == (ALLOW if judge.tier == "strong" else EPERM)


def test_a_terminal_can_be_asked_but_not_typed_into(judge):
    assert judge("ioctl", 0, 0x5401) == ALLOW
    assert judge("ioctl", 0, 0x5412) == EPERM
    assert judge("ioctl", 0, 0x541C) == EPERM
    assert judge("ioctl", 0, 0x1_0000_5412) == EPERM  # the kernel looks at 32 bits only
    assert judge("ioctl", 0, 0xDEAD) == ENOTTY


def test_prctl_names_threads_but_takes_no_other_step(judge):
    assert judge("prctl", 15) == ALLOW
    for option in (1, 8, 22, 24, 28, 35, 36, 47, 59):
        assert judge("prctl", option) == EPERM


def test_the_personality_can_be_asked_but_not_changed(judge):
    assert judge("personality", 0xFFFFFFFF) == ALLOW
    assert judge("personality", 0x0040000) == EPERM


@pytest.mark.parametrize("name", ["setsid", "setpgid"])
def test_the_process_group_can_be_left_only_where_a_namespace_holds_it(judge, name):
    assert judge(name) == (ALLOW if judge.tier == "strong" else EPERM)


def test_every_number_comes_to_an_end(judge):
    given = {
        action(judge.code, number, architecture=ARCHITECTURES[judge.arch]) for number in range(600)
    }
    assert given <= {ALLOW, EPERM, ENOSYS, ENOTTY, PRETEND}


def test_the_filters_are_what_the_script_makes():
    script = FILTERS.parents[3] / "tools" / "make_seccomp.py"
    made = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr

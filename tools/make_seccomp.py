#!/usr/bin/env python3
"""Write the seccomp filters of the sandbox into grader/guest/isolation/filters/.

    python tools/make_seccomp.py           # writes the four files
    python tools/make_seccomp.py --check   # says whether they are current (exit status 1 if not)

The filters are an allow-list for CPython, numpy, matplotlib and the programs that they start. A
system call that is known and unwanted gives EPERM; one that this list does not know gives ENOSYS,
so that the C library falls back to what came before it. System calls of another architecture
(i386 and x32 on x86_64, 32-bit ARM on aarch64) kill the process.

libseccomp (Debian and Ubuntu: `libseccomp2`) knows the numbers of system calls. The programs are
put together here, as a search tree over ranges of numbers: the kernel compiles a filter and runs it
once for every number when it is loaded, and each session loads one.

libseccomp can export a program (`SCMP_FLTATR_CTL_OPTIMIZE` 2 and `seccomp_export_bpf`), but only
one with a single action for all that no rule names. Here that is ENOSYS for a call, EINVAL for a
command of `fcntl`, ENOTTY for one of `ioctl`, and EPERM for `socket`. Rules of libseccomp can only
say so by naming all other arguments, bit by bit: 1406 instructions for `strong` on x86_64, not 334.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import errno
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FILTERS = Path(__file__).resolve().parent.parent / "grader" / "guest" / "isolation" / "filters"

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # libseccomp uses the same tokens
X32_BIT = 0x40000000

KILL = 0x80000000
ALLOW = 0x7FFF0000
EPERM = 0x00050000 | errno.EPERM
ENOSYS = 0x00050000 | errno.ENOSYS
ENOTTY = 0x00050000 | errno.ENOTTY
EINVAL = 0x00050000 | errno.EINVAL
EOPNOTSUPP = 0x00050000 | errno.EOPNOTSUPP
PRETEND = 0x00050000  # "no error": the call returns as if it had been done, and does nothing

NAMESPACES = 0x7E020000  # CLONE_NEW: NS, CGROUP, UTS, IPC, USER, PID, NET
CLONE_DENIED = NAMESPACES | 0x8000 | 0x2000  # and CLONE_PARENT, CLONE_PTRACE
AF_UNIX = 1
KIND_OF_SOCKET, CONNECTED_KINDS = 0xF, (1, 5)  # SOCK_STREAM, SOCK_SEQPACKET

ALLOWED = """
accept accept4 access alarm arch_prctl bind brk capget chdir chmod chown clock_getres
clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3
epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve
execveat exit exit_group faccessat faccessat2 fallocate fchdir fchmod fchmodat fchown
fchownat fdatasync fgetxattr flistxattr fork fstat fstatfs fsync ftruncate futex
futex_waitv futimesat getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer
getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit
get_robust_list getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr
inotify_init inotify_init1 inotify_rm_watch ioprio_get kill lchown lgetxattr
link linkat listen listxattr llistxattr lseek lstat madvise membarrier mincore mkdir mkdirat mknod
mknodat mlock mlock2 mmap mprotect mremap msync munlock munmap nanosleep newfstatat open openat
openat2 pause pidfd_open pidfd_send_signal pipe pipe2 poll ppoll pread64 preadv prlimit64
pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg
recvmsg rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending
rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min
sched_getscheduler sched_rr_get_interval sched_setaffinity sched_yield select sendfile sendmmsg
sendmsg sendto setitimer setpriority setrlimit set_robust_list setsockopt set_tid_address shutdown
sigaltstack signalfd signalfd4 stat statfs statx symlink symlinkat sync_file_range sysinfo tgkill
time timer_create timer_delete timerfd_create timerfd_gettime timerfd_settime timer_getoverrun
timer_gettime timer_settime times tkill truncate umask uname unlink unlinkat utime utimensat
utimes vfork wait4 waitid write writev
""".split()  # noqa: SIM905 (a list literal would be 200 lines)

# Refused by name rather than by default, so that the error is "not permitted".
REFUSED = """
acct add_key adjtimex bpf capset chroot clock_adjtime clock_settime delete_module fanotify_init
fanotify_mark finit_module fsconfig fsmount fsopen fspick get_mempolicy init_module
inotify_add_watch ioperm iopl
io_uring_enter io_uring_register io_uring_setup ioprio_set kcmp kexec_file_load kexec_load keyctl
landlock_add_rule landlock_create_ruleset landlock_restrict_self lookup_dcookie mbind memfd_create
memfd_secret migrate_pages mlockall modify_ldt mount mount_setattr move_mount move_pages
mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd
name_to_handle_at nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root
process_madvise process_mrelease process_vm_readv process_vm_writev ptrace quotactl quotactl_fd
reboot request_key sched_setattr sched_setparam sched_setscheduler seccomp semctl semget semop
semtimedop setdomainname setfsgid setfsuid setgid setgroups sethostname set_mempolicy
set_mempolicy_home_node setns setregid setresgid setresuid setreuid settimeofday setuid
set_thread_area shmat shmctl shmdt shmget swapoff swapon sync syncfs sysfs syslog umount2 unshare
uselib userfaultfd ustat vhangup vmsplice
""".split()  # noqa: SIM905 (a list literal would be 200 lines)

# Without a PID namespace, a session is killed by its process group, which it must not leave.
# Without a view of its own it would find the socket files of the machine's services, which Landlock
# ignores.
NAMESPACES_ONLY = ("setsid", "setpgid", "connect")
# Landlock ignores modes and times, too. At `basic` all files of the user are in reach, the folder
# of the sessions among them. shutil.copy sets both, and must not fail.
MODES = ("chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "lchown")
TIMES = ("utime", "utimes", "utimensat", "futimesat")

# A lock needs no right to write: on a file that is shown for reading it would block the machine's
# own programs, and be a signal to another session. A filter cannot see what a lock is on. Nothing
# but the notebook uses a session's own files, so libraries that lock them (SQLite, HDF5, filelock)
# get the answer that they have the lock.
LOCKS = ("flock",)
FCNTL_LOCKS = (6, 7, 37, 38)  # F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW
# A lease shows when another process opens a file, a watch when one reads a file in a folder.
FCNTL_WATCHES = (1024, 1026)  # F_SETLEASE, F_NOTIFY
FCNTLS = (
    0, 1, 2, 3, 4,  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL
    5, 36,  # F_GETLK, F_OFD_GETLK
    8, 9, 10, 11, 15, 16,  # who gets a signal, and which
    1030, 1031, 1032, 1034,  # F_DUPFD_CLOEXEC, F_SETPIPE_SZ, F_GETPIPE_SZ, F_GET_SEALS
)  # fmt: skip
# Another session may have put into the page cache what is there: to see it (`preadv2`, RWF_NOWAIT)
# or to throw it out (`fadvise64`) would be a signal between the two.
CACHE = ("fadvise64",)

IOCTLS = (
    0x5401, 0x5402, 0x5403, 0x5404,  # TCGETS, TCSETS, TCSETSW, TCSETSF
    0x540F, 0x5410, 0x5413,  # TIOCGPGRP, TIOCSPGRP, TIOCGWINSZ
    0x541B, 0x5421, 0x5450, 0x5451,  # FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
    0x802C542A,  # TCGETS2
)  # fmt: skip
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX

PRCTLS = (
    2, 3, 4,  # PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE
    15, 16, 23, 29, 30,  # names, PR_CAPBSET_READ, timer slack
    38, 39, 0x53564D41,  # no_new_privs, PR_SET_VMA
)  # fmt: skip
PERSONALITIES = (0, 0xFFFFFFFF)  # the ordinary one, and the query for the current one

Code = list[bytes]


def op(code: int, k: int, true: int = 0, false: int = 0) -> bytes:
    """Return one instruction of classic BPF, as the kernel's struct sock_filter."""
    return struct.pack("<HBBI", code, true, false, k)


def load(offset: int) -> bytes:
    """Load 32 bits of struct seccomp_data."""
    return op(0x20, offset)


def give(action: int) -> bytes:
    """End with an action."""
    return op(0x06, action)


def argument(number: int) -> int:
    """Return where the low half of an argument stands; both architectures are little-endian."""
    return 16 + 8 * number


def one_of(number: int, values: Sequence[int], then: int, otherwise: Code) -> Code:
    """End with `then` where an argument is one of some values, else go on with `otherwise`."""
    tests = [op(0x15, value, len(values) - i, 0) for i, value in enumerate(values)]
    return [load(argument(number)), *tests, op(0x05, 1), give(then), *otherwise]


def no_bit_of(number: int, bits: int) -> Code:
    """Allow where an argument has none of some bits."""
    return [load(argument(number)), op(0x45, bits, 0, 1), give(EPERM), give(ALLOW)]


def connected_pair() -> Code:
    """Allow a pair of local sockets that can reach nothing but each other."""
    stream, packets = CONNECTED_KINDS
    return [
        *(load(argument(0)), op(0x15, AF_UNIX, 1, 0), give(EPERM)),
        *(load(argument(1)), op(0x54, KIND_OF_SOCKET)),
        *(op(0x15, stream, 1, 0), op(0x15, packets, 0, 1), give(ALLOW), give(EPERM)),
    ]


def zero(*arguments: int, otherwise: int = EPERM) -> Code:
    """Allow where all of some arguments are 0: the caller itself, where they name a process."""
    tests = [
        step for i in arguments for step in (load(argument(i)), op(0x15, 0, 1, 0), give(otherwise))
    ]
    return [*tests, give(ALLOW)]


def questions(tier: str) -> Mapping[str, Code]:
    """Return the system calls that are allowed for some arguments only."""
    local = one_of(0, [AF_UNIX], ALLOW, [give(EPERM)])
    # Without a PID namespace the zygote can be named, and it is of the same user.
    of_oneself = {
        "prlimit64": zero(0),
        "sched_setaffinity": zero(0),
        "setpriority": zero(0, 1),
    }
    return {
        **(of_oneself if tier == "basic" else {}),
        "clone": no_bit_of(0, CLONE_DENIED),
        "fcntl": one_of(
            1,
            FCNTL_LOCKS,
            PRETEND,
            one_of(1, FCNTL_WATCHES, EPERM, one_of(1, FCNTLS, ALLOW, [give(EINVAL)])),
        ),
        "ioctl": one_of(1, IOCTLS, ALLOW, one_of(1, TERMINAL_INJECTION, EPERM, [give(ENOTTY)])),
        "personality": one_of(0, PERSONALITIES, ALLOW, [give(EPERM)]),
        "preadv2": zero(5, otherwise=EOPNOTSUPP),
        "prctl": one_of(0, PRCTLS, ALLOW, [give(EPERM)]),
        "socket": local if tier == "strong" else [give(EPERM)],
        "socketpair": local if tier == "strong" else connected_pair(),
    }


@dataclass(frozen=True)
class Leaf:
    """The action of all numbers from `start` on, up to the next leaf."""

    start: int
    action: int | str


def leaves(actions: Mapping[int, int | str]) -> list[Leaf]:
    """Merge neighbours of one action into ranges."""
    ranges = [Leaf(0, actions.get(0, ENOSYS))]
    for number in range(1, max(actions) + 2):
        action = actions.get(number, ENOSYS)
        if action != ranges[-1].action:
            ranges.append(Leaf(number, action))
    return ranges


def tree(ranges: Sequence[Leaf], emit: Callable[[int | str], Code]) -> Code:
    """Return a binary search for the range of a number; `emit` turns an action into code."""
    if len(ranges) == 1:
        return emit(ranges[0].action)
    middle = len(ranges) // 2
    low, high = tree(ranges[:middle], emit), tree(ranges[middle:], emit)
    if len(low) < 256:
        return [op(0x35, ranges[middle].start, len(low), 0), *low, *high]
    return [op(0x35, ranges[middle].start, 0, 1), op(0x05, len(low)), *low, *high]


def numbers(names: Sequence[str], arch: str) -> dict[str, int]:
    """Return the numbers of system calls, from libseccomp; an architecture may lack some."""
    found = ctypes.util.find_library("seccomp")
    if found is None:
        sys.exit("libseccomp is missing; on Debian and Ubuntu: apt install libseccomp2")
    resolve = ctypes.CDLL(found).seccomp_syscall_resolve_name_arch
    known = {name: resolve(ctypes.c_uint32(AUDIT_ARCH[arch]), name.encode()) for name in names}
    return {name: number for name, number in known.items() if number >= 0}


def policy(tier: str) -> dict[str, int | str]:
    """Return the action of every named system call; its name, where `questions` has its code."""
    actions: dict[str, int | str] = dict.fromkeys(ALLOWED, ALLOW)
    actions |= dict.fromkeys(REFUSED, EPERM)
    actions |= dict.fromkeys((*LOCKS, *CACHE), PRETEND)
    actions |= {name: name for name in questions(tier)}
    if tier == "basic":
        actions |= dict.fromkeys(NAMESPACES_ONLY, EPERM) | dict.fromkeys((*MODES, *TIMES), PRETEND)
    else:
        actions |= dict.fromkeys(NAMESPACES_ONLY, ALLOW)
    return actions


def program(tier: str, arch: str) -> bytes:
    """Return the filter of a tier and an architecture."""
    actions = policy(tier)
    number_of = numbers(list(actions), arch)
    asked = questions(tier)
    by_number = {number: actions[name] for name, number in number_of.items()}
    search = tree(
        leaves(by_number),
        lambda action: asked[action] if isinstance(action, str) else [give(action)],
    )
    head = [load(4), op(0x15, AUDIT_ARCH[arch], 1, 0), give(KILL), load(0)]
    if arch == "x86_64":
        head += [op(0x35, X32_BIT, 0, 1), give(KILL)]
    return b"".join(head + search)


def main() -> int:
    """Write the filters, or compare them with what would be written."""
    parser = argparse.ArgumentParser(description="Write the seccomp filters of the sandbox.")
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    check = parser.parse_args().check
    stale = 0
    for tier in ("strong", "basic"):
        for arch in AUDIT_ARCH:
            path, code = FILTERS / f"{tier}.{arch}.bpf", program(tier, arch)
            current = path.exists() and path.read_bytes() == code
            stale += not current
            if not check:
                path.write_bytes(code)
            sys.stdout.write(f"{path.name}: {len(code) // 8} instructions\n")
    return int(check and stale > 0)


if __name__ == "__main__":
    raise SystemExit(main())

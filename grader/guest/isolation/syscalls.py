"""System calls that Python does not offer.

The C library is opened on import, since a fork has no time for it. On systems other than Linux this
module can be imported, but not used.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import NamedTuple

# From the generic table, which all architectures share from number 424 on.
CLONE3 = 435
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
# Older calls have different numbers on aarch64 and x86_64.
CAPSET = {"x86_64": 126, "aarch64": 91}
SECCOMP = {"x86_64": 317, "aarch64": 277}
# timer_create, timer_settime and timer_delete, which glibc before 2.34 has in another library.
TIMERS = {"x86_64": (222, 223, 226), "aarch64": (107, 110, 111)}

CLONE_PIDFD = 0x1000
CLONE_CHILD_CLEARTID = 0x200000
CLONE_CHILD_SETTID = 0x1000000
CLONE_NEWNS = 0x20000
CLONE_NEWIPC = 0x8000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_GET_TID_ADDRESS = 40
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

CAPABILITY_VERSION_3 = 0x20080522
SIGCHLD = 17

# PyDLL keeps the GIL: no other thread may run between fork and isolation.
LIBC = ctypes.PyDLL(None, use_errno=True) if sys.platform != "win32" else None
if LIBC is not None:
    LIBC.syscall.restype = ctypes.c_long
MACHINE = os.uname().machine if sys.platform != "win32" else ""
HAS_TIMERS = sys.platform == "linux" and MACHINE in TIMERS
CLOCK_MONOTONIC, SIGEV_SIGNAL = 1, 0


class Forked(NamedTuple):
    """Result of a fork: (0, -1) in the child, the child's pid and pidfd in the parent."""

    pid: int
    pidfd: int


def checked(result: int, what: str) -> int:
    """Return a result, or raise OSError from errno."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char], what: str) -> int:
    """Make a system call by number; `what` names it in errors."""
    assert LIBC is not None
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return checked(LIBC.syscall(ctypes.c_long(number), *words), what)


def prctl(option: int, second: int = 0, third: int = 0) -> int:
    """Call prctl with zeros for the remaining arguments."""
    assert LIBC is not None
    words = (ctypes.c_ulong(word) for word in (second, third, 0, 0))
    return checked(LIBC.prctl(option, *words), f"prctl {option}")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount a file system."""
    assert LIBC is not None
    texts = [text.encode() for text in (source, target, kind)]
    result = LIBC.mount(*texts, ctypes.c_ulong(flags), options.encode())
    checked(result, f"mount {kind or source} on {target}")


def thread_address() -> int:
    """Return the address where the C library keeps its thread's id; 0 if unknown.

    The C library's `fork` makes the kernel write the child's id there; so does `fork_into`.
    """
    address = ctypes.c_void_p()
    try:
        prctl(PR_GET_TID_ADDRESS, ctypes.addressof(address))
    except OSError:
        return 0
    return address.value or 0


def fork_alone() -> int:
    """Fork a process that has one thread; return the child's pid, and 0 in the child.

    `os.fork` also resets locks of other threads and reseeds `random` from the system. Without other
    threads there is nothing to reset, each run should draw the same numbers, and this bookkeeping
    writes 200 pages, which the kernel then copies one by one.
    """
    assert LIBC is not None
    return checked(LIBC.fork(), "fork")


def fork_into(namespaces: int) -> Forked:
    """Fork with the child in new namespaces; in a new PID namespace it is process 1.

    This is one fork where `unshare` needs two: copying the page tables of a warm process is the
    most expensive part of a session. As with `fork_alone`, there must be no other thread.
    """
    pidfd = ctypes.c_int(-1)
    tid = thread_address()
    flags = namespaces | CLONE_PIDFD | ((CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID) if tid else 0)
    arguments = struct.pack("=8Q", flags, ctypes.addressof(pidfd), tid, 0, SIGCHLD, 0, 0, 0)
    assert LIBC is not None
    pid = LIBC.syscall(ctypes.c_long(CLONE3), arguments, ctypes.c_long(len(arguments)))
    if pid == 0:
        return Forked(0, -1)
    return Forked(checked(pid, "clone3 into new namespaces"), pidfd.value)


def drop_bounding_set() -> None:
    """Drop every capability that an executed program could gain."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # EINVAL: no such capability
            return


def drop_capabilities() -> None:
    """Drop this process's capabilities, the ambient ones first."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    syscall(CAPSET[MACHINE], header, bytes(24), what="capset")


def make_timer(signal_number: int) -> int:
    """Create a timer that sends this process a signal; return its id."""
    event = struct.pack("=qii48x", 0, signal_number, SIGEV_SIGNAL)
    timer = ctypes.c_int()
    where = ctypes.addressof(timer)
    number = TIMERS[MACHINE][0]
    syscall(number, CLOCK_MONOTONIC, event, where, what="timer_create")
    return timer.value


def set_timer(timer: int, seconds: float) -> None:
    """Make a timer send its signal once, after a delay [s]; 0 stops it."""
    whole, part = divmod(round(seconds * 1e9), 10**9)
    times = struct.pack("=qqqq", 0, 0, whole, part)
    syscall(TIMERS[MACHINE][1], timer, 0, times, 0, what="timer_settime")


def end_timer(timer: int) -> None:
    """Delete a timer."""
    syscall(TIMERS[MACHINE][2], timer, what="timer_delete")

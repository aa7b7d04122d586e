"""Files that all sessions and the machine have in common: locks, watches, times, what is cached.

Each is something that one session could do to a file that it may only read, and that the machine's
own programs would suffer from, or that another session could see.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path

import pytest

from grader.sandbox.engine import Isolation

pytestmark = pytest.mark.strong

FILE = "/usr/bin/env"
TIERS = (Isolation.STRONG, Isolation.BASIC)
HAND = """
import ctypes, fcntl, mmap, os, platform, struct
file = open('/usr/bin/env', 'rb')
folder = os.open('/usr/bin', os.O_RDONLY)
libc = ctypes.CDLL(None, use_errno=True)
def call(x86_64, aarch64, *words):
    done = libc.syscall(x86_64 if platform.machine() == 'x86_64' else aarch64, *words)
    return os.strerror(ctypes.get_errno()) if done == -1 else done
def attempt(deed, *words):
    try:
        return repr(deed(*words))
    except OSError as error:
        return os.strerror(error.errno)
read_lock = struct.pack('hhqqixxxx', fcntl.F_RDLCK, 0, 7, 1, 0)
"""
# How a file is locked, and what the machine then finds.
LOCKS = {
    "flock": "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)",
    "shared_flock": "fcntl.flock(file, fcntl.LOCK_SH)",
    "record_lock": "fcntl.fcntl(file, fcntl.F_SETLK, read_lock)",
    "waiting_record_lock": "fcntl.fcntl(file, fcntl.F_SETLKW, read_lock)",
    "lock_of_an_open_file": "fcntl.fcntl(file, 37, read_lock)",
    "waiting_lock_of_an_open_file": "fcntl.fcntl(file, 38, read_lock)",
}
# What tells when another does something with a file, or what it did.
WATCHES = {
    "inotify": "call(254, 27, call(294, 26, 0), b'/usr/bin', 0xFFF)",
    "fanotify": "call(300, 262, 0, 0)",
    "dnotify": "attempt(fcntl.fcntl, folder, fcntl.F_NOTIFY, 1)",
    "lease": "attempt(fcntl.fcntl, file, fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    "userfaultfd": "call(323, 282, 0)",
    "perf_event": "call(298, 241, bytes(128), 0, -1, -1, 0)",
    "kcmp": "call(312, 272, os.getpid(), os.getppid(), 0, 0, 0)",
    "shared_memory": "call(29, 194, 4711, 4096, 0o1666)",
    "semaphore": "call(64, 190, 4711, 1, 0o1666)",
    "messages": "call(68, 186, 4711, 0o1666)",
    "message_queue": "call(240, 180, b'x', 0o102, 0o666, 0)",
    "memory_by_a_name": "call(319, 279, b'x', 0)",
}
HINT = "attempt(fcntl.fcntl, file, 1036, struct.pack('Q', 3))"  # F_SET_RW_HINT, kept in the inode
CACHED = "attempt(os.preadv, file.fileno(), [bytearray(1)], 0, 8)"  # RWF_NOWAIT


def locked() -> bool:
    """Whether the machine finds a file locked."""
    with Path(FILE).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        wanted = struct.pack("hhqqixxxx", fcntl.F_WRLCK, 0, 0, 0, 0)
        found = fcntl.fcntl(file, 36, wanted)  # F_OFD_GETLK, which needs no right to write
        return struct.unpack("hhqqixxxx", found)[0] != fcntl.F_UNLCK


def told(session, expression: str) -> str:
    """Return what an expression is in a session that goes on."""
    outcome = session.run_cell(f"{HAND}\nprint({expression}, end='')")
    assert outcome.status == "ok", outcome
    return outcome.stdout


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("name", LOCKS)
def test_a_session_locks_no_file_of_the_machine(arenas, tier, name):
    with arenas(tier).sandbox.session() as session:
        session.run_cell(f"{HAND}\n{LOCKS[name]}\nkept = file")
        assert not locked()
    arenas.tell(f"lock_by_{name}", "seccomp", tier.value, "succeeds without seccomp")


@pytest.mark.parametrize("name", LOCKS)
def test_without_seccomp_it_does(arenas, name):
    with arenas(Isolation.STRONG, without=frozenset({"seccomp"})).sandbox.session() as session:
        session.run_cell(f"{HAND}\n{LOCKS[name]}\nkept = file")
        assert locked()
    assert not locked()


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("name", WATCHES)
def test_a_session_watches_nothing_that_others_do(arenas, tier, name):
    with arenas(tier).sandbox.session() as session:
        assert told(session, WATCHES[name]) == os.strerror(errno.EPERM)
    arenas.tell(f"watch_by_{name}", "seccomp", tier.value, "inotify and dnotify do without it")


@pytest.mark.parametrize("name", ["inotify", "dnotify", "shared_memory"])
def test_without_seccomp_it_watches(arenas, name):
    with arenas(Isolation.STRONG, without=frozenset({"seccomp"})).sandbox.session() as session:
        assert told(session, WATCHES[name]).isdigit()


@pytest.mark.parametrize("tier", TIERS)
def test_nothing_is_left_in_a_file_nor_told_of_what_others_read(arenas, tier):
    with arenas(tier).sandbox.session() as session:
        assert told(session, HINT) == os.strerror(errno.EINVAL)
        assert told(session, CACHED) == os.strerror(errno.EOPNOTSUPP)
    arenas.tell("ask_what_is_cached", "seccomp", tier.value, "succeeds without seccomp")
    with arenas(Isolation.STRONG, without=frozenset({"seccomp"})).sandbox.session() as session:
        Path(FILE).read_bytes()  # a machine that is short of memory may have dropped it
        assert told(session, CACHED) == "1"


def test_reading_changes_no_time_of_a_file_where_all_is_mounted_for_reading(arenas):
    with arenas(Isolation.STRONG).sandbox.session() as session:
        mounts = told(session, "open('/proc/self/mountinfo').read()").splitlines()
    ours = [line.split() for line in mounts]
    writable = [line[4] for line in ours if "ro" not in line[5].split(",")]
    kinds = {line[line.index("-") + 1] for line in ours if line[4] in writable}
    assert kinds <= {"tmpfs", "proc", "devtmpfs"}
    assert not any(path.startswith(("/usr", "/grader")) for path in writable)


@pytest.mark.parametrize(
    "without", [frozenset(), frozenset({"seccomp"})], ids=["all", "no_seccomp"]
)
def test_at_basic_no_file_of_the_user_gets_another_time(arenas, without):
    """Where sessions have their folders, their user owns what lies beside them."""
    arena = arenas(Isolation.BASIC, without=without)
    with arena.sandbox.session() as session:
        assert told(session, "attempt(os.utime, '..', (1, 1))") == "None"
        assert (arena.scratch.stat().st_mtime == 1) is bool(without)
    arenas.tell("change_the_time_of_a_file", "seccomp", "basic", "succeeds without seccomp")


LIBRARIES = """
import fcntl, mailbox, sqlite3, tempfile, dbm.dumb
with open('own', 'w') as own:
    fcntl.flock(own, fcntl.LOCK_EX)
    fcntl.lockf(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.lockf(own, fcntl.LOCK_UN)
for mode in ('delete', 'wal'):
    with sqlite3.connect(f'{mode}.db') as one:
        one.execute(f'pragma journal_mode = {mode}')
        one.execute('create table t (x)')
        one.executemany('insert into t values (?)', [(1,), (2,)])
    with sqlite3.connect(f'{mode}.db') as other:
        assert other.execute('select sum(x) from t').fetchone() == (3,)
        other.execute('delete from t')
box = mailbox.mbox('box')
box.lock()
box.add('From: me')
box.unlock()
with tempfile.NamedTemporaryFile() as file:
    file.write(b'x')
print('all of it works')
"""


@pytest.mark.parametrize("tier", TIERS)
def test_libraries_that_lock_files_of_their_own_go_on(arenas, tier):
    with arenas(tier).sandbox.session() as session:
        outcome = session.run_cell(LIBRARIES)
        assert (outcome.status, outcome.stdout) == ("ok", "all of it works\n"), outcome

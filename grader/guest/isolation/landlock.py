"""Landlock: which files a session may use; no TCP, and no signal or abstract socket out of it.

The kernel's numbers are written here because no maintained binding covers TCP and scopes.
See Documentation/userspace-api/landlock.rst of Linux.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable, Mapping

from .syscalls import (
    LANDLOCK_ADD_RULE,
    LANDLOCK_CREATE_RULESET,
    LANDLOCK_RESTRICT_SELF,
    syscall,
)

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15

READ = EXECUTE | READ_FILE | READ_DIR
WRITE = ((1 << 15) - 1) & ~(MAKE_CHAR | MAKE_BLOCK)
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

RULE_PATH_BENEATH = 1
VERSION_QUESTION = 1
BIND_AND_CONNECT_TCP = 3
ABSTRACT_SOCKETS_AND_SIGNALS = 3
LOG_SAME_EXEC_OFF = 1

# From version 7 on, a hostile session could flood the audit log with refusals.
QUIET_SINCE = 7


def abi() -> int:
    """Return the kernel's version of Landlock; 0 for none."""
    try:
        return syscall(
            LANDLOCK_CREATE_RULESET, 0, 0, VERSION_QUESTION, what="landlock_create_ruleset"
        )
    except OSError:
        return 0


def file_rights(version: int) -> int:
    """Return all file rights that a version of Landlock knows."""
    known = (1 << 13) - 1
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        if version >= since:
            known |= right
    return known


def ruleset_attributes(version: int) -> bytes:
    """Return the kernel's struct landlock_ruleset_attr, in the length of that version."""
    rights = struct.pack(
        "=QQQ", file_rights(version), BIND_AND_CONNECT_TCP, ABSTRACT_SOCKETS_AND_SIGNALS
    )
    return rights[: 24 if version >= 6 else 16 if version >= 4 else 8]


def open_paths(paths: Iterable[str]) -> tuple[int, ...]:
    """Open paths for rules; skip those that do not exist."""
    opened = []
    for path in paths:
        try:
            opened.append(os.open(path, os.O_PATH | os.O_CLOEXEC))
        except OSError:
            continue
    return tuple(opened)


def restrict(version: int, rights: Mapping[int, int]) -> None:
    """Restrict this process and its descendants permanently.

    Parameters
    ----------
    version : int
        From `abi`.
    rights : Mapping of int to int
        Allowed rights by opened path; everything else is forbidden.
    """
    attributes, known = ruleset_attributes(version), file_rights(version)
    create, what = LANDLOCK_CREATE_RULESET, "landlock_create_ruleset"
    ruleset = syscall(create, attributes, len(attributes), 0, what=what)
    for path, allowed in rights.items():
        folder = stat.S_ISDIR(os.fstat(path).st_mode)
        beneath = struct.pack("=Qi", allowed & known & (-1 if folder else OF_FILES), path)
        rule = (ruleset, RULE_PATH_BENEATH, beneath, 0)
        syscall(LANDLOCK_ADD_RULE, *rule, what="landlock_add_rule")
    flags = LOG_SAME_EXEC_OFF if version >= QUIET_SINCE else 0
    syscall(LANDLOCK_RESTRICT_SELF, ruleset, flags, what="landlock_restrict_self")
    os.close(ruleset)

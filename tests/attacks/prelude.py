"""What every attack begins with: student code, run in the session before the attack's own cells."""

import ctypes
import os
import platform
import re

libc = ctypes.CDLL(None, use_errno=True)
ARCH = {"x86_64": 0, "aarch64": 1}[platform.machine()]


def attempt(deed, *args, **kwargs):
    """Return what a deed gave, as text, or the error that it met."""
    try:
        return repr(deed(*args, **kwargs))[:2000]
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:500]


def call(numbers, *words):
    """Make a system call by its number on (x86_64, aarch64); OSError where it is refused."""
    number = numbers[ARCH] if isinstance(numbers, tuple) else numbers
    made = [w if isinstance(w, bytes) else ctypes.c_long(w) for w in words]
    ctypes.set_errno(0)
    done = libc.syscall(ctypes.c_long(number), *made)
    if done == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done


def read(path, size=1 << 20):
    """Read a file, or list a folder."""
    if os.path.isdir(path):  # noqa: PTH112 (as a student writes it)
        return sorted(os.listdir(path))  # noqa: PTH208
    with open(path, "rb") as file:  # noqa: PTH123
        return canaries(file.read(size)) or "read, and nothing of worth in it"


def canaries(data):
    """Return the secrets that stand in bytes."""
    return sorted({found.decode() for found in re.findall(rb"CANARY-[A-Z_]+-[0-9a-f]{16}", data)})

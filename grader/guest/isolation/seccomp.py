"""Loads the system call filters that `tools/make_seccomp.py` makes."""

from __future__ import annotations

import ctypes
import struct
from pathlib import Path

from .syscalls import MACHINE, SECCOMP, syscall

FILTERS = Path(__file__).parent / "filters"
SET_MODE_FILTER = 1
INSTRUCTION_BYTES = 8


def read_filter(tier: str) -> bytes:
    """Return the filter of a tier for this machine's architecture."""
    return (FILTERS / f"{tier}.{MACHINE}.bpf").read_bytes()


def load_filter(code: bytes) -> None:
    """Apply a filter to this process and its descendants permanently."""
    program = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(code) // INSTRUCTION_BYTES, ctypes.addressof(program))
    syscall(SECCOMP[MACHINE], SET_MODE_FILTER, 0, header, what="seccomp")

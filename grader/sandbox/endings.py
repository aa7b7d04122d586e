"""Describes to students how a process ended."""

from __future__ import annotations

import signal

from grader.guest.protocol.launch_plan import ABORTED, OUT_OF_MEMORY

KILLS = frozenset({signal.SIGKILL, signal.SIGTERM})
"""Signals from outside: from a machine without memory, or from the person who runs it."""

_CRASH = "it crashed: endless recursion, or an error in compiled code (ctypes, a library)"
_WHY = {
    "SIGSEGV": _CRASH,
    "SIGBUS": _CRASH,
    "SIGILL": _CRASH,
    "SIGFPE": _CRASH,
    "SIGABRT": "it aborted: `os.abort`, or an error in compiled code (a library)",
}


def ended_by(status: int, *, full: bool = False) -> tuple[str, str]:
    """Describe how a process ended; return that and the limit that struck.

    `status` is its exit status, or minus the signal that ended it. `full`: its memory was full,
    which may crash Python itself.
    """
    if status == OUT_OF_MEMORY:
        return "its process ran out of memory", "memory"
    if status == ABORTED:
        status = -int(signal.SIGABRT)
    if status < 0:
        name = name_of_signal(-status)
        if full and name in _WHY:
            return f"its process ran out of memory and was ended by {name}", "memory"
        why = f" ({_WHY[name]})" if name in _WHY else ""
        return f"its process was ended by {name}{why}", ""
    return f"its process ended itself with exit status {status}", ""


def name_of_signal(number: int) -> str:
    """Return a signal's name, or its number if it has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

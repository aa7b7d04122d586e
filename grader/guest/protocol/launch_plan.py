"""What the trusted side sends to a zygote once, before the zygote loads anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

INSIDE_ID = 1000  # user and group of a session inside its namespace at `strong`
HOME, PRIVATE = "/home/student", "/home"
OWN_PLACES = (PRIVATE, "/tmp", "/dev/shm")  # noqa: S108 (each session mounts its own)
MADE_PROC = (
    *("cpuinfo", "diskstats", "filesystems", "loadavg", "meminfo", "stat", "swaps", "uptime"),
    *("version", "vmstat"),
)
"""The files of /proc that are replaced, so that a session sees none of the machine's."""

# Exit statuses with a meaning. Process 1 of a namespace cannot die of SIGABRT; 134 is a shell's.
OUT_OF_MEMORY, ABORTED = 72, 134
SEQUENCES = ("readable", "covered", "without")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

LAYERS: Mapping[str, str] = {
    "capabilities": "dropping every capability before the notebook runs",
    "drop_root": "leaving root for a user of no rights, before anything is loaded",
    "ipc_namespace": "an IPC namespace for each session",
    "landlock": "Landlock: files, TCP, signals and abstract sockets",
    "mount_view": "a view of the machine that holds only what a session needs",
    "network": "a network namespace with a loopback and nothing else",
    "pid_namespace": "a PID namespace for each session",
    "rlimits": "limits of memory, processor, processes, files",
    "seccomp": "the allow-list of system calls",
    "tmpfs": "the cap on the size and number of files",
}
"""The layers that attack tests can switch off one by one; users cannot."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a zygote isolates its sessions; it contains no secret.

    Attributes
    ----------
    tier : str
        ``strong``, ``basic`` or ``none``.
    limits : Mapping of str to float
        The fields of `grader.sandbox.settings.Limits`.
    msgpack : str
        Folder of the msgpack package inside the sandbox.
    uid : int or None
        The user and group to switch to before loading anything; None to keep the current ones.
    readable : tuple of str
        Paths that Landlock lets a session read.
    home : str
        A session's home at ``strong``; otherwise the folder for one folder per session.
    made_proc : str
        Folder of the `MADE_PROC` files inside the sandbox; empty for none.
    covered : tuple of str
        Paths below a session's own mounts that must stay visible at ``strong``: a Python may be
        installed in a home folder or in /tmp.
    packages : tuple of str or None
        Installed packages that notebooks may import besides numpy; None for all.
    without : tuple of str
        Layers to leave out, from `LAYERS`, for tests of what each one stops.
    """

    tier: str
    limits: Mapping[str, float]
    msgpack: str
    uid: int | None
    readable: tuple[str, ...]
    home: str
    made_proc: str = ""
    covered: tuple[str, ...] = ()
    packages: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()

    def has(self, layer: str) -> bool:
        """Return whether a layer is to be applied."""
        return layer not in self.without

    def message(self) -> dict[str, Any]:
        """Return the plan as a JSON object."""
        return asdict(self)

    @classmethod
    def read(cls, message: Mapping[str, Any]) -> Plan:
        """Make a plan from the result of `message`."""
        sequences = {key: tuple(message[key]) for key in SEQUENCES}
        packages = None if message["packages"] is None else tuple(message["packages"])
        return cls(**{**message, **sequences, "packages": packages})

"""What the trusted side tells a zygote once, before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

INSIDE_ID = 1000  # user and group of a session, as it sees itself at `strong`
HOME, PRIVATE = "/home/student", "/home"
OWN_PLACES = (PRIVATE, "/tmp", "/dev/shm")  # noqa: S108 (a session mounts its own)
MADE_PROC = (
    *("cpuinfo", "diskstats", "filesystems", "loadavg", "meminfo", "stat", "swaps", "uptime"),
    *("version", "vmstat"),
)
"""The files of /proc that are made; of the machine's own a session sees none."""

# Exit statuses that say why. Process 1 of a namespace cannot die of SIGABRT; a shell calls it so.
OUT_OF_MEMORY, ABORTED = 72, 134
SEQUENCES = ("preload", "readable", "covered", "without")
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
"""The layers that a test of attacks may take away one by one; no user can."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a zygote isolates its sessions; nothing in it is a secret.

    Attributes
    ----------
    tier : str
        ``strong``, ``basic`` or ``none``.
    limits : Mapping of str to float
        The fields of `grader.sandbox.settings.Limits`.
    preload : tuple of str
        Modules to import before the first session.
    msgpack : str
        Folder of the msgpack package, as seen from inside.
    uid : int or None
        The user and group to become before anything is loaded, or None to stay who one is.
    readable : tuple of str
        What a session may read, by Landlock.
    home : str
        Where sessions work: their home itself at ``strong``, else the folder that holds one each.
    made_proc : str
        Folder of the files of `MADE_PROC`, as seen from inside; empty where there are none.
    covered : tuple of str
        What a session must see in the places that it has its own of, at ``strong``: a Python may
        stand in somebody's home or in /tmp.
    packages : tuple of str or None
        All that notebooks may import of what is installed, beside numpy; None for no such bound.
    without : tuple of str
        Layers left out, from `LAYERS`, to show in a test what each one stops.
    """

    tier: str
    limits: Mapping[str, float]
    preload: tuple[str, ...]
    msgpack: str
    uid: int | None
    readable: tuple[str, ...]
    home: str
    made_proc: str = ""
    covered: tuple[str, ...] = ()
    packages: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()

    def has(self, layer: str) -> bool:
        """Whether a layer is to be put up."""
        return layer not in self.without

    def message(self) -> dict[str, Any]:
        """Return the plan as a message."""
        return asdict(self)

    @classmethod
    def read(cls, message: Mapping[str, Any]) -> Plan:
        """Read a plan that `message` wrote."""
        sequences = {key: tuple(message[key]) for key in SEQUENCES}
        packages = None if message["packages"] is None else tuple(message["packages"])
        return cls(**{**message, **sequences, "packages": packages})

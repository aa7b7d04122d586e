"""The steps by which a forked process becomes a session, in the order that the kernel asks for.

Namespaces first, because mounting needs the rights of a new one; then the limits; then the rights
are given up, Landlock and the filter come last, as each forbids what the steps before it do.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..limits.free_memory import SPARE_BYTES
from ..protocol.launch_plan import DEVICES, HOME, INSIDE_ID, MADE_PROC, OWN_PLACES, PRIVATE, Plan
from . import landlock, seccomp, syscalls

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC = 2, 4, 8, 32, 4096, 16384
PROC_FLAGS = MS_NOSUID | MS_NODEV | MS_NOEXEC

STACK_BYTES, STACK_HARD_BYTES = 8 * 1024**2, 64 * 1024**2


@dataclass(frozen=True, kw_only=True)
class Materials:
    """What isolation needs, read and opened by the zygote so that a session need not.

    Attributes
    ----------
    plan : Plan
        What to do.
    filter_code : bytes
        The seccomp program, empty where none is to be loaded.
    landlock_abi : int
        Version of Landlock, 0 where it is not to be used.
    places : Mapping of int to int
        Rights beneath opened paths that are the same for all sessions.
    """

    plan: Plan
    filter_code: bytes
    landlock_abi: int
    places: Mapping[int, int]


def gather(plan: Plan) -> Materials:
    """Read the filter and open the places that Landlock allows."""
    confined = plan.tier != "none"
    rules = confined and plan.has("landlock")
    places: dict[int, int] = {}
    if rules:
        places |= dict.fromkeys(landlock.open_paths(plan.readable), landlock.READ)
        places |= dict.fromkeys(landlock.open_paths(DEVICES), landlock.READ | landlock.WRITE)
    return Materials(
        plan=plan,
        filter_code=seccomp.read_filter(plan.tier) if confined and plan.has("seccomp") else b"",
        landlock_abi=landlock.abi() if rules else 0,
        places=places,
    )


def tasks_of_user() -> int:
    """Count the tasks of this user, 0 where the system does not tell."""
    return sum(_tasks_of(name) for name in _names("/proc") if name.isdigit())


def _tasks_of(process: str) -> int:
    count = 0
    # Not `Path.glob`, which raises where a process ends while it is looked at.
    for task in _names(f"/proc/{process}/task"):
        with contextlib.suppress(OSError):
            count += os.stat(f"/proc/{process}/task/{task}").st_uid == os.getuid()  # noqa: PTH116
    return count


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []


def namespaces_of(plan: Plan) -> int:
    """Return the namespaces of a session at ``strong``, as flags of clone."""
    flags = syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS
    flags |= syscalls.CLONE_NEWPID if plan.has("pid_namespace") else 0
    return flags | (syscalls.CLONE_NEWIPC if plan.has("ipc_namespace") else 0)


def isolate(materials: Materials, scratch: str, uid: int, gid: int) -> None:
    """Make this process a session.

    Parameters
    ----------
    materials : Materials
        What the zygote gathered.
    scratch : str
        A folder of the session's own; not used at ``strong``, where it gets a file system.
    uid, gid : int
        Who the zygote is, outside of the session's user namespace.
    """
    plan = materials.plan
    os.setsid()  # a kill of the own process group must not reach the zygote
    if plan.tier == "strong":
        map_user(uid, gid)
        mount_private(plan)
    settle(HOME if plan.tier == "strong" else scratch)
    volunteer_for_oom()
    if plan.has("rlimits"):
        # Without a user namespace the limit of processes counts all that the user runs.
        limit(plan.limits, neighbours=0 if plan.tier == "strong" else tasks_of_user() - 1)
    if plan.tier != "none":
        confine(materials, scratch)


def map_user(uid: int, gid: int) -> None:
    """Become user 1000 of the new user namespace."""
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{INSIDE_ID} {uid} 1")
    write("/proc/self/gid_map", f"{INSIDE_ID} {gid} 1")


def write(path: str, text: str) -> None:
    """Write a file of the kernel in one call, as it asks for."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def mount_private(plan: Plan) -> None:
    """Mount a /proc of this namespace, and one capped file system for home, /tmp and /dev/shm."""
    covered = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in plan.covered}
    if plan.has("pid_namespace"):
        mount_proc(plan.made_proc)
    cap = ""
    if plan.has("tmpfs"):
        cap = f",size={int(plan.limits['file_bytes'])},nr_inodes={int(plan.limits['files'])}"
    syscalls.mount("tmpfs", PRIVATE, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=755{cap}")
    for folder, target in ((HOME, None), ("/home/tmp", "/tmp"), ("/home/shm", "/dev/shm")):  # noqa: S108
        Path(folder).mkdir(mode=0o700)
        if target is not None:
            syscalls.mount(folder, target, "", MS_BIND)
    for path, descriptor in covered.items():
        show_again(Path(path), descriptor)


def mount_proc(made: str) -> None:
    """Mount a /proc that holds the processes of this namespace, and files that are made."""
    if not made:
        syscalls.mount("proc", "/proc", "proc", PROC_FLAGS, "subset=pid")
        return
    syscalls.mount("proc", "/proc", "proc", PROC_FLAGS)
    for name in MADE_PROC:
        syscalls.mount(f"{made}/{name}", f"/proc/{name}", "", MS_BIND)
    # From now on the kernel finds nothing but processes, and what is mounted over.
    syscalls.mount("proc", "/proc", "proc", PROC_FLAGS | MS_REMOUNT, "subset=pid")
    if os.path.lexists("/proc/sys"):
        raise OSError("this kernel does not hide what /proc tells of the machine")


def show_again(place: Path, descriptor: int) -> None:
    """Show what was mounted over."""
    source = f"/proc/self/fd/{descriptor}"
    if Path(source).is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    syscalls.mount(source, str(place), "", MS_BIND | MS_REC)
    os.close(descriptor)


def settle(home: str) -> None:
    """Work in the session's own folder, and let its programs know."""
    temporary = "/tmp" if home == HOME else f"{home}/tmp"  # noqa: S108
    if home != HOME:
        Path(temporary).mkdir(parents=True, mode=0o700)
    os.chdir(home)
    os.environ.update(HOME=home, PWD=home, TMPDIR=temporary)
    tempfile.tempdir = None


def volunteer_for_oom() -> None:
    """Ask to be the first to go when the machine runs out of memory."""
    with contextlib.suppress(OSError):
        write("/proc/self/oom_score_adj", "1000")


def limit(limits: Mapping[str, float], neighbours: int) -> None:
    """Set the limits that the kernel keeps for each process."""
    processor = math.ceil(limits["cpu_s"])
    # Process 1 of a namespace does not die of SIGXCPU; a second later comes SIGKILL.
    lower(resource.RLIMIT_CPU, processor, processor + 1)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_FSIZE, int(limits["file_bytes"]))
    lower(resource.RLIMIT_NOFILE, int(limits["open_files"]))
    lower(resource.RLIMIT_STACK, STACK_BYTES, STACK_HARD_BYTES)
    if sys.platform == "linux":  # macOS refuses the first and counts the second for all of a user
        memory = int(limits["memory_bytes"])
        lower(resource.RLIMIT_AS, memory, memory + SPARE_BYTES)
        lower(resource.RLIMIT_NPROC, int(limits["processes"]) + neighbours)


def lower(which: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit; one that is lower already stays."""
    present = resource.getrlimit(which)[1]
    ceiling = soft if hard is None else hard
    if present != resource.RLIM_INFINITY:
        ceiling = min(ceiling, present)
    resource.setrlimit(which, (min(soft, ceiling), ceiling))


def confine(materials: Materials, scratch: str) -> None:
    """Give up every right that is left, then put up Landlock and the filter."""
    plan = materials.plan
    if plan.has("capabilities"):
        if plan.tier == "strong":
            syscalls.drop_bounding_set()
        syscalls.drop_capabilities()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    if materials.landlock_abi:
        landlock.restrict(materials.landlock_abi, rights(materials, scratch))
    if materials.filter_code:
        seccomp.load_filter(materials.filter_code)


def rights(materials: Materials, scratch: str) -> Mapping[int, int]:
    """Return what Landlock allows this session."""
    own, proc = [scratch], []
    if materials.plan.tier == "strong":
        own, proc = list(OWN_PLACES), ["/proc"]
    everything = landlock.READ | landlock.WRITE
    return {
        **materials.places,
        **dict.fromkeys(landlock.open_paths(own), everything),
        **dict.fromkeys(landlock.open_paths(proc), landlock.READ),
    }

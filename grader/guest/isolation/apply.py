"""The steps that isolate a forked process, in the order that the kernel requires.

Namespaces come first, because mounting needs the rights of a new one; then the limits; then the
capabilities are dropped. Landlock and seccomp come last: they forbid what the earlier steps do.
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
    """What isolation needs; the zygote reads and opens it once for all sessions.

    Attributes
    ----------
    plan : Plan
        How to isolate sessions.
    filter_code : bytes
        The seccomp program; empty for none.
    landlock_abi : int
        Version of Landlock; 0 for none.
    places : Mapping of int to int
        Rights below opened paths, the same for all sessions.
    """

    plan: Plan
    filter_code: bytes
    landlock_abi: int
    places: Mapping[int, int]


def gather(plan: Plan) -> Materials:
    """Read the filter and open the paths that Landlock allows."""
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
    """Count the tasks of this user; 0 if the system does not say."""
    return sum(_tasks_of(name) for name in _names("/proc") if name.isdigit())


def _tasks_of(process: str) -> int:
    count = 0
    # Not `Path.glob`, which raises if a process ends meanwhile.
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
    """Return the namespaces of a session at ``strong``, as flags for clone."""
    flags = syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS
    flags |= syscalls.CLONE_NEWPID if plan.has("pid_namespace") else 0
    return flags | (syscalls.CLONE_NEWIPC if plan.has("ipc_namespace") else 0)


def isolate(materials: Materials, scratch: str, uid: int, gid: int) -> None:
    """Isolate this process as a session.

    Parameters
    ----------
    materials : Materials
        From `gather`.
    scratch : str
        Folder for this session alone; unused at ``strong``, which mounts a file system.
    uid, gid : int
        Ids of the zygote, outside the session's user namespace.
    """
    plan = materials.plan
    os.setsid()  # a session that kills its process group must not reach the zygote
    if plan.tier == "strong":
        map_user(uid, gid)
        mount_private(plan)
    settle(HOME if plan.tier == "strong" else scratch)
    volunteer_for_oom()
    if plan.has("rlimits"):
        # Without a user namespace the process limit counts all processes of the user.
        limit(plan.limits, neighbours=0 if plan.tier == "strong" else tasks_of_user() - 1)
    if plan.tier != "none":
        confine(materials, scratch)


def map_user(uid: int, gid: int) -> None:
    """Become user 1000 of the new user namespace."""
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{INSIDE_ID} {uid} 1")
    write("/proc/self/gid_map", f"{INSIDE_ID} {gid} 1")


def write(path: str, text: str) -> None:
    """Write a kernel file in one call, as the kernel requires."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def mount_private(plan: Plan) -> None:
    """Mount /proc for this namespace, and one size-capped tmpfs for home, /tmp and /dev/shm."""
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
    """Mount a /proc with the processes of this namespace and the files of `MADE_PROC`."""
    if not made:
        syscalls.mount("proc", "/proc", "proc", PROC_FLAGS, "subset=pid")
        return
    syscalls.mount("proc", "/proc", "proc", PROC_FLAGS)
    for name in MADE_PROC:
        syscalls.mount(f"{made}/{name}", f"/proc/{name}", "", MS_BIND)
    # From now on /proc shows only processes and what is mounted over it.
    syscalls.mount("proc", "/proc", "proc", PROC_FLAGS | MS_REMOUNT, "subset=pid")
    if os.path.lexists("/proc/sys"):
        raise OSError("this kernel does not hide what /proc tells of the machine")


def show_again(place: Path, descriptor: int) -> None:
    """Mount the made files over the hidden ones."""
    source = f"/proc/self/fd/{descriptor}"
    if Path(source).is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    syscalls.mount(source, str(place), "", MS_BIND | MS_REC)
    os.close(descriptor)


def settle(home: str) -> None:
    """Change to the session's folder, and set HOME and TMPDIR to match."""
    temporary = "/tmp" if home == HOME else f"{home}/tmp"  # noqa: S108
    if home != HOME:
        Path(temporary).mkdir(parents=True, mode=0o700)
    os.chdir(home)
    os.environ.update(HOME=home, PWD=home, TMPDIR=temporary)
    tempfile.tempdir = None


def volunteer_for_oom() -> None:
    """Make the kernel kill this process first when the machine runs out of memory."""
    with contextlib.suppress(OSError):
        write("/proc/self/oom_score_adj", "1000")


def limit(limits: Mapping[str, float], neighbours: int) -> None:
    """Set the kernel's per-process limits."""
    processor = math.ceil(limits["cpu_s"])
    # Process 1 of a namespace survives SIGXCPU; SIGKILL follows a second later.
    lower(resource.RLIMIT_CPU, processor, processor + 1)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_FSIZE, int(limits["file_bytes"]))
    lower(resource.RLIMIT_NOFILE, int(limits["open_files"]))
    lower(resource.RLIMIT_STACK, STACK_BYTES, STACK_HARD_BYTES)
    if sys.platform == "linux":  # macOS refuses RLIMIT_AS and counts processes per user
        memory = int(limits["memory_bytes"])
        lower(resource.RLIMIT_AS, memory, memory + SPARE_BYTES)
        lower(resource.RLIMIT_NPROC, int(limits["processes"]) + neighbours)


def lower(which: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit; keep one that is already lower."""
    present = resource.getrlimit(which)[1]
    ceiling = soft if hard is None else hard
    if present != resource.RLIM_INFINITY:
        ceiling = min(ceiling, present)
    resource.setrlimit(which, (min(soft, ceiling), ceiling))


def confine(materials: Materials, scratch: str) -> None:
    """Drop the remaining capabilities, then apply Landlock and seccomp."""
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
    """Return the rights that Landlock grants this session."""
    own, proc = [scratch], []
    if materials.plan.tier == "strong":
        own, proc = list(OWN_PLACES), ["/proc"]
    everything = landlock.READ | landlock.WRITE
    return {
        **materials.places,
        **dict.fromkeys(landlock.open_paths(own), everything),
        **dict.fromkeys(landlock.open_paths(proc), landlock.READ),
    }

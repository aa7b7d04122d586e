"""Finds out which pieces of isolation this machine has, and how to get the missing ones."""

from __future__ import annotations

import errno
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.errors import SandboxError
from grader.guest.isolation import landlock
from grader.sandbox.bubblewrap import find_bubblewrap
from grader.sandbox.cgroup import make_cgroup
from grader.sandbox.engine import Isolation
from grader.sandbox.filesystem_view import build_view, unreachable
from grader.sandbox.interpreter import find_interpreter, guest_folder
from grader.sandbox.packages import guest_versions, install_command
from grader.sandbox.runtime_packages import provide_packages
from grader.sandbox.settings import SandboxSettings
from grader.sandbox.unprivileged_user import user_to_become

STRONG = frozenset({Isolation.STRONG})
CONFINED = STRONG | {Isolation.BASIC}
ALL = CONFINED | {Isolation.NONE}

ANSWER_WITHIN_S = 60.0
# From this version on (Linux 6.12) Landlock keeps signals and abstract sockets inside a session; at
# `basic` nothing else does.
LANDLOCK_FOR_BASIC = 6
TRIAL_BYTES = 16 * 1024**2

# Everything is imported before root is given up: an ordinary user may not be able to read it.
NAMESPACES_TRIAL = """\
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def need(result, what):
    if result:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")
if os.getuid() == 0:
    try:
        os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
    except OSError:
        pass
need(libc.unshare(0x10000000 | 0x20000 | 0x8000000 | 0x20000000), "unshare")
need(libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 6, b"size=1m,nr_inodes=16"), "mount of a tmpfs")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The state of one component of isolation on this machine.

    Attributes
    ----------
    name : str
        Its name.
    ok : bool
        Whether it exists and works.
    detail : str
        What the probe found.
    remedy : str
        How to get it; empty if it works.
    tiers : frozenset of Isolation
        The tiers that need it; empty if it is optional.
    """

    name: str
    ok: bool
    detail: str
    remedy: str
    tiers: frozenset[Isolation]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe found."""

    ok: bool
    detail: str


def probe_system() -> ProbeResult:
    """Check that this is Linux."""
    return ProbeResult(sys.platform == "linux", f"{platform.system()} {platform.release()}")


def probe_fork() -> ProbeResult:
    """Check that processes can fork."""
    there = hasattr(os, "fork")
    return ProbeResult(there, "there" if there else "not on this system")


def probe_pidfd() -> ProbeResult:
    """Open a pidfd of this very process."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError) as error:
        return ProbeResult(False, str(error))
    return ProbeResult(True, "there")


def probe_bubblewrap() -> ProbeResult:
    """Ask bubblewrap for its version."""
    path = find_bubblewrap()
    if path is None:
        return ProbeResult(False, "no program `bwrap`")
    return run([path, "--version"])


def probe_namespaces() -> ProbeResult:
    """Make the namespaces of a session in an unprivileged process, and mount a file system."""
    found = run([sys.executable, "-I", "-S", "-c", NAMESPACES_TRIAL])
    return ProbeResult(True, "user, PID, mount and IPC, with a tmpfs") if found.ok else found


def probe_landlock(least: int = 1) -> ProbeResult:
    """Ask the kernel for its version of Landlock."""
    version = landlock.abi() if sys.platform == "linux" else 0
    return ProbeResult(version >= least, f"version {version}" if version else "not in this kernel")


def probe_seccomp() -> ProbeResult:
    """Check the kernel's support, and our filters for this architecture."""
    machine = platform.machine()
    missing = [
        tier
        for tier in ("strong", "basic")
        if not (guest_folder() / "isolation" / "filters" / f"{tier}.{machine}.bpf").is_file()
    ]
    if missing:
        return ProbeResult(False, f"no filter for {machine}")
    there = Path("/proc/sys/kernel/seccomp/actions_avail").exists()
    return ProbeResult(there, f"with filters for {machine}" if there else "not in this kernel")


def probe_cgroup() -> ProbeResult:
    """Try to make a cgroup."""
    cgroup = make_cgroup(TRIAL_BYTES)
    if cgroup is None:
        return ProbeResult(False, "may not be made by this user")
    cgroup.remove()
    return ProbeResult(
        True, "a zygote and its sessions have a limit of memory and a share of time together"
    )


def probe_python(python: str | None) -> ProbeResult:
    """Import numpy and IPython in the sandbox's Python."""
    try:
        interpreter = find_interpreter(python)
    except SandboxError as error:
        return ProbeResult(False, str(error))
    question = "import sys, numpy, IPython; print(sys.version.split()[0], 'numpy', \
numpy.__version__, 'IPython', IPython.__version__)"
    return run([str(interpreter.executable), "-s", "-c", question])


def run(call: list[str]) -> ProbeResult:
    """Run a program; it succeeds if it ends with status 0."""
    try:
        done = subprocess.run(  # noqa: S603 (a fixed call, no shell)
            call, capture_output=True, text=True, errors="replace", timeout=ANSWER_WITHIN_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        return ProbeResult(False, str(error))
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return ProbeResult(done.returncode == 0, lines[-1] if lines else os.strerror(errno.EIO))


@dataclass(frozen=True, slots=True)
class Probe:
    """How to check for a piece, which tiers need it, and how to get it."""

    look: Callable[[], ProbeResult]
    tiers: frozenset[Isolation]
    remedy: str


PROBES: Mapping[str, Probe] = {
    "Linux": Probe(
        probe_system,
        CONFINED,
        "use Linux, WSL 2, or a Linux virtual machine; `--isolation none` runs a notebook that "
        "you trust without one",
    ),
    "fork": Probe(probe_fork, ALL, "use the engine `jupyter`, or WSL 2"),
    "pidfd": Probe(probe_pidfd, CONFINED, "use Linux 5.4 or later"),
    "bubblewrap": Probe(
        probe_bubblewrap,
        STRONG,
        "Debian and Ubuntu: `apt install bubblewrap`; Fedora: `dnf install bubblewrap`",
    ),
    "namespaces": Probe(
        probe_namespaces,
        STRONG,
        "allow them: `sysctl user.max_user_namespaces=65536`; older Debian: `sysctl "
        "kernel.unprivileged_userns_clone=1`; Ubuntu 24.04 and later: `sysctl "
        "kernel.apparmor_restrict_unprivileged_userns=0`; Docker: `--security-opt "
        "seccomp=unconfined --security-opt systempaths=unconfined`",
    ),
    "Landlock": Probe(
        probe_landlock,
        CONFINED,
        "use Linux 5.13 or later with `landlock` in the boot parameter `lsm=` (Debian 12, Ubuntu "
        "22.04 and Fedora 35 have it)",
    ),
    "Landlock scopes": Probe(
        partial(probe_landlock, LANDLOCK_FOR_BASIC),
        frozenset({Isolation.BASIC}),
        "use Linux 6.12 or later, or the tier `strong`, which does not need them",
    ),
    "seccomp": Probe(
        probe_seccomp,
        CONFINED,
        "use Linux on x86_64 or aarch64; for another, add it to tools/make_seccomp.py",
    ),
    "cgroup": Probe(
        probe_cgroup,
        frozenset(),
        "run as root to have one; without it memory is limited for each process only, and a "
        "session with many processes slows its neighbours down",
    ),
}
PYTHON_REMEDY = (
    "`pip install numpy ipython` for that Python, or name another in course.yaml under "
    "`sandbox: python:`"
)


def examine(python: str | None = None) -> tuple[Piece, ...]:
    """Check every piece; `python` is the sandbox's, as `SandboxSettings.python` names it."""
    pieces = [piece(name, probe) for name, probe in PROBES.items()]
    inside = Probe(lambda: probe_python(python), ALL, PYTHON_REMEDY)
    return (*pieces, piece("sandbox Python", inside), way_to_python(python))


def way_to_python(python: str | None) -> Piece:
    """Check that the user of root's sessions can read the sandbox's Python."""
    name = "way to the Python"
    try:
        ways = ((tier, blocked_way(python, tier)) for tier in (Isolation.STRONG, Isolation.BASIC))
        blocked = {tier: found for tier, found in ways if found is not None}
    except SandboxError as error:  # about the Python itself; its own piece has the remedy
        return Piece(name=name, ok=False, detail=str(error), remedy=PYTHON_REMEDY, tiers=CONFINED)
    if not blocked:
        return Piece(name=name, ok=True, detail="open to sessions", remedy="", tiers=CONFINED)
    detail, remedy = next(iter(blocked.values()))
    return Piece(name=name, ok=False, detail=detail, remedy=remedy, tiers=frozenset(blocked))


def blocked_way(python: str | None, isolation: Isolation) -> tuple[str, str] | None:
    """Return what blocks the way and the remedy; None if nothing does."""
    if user_to_become() is None:
        return None
    with ExitStack() as stack:
        packages = provide_packages(stack, to_others=True, shown=isolation is Isolation.STRONG)
        view = build_view(find_interpreter(python), isolation, (), packages)
        return next(unreachable(view, isolation), None)


def examine_packages(settings: SandboxSettings) -> tuple[Piece, ...]:
    """Check every package that a course states."""
    try:
        found = guest_versions(settings)
    except SandboxError:  # which `examine` reports for the Python itself
        return ()
    return tuple(
        Piece(
            name=f"package {package}",
            ok=package in found,
            detail=found.get(package, "not installed where notebooks run"),
            remedy="" if package in found else f"`{install_command((package,), settings)}`",
            tiers=ALL,
        )
        for package in settings.packages or ()
    )


def piece(name: str, probe: Probe) -> Piece:
    """Check one piece."""
    found = probe.look()
    return Piece(
        name=name,
        ok=found.ok,
        detail=found.detail,
        remedy="" if found.ok else probe.remedy,
        tiers=probe.tiers,
    )


def tiers(pieces: tuple[Piece, ...]) -> tuple[Isolation, ...]:
    """Return the tiers that these pieces support, the strongest first."""
    missing = [piece.tiers for piece in pieces if not piece.ok]
    return tuple(tier for tier in Isolation if not any(tier in needs for needs in missing))


def require(isolation: Isolation) -> None:
    """Raise SandboxError, naming each missing piece and its remedy, unless a tier is supported."""
    needed = {name: probe for name, probe in PROBES.items() if isolation in probe.tiers}
    missing = [found for found in (piece(*item) for item in needed.items()) if not found.ok]
    if missing:
        listed = "\n".join(f"  {one.name} ({one.detail}): {one.remedy}" for one in missing)
        raise SandboxError(
            f"this machine cannot give isolation `{isolation}`, for it lacks\n{listed}"
        )

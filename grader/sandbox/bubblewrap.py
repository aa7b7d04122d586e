"""Builds the call of bubblewrap that gives a zygote its own view of the machine."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from grader.guest.protocol.launch_plan import DEVICES, HOME, INSIDE_ID, PRIVATE, Plan
from grader.sandbox.filesystem_view import FilesystemView

Step: TypeAlias = tuple[Path, list[str]]

ETC: Mapping[str, str] = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n"
    f"student:x:{INSIDE_ID}:{INSIDE_ID}:student:{HOME}:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "group": f"root:x:0:\nstudent:x:{INSIDE_ID}:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
PROC = "/grader/proc"  # a session copies these files into a /proc of its own
UNSHARED = ("pid", "ipc", "uts")
EMPTY = ("/dev", "/dev/shm", "/proc", "/tmp")  # noqa: S108 (places to mount on)
MADE_LINKS = {
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
    "/etc/localtime": "/usr/share/zoneinfo/UTC",
}


def find_bubblewrap() -> str | None:
    """Return the path of bubblewrap; None if it is not installed."""
    return shutil.which("bwrap")


def bubblewrap(
    executable: str, plan: Plan, view: FilesystemView, made: Path, info: int
) -> list[str]:
    """Return the call of bubblewrap, up to the program that runs inside.

    `made` is a folder with the files of `ETC` in ``etc``, and those of `MADE_PROC` in ``proc``.
    bubblewrap writes the zygote's process id to the descriptor `info`.
    """
    call = [executable, *namespaces(plan), "--die-with-parent", "--as-pid-1"]
    call += ["--info-fd", str(info), "--hostname", "sandbox", "--chdir", "/"]
    call += files(view, made) if plan.has("mount_view") else machine(view)
    # `--dev` would put the zygote into a second user namespace.
    call += [word for device in DEVICES for word in ("--dev-bind", device, device)]
    # As root the zygote mounts another one on top, for a reason given there. A Python that finds
    # its library relative to itself (`$ORIGIN`) needs /proc to start at all.
    return [*call, "--proc", "/proc", "--remount-ro", "/"]


def namespaces(plan: Plan) -> Iterator[str]:
    """Choose the namespaces around the zygote."""
    yield from (f"--unshare-{kind}" for kind in UNSHARED)
    yield "--unshare-cgroup-try"
    if plan.has("network"):
        yield "--unshare-net"
    if plan.uid is None:
        yield from ("--unshare-user", "--uid", str(INSIDE_ID), "--gid", str(INSIDE_ID))


def files(view: FilesystemView, made: Path) -> list[str]:
    """Show folders, cover hidden ones inside them, and make links, /etc and files of /proc."""
    steps: list[Step] = [empty(PRIVATE), (Path(HOME), make_folder(HOME))]
    steps += [(place, ["--ro-bind", str(source), str(place)]) for source, place in view.folders]
    steps += [
        (place, ["--perms", "0755", "--tmpfs", str(place), "--remount-ro", str(place)])
        for place in view.masked
    ]
    steps += [(place, ["--symlink", target, str(place)]) for target, place in view.links]
    of_etc = [(Path("/etc", name), made / "etc" / name) for name in ETC]
    steps += [
        (place, ["--ro-bind", str(source), str(place)])
        for place, source in (*of_etc, (Path(PROC), made / "proc"))
    ]
    steps += [(Path(place), make_folder(place)) for place in EMPTY]
    for name, target in MADE_LINKS.items():
        steps.append((Path(name), ["--symlink", target, name]))
    return in_order(steps)


def machine(view: FilesystemView) -> list[str]:
    """Show the whole machine, except what only root may enter (without layer `mount_view`)."""
    sources = [source for source, _ in view.folders]
    private = {folder for source in sources for folder in source.parents if is_private(folder)}
    private.add(Path(PRIVATE))
    steps = [*map(empty, private), (Path(HOME), make_folder(HOME))]
    steps += [
        (source, ["--ro-bind", str(source), str(source)])
        for source in sources
        if private.intersection(source.parents)
    ]
    return ["--ro-bind", "/", "/", *in_order(steps, anywhere=False)]


def empty(place: str | Path) -> Step:
    """Cover a place with an empty file system."""
    return Path(place), ["--perms", "0755", "--tmpfs", str(place)]


def is_private(folder: Path) -> bool:
    """Return whether only its owner can enter a folder."""
    return folder.exists() and not folder.stat().st_mode & stat.S_IXOTH


def make_folder(place: str | Path) -> list[str]:
    """Make a folder; by default bubblewrap makes folders that only root can enter."""
    return ["--perms", "0755", "--dir", str(place)]


def in_order(steps: list[Step], *, anywhere: bool = True) -> list[str]:
    """Order steps so that outer places come first, and make the folders in between.

    Unless `anywhere`, folders are made only inside of these places.
    """
    places = {place for place, _ in steps}
    way = {folder for place in places for folder in place.parents} - places
    made = [
        (folder, make_folder(folder))
        for folder in way - {Path("/")}
        if anywhere or not places.isdisjoint(folder.parents)
    ]
    ordered = sorted(steps + made, key=lambda step: (len(step[0].parts), step[0]))
    return [word for _, words in ordered for word in words]

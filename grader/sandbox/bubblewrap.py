"""The call of bubblewrap that puts a zygote into its own view of the machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.inside.plan import DEVICES, HOME, INSIDE_ID, PRIVATE, Plan
from grader.sandbox.view import View

__all__ = ["ETC", "bubblewrap", "find_bubblewrap"]

ETC: Mapping[str, str] = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n"
    f"student:x:{INSIDE_ID}:{INSIDE_ID}:student:{HOME}:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "group": f"root:x:0:\nstudent:x:{INSIDE_ID}:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
UNSHARED = ("pid", "ipc", "uts")
EMPTY = ("/dev", "/dev/shm", "/proc", "/tmp")  # noqa: S108 (places to mount on)
STANDARD_STREAMS = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}


def find_bubblewrap() -> str | None:
    """Return where bubblewrap is, None where it is not."""
    return shutil.which("bwrap")


def bubblewrap(executable: str, plan: Plan, view: View, etc: Path, info: int) -> list[str]:
    """Return the call, up to the program that is run inside.

    Parameters
    ----------
    executable : str
        Where bubblewrap is.
    plan : Plan
        Its `uid` says whether we are root; its `without` which layers to leave out.
    view : View
        What to show.
    etc : Path
        Folder that holds the files of `ETC`.
    info : int
        Descriptor for bubblewrap to write the zygote's process number to.
    """
    call = [executable, *namespaces(plan), "--die-with-parent", "--as-pid-1"]
    call += ["--info-fd", str(info), "--hostname", "sandbox", "--chdir", "/"]
    call += files(view, etc) if plan.has("mount_view") else ["--ro-bind", "/", "/"]
    call += ["--perms", "0755", "--tmpfs", PRIVATE, "--perms", "0755", "--dir", HOME]
    call += devices() if plan.has("mount_view") else []
    if plan.uid is None:  # as root the zygote mounts it, for the reason that is given there
        call += ["--proc", "/proc"]
    return [*call, "--remount-ro", "/"]


def namespaces(plan: Plan) -> Iterator[str]:
    """Choose the namespaces around the zygote."""
    yield from (f"--unshare-{kind}" for kind in UNSHARED)
    yield "--unshare-cgroup-try"
    if plan.has("network"):
        yield "--unshare-net"
    if plan.uid is None:
        yield from ("--unshare-user", "--uid", str(INSIDE_ID), "--gid", str(INSIDE_ID))


def files(view: View, etc: Path) -> list[str]:
    """Show folders, cover what is hidden in them, and make links and /etc."""
    steps: list[tuple[Path, list[str]]] = []
    steps += [(place, ["--ro-bind", str(source), str(place)]) for source, place in view.folders]
    steps += [
        (place, ["--perms", "0755", "--tmpfs", str(place), "--remount-ro", str(place)])
        for place in view.masked
    ]
    steps += [(place, ["--symlink", target, str(place)]) for target, place in view.links]
    steps += [(Path("/etc", name), ["--ro-bind", str(etc / name), f"/etc/{name}"]) for name in ETC]
    above = {parent for place, _ in steps for parent in place.parents if len(parent.parts) > 1}
    shown = [place for _, place in view.folders]
    steps += [
        (folder, ["--perms", "0755", "--dir", str(folder)])
        for folder in (*above, *map(Path, EMPTY))
        if not any(folder.is_relative_to(place) for place in shown)
    ]
    # What stands inside another must be put up after it. Left to itself, bubblewrap makes folders
    # that only root can enter.
    steps.sort(key=lambda step: (len(step[0].parts), step[0]))
    timezone = ["--symlink", "/usr/share/zoneinfo/UTC", "/etc/localtime"]
    return [word for _, words in steps for word in words] + timezone


def devices() -> list[str]:
    """Bind the harmless devices one by one.

    `--dev` of bubblewrap would put the zygote into a second user namespace.
    """
    call = [word for device in DEVICES for word in ("--dev-bind", device, device)]
    for name, end in STANDARD_STREAMS.items():
        call += ["--symlink", f"/proc/self/fd{end}", f"/dev/{name}"]
    return call

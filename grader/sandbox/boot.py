"""Starts the process that becomes a zygote, sends its plan, and waits until it is warm."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from grader.errors import SandboxError
from grader.guest.limits.remove_tree import remove_tree
from grader.guest.protocol.control_channel import Channel, Message
from grader.guest.protocol.launch_plan import HOME, OWN_PLACES, Plan
from grader.limits.own_memory import without_bound
from grader.sandbox.bubblewrap import ETC, PROC, bubblewrap, find_bubblewrap
from grader.sandbox.cgroup import Cgroup, make_cgroup
from grader.sandbox.engine import Isolation
from grader.sandbox.filesystem_view import FilesystemView, build_view, refuse_unreachable
from grader.sandbox.interpreter import Interpreter, find_interpreter
from grader.sandbox.machine import proc_files
from grader.sandbox.runtime_packages import fill_programs, provide_packages
from grader.sandbox.session_process import ZygoteDied
from grader.sandbox.settings import SandboxSettings
from grader.sandbox.unprivileged_user import user_to_become

# -S: the environment's start-up code runs only after root is given up. -B: nothing is writable.
FLAGS = ("-s", "-S", "-B", "-c")
START = """\
import sys
from importlib.util import module_from_spec, spec_from_file_location
folder = sys.argv[1]
spec = spec_from_file_location(
    "guest", folder + "/__init__.py", submodule_search_locations=[folder]
)
sys.modules["guest"] = package = module_from_spec(spec)
spec.loader.exec_module(package)
from guest.zygote import main
main(int(sys.argv[2]))
"""
THREADED = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "BLIS", "VECLIB_MAXIMUM")
WARM_WITHIN_S = 120.0
END_WITHIN_S = 5.0
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)  # bubblewrap reports the second
OUTPUT_BYTES = 2000  # how much of a failed zygote's output is shown


@dataclass(frozen=True, slots=True)
class Booted:
    """A zygote that was started and warms up.

    `process` is bubblewrap at ``strong``, otherwise the zygote itself, whose process id on this
    side is `pid`. Requests for sessions go through `channel`. `output` is what it prints until it
    is warm, and `cleanup` removes its traces. Only the process `starter` can wait for its end.
    """

    process: subprocess.Popen[bytes]
    pid: int
    channel: Channel
    output: IO[bytes]
    cleanup: ExitStack
    starter: int = field(default_factory=os.getpid)

    @property
    def alive(self) -> bool:
        """Whether it has not ended; in a fork of its starter always True."""
        return os.getpid() != self.starter or self.process.poll() is None

    def warm_up(self, preload: Sequence[str]) -> None:
        """Make it import what the course preloads; if it has ended, `await_ready` notices."""
        with suppress(ConnectionError):
            self.channel.send({"preload": list(preload)})

    def await_ready(self) -> None:
        """Wait until it is warm, after `warm_up`.

        Raise ZygoteDied if something killed it, and SandboxError, with its output, if it cannot run
        notebooks.
        """
        with self.output:
            answer = self._answer()
            if answer is None and (os.getpid() != self.starter or was_killed(self.process)):
                raise ZygoteDied(
                    "the sandbox was killed as it started; check whether this machine has memory "
                    "left"
                )
            if answer is None:
                printed = quote(self.output)
                raise SandboxError(f"the sandbox did not start{printed}; see `grader doctor`")
        if "error" in answer.message:
            raise SandboxError(
                f"the sandbox's Python cannot run notebooks: {answer.message['error']}"
            )

    def _answer(self) -> Message | None:
        """Return its answer when it is warm; None if it has ended."""
        self.channel.sock.settimeout(WARM_WITHIN_S)
        try:
            return self.channel.receive()
        except ConnectionError:
            return None
        except TimeoutError as error:
            raise SandboxError(
                f"the sandbox was not ready after {WARM_WITHIN_S:g} s{quote(self.output)}"
            ) from error
        finally:
            self.channel.sock.settimeout(None)

    def close(self) -> None:
        """End it, by force if necessary; may be called twice."""
        if os.getpid() == self.starter:
            self.cleanup.close()
        else:
            self.channel.close()


def boot(
    settings: SandboxSettings,
    isolation: Isolation,
    hidden: Sequence[Path],
    without: frozenset[str],
) -> Booted:
    """Start a zygote; see `grader.sandbox.zygote.Zygote.start`."""
    interpreter = find_interpreter(settings.python)
    confined, strong = isolation is not Isolation.NONE, isolation is Isolation.STRONG
    uid = user_to_become() if confined else None
    with ExitStack() as stack:
        shown = strong and "mount_view" not in without
        packages = provide_packages(stack, to_others=uid is not None, shown=shown)
        view = build_view(interpreter, isolation, hidden, packages) if confined else None
        if view is not None and uid is not None:
            refuse_unreachable(view, isolation)
        seen = view.packages if view is not None and shown else packages
        home = HOME if strong else make_scratch(uid if "drop_root" not in without else None, stack)
        plan = Plan(
            tier=isolation.value,
            limits=settings.limits.model_dump(mode="json"),
            packages=settings.packages,
            msgpack=str(seen.msgpack),
            uid=uid,
            readable=view.readable if view else (),
            home=home,
            made_proc=PROC if shown else "",
            covered=covered(view, shown=shown) if view is not None and strong else (),
            without=tuple(sorted(without)),
        )
        program = [str(interpreter.executable), *FLAGS, START, str(seen.guest)]
        wrapper = view if strong else None
        variables = environment(interpreter, home, str(seen.programs))
        variables |= fill_programs(packages.programs, interpreter.executable, seen.guest)
        booted = launch(program, variables, plan, wrapper, stack)
        return replace(booted, cleanup=stack.pop_all())


def covered(view: FilesystemView, *, shown: bool) -> tuple[str, ...]:
    """Return the folders with code that a session's private places would cover."""
    places = [place if shown else source for source, place in view.folders]
    return tuple(str(place) for place in places if any(map(place.is_relative_to, OWN_PLACES)))


def make_scratch(uid: int | None, stack: ExitStack) -> str:
    """Make the folder of the sessions' own folders, for tiers without a private file system."""
    folder = tempfile.mkdtemp(prefix="notebook-grader-")
    stack.callback(remove_scratch, folder, uid)
    if uid is not None:
        os.chown(folder, uid, uid)
    return folder


def remove_scratch(folder: str, uid: int | None) -> None:
    """Remove the folder, with the rights of its own user.

    If a zygote was killed, a process of a session may still run, and trick a removal as root with
    a link.
    """
    if uid is None:
        remove_tree(folder)
    else:
        rights: dict[str, Any] = {"user": uid, "group": uid, "extra_groups": ()}
        command = ["rm", "-rf", "--", folder]
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL, **rights)  # noqa: S603


def environment(interpreter: Interpreter, home: str, programs: str) -> dict[str, str]:
    """Return the environment of a zygote, without the variables of `fill_programs`."""
    places = (programs, str(interpreter.executable.parent), "/usr/local/bin", "/usr/bin", "/bin")
    return {
        "PATH": os.pathsep.join(dict.fromkeys(places)),
        "HOME": home,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TERM": "xterm-color",  # as in a kernel, like the next two and the backend
        "PAGER": "cat",
        "GIT_PAGER": "cat",
        "PYTHONHASHSEED": "0",  # the same order of a set in every run
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUNBUFFERED": "1",  # output of its programs comes in order
        **{f"{library}_NUM_THREADS": "1" for library in THREADED},
    }


def launch(
    program: list[str],
    variables: Mapping[str, str],
    plan: Plan,
    view: FilesystemView | None,
    stack: ExitStack,
) -> Booted:
    """Start the program, inside bubblewrap if there is a view, and send its plan."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    stack.callback(channel.close)
    output = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (the stack closes it)
    with theirs, Info() as info:
        call = [*program, str(theirs.fileno())]
        if view is not None:
            made = make_files(plan, stack)
            call = bubblewrap(find_bubblewrap() or "bwrap", plan, view, made, info.write) + call
        cgroup = bound_memory(plan, stack)
        with without_bound():
            process = subprocess.Popen(  # noqa: S603 (put together here, no shell)
                call,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(variables),
                cwd="/" if view is not None else plan.home,
                pass_fds=(theirs.fileno(), info.write),
                start_new_session=True,
            )
        theirs.close()
        pid = process.pid if view is None else info.zygote() or process.pid
        stack.callback(end, process, pid, channel)
        if cgroup is not None:
            with suppress(OSError):  # if it has already ended, `await_ready` notices
                cgroup.add(pid)
    # If it has already ended, `await_ready` notices.
    with suppress(ConnectionError):
        channel.send(plan.message())
    return Booted(process, pid, channel, output, stack)


def make_files(plan: Plan, stack: ExitStack) -> Path:
    """Write the files of /etc and /proc that replace those of the machine."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notebook-grader-")))
    proc = proc_files(int(plan.limits["memory_bytes"]))
    for place, files in (("etc", ETC), ("proc", proc)):
        (folder / place).mkdir()
        (folder / place).chmod(0o755)  # for the sandbox's own user, regardless of the umask
        for name, text in files.items():
            (folder / place / name).write_text(text)
            (folder / place / name).chmod(0o644)
    return folder


class Info:
    """A pipe on which bubblewrap reports the id of the process that it starts."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()

    def zygote(self) -> int | None:
        """Return the process id; None if bubblewrap failed before."""
        os.close(self.write)
        self.write = -1
        with os.fdopen(self.read, closefd=False) as pipe, suppress(ValueError):
            return int(json.load(pipe)["child-pid"])
        return None

    def __enter__(self) -> Info:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in (self.read, self.write):
            if descriptor >= 0:
                os.close(descriptor)


def bound_memory(plan: Plan, stack: ExitStack) -> Cgroup | None:
    """Make a cgroup for a zygote and all its forks, if this user may make one."""
    if plan.tier == Isolation.NONE or not plan.has("rlimits"):
        return None
    cgroup = make_cgroup(int(plan.limits["total_bytes"]))
    if cgroup is not None:
        stack.callback(cgroup.remove)
    return cgroup


def was_killed(process: subprocess.Popen[bytes]) -> bool:
    """Return whether an ending process was killed."""
    try:
        return process.wait(END_WITHIN_S) in KILLED
    except subprocess.TimeoutExpired:
        return False


def quote(output: IO[bytes]) -> str:
    """Return the end of a zygote's output, to append to a sentence."""
    output.seek(0)
    text = output.read()[-OUTPUT_BYTES:].decode(errors="replace").strip()
    return f"; its output: {text}" if text else ""


def end(process: subprocess.Popen[bytes], pid: int, channel: Channel) -> None:
    """Close a zygote's channel, which ends it; kill it if it does not end."""
    channel.close()
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        # bubblewrap ends with the zygote that it waits for, but not the other way round.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        process.wait()

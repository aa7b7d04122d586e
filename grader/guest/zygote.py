"""The warm process that every session is forked from.

It becomes an ordinary user, loads numpy and IPython, and then forks a session whenever the trusted
side asks for one. It has one thread and never runs a student's code. Its socket to the trusted side
is closed in every session before the student's first line runs.
"""

from __future__ import annotations

import gc
import importlib
import os
import site
import socket
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import NoReturn

from .isolation import syscalls
from .isolation.apply import PROC_FLAGS, gather
from .protocol.control_channel import Channel
from .protocol.launch_plan import HOME, PRIVATE, Plan
from .supervisor import CONTROL, Serve, SessionSupervisor

PRELOADED = ("numpy", "numpy.ma", "numpy.random", "statistics")  # statistics is slow to load

# `sys.argv` as in a kernel: some notebooks parse it and expect these arguments.
KERNEL_ARGUMENTS = (
    "/ipykernel_launcher.py",
    "-f",
    "/kernel.json",
    "--HistoryManager.hist_file=:memory:",
)


def main(descriptor: int) -> NoReturn:
    """Run the zygote until the trusted side closes its end."""
    gc.disable()  # nearly all that is loaded lives to the end; `warm` enables it for the sessions
    os.dup2(descriptor, CONTROL)
    if descriptor != CONTROL:
        os.close(descriptor)
    channel = Channel(socket.socket(fileno=CONTROL))
    try:
        first = channel.receive()
        assert first is not None
        plan = Plan.read(first.message)
        load_libraries(plan)
        # The trusted side has read the course by now, and knows its preloads.
        last = channel.receive()
        if last is None:  # the course could not be read
            os._exit(0)
        supervisor = warm(plan, last.message["preload"])
    except Exception as error:  # the trusted side reports it
        channel.send({"error": f"{type(error).__name__}: {error}"})
        os._exit(1)
    channel.send({"ready": sys.version.split()[0], "numpy": sys.modules["numpy"].__version__})
    supervisor.run(channel)
    os._exit(0)


def load_libraries(plan: Plan) -> None:
    """Become an ordinary user, and load what every course needs."""
    become_ordinary(plan)
    sys.path.remove("")  # the folder that the zygote was started in; sessions have their own
    site.main()  # only now: .pth files of the environment may run code
    load_package("msgpack", plan.msgpack)
    for name in PRELOADED:
        importlib.import_module(name)
    importlib.import_module(f"{__package__}.cell_runner")


def warm(plan: Plan, preloads: list[str]) -> SessionSupervisor:
    """Load what a course wants ready, and gather what isolates sessions."""
    for name in preloads:
        preload(name)
    gc.freeze()  # the shell collects when it is reset, and need not look through all of this
    serve = warm_session()
    sys.argv = list(KERNEL_ARGUMENTS)
    # Child Pythons (spawn, joblib) need the site-packages that -S leaves out.
    subprocess._args_from_interpreter_flags = list  # type: ignore[attr-defined]  # noqa: SLF001
    refuse_threads()
    materials = gather(plan)
    if plan.packages is not None:
        stated = importlib.import_module(f"{__package__}.stated_packages")
        stated.allow_only(plan.packages, preloads)
    gc.collect()
    gc.freeze()
    gc.enable()
    return SessionSupervisor(materials, serve)


def become_ordinary(plan: Plan) -> None:
    """Do what needs root, then give up root."""
    if plan.uid is not None and plan.tier == "strong":
        # bubblewrap's /proc is partly covered, and the kernel then refuses sessions a new one.
        syscalls.mount("proc", "/proc", "proc", PROC_FLAGS)
        for folder in (PRIVATE, HOME):
            os.chown(folder, plan.uid, plan.uid)
    if plan.uid is not None and plan.has("drop_root"):
        syscalls.drop_bounding_set()
        os.setgroups([])
        os.setresgid(plan.uid, plan.uid, plan.uid)
        os.setresuid(plan.uid, plan.uid, plan.uid)
    if sys.platform == "linux":
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        # A process that changed its user must be dumpable to write its own uid_map.
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)


def load_package(name: str, folder: str) -> None:
    """Load a package from its folder, even if the environment has another of that name."""
    path = f"{folder}/__init__.py"
    spec = spec_from_file_location(name, path, submodule_search_locations=[folder])
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def preload(name: str) -> None:
    """Import a module that the course preloads, with `get_ipython` defined as in a notebook.

    pandas looks for it once, and prints wide frames accordingly.
    """
    shell = importlib.import_module(f"{__package__}.shell").GraderShell.instance()
    try:
        with shell.builtin_trap:
            importlib.import_module(name)
    except ImportError as error:
        raise RuntimeError(
            f"`preload` of the course or an exercise names {name}, which cannot be imported "
            f"({error}); install it where notebooks run, or take it out"
        ) from error


def warm_session() -> Serve:
    """Load the modules that run cells, and warm up the shell."""
    package = __package__ or ""
    importlib.import_module(f"{package}.cell_runner").prepare_shell()
    importlib.import_module(f"{package}.figures").draw_first()
    serve: Serve = importlib.import_module(f"{package}.serving").serve_session
    return serve


def refuse_threads() -> None:
    """Raise if a loaded module started a thread: a fork could hang."""
    tasks = Path("/proc/self/task")
    count = len(list(tasks.iterdir())) if tasks.is_dir() else 1
    if count != 1:
        raise RuntimeError(
            f"{count} threads run after loading; a module that a `preload` names "
            "starts threads, and a fork of several threads can hang"
        )

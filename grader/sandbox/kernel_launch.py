"""Starts the Jupyter kernels of the engine `jupyter`."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from grader.errors import SandboxError, UsageError, command_for_extras
from grader.limits.own_memory import without_bound
from grader.sandbox.interpreter import guest_folder
from grader.sandbox.runtime_packages import fill_programs, public_folder
from grader.sandbox.settings import SandboxSettings

# Limits are set before the kernel loads anything; Windows has no such limits.
_LAUNCH = """
import importlib.util, runpy
try:
    import resource
except ImportError:
    pass
else:
    for limit, size in ((resource.RLIMIT_AS, {memory}), (resource.RLIMIT_CPU, {cpu})):
        resource.setrlimit(limit, (size, size))
spec = importlib.util.spec_from_file_location("grader_order", {order!r})
order = importlib.util.module_from_spec(spec)
spec.loader.exec_module(order)
order.keep_order()
runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
"""


def require_packages() -> None:
    """Raise UsageError if packages of this engine are missing; imports none."""
    if not all(map(find_spec, ("nbformat", "ipykernel", "jupyter_client", "nbconvert"))):
        raise _missing()


def _missing() -> UsageError:
    command = command_for_extras("jupyter")
    return UsageError(
        f"The engine `jupyter` needs nbconvert and ipykernel; install them with `{command}`."
    )


def start_kernel(settings: SandboxSettings, folder: str, stack: ExitStack) -> Any:
    """Start a kernel and return the ExecutePreprocessor that is connected to it."""
    try:
        import nbformat
        from ipykernel import kernelapp  # noqa: F401
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager
        from nbconvert.preprocessors import ExecutePreprocessor
    except ImportError as error:
        raise _missing() from error
    limits = settings.limits
    launch = _LAUNCH.format(
        memory=int(limits.memory_bytes),
        cpu=int(limits.cpu_s),
        order=str(guest_folder() / "kernel_output.py"),
    )
    python = settings.python or sys.executable
    manager = AsyncKernelManager(
        kernel_name="python3",
        transport="ipc",
        ip=f"{folder}/kernel",
        connection_file=f"{folder}/kernel.json",
    )
    manager._kernel_spec = KernelSpec(  # noqa: SLF001 (there is no public way past the folders)
        argv=[python, "-c", launch, "-f", "{connection_file}"]
    )
    client = ExecutePreprocessor(timeout=None, allow_errors=True)
    client.nb, client.km = nbformat.v4.new_notebook(), manager
    client.owns_km = True
    client.reset_execution_trackers()
    client.resources = {}
    try:
        with without_bound():
            stack.enter_context(
                client.setup_kernel(
                    cwd=f"{folder}/work",
                    env=_environment(f"{folder}/work", Path(python), public_folder(stack)),
                    stdout=DEVNULL,
                    stderr=DEVNULL,
                )
            )
    except RuntimeError as error:
        raise SandboxError(f"The Jupyter kernel of {python} does not start: {error}") from error
    return client


def _environment(folder: str, python: Path, programs: Path) -> dict[str, str]:
    """Return the environment of a kernel: as little as in the sandbox.

    Nothing can be installed here either: all later notebooks would have it.
    """
    found = fill_programs(programs, python, guest_folder())
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = os.environ.get("PATH", os.defpath)
    return (
        threads
        | found
        | {
            "HOME": folder,
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join((str(programs), path)),
            "PYTHONHASHSEED": "0",
            "PYTHONUNBUFFERED": "1",  # output of its programs comes in order
        }
    )

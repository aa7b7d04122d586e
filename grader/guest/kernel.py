"""Answers questions in a Jupyter kernel after the cells: what the engine `jupyter` runs there."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from IPython.core.getipython import get_ipython

from .displays import keep_displayed
from .serving import serve_exercises
from .shared_names import SharedNames
from .stated_packages import allow_only


def keep_figures(_: MutableMapping[str, Any]) -> None:
    """Keep the last displayed figure, which the inline backend closes."""
    keep_displayed(get_ipython().display_formatter)


def keep_to_stated(
    packages: Sequence[str],
    modules: Sequence[str],
    namespace: Mapping[str, Any],  # noqa: ARG001
) -> None:
    """Let cells import only the packages that the course states."""
    allow_only(packages, modules)


def share_names(names: Sequence[str], namespace: MutableMapping[str, Any]) -> None:
    """From now on, merge the dicts that cells bind to these names."""
    shared = SharedNames(names)
    get_ipython().events.register("post_run_cell", lambda _: shared.merge(namespace))


def serve_kernel(
    address: str,
    limits: Mapping[str, float],
    numbers: Mapping[int, int],
    namespace: Mapping[str, Any],
) -> None:
    """Connect to the trusted side and answer until it closes.

    Parameters
    ----------
    address : str
        Path of the trusted side's Unix socket.
    limits : Mapping of str to float
        ``call_s`` [s].
    numbers : Mapping of int to int
        The number of each cell in the notebook, by its execution count.
    namespace : Mapping of str to object
        The names that the cells defined.
    """

    def number_of(filename: str) -> int:
        # IPython keeps the execution count of each cell that it compiled, for its own tracebacks.
        counts = getattr(get_ipython().compile, "_filename_map", {})
        return numbers.get(counts.get(filename, 0), 0)

    with socket.socket(socket.AF_UNIX) as sock, warnings.catch_warnings():
        # A kernel has threads of its own, which a fork leaves behind; none is needed to answer.
        warnings.simplefilter("ignore", DeprecationWarning)
        sock.connect(address)
        serve_exercises(sock, limits, namespace, number_of)

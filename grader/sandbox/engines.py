"""Selects the engine that runs notebooks; workers start it themselves."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.sandbox.doctor import require
from grader.sandbox.early_sandbox import EarlySandbox
from grader.sandbox.engine import Engine, EngineFactory, EngineName, Isolation
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings


@dataclass(frozen=True, slots=True)
class _Sandboxes:
    settings: SandboxSettings
    isolation: Isolation
    hidden: Sequence[Path]
    early: EarlySandbox | None

    def start(self) -> AbstractContextManager[Engine]:
        launched = None
        if self.early is not None:
            launched = self.early.take(self.settings, self.isolation, self.hidden)
        return Sandbox(self.settings, self.isolation, hidden=self.hidden, launched=launched)


@dataclass(frozen=True, slots=True)
class _JupyterKernels:
    settings: SandboxSettings

    def start(self) -> AbstractContextManager[Engine]:
        from grader.sandbox.jupyter import JupyterEngine  # asyncio with it, which takes its time

        return JupyterEngine(self.settings)


def engines_for(
    name: EngineName,
    settings: SandboxSettings,
    isolation: Isolation,
    *,
    hidden: Sequence[Path],
    early: EarlySandbox | None = None,
) -> EngineFactory:
    """Return the factory of an engine, after checking that this machine supports it.

    The tier is never weakened; `hidden` are folders that must not be reachable from inside. The
    first engine uses the process `early` if it fits, which starts to preload at once.

    Raises
    ------
    SandboxError
        This machine does not support the tier; the message names what is missing.
    UsageError
        The engine does not support the tier, or its packages are missing.
    """
    if name is EngineName.JUPYTER:
        if isolation is not Isolation.NONE:
            raise UsageError(
                f"The engine `jupyter` has no isolation, so it cannot run with `{isolation}`; "
                "add --isolation none if you trust these notebooks."
            )
        from grader.sandbox.kernel_launch import require_packages

        require_packages()
        return _JupyterKernels(settings)
    if early is None or not early.warm_up(settings, isolation, hidden):
        require(isolation)  # as it was when the early one was started
    return _Sandboxes(settings, isolation, tuple(hidden), early)

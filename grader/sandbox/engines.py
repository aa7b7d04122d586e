"""The engines that run notebooks, made inside the process that uses them."""

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
    """Return what starts the engine that was asked for.

    Parameters
    ----------
    name : EngineName
        Which engine.
    settings : SandboxSettings
        The course's Python, preloads and limits.
    isolation : Isolation
        The tier; nothing below it will be used.
    hidden : sequence of Path
        Folders that must not be reachable from inside.
    early : EarlySandbox, optional
        A process that the first engine uses, where it fits; it begins to preload at once.

    Raises
    ------
    SandboxError
        This machine cannot give the tier; the message names the missing piece.
    UsageError
        The engine cannot give the tier, or its packages are missing.
    """
    if name is EngineName.JUPYTER:
        if isolation is not Isolation.NONE:
            raise UsageError(
                f"The engine `jupyter` has no isolation, so `{isolation}` cannot be given; "
                "add --isolation none if you trust these notebooks."
            )
        from grader.sandbox.jupyter import require_packages

        require_packages()
        return _JupyterKernels(settings)
    if early is None or not early.warm_up(settings, isolation, hidden):
        require(isolation)  # as it was when the early one was started
    return _Sandboxes(settings, isolation, tuple(hidden), early)

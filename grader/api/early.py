"""Starts the sandbox before the course is read, so that the two take the time of the longer one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cache import hidden_from_sessions
from grader.errors import GraderError
from grader.sandbox.early_sandbox import EarlySandbox
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from grader.cache import Cache


@contextmanager
def early_sandbox(
    folder: Path | None, isolation: Isolation, engine: EngineName, cache: Cache | None = None
) -> Iterator[EarlySandbox | None]:
    """Start a sandbox for a course that is to be read next; it ends with the block.

    Parameters
    ----------
    folder : Path or None
        The course's; None where there is none.
    isolation, engine : Isolation, EngineName
        As asked for.
    cache : Cache, optional
        What earlier runs left; no session may see it.

    Yields
    ------
    EarlySandbox or None
        None where nothing can be started yet. What is wrong then shows when the course is read.
    """
    early = None
    if folder is not None and engine is EngineName.SANDBOX:
        early = _start(folder, isolation, cache)
    try:
        yield early
    finally:
        if early is not None:
            early.close()


def _start(folder: Path, isolation: Isolation, cache: Cache | None) -> EarlySandbox | None:
    try:
        hidden = hidden_from_sessions(folder, cache)
        return EarlySandbox(_stated_settings(folder), isolation, hidden=hidden)
    except (OSError, ValueError, GraderError):
        return None


def _stated_settings(folder: Path) -> SandboxSettings:
    """Return what course.yaml says of the sandbox; ValueError where that is no valid mapping."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (folder / "exercises" / "course.yaml").read_text(encoding="utf-8")
    try:
        stated = yaml.load(text, loader)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if not isinstance(stated, dict):
        raise ValueError("course.yaml is not a mapping")  # noqa: TRY004 (the file is wrong)
    return SandboxSettings.model_validate(stated.get("sandbox", {}))

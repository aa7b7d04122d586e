"""Starts the sandbox before the course is read, so that the two take the time of the longer one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import GraderError
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.engines import EarlySandbox
from grader.sandbox.settings import SandboxSettings


@contextmanager
def early_sandbox(
    folder: Path | None, isolation: Isolation, engine: EngineName
) -> Iterator[EarlySandbox | None]:
    """Start a sandbox for a course that is to be read next; it ends with the block.

    Parameters
    ----------
    folder : Path or None
        The course's; None where there is none.
    isolation, engine : Isolation, EngineName
        As asked for.

    Yields
    ------
    EarlySandbox or None
        None where nothing can be started yet. What is wrong then shows when the course is read.
    """
    early = (
        None if folder is None or engine is not EngineName.SANDBOX else _start(folder, isolation)
    )
    try:
        yield early
    finally:
        if early is not None:
            early.close()


def _start(folder: Path, isolation: Isolation) -> EarlySandbox | None:
    try:
        return EarlySandbox(_stated_settings(folder), isolation, hidden=[folder])
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

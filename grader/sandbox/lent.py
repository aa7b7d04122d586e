"""What the grader lends to the sandbox's Python: the package that runs inside, and msgpack."""

from __future__ import annotations

import shutil
import stat
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.interpreter import inside_folder, msgpack_folder

__all__ = ["Lent", "closed_to_others", "lend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """Where the two packages stand on this machine.

    Attributes
    ----------
    inside, msgpack : Path
        Folders of the packages.
    """

    inside: Path
    msgpack: Path


def lend(stack: ExitStack, *, to_others: bool, shown: bool) -> Lent:
    """Return where the packages stand, as copies where those who run them could not reach them.

    A checkout of root's commonly stands in /root, which nobody else may enter.

    Parameters
    ----------
    stack : ExitStack
        What removes the copies.
    to_others : bool
        Whether another user than the grader's own reads them.
    shown : bool
        Whether bubblewrap shows them, so that the way to them need not be open.
    """
    places = {"inside": inside_folder(), "msgpack": msgpack_folder()}
    if to_others:
        for name, source in places.items():
            closed = closed_to_others(source)
            if closed is not None and (not shown or closed == source):
                places[name] = public_copy(source, stack)
    return Lent(**places)


def public_copy(source: Path, stack: ExitStack) -> Path:
    """Copy a package to where everybody may read it."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notebook-grader-")))
    folder.chmod(0o755)
    copy = folder / source.name
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # after `umask 077` they are closed too
    return copy


def closed_to_others(path: Path) -> Path | None:
    """Return the nearest folder on the way that its owner alone may enter, None if all are open."""
    resolved = path.resolve()
    way = (resolved, *resolved.parents) if resolved.is_dir() else resolved.parents
    return next((each for each in way if not each.stat().st_mode & stat.S_IXOTH), None)

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


def lend(uid: int | None, stack: ExitStack) -> Lent:
    """Return where the packages stand, as copies where that user could not reach them.

    A checkout of root's commonly stands in /root, which nobody else may enter.

    Parameters
    ----------
    uid : int or None
        The user that sessions become, None where they stay who the grader is.
    stack : ExitStack
        What removes the copies.
    """
    lent = Lent(inside=inside_folder(), msgpack=msgpack_folder())
    if uid is None or not any(map(closed_to_others, (lent.inside, lent.msgpack))):
        return lent
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notebook-grader-")))
    folder.chmod(0o755)
    copies = Lent(inside=folder / "inside", msgpack=folder / "msgpack")
    for source, copy in ((lent.inside, copies.inside), (lent.msgpack, copies.msgpack)):
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)  # with umask 077 the checkout is closed too
    return copies


def closed_to_others(path: Path) -> Path | None:
    """Return a folder on the way that its owner alone may enter, None where the way is open."""
    resolved = path.resolve()
    way = (resolved, *resolved.parents) if resolved.is_dir() else resolved.parents
    return next((each for each in way if not each.stat().st_mode & stat.S_IXOTH), None)

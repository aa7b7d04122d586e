"""Works out which folders of the machine a session can see, and refuses unsafe ones."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.engine import Isolation
from grader.sandbox.interpreter import Interpreter, guest_folder
from grader.sandbox.runtime_packages import RuntimePackages, closed_to_others

SYSTEM = tuple(map(Path, ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store")))
OF_ETC = tuple(map(Path, ("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache")))
# At `basic` the real /etc is visible; these files hold no secret.
MORE_OF_ETC = tuple(
    Path("/etc") / name for name in ("group", "hosts", "localtime", "nsswitch.conf", "passwd")
)
SEEN = RuntimePackages(**{name: Path("/grader", name) for name in ("guest", "msgpack", "programs")})


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesystemView:
    """What a session can see.

    Attributes
    ----------
    folders : tuple of (Path, Path)
        What is shown, and where; all read-only.
    links : tuple of (str, Path)
        Links to recreate as on the machine: their targets, and where they are.
    masked : tuple of Path
        Folders inside `folders` that an empty one covers.
    packages : RuntimePackages
        Where a session sees the grader's own packages, and the stand-ins for pip and others.
    readable : tuple of str
        What Landlock lets a session read, apart from its own files.
    """

    folders: tuple[tuple[Path, Path], ...]
    links: tuple[tuple[str, Path], ...]
    masked: tuple[Path, ...]
    packages: RuntimePackages
    readable: tuple[str, ...]


def build_view(
    interpreter: Interpreter,
    isolation: Isolation,
    hidden: Sequence[Path],
    packages: RuntimePackages,
) -> FilesystemView:
    """Work out what a session must see to run, and verify that nothing hidden is part of it.

    Raise SandboxError if something hidden would be visible, or if other users may write what would
    be shown.
    """
    made = isolation is Isolation.STRONG
    seen = SEEN if made else packages
    links = tuple((str(path.readlink()), path) for path in SYSTEM if made and path.is_symlink())
    own = needed(interpreter, OF_ETC if made else OF_ETC + MORE_OF_ETC, skip=links)
    folders = (*((path, path) for path in own), *zip(packages.places, seen.places, strict=True))
    refuse_writable(source for source, _ in folders)
    if made:  # a wheel puts the grader and its example course into the Python that is shown
        hidden = (*hidden, guest_folder().parent)
    readable = (*(str(place) for _, place in folders), *(["/etc"] if made else []))
    return FilesystemView(
        readable=readable,
        folders=folders,
        links=links,
        masked=mask(folders, hidden, possible=made),
        packages=seen,
    )


def needed(
    interpreter: Interpreter, etc: Iterable[Path], skip: Iterable[tuple[str, Path]]
) -> list[Path]:
    """Return the existing folders of the system and a Python, without those inside another."""
    linked = {path for _, path in skip}
    wanted = [path for path in SYSTEM if path not in linked]
    for path in (*interpreter.prefixes, *interpreter.links):
        wanted += [path, path.resolve()]
    kept: list[Path] = []
    for path in (*wanted, *etc):
        present = path.exists() and not any(path.is_relative_to(other) for other in kept)
        if present and not any(path.is_relative_to(link) for link in linked):
            kept.append(path)
    return kept


def refuse_unreachable(view: FilesystemView, isolation: Isolation) -> None:
    """Raise SandboxError if an unprivileged user could not read what is shown."""
    for what, remedy in unreachable(view, isolation):
        raise SandboxError(f"{what}; {remedy}")


def unreachable(view: FilesystemView, isolation: Isolation) -> Iterator[tuple[str, str]]:
    """Yield the shown folders that an unprivileged user could not read, with the remedy.

    bubblewrap can show any folder; at `basic` the folders above it must be open too.
    """
    for source, _ in view.folders:
        closed = closed_to_others(source)
        own = closed == source.resolve()
        if closed is None or not (own or isolation is Isolation.BASIC):
            continue
        remedies = [f"open it (`chmod -R go+rX {closed}`)"] if own else []
        remedies.append(
            "give a Python in a public place such as /opt in course.yaml under `sandbox: python:`"
        )
        if isolation is Isolation.BASIC:
            remedies.append("use `strong`")
        what = (
            f"root's sessions run as an ordinary user, who cannot enter `{closed}` to reach "
            f"`{source}`"
        )
        yield what, ", or ".join(remedies)


def refuse_writable(sources: Iterable[Path]) -> None:
    """Raise if other users of this machine could write what the sandbox runs."""
    for source in sources:
        if source.stat().st_mode & stat.S_IWOTH:
            raise SandboxError(
                f"any user may write `{source}`, which the sandbox would run; "
                f"remove that right (`chmod o-w {source}`)"
            )


def mask(
    folders: Sequence[tuple[Path, Path]], hidden: Sequence[Path], *, possible: bool
) -> tuple[Path, ...]:
    """Return the places of hidden folders, to be covered; raise if one cannot be covered."""
    masked = []
    for folder in hidden:
        secret = Path(os.path.realpath(folder))
        for source, place in folders:
            shown = source.resolve()
            if not secret.is_relative_to(shown):
                continue
            if not possible or secret == shown or not secret.is_dir():
                raise SandboxError(
                    f"`{folder}` must stay hidden from students, but is inside `{source}`, "
                    "which the sandbox needs; move it out of there"
                )
            masked.append(place / secret.relative_to(shown))
    return tuple(masked)

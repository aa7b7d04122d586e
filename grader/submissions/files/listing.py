"""The items in a folder or a zip, listed in one form: each with its path below that."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from grader.errors import NotebookError, UsageError
from grader.notebook import is_hidden
from grader.submissions.files.archive import Member, list_members
from grader.submissions.files.byte_sources import FileSource, MemberSource, Refused, Source
from grader.submissions.files.file_names import is_archive, is_notebook, stem
from grader.submissions.files.side_files import SideFile
from grader.text import safe_text

Kind: TypeAlias = Literal["notebook", "blocked", "folder", "other", "hidden"]

_LIMIT_ITEMS = 10_000
_LIMIT_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder in a given folder or zip.

    Attributes
    ----------
    parts : tuple of str
        Its path below the given folder or zip. A zip in a folder counts as a folder, without its
        suffix.
    shown : str
        Its whole path for display, from the given path on.
    kind : str
        ``"notebook"``: should be a notebook, readable or not. ``"blocked"``: may contain a notebook
        but is not opened. ``"hidden"``: belongs to a program and is only named in messages.
    source : Source or None
        Source of the bytes of a notebook, or why something is blocked; else None.
    modified : float, optional
        When a member of a zip was last changed, as the zip states [s].
    file : Source or None
        Source of the bytes of a file that may accompany a notebook: any file, a zip as a whole.
        It may also be a notebook under another name.
    beside : tuple of SideFile
        Files that accompany a notebook, once they are known.
    """

    parts: tuple[str, ...]
    shown: str
    kind: Kind
    source: Source | None = None
    modified: float | None = None
    file: Source | None = None
    beside: tuple[SideFile, ...] = ()

    @property
    def is_file_at_top(self) -> bool:
        """Whether it is a file and lies in no folder."""
        return len(self.parts) == 1 and self.kind != "folder"


def things_by_name(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Return the items below each name at the top, sorted."""
    found: defaultdict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.parts):
        found[item.parts[0]].append(item)
    return found


def list_folder(folder: Path) -> list[Item]:
    """Return the items in a folder, sorted.

    Raises
    ------
    UsageError
        The folder cannot be listed.
    """
    try:
        entries = _entries(folder)
    except OSError as error:
        text = f"`{safe_text(str(folder))}` cannot be listed: {error.strerror}."
        raise UsageError(text) from error
    return [item for entry in entries for item in _bounded(entry, within=folder)]


def list_archive(
    archive: Path, parts: tuple[str, ...] = (), *, within: Path | None = None
) -> list[Item]:
    """Return the items in a zip, sorted, below `parts`; a bad zip is itself one bad item."""
    try:
        members = list_members(archive, within=within)
    except NotebookError as error:
        return [_blocked(parts or (stem(archive.name),), str(archive), str(error))]
    items = list(_member_items(archive, parts, within, members))
    if not parts:
        return items
    return [Item(parts, str(archive), "folder", file=FileSource(archive, within)), *items]


def _member_items(
    archive: Path, above: tuple[str, ...], within: Path | None, members: Sequence[Member]
) -> Iterator[Item]:
    listed: set[tuple[str, ...]] = set()
    for member in sorted(members, key=lambda member: member.parts):
        hidden = next((place for place, part in enumerate(member.parts) if is_hidden(part)), None)
        if hidden is None:
            if member.parts:
                yield _member_item(archive, above, within, member)
            continue
        # Hidden items are listed by name only. A zip need not list the folders above one, which may
        # be those of a student who has nothing else.
        for depth in range(hidden + 1):
            parts = member.parts[: depth + 1]
            if parts not in listed:
                listed.add(parts)
                kind: Kind = "hidden" if depth == hidden else "folder"
                yield Item(above + parts, "/".join((str(archive), *parts)), kind)


def _member_item(
    archive: Path, above: tuple[str, ...], within: Path | None, member: Member
) -> Item:
    name, parts = member.parts[-1], above + member.parts
    shown = "/".join((str(archive), *member.parts))
    if member.folder:
        return Item(parts, shown, "folder")
    source: Source = MemberSource(archive, within, member.index, member.entry)
    if member.fault:
        source = Refused(member.fault)
    if is_archive(name):
        # In a download that was not unpacked, the student did nothing wrong.
        outer = "Unpack the outer one, and grade the resulting folder."
        advice = outer if within is None else "Unpack it and hand in the .ipynb file."
        reason = member.fault or f"is a zip within a zip. {advice}"
        return _blocked(parts, shown, reason, source)
    modified = None if member.fault else member.modified
    if is_notebook(name):
        return Item(parts, shown, "notebook", source, modified, file=source)
    return Item(parts, shown, "other", file=source, modified=member.modified)


def _blocked(parts: tuple[str, ...], shown: str, reason: str, file: Source | None = None) -> Item:
    return Item(parts, shown, "blocked", Refused(reason), file=file)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    return sorted(os.scandir(folder), key=lambda entry: entry.name)


def _bounded(entry: os.DirEntry[str], *, within: Path) -> list[Item]:
    items = list(itertools.islice(_entry(entry, (), within=within), _LIMIT_ITEMS + 1))
    if len(items) <= _LIMIT_ITEMS:
        return items
    reason = f"holds more than {_LIMIT_ITEMS:,} files. Hand in the .ipynb file alone."
    return [_blocked((entry.name,), entry.path, reason)]


def _entry(entry: os.DirEntry[str], above: tuple[str, ...], *, within: Path) -> Iterator[Item]:
    path, parts = Path(entry.path), (*above, entry.name)
    if is_hidden(entry.name):
        yield Item(parts, entry.path, "hidden")
    elif _is_folder(entry):
        yield from _subfolder(entry, parts, within=within)
    elif is_notebook(entry.name):
        yield Item(parts, entry.path, "notebook", FileSource(path, within))
    elif is_archive(entry.name):
        yield from list_archive(path, (*above, stem(entry.name)), within=within)
    else:
        yield Item(parts, entry.path, "other", file=FileSource(path, within))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _subfolder(entry: os.DirEntry[str], parts: tuple[str, ...], *, within: Path) -> Iterator[Item]:
    fault = ""
    if entry.is_symlink():
        fault = "is a link to a folder, which is not followed"
    elif len(parts) > _LIMIT_DEPTH:
        fault = f"is more than {_LIMIT_DEPTH} folders deep"
    if fault:
        yield _blocked(parts, entry.path, f"{fault}. Hand in the .ipynb file itself.")
        return
    # A student's links must stay in the student's own folder and not lead to another student's.
    own = Path(entry.path) if len(parts) == 1 else within
    try:
        entries = _entries(Path(entry.path))
    except OSError as error:
        yield _blocked(parts, entry.path, f"cannot be listed ({error.strerror}). Hand it in again.")
        return
    yield Item(parts, entry.path, "folder")
    for inner in entries:
        yield from _entry(inner, parts, within=own)

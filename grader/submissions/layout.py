"""Assignment of files to students by where they lie.

- A notebook directly in the given folder or zip belongs to the student named by its file.
- A folder or a zip in it belongs to the student of its name, however deep the notebook lies.
- Several notebooks in a folder belong to one student.
- Several notebooks in a zip may belong to several students: copies of one name belong to one, and
  the other students are called ``zip/path``.
- If a folder or zip has no notebook, or too many, the student has one unreadable submission that
  says so.

Downloads of a platform follow the platform's own rules (`platforms`): it states the student of
each item, so that the newest of several notebooks can be found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from grader.submissions.authorship import Authorship
from grader.submissions.files.byte_sources import MemberSource, Refused, Source
from grader.submissions.files.file_names import copy_of, stem
from grader.submissions.files.listing import Item, things_by_name
from grader.submissions.files.side_files import SideFile
from grader.submissions.instead import no_notebook, not_a_notebook
from grader.submissions.platforms.base import Download
from grader.submissions.platforms.registry import (
    find_platform,
    is_platform_name,
    is_record,
    parse_names,
    read_download,
)

_Attributed: TypeAlias = tuple[Authorship, Item]

NO_SUBMISSION = "is not a notebook, a zip or a folder"
_LIMIT_NOTEBOOKS = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """The submissions and other items in one given folder or zip.

    Attributes
    ----------
    found : tuple of (Authorship, Item)
        Each submission: its stated student and its notebook.
    ignored : tuple of (str, str)
        Items that are no submission: path and reason.
    strays : tuple of (Authorship, Item)
        Files that are no notebooks, among those of a class; each may be a student's.
    """

    found: tuple[_Attributed, ...]
    ignored: tuple[tuple[str, str], ...]
    strays: tuple[_Attributed, ...] = ()


def lay_out(items: Sequence[Item], name: str) -> Layout:
    """Find every submission among the `items` of a folder or zip with this name, without suffix."""
    items = _seen(items)
    download = read_download(items, name)
    return _by_name(_without_box(items)) if download is None else _by_record(download)


def _seen(items: Sequence[Item]) -> list[Item]:
    """Leave out the files of programs next to the students."""
    return [item for item in items if item.kind != "hidden" or len(item.parts) > 1]


def _by_record(download: Download) -> Layout:
    found: list[_Attributed] = []
    for name, things in things_by_name(download.items).items():
        shares = download.shares.get(name)
        for authorship, own in shares or ():
            found += _of_platform(authorship, own)
        if not shares:
            found += _plain(name, things)
    found += download.absent
    return Layout(tuple(found), (*download.faults, *_ignored(download.items, found)))


def _by_name(items: Sequence[Item]) -> Layout:
    things = things_by_name(items)
    named = parse_names(_hopes(items))
    found: list[_Attributed] = []
    for name, own in things.items():
        found += _of_platform(named[name], own) if name in named else _plain(name, own)
    if len([item for item in items if item.kind == "notebook"]) == 1 and not named:
        found = [(authorship, _beside_in_zip(item, items)) for authorship, item in found]
    # If a platform named items, the others belong to no student.
    beside = {each.shown for _, item in found for each in item.beside}
    strays = [] if named else [each for each in _strays(things) if each[1].shown not in beside]
    return Layout(tuple(found), tuple(_ignored(items, [*found, *strays])), tuple(strays))


def _hopes(items: Sequence[Item]) -> dict[str, bool]:
    """Return the names at the top, and whether each should be a notebook or hold one."""
    hopes: dict[str, bool] = {}
    for item in items:
        hope = len(item.parts) > 1 or item.kind != "other"
        hopes[item.parts[0]] = hopes.get(item.parts[0], False) or hope
    return hopes


def _strays(things: Mapping[str, Sequence[Item]]) -> Iterator[_Attributed]:
    for name, own in things.items():
        for item in own:
            if item.is_file_at_top and item.kind == "other" and not is_record(name):
                yield _by_label(name.rpartition(".")[0] or name), item


def _beside_in_zip(item: Item, items: Sequence[Item]) -> Item:
    """Return the only notebook of a zip that is given by itself, with all files next to it.

    A given folder may also hold files of the instructor.
    """
    alone = isinstance(item.source, MemberSource) and item.source.within is None
    if item.kind != "notebook" or not alone or len(item.parts) > 1:
        return item
    return replace(item, beside=_lying_beside(item, items))


def _plain(name: str, things: Sequence[Item]) -> Iterator[_Attributed]:
    """Yield the submissions that only a name assigns to a student."""
    for item in things:
        if item.is_file_at_top and item.kind in {"notebook", "blocked"}:
            yield _by_label(stem(name)), item
    inner = [item for item in things if not item.is_file_at_top]
    if inner:
        yield from _of_student(name, inner)


def _of_student(name: str, inner: Sequence[Item]) -> Iterator[_Attributed]:
    """Yield the submissions in a student's folder or zip."""
    notebooks = [item for item in inner if item.kind == "notebook"]
    blocked = [item for item in inner if item.kind == "blocked"]
    if len(notebooks) == 1:
        yield _by_label(name), replace(notebooks[0], beside=_lying_beside(notebooks[0], inner))
    elif 1 < len(notebooks) <= _LIMIT_NOTEBOOKS:
        zipped = _is_zip(name, inner)
        alone = ((replace(_by_label(name), folder=(_top(item),)), item) for item in notebooks)
        for authorship, item in _in_zip(name, notebooks) if zipped else alone:
            # In a zip of several students' notebooks, the student of another file is unknown.
            shared = zipped and _is_shared(item, notebooks)
            yield authorship, replace(item, beside=() if shared else _lying_beside(item, inner))
    elif blocked and not notebooks:  # next to a notebook, a zip is its data
        yield _by_label(name), blocked[0]
    else:
        yield _by_label(name), _refused(inner, len(notebooks))


def _is_zip(name: str, inner: Sequence[Item]) -> bool:
    """Return whether this is a zip, whose name is given without the suffix."""
    tops = [item for item in inner if len(item.parts) == 1]
    return bool(tops) and not any(item.shown.endswith(f"/{name}") for item in tops)


def _lying_beside(notebook: Item, things: Sequence[Item]) -> tuple[SideFile, ...]:
    """Return a student's files in or below a notebook's folder; zips are not opened."""
    above, zipped = notebook.parts[:-1], _zip_of(notebook.source)
    depth = len(above)
    return tuple(
        SideFile("/".join((*each.parts[depth:-1], each.shown.rsplit("/", 1)[-1])), each.shown, file)
        for each in things
        if (file := each.file) is not None
        and each.kind != "notebook"
        and len(each.parts) > depth
        and each.parts[:depth] == above
        and each.shown.startswith(notebook.shown.rsplit("/", 1)[0])
        and (isinstance(file, Refused) or _zip_of(file) == zipped)
    )


def _zip_of(source: Source | None) -> Path | None:
    return source.archive if isinstance(source, MemberSource) else None


def _is_shared(notebook: Item, notebooks: Sequence[Item]) -> bool:
    """Return whether notebooks of other names, maybe of other students, lie in the same folder."""
    above, original = notebook.parts[:-1], copy_of(stem(notebook.parts[-1]))[0]
    return any(
        other.parts[: len(above)] == above and copy_of(stem(other.parts[-1]))[0] != original
        for other in notebooks
    )


def _in_zip(student: str, notebooks: Sequence[Item]) -> Iterator[_Attributed]:
    paths = ["/".join((*item.parts[:-1], copy_of(stem(item.parts[-1]))[0])) for item in notebooks]
    alone = len(set(paths)) == 1
    for path, item in zip(paths, notebooks, strict=True):
        whose = student if alone else path
        yield Authorship(student=whose, known_as=(student,), folder=(_top(item), path)), item


def _by_label(student: str) -> Authorship:
    return Authorship(student=student, known_as=(student,))


def _of_platform(authorship: Authorship, things: Sequence[Item]) -> Iterator[_Attributed]:
    """Yield all items that a platform assigns to a student; other files as unreadable."""
    notebooks = [item for item in things if item.kind == "notebook"]
    files = [item for item in things if item.is_file_at_top]
    inner = [item for item in things if not item.is_file_at_top]
    blocked = [item for item in things if item.kind == "blocked"]
    if len(notebooks) > _LIMIT_NOTEBOOKS or not (notebooks or blocked or files):
        notebooks = [_refused(things, len(notebooks))]
    for item in notebooks:
        yield authorship, replace(item, beside=_lying_beside(item, inner))
    for item in blocked:  # even next to a notebook: it may hold the intended one
        yield authorship, item
    for item in files:
        if item.kind == "other" and not is_record(item.parts[-1]):
            why = find_platform(authorship.platform).explain_file(item.parts[-1])
            refused = Refused(why or not_a_notebook(item))
            yield authorship, replace(item, kind="notebook", source=refused)


def _refused(items: Sequence[Item], count: int) -> Item:
    too_many = (
        f"holds {count:,} notebooks; at most {_LIMIT_NOTEBOOKS} are graded for one student. "
        "If it is a folder of many students, give that folder itself."
    )
    reason = Refused(too_many if count else no_notebook(items))
    return Item(items[0].parts[:1], _top(items[0]), "notebook", reason)


def _top(item: Item) -> str:
    """Return the path of the student's folder, which a zip may not list itself."""
    return item.shown.rsplit("/", len(item.parts) - 1)[0]


def _ignored(items: Sequence[Item], found: Sequence[_Attributed]) -> Iterator[tuple[str, str]]:
    taken = {item.shown for _, item in found}
    taken |= {each.shown for _, item in found for each in item.beside}
    for item in items:
        if item.shown in taken:
            continue
        if item.kind == "other" and len(item.parts) == 1:
            yield item.shown, NO_SUBMISSION
        elif item.kind == "blocked" and isinstance(item.source, Refused):
            yield item.shown, item.source.reason


def without_wrapper(items: Sequence[Item], name: str) -> list[Item]:
    """Return the items of a zip without the folder of its own name around all its notebooks.

    Packing the folder ``hw1`` gives ``hw1.zip`` with ``hw1/...`` in it. A single notebook in such a
    folder stays in it: that is the form of a student's zip.
    """
    inner = [item for item in _seen(items) if item.parts != (name,) or item.kind != "folder"]
    wrapped = all(item.parts[0] == name and len(item.parts) > 1 for item in inner)
    if not wrapped or sum(item.kind == "notebook" for item in inner) < 2:
        return list(items)
    return [replace(item, parts=item.parts[1:]) for item in inner]


def _without_box(items: Sequence[Item]) -> list[Item]:
    """Return the items without a single folder around a whole download, as from unpacking a zip."""
    tops = {item.parts[0] for item in items}
    inner = _seen([replace(item, parts=item.parts[1:]) for item in items if len(item.parts) > 1])
    if len(tops) != 1 or is_platform_name(*tops) or not inner:
        return list(items)
    return inner if parse_names(_hopes(inner)) else list(items)

"""Who handed in what, by where it lies.

- A notebook that lies directly in what was given belongs to the student of its file's name.
- A folder or a zip in it belongs to the student of its name, however deep the notebook lies.
- Where a folder holds several notebooks, they are one student's.
- A zip may hold a student's notebooks or those of several: only copies of one name are one's, and
  the others are ``zip/path`` each.
- Where either holds none, or too many, the student has one unreadable submission that says so.

What a platform wrote goes by the platform's own rules (`platforms`): it says whose each thing is,
so that of several notebooks the newest can be found.
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

_LIMIT_NOTEBOOKS = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """What one given folder or zip holds.

    Attributes
    ----------
    found : tuple of (Authorship, Item)
        Every submission: whose it is said to be, and its notebook.
    ignored : tuple of (str, str)
        What is no submission: where it lies, and why it is none.
    strays : tuple of (Authorship, Item)
        Files that are no notebooks and lie beside those of a class; each may be somebody's.
    """

    found: tuple[_Attributed, ...]
    ignored: tuple[tuple[str, str], ...]
    strays: tuple[_Attributed, ...] = ()


def lay_out(items: Sequence[Item], name: str) -> Layout:
    """Find every submission of one given folder or zip.

    Parameters
    ----------
    items : sequence of Item
        All that lies there.
    name : str
        Its name, without a suffix.
    """
    items = _seen(items)
    download = read_download(items, name)
    return _by_name(_without_box(items)) if download is None else _by_record(download)


def _seen(items: Sequence[Item]) -> list[Item]:
    """Leave out what programs keep for themselves beside the students."""
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
    # Where a platform named things, what it did not name is nobody's.
    beside = {each.shown for _, item in found for each in item.beside}
    strays = [] if named else [each for each in _strays(things) if each[1].shown not in beside]
    return Layout(tuple(found), tuple(_ignored(items, [*found, *strays])), tuple(strays))


def _hopes(items: Sequence[Item]) -> dict[str, bool]:
    """Return the names that lie at the top, and whether each should be a notebook or hold one."""
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
    """Return the only notebook of a zip that is given by itself, with all that lies beside it.

    In a folder that is given, there may be anything of the instructor's.
    """
    alone = isinstance(item.source, MemberSource) and item.source.within is None
    if item.kind != "notebook" or not alone or len(item.parts) > 1:
        return item
    return replace(item, beside=_lying_beside(item, items))


def _plain(name: str, things: Sequence[Item]) -> Iterator[_Attributed]:
    """Yield what is a student's by the name alone."""
    for item in things:
        if item.is_file_at_top and item.kind in {"notebook", "blocked"}:
            yield _by_label(stem(name)), item
    inner = [item for item in things if not item.is_file_at_top]
    if inner:
        yield from _of_student(name, inner)


def _of_student(name: str, inner: Sequence[Item]) -> Iterator[_Attributed]:
    """Yield what lies in a student's folder or zip."""
    notebooks = [item for item in inner if item.kind == "notebook"]
    blocked = [item for item in inner if item.kind == "blocked"]
    if len(notebooks) == 1:
        yield _by_label(name), replace(notebooks[0], beside=_lying_beside(notebooks[0], inner))
    elif 1 < len(notebooks) <= _LIMIT_NOTEBOOKS:
        zipped = _is_zip(name, inner)
        several = _in_zip(name, notebooks) if zipped else _in_folder(name, notebooks)
        for authorship, item in several:
            # Beside several students' notebooks in a zip, whose a file is cannot be known.
            shared = zipped and _is_shared(item, notebooks)
            yield authorship, replace(item, beside=() if shared else _lying_beside(item, inner))
    elif blocked and not notebooks:  # beside a notebook, a zip is its data
        yield _by_label(name), blocked[0]
    else:
        yield _by_label(name), _refused(inner, len(notebooks))


def _is_zip(name: str, inner: Sequence[Item]) -> bool:
    """Whether this is a zip, which is called by its name without the suffix."""
    tops = [item for item in inner if len(item.parts) == 1]
    return bool(tops) and not any(item.shown.endswith(f"/{name}") for item in tops)


def _lying_beside(notebook: Item, things: Sequence[Item]) -> tuple[SideFile, ...]:
    """Return what lies in the folder of a notebook and below: files, and zips as they are.

    Parameters
    ----------
    notebook : Item
        The notebook.
    things : sequence of Item
        All that is its student's.
    """
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
    """Whether other notebooks that may be other students' lie in the folder of a notebook."""
    above, original = notebook.parts[:-1], copy_of(stem(notebook.parts[-1]))[0]
    return any(
        other.parts[: len(above)] == above and copy_of(stem(other.parts[-1]))[0] != original
        for other in notebooks
    )


def _in_folder(student: str, notebooks: Sequence[Item]) -> Iterator[_Attributed]:
    for item in notebooks:
        yield replace(_by_label(student), folder=(_top(item),)), item


def _in_zip(student: str, notebooks: Sequence[Item]) -> Iterator[_Attributed]:
    paths = ["/".join((*item.parts[:-1], copy_of(stem(item.parts[-1]))[0])) for item in notebooks]
    alone = len(set(paths)) == 1
    for path, item in zip(paths, notebooks, strict=True):
        whose = student if alone else path
        yield Authorship(student=whose, known_as=(student,), folder=(_top(item), path)), item


def _by_label(student: str) -> Authorship:
    return Authorship(student=student, known_as=(student,))


def _of_platform(authorship: Authorship, things: Sequence[Item]) -> Iterator[_Attributed]:
    """Yield all that a platform says is one student's; what is no notebook, as unreadable."""
    notebooks = [item for item in things if item.kind == "notebook"]
    files = [item for item in things if item.is_file_at_top]
    inner = [item for item in things if not item.is_file_at_top]
    blocked = [item for item in things if item.kind == "blocked"]
    if len(notebooks) > _LIMIT_NOTEBOOKS or not (notebooks or blocked or files):
        notebooks = [_refused(things, len(notebooks))]
    for item in notebooks:
        yield authorship, replace(item, beside=_lying_beside(item, inner))
    for item in blocked:  # beside a notebook too: it may hold the one that was meant
        yield authorship, item
    for item in files:
        if item.kind == "other" and not is_record(item.parts[-1]):
            why = find_platform(authorship.platform).explain_file(item.parts[-1])
            refused = Refused(why or not_a_notebook(item))
            yield authorship, replace(item, kind="notebook", source=refused)


def _refused(items: Sequence[Item], count: int) -> Item:
    reason = _too_many(count) if count else no_notebook(items)
    return Item(items[0].parts[:1], _top(items[0]), "notebook", Refused(reason))


def _top(item: Item) -> str:
    """Return the path of the student's folder, which a zip need not list by itself."""
    return item.shown.rsplit("/", len(item.parts) - 1)[0]


def _too_many(count: int) -> str:
    return (
        f"holds {count:,} notebooks; the most that are graded for one student are "
        f"{_LIMIT_NOTEBOOKS}. If it is a folder of many students, give that folder itself."
    )


def _ignored(items: Sequence[Item], found: Sequence[_Attributed]) -> Iterator[tuple[str, str]]:
    taken = {item.shown for _, item in found}
    taken |= {each.shown for _, item in found for each in item.beside}
    for item in items:
        if item.shown in taken:
            continue
        if item.kind == "other" and len(item.parts) == 1:
            yield item.shown, "is neither a notebook nor a zip nor a folder"
        elif item.kind == "blocked" and isinstance(item.source, Refused):
            yield item.shown, item.source.reason


def without_wrapper(items: Sequence[Item], name: str) -> list[Item]:
    """See through the folder of its own name that a zip may hold all its notebooks in.

    Packing the folder ``hw1`` gives ``hw1.zip`` with ``hw1/...`` in it. One notebook alone in such
    a folder is left there: so comes a student's zip.
    """
    inner = [item for item in _seen(items) if item.parts != (name,) or item.kind != "folder"]
    wrapped = all(item.parts[0] == name and len(item.parts) > 1 for item in inner)
    if not wrapped or sum(item.kind == "notebook" for item in inner) < 2:
        return list(items)
    return [replace(item, parts=item.parts[1:]) for item in inner]


def _without_box(items: Sequence[Item]) -> list[Item]:
    """See through one folder that holds a whole download: so some programs unpack a zip."""
    tops = {item.parts[0] for item in items}
    inner = _seen([replace(item, parts=item.parts[1:]) for item in items if len(item.parts) > 1])
    if len(tops) != 1 or is_platform_name(*tops) or not inner:
        return list(items)
    return inner if parse_names(_hopes(inner)) else list(items)

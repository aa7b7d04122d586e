"""Who handed in what, by where it lies.

- A notebook that lies directly in what was given belongs to the student of its file's name.
- A folder or a zip in it belongs to the student of its name, however deep the notebook lies.
- Where a folder holds several notebooks, they are one student's.
- A zip may hold a student's notebooks or those of several: only copies of one name are one's, and
  the others are ``zip/path`` each.
- Where either holds none, or too many, the student has one unreadable submission that says so.

What a platform wrote goes by the platform's own rules (`canvas`, `moodle`, `gradescope`,
`nbgrader`): it says whose each thing is, so that of several notebooks the newest can be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from grader.submissions.claim import Claim
from grader.submissions.files.beside import Beside
from grader.submissions.files.listing import Item
from grader.submissions.files.names import copy_of, stem
from grader.submissions.files.source import MemberSource, Refused, Source
from grader.submissions.instead import no_notebook, not_a_notebook
from grader.submissions.platforms.canvas import is_typed_text
from grader.submissions.platforms.detect import claims_by_name, is_platform_name
from grader.submissions.platforms.gradescope import METADATA, MetadataError, export, read_metadata
from grader.submissions.platforms.nbgrader import claim_nbgrader, is_nbgrader, submitted
from grader.text import safe_text

_LIMIT_NOTEBOOKS = 20
_NOBODY = "names no student for `{}`, which is graded under that name. Export it again."


@dataclass(frozen=True, slots=True)
class Layout:
    """What one given folder or zip holds.

    Attributes
    ----------
    claimed : tuple of (Claim, Item)
        Every submission: whose it is said to be, and its notebook.
    ignored : tuple of (str, str)
        What is no submission: where it lies, and why it is none.
    strays : tuple of (Claim, Item)
        Files that are no notebooks and lie beside those of a class; each may be somebody's.
    """

    claimed: tuple[tuple[Claim, Item], ...]
    ignored: tuple[tuple[str, str], ...]
    strays: tuple[tuple[Claim, Item], ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """What lies directly in a folder of students: a file, or a folder or zip with what it holds."""

    name: str
    files: tuple[Item, ...]
    inner: tuple[Item, ...]

    @property
    def zipped(self) -> bool:
        """Whether it is a zip, which is called by its name without the suffix."""
        tops = [item for item in self.inner if len(item.parts) == 1]
        return bool(tops) and all(not item.shown.endswith(f"/{self.name}") for item in tops)


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
    exported = export(items)
    if exported is not None:
        return _of_gradescope(*exported)
    inside = submitted(items)
    if inside is not None:
        return _of_nbgrader(inside)
    if is_nbgrader(items, name):
        return _of_nbgrader(items)
    return _by_name(_without_box(items))


def _seen(items: Sequence[Item]) -> list[Item]:
    """Leave out what programs keep for themselves beside the students."""
    return [item for item in items if item.kind != "hidden" or len(item.parts) > 1]


def _of_gradescope(record: Item, items: Sequence[Item]) -> Layout:
    faults: list[tuple[str, str]] = []
    try:
        claims = read_metadata(record)
    except MetadataError as error:
        claims = {}
        why = f"{error}, so that students go by the names of their folders. Export it again."
        faults.append((record.shown, why))
    readable = not faults
    claimed: list[tuple[Claim, Item]] = []
    for entry in _entries([item for item in items if item.parts != (METADATA,)]):
        for claim in claims.get(entry.name) or ():
            claimed += _hand_ins(claim, entry)
        if not claims.pop(entry.name, None):
            strangers = list(_plain(entry))
            claimed += strangers
            if strangers and readable:
                faults.append((record.shown, _NOBODY.format(safe_text(entry.name, 60))))
    for folder, lost in claims.items():
        claimed += [(claim, _not_exported(record, folder)) for claim in lost]
    return Layout(tuple(claimed), (*faults, *_ignored(items, claimed, used=record)))


def _not_exported(record: Item, folder: str) -> Item:
    shown = f"{record.shown.rsplit('/', 1)[0]}/{folder}"
    return Item((folder,), shown, "notebook", Refused("is not in the export. Export it again."))


def _of_nbgrader(items: Sequence[Item]) -> Layout:
    entries = list(_entries(items))
    usual = _usual_assignment(entries)
    claimed: list[tuple[Claim, Item]] = []
    for entry in entries:
        own = _assignments(entry)
        direct = any(item.kind == "notebook" and len(item.parts) == 2 for item in entry.inner)
        if direct or entry.files or not own:
            claimed += _plain(entry)
            continue
        for assignment in sorted(own):
            work = "" if assignment == usual else assignment
            claim = claim_nbgrader(entry.name, assignment, entry.inner, work=work)
            inner = tuple(
                replace(item, file=None) if item.kind == "record" else item
                for item in entry.inner
                if item.parts[1:2] == (assignment,)
            )
            claimed += _hand_ins(claim, _Entry(entry.name, (), inner))
    return Layout(tuple(claimed), tuple(_ignored(items, claimed)))


def _assignments(entry: _Entry) -> set[str]:
    """Return the names of the folders in a student's folder."""
    return {
        item.parts[1]
        for item in entry.inner
        if len(item.parts) > 2 or (len(item.parts) == 2 and item.kind == "folder")
    }


def _usual_assignment(entries: Sequence[_Entry]) -> str:
    """Return the one assignment that need not be named; empty if there are several.

    A folder that one student alone has does not change what the others are called.
    """
    students = Counter(name for entry in entries for name in _assignments(entry))
    shared = [name for name, count in students.items() if count > 1] or list(students)
    return shared[0] if len(shared) == 1 else ""


def _by_name(items: Sequence[Item]) -> Layout:
    entries = list(_entries(items))
    claims = claims_by_name(_hand_in_names(items))
    claimed: list[tuple[Claim, Item]] = []
    for entry in entries:
        claim = claims.get(entry.name)
        claimed += _plain(entry) if claim is None else _hand_ins(claim, entry)
    if len([item for item in items if item.kind == "notebook"]) == 1 and not claims:
        claimed = [(claim, _beside_in_zip(item, items)) for claim, item in claimed]
    # Where a platform named things, what it did not name is nobody's.
    beside = {each.shown for _, item in claimed for each in item.beside}
    strays = [] if claims else [each for each in _strays(entries) if each[1].shown not in beside]
    return Layout(tuple(claimed), tuple(_ignored(items, [*claimed, *strays])), tuple(strays))


def _strays(entries: Sequence[_Entry]) -> Iterator[tuple[Claim, Item]]:
    for entry in entries:
        for item in entry.files:
            if item.kind == "other":
                yield _plain_claim(entry.name.rpartition(".")[0] or entry.name), item


def _beside_in_zip(item: Item, items: Sequence[Item]) -> Item:
    """Return the only notebook of a zip that is given by itself, with all that lies beside it.

    In a folder that is given, there may be anything of the instructor's.
    """
    alone = isinstance(item.source, MemberSource) and item.source.within is None
    if item.kind != "notebook" or not alone or len(item.parts) > 1:
        return item
    return replace(item, beside=lying_beside(item, items))


def _hand_in_names(items: Sequence[Item]) -> dict[str, bool]:
    """Return the names that lie at the top, and whether each should be a notebook or hold one."""
    hopes: dict[str, bool] = {}
    for item in items:
        hope = len(item.parts) > 1 or item.kind not in {"other", "record"}
        hopes[item.parts[0]] = hopes.get(item.parts[0], False) or hope
    return hopes


def _entries(items: Sequence[Item]) -> Iterator[_Entry]:
    ordered = sorted(items, key=lambda item: item.parts)
    for name, group in groupby(ordered, key=lambda item: item.parts[0]):
        files: list[Item] = []
        inner: list[Item] = []
        for item in group:
            if len(item.parts) > 1 or item.kind == "folder":
                inner.append(item)
            else:
                files.append(item)
        yield _Entry(name, tuple(files), tuple(inner))


def _plain(entry: _Entry) -> Iterator[tuple[Claim, Item]]:
    for item in entry.files:
        if item.kind in {"notebook", "blocked"}:
            yield _plain_claim(stem(entry.name)), item
    if entry.inner:
        yield from _of_student(entry)


def _of_student(entry: _Entry) -> Iterator[tuple[Claim, Item]]:
    notebooks = [item for item in entry.inner if item.kind == "notebook"]
    blocked = [item for item in entry.inner if item.kind == "blocked"]
    if len(notebooks) == 1:
        beside = lying_beside(notebooks[0], entry.inner)
        yield _plain_claim(entry.name), replace(notebooks[0], beside=beside)
    elif 1 < len(notebooks) <= _LIMIT_NOTEBOOKS:
        several = _in_zip if entry.zipped else _in_folder
        for claim, item in several(entry.name, notebooks):
            others = [each for each in notebooks if each is not item]
            beside = lying_beside(item, entry.inner)
            if several is _in_zip and _is_shared(item, others):
                beside = ()  # they may be several students', and whose is what cannot be told
            yield claim, replace(item, beside=beside)
    elif blocked and not notebooks:  # beside a notebook, a zip is its data
        yield _plain_claim(entry.name), blocked[0]
    else:
        yield _plain_claim(entry.name), _refused(entry.inner, len(notebooks))


def lying_beside(notebook: Item, things: Sequence[Item]) -> tuple[Beside, ...]:
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
        Beside("/".join((*each.parts[depth:-1], each.shown.rsplit("/", 1)[-1])), each.shown, file)
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


def _is_shared(notebook: Item, others: Sequence[Item]) -> bool:
    """Whether other notebooks that may be other students' lie in the folder of a notebook."""
    above = notebook.parts[:-1]
    return any(
        other.parts[: len(above)] == above
        and copy_of(stem(other.parts[-1]))[0] != copy_of(stem(notebook.parts[-1]))[0]
        for other in others
    )


def _in_folder(student: str, notebooks: Sequence[Item]) -> Iterator[tuple[Claim, Item]]:
    for item in notebooks:
        yield replace(_plain_claim(student), folder=(_top(item),)), item


def _in_zip(student: str, notebooks: Sequence[Item]) -> Iterator[tuple[Claim, Item]]:
    paths = ["/".join((*item.parts[:-1], copy_of(stem(item.parts[-1]))[0])) for item in notebooks]
    alone = len(set(paths)) == 1
    for path, item in zip(paths, notebooks, strict=True):
        whose = student if alone else path
        yield Claim(student=whose, known_as=(student,), folder=(_top(item), path)), item


def _plain_claim(student: str) -> Claim:
    return Claim(student=student, known_as=(student,))


def _hand_ins(claim: Claim, entry: _Entry) -> Iterator[tuple[Claim, Item]]:
    """Yield all that a platform says is one student's; what is no notebook, as unreadable."""
    things = (*entry.files, *entry.inner)
    notebooks = [item for item in things if item.kind == "notebook"]
    blocked = [item for item in things if item.kind == "blocked"]
    if len(notebooks) > _LIMIT_NOTEBOOKS or not (notebooks or blocked or entry.files):
        notebooks = [_refused(things, len(notebooks))]
    for item in notebooks:
        yield claim, replace(item, beside=lying_beside(item, entry.inner))
    for item in blocked:  # told beside a notebook too: it may hold the one that was meant
        yield claim, item
    for item in entry.files:
        if item.kind == "other":
            yield claim, replace(item, kind="notebook", source=Refused(_no_file(item)))


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


def _no_file(item: Item) -> str:
    if is_typed_text(item.parts[-1]):
        return "is what was typed or linked to, and no file. Hand in the .ipynb file."
    return not_a_notebook(item)


def _ignored(
    items: Sequence[Item], claimed: Sequence[tuple[Claim, Item]], used: Item | None = None
) -> Iterator[tuple[str, str]]:
    taken = {item.shown for _, item in claimed} | ({used.shown} if used else set())
    taken |= {each.shown for _, item in claimed for each in item.beside}
    for item in items:
        if item.shown in taken:
            continue
        if item.kind in {"other", "record"} and len(item.parts) == 1:
            yield item.shown, "is neither a notebook nor a zip nor a folder"
        elif item.kind == "blocked":
            assert isinstance(item.source, Refused)
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
    return inner if claims_by_name(_hand_in_names(inner)) else list(items)

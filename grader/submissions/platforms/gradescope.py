"""The export of Gradescope: a folder for each submission, and a file that states its students.

``submission_metadata.yml`` lies next to the folders ``submission_12345678``. It maps the name of
each to its submitters (name, sid, email), its time and its history; Ruby wrote it, so its keys
begin with a colon. A group's submission counts for each of its submitters.

References
----------
Gradescope, "Export submissions"; https://gradescope-autograders.readthedocs.io describes the same
data as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import yaml

from grader.course.document import text_before
from grader.errors import NotebookError
from grader.submissions.authorship import Authorship
from grader.submissions.dates import parse_timestamp
from grader.submissions.files.byte_sources import Refused
from grader.submissions.files.listing import Item, things_by_name
from grader.submissions.platforms.base import Download, Platform
from grader.text import safe_text

METADATA = "submission_metadata.yml"
_BY_FOLDERS = ", so students are called by the names of their folders. Export it again."
_NOBODY = "names no student for `{}`, so it is graded under that name. Export it again."
_LIMIT_BYTES = 64 * 1024 * 1024
_LIMIT_DEPTH = 20
_RESULTS = re.compile(r"(?P<indent> *)(?P<dash>- )?:results:")
_LOADER = getattr(yaml, "CLoader", yaml.Loader)
"""Only its parser is used, which makes events, not objects."""


class MetadataError(ValueError):
    """The metadata of the submissions cannot be read; the message says why."""


class Gradescope(Platform):
    """Gradescope, where a group's submission counts for each of its submitters."""

    name = "gradescope"
    records = frozenset({METADATA})

    def read_download(self, items: Sequence[Item], name: str) -> Download | None:  # noqa: ARG002
        """Return an export; if its metadata is unreadable, its folders name the students."""
        record, beside = _find_metadata(items)
        if record is None:
            return None
        faults: list[tuple[str, str]] = []
        authorships: dict[str, list[Authorship]] = {}
        things = things_by_name(beside)
        try:
            authorships = read_metadata(record)
        except MetadataError as error:
            faults.append((record.shown, f"{error}{_BY_FOLDERS}"))
        else:
            for folder, own in things.items():
                if not authorships.get(folder) and any(map(_is_gradable, own)):
                    faults.append((record.shown, _NOBODY.format(safe_text(folder, 60))))
        return Download(
            items=beside,
            shares={
                folder: [(one, things[folder]) for one in whose]
                for folder, whose in authorships.items()
                if folder in things
            },
            absent=[
                (one, _not_exported(record, folder))
                for folder, whose in authorships.items()
                if folder not in things
                for one in whose
            ],
            faults=faults,
        )


def _find_metadata(items: Sequence[Item]) -> tuple[Item | None, list[Item]]:
    """Return the metadata of an export, None if there is none, and the items next to it.

    The export may lie in one folder, as in the zip that Gradescope makes. Among other folders, a
    file of that name was put there by a student and is ignored.
    """
    alone = len({item.parts[0] for item in items}) == 1
    for above in (0, 1) if alone else (0,):
        for record in items:
            if record.kind == "other" and record.parts[above:] == (METADATA,):
                return record, [
                    replace(item, parts=item.parts[above:])
                    for item in items
                    if len(item.parts) > above and item.parts[above:] != (METADATA,)
                ]
    return None, []


def _is_gradable(item: Item) -> bool:
    return not item.is_file_at_top or item.kind in {"notebook", "blocked"}


def _not_exported(record: Item, folder: str) -> Item:
    shown = f"{record.shown.rsplit('/', 1)[0]}/{folder}"
    return Item((folder,), shown, "notebook", Refused("is not in the export. Export it again."))


def read_metadata(item: Item) -> dict[str, list[Authorship]]:
    """Return the authorships of each folder of an export, one per submitter.

    Raises
    ------
    MetadataError
        It cannot be read.
    """
    try:
        content = item.file.content(_LIMIT_BYTES) if item.file else b""
    except NotebookError as error:
        raise MetadataError(str(error)) from error
    if len(content) > _LIMIT_BYTES:
        raise MetadataError(f"is larger than {_LIMIT_BYTES >> 20} MiB")
    tree = _read(_without_results(content.decode("utf-8-sig", "replace")))
    if not isinstance(tree, dict):
        raise MetadataError("does not map folders to submissions")
    return {folder: list(_authorships(folder, record)) for folder, record in tree.items()}


def _authorships(folder: str, record: object) -> Iterator[Authorship]:
    if not isinstance(record, dict):
        return
    history = record.get(":history")
    whole = Authorship(
        student=folder,
        platform=Gradescope.name,
        attempt=len(history) + 1 if isinstance(history, list) else None,
        received=parse_timestamp(_text(record, ":created_at")),
    )
    submitters = record.get(":submitters")
    for submitter in submitters if isinstance(submitters, list) else ():
        if isinstance(submitter, dict):
            yield _of(submitter, whole)


def _of(submitter: Mapping[str, object], whole: Authorship) -> Authorship:
    name, sid, email = (_text(submitter, key) for key in (":name", ":sid", ":email"))
    student = sid or email or name or whole.student
    return replace(
        whole,
        student=student,
        longer=f"{student} ({whole.student})",
        # Two students may share a name.
        person=(Gradescope.name, sid or email or whole.student),
        known_as=tuple(filter(None, (sid, email))),
        name=name,
        email=email,
    )


def _text(record: Mapping[str, object], key: str) -> str:
    value = record.get(key)
    # `~` and `null` mean nothing in YAML; here they are no names.
    return value.strip() if isinstance(value, str) and value not in {"~", "null"} else ""


def _without_results(text: str) -> str:
    """Leave out the output of the autograder, which is nearly all of the file."""
    kept: list[str] = []
    inside: int | None = None
    for line in text.split("\n"):
        if inside is not None and _belongs(line, inside):
            continue
        match = _RESULTS.match(line)
        inside = len(match["indent"]) + 2 * bool(match["dash"]) if match else None
        kept.append(f"{line[: match.end()]} ~" if match else line)
    return "\n".join(kept)


def _belongs(line: str, indent: int) -> bool:
    bare = line.lstrip(" ")
    depth = len(line) - len(bare)
    return not bare.strip() or depth > indent or (depth == indent and bare.startswith("- "))


def _read(text: str) -> Any:
    try:
        return _tree(text)
    except yaml.YAMLError as error:
        with suppress(yaml.YAMLError):
            _tree(text_before(text, error))  # raises if it exceeds one of our limits
        raise MetadataError("is not valid YAML") from error


def _tree(text: str) -> Any:
    """Return texts, lists and dicts, built from events so that no nesting exhausts the stack."""
    stack: list[list[Any]] = [[]]
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.ScalarEvent):
            stack[-1].append(event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(stack) > _LIMIT_DEPTH:
                raise MetadataError("is nested too deeply")
            stack.append([])
        elif isinstance(event, yaml.CollectionEndEvent):
            done = stack.pop()
            mapping = isinstance(event, yaml.MappingEndEvent)
            stack[-1].append(_mapping(done) if mapping else done)
        elif isinstance(event, yaml.AliasEvent):
            raise MetadataError("contains a YAML alias, which is not allowed")
    return stack[0][0] if stack[0] else None


def _mapping(flat: list[Any]) -> dict[str, Any]:
    return {key: value for key, value in list(pairwise(flat))[::2] if isinstance(key, str)}

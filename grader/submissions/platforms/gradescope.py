"""The export of Gradescope: a folder a submission, and a file that says whose each is.

``submission_metadata.yml`` lies beside the folders ``submission_12345678``. It maps the name of
each to its submitters (name, sid, email), to when it came, and to its history; Ruby wrote it, so
its keys begin with a colon. A group's submission counts for each of its submitters.

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
from grader.submissions.claim import Claim
from grader.submissions.files.listing import Item
from grader.submissions.platforms.timestamps import parse_timestamp

METADATA = "submission_metadata.yml"

_LIMIT_BYTES = 64 * 1024 * 1024
_LIMIT_DEPTH = 20
_RESULTS = re.compile(r"(?P<indent> *)(?P<dash>- )?:results:")
_LOADER = getattr(yaml, "CLoader", yaml.Loader)
"""Only its parser is used, which makes events and no objects."""


class MetadataError(ValueError):
    """The file that says whose each submission is cannot be read; the message says why."""


def export(items: Sequence[Item]) -> tuple[Item, list[Item]] | None:
    """Return the metadata of an export and what lies beside it; None if there is none.

    The export may lie in one folder, as in the zip that Gradescope makes. Among other folders such
    a file is one that a student put there, and says nothing.
    """
    alone = len({item.parts[0] for item in items}) == 1
    for above in (0, 1) if alone else (0,):
        for item in items:
            if item.kind == "record" and item.parts[above:] == (METADATA,):
                beside = [other for other in items if len(other.parts) > above]
                return item, [replace(other, parts=other.parts[above:]) for other in beside]
    return None


def read_metadata(item: Item) -> dict[str, list[Claim]]:
    """Return the claims of each folder of an export, one for each submitter.

    Raises
    ------
    MetadataError
        It cannot be read.
    """
    assert item.source is not None
    try:
        content = item.source.content(_LIMIT_BYTES)
    except NotebookError as error:
        raise MetadataError(str(error)) from error
    if len(content) > _LIMIT_BYTES:
        raise MetadataError(f"is larger than {_LIMIT_BYTES >> 20} MiB")
    tree = _read(_without_results(content.decode("utf-8-sig", "replace")))
    if not isinstance(tree, dict):
        raise MetadataError("does not map folders to submissions")
    return {folder: list(_claims(folder, record)) for folder, record in tree.items()}


def _claims(folder: str, record: object) -> Iterator[Claim]:
    if not isinstance(record, dict):
        return
    history = record.get(":history")
    whole = Claim(
        student=folder,
        platform="gradescope",
        upload=None,
        attempt=len(history) + 1 if isinstance(history, list) else None,
        received=parse_timestamp(_text(record, ":created_at")),
    )
    submitters = record.get(":submitters")
    for submitter in submitters if isinstance(submitters, list) else ():
        if isinstance(submitter, dict):
            yield _of(submitter, whole)


def _of(submitter: Mapping[str, object], whole: Claim) -> Claim:
    name, sid, email = (_text(submitter, key) for key in (":name", ":sid", ":email"))
    student = sid or email or name or whole.student
    return replace(
        whole,
        student=student,
        longer=f"{student} ({whole.student})",
        # Of a name alone there may be two.
        person=("gradescope", sid or email or whole.student),
        known_as=tuple(filter(None, (sid, email))),
        name=name,
        email=email,
    )


def _text(record: Mapping[str, object], key: str) -> str:
    value = record.get(key)
    # `~` and `null` are what YAML has for nothing; no person is called so here.
    return value.strip() if isinstance(value, str) and value not in {"~", "null"} else ""


def _without_results(text: str) -> str:
    """Leave out what the autograder printed, which is nearly all of the file."""
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
            _tree(text_before(text, error))  # which raises where it is beyond a limit of ours
        raise MetadataError("is no YAML") from error


def _tree(text: str) -> Any:
    """Return texts, lists and dicts; built of events, so that no depth can exhaust the stack."""
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
            raise MetadataError("refers to itself")
    return stack[0][0] if stack[0] else None


def _mapping(flat: list[Any]) -> dict[str, Any]:
    return {key: value for key, value in list(pairwise(flat))[::2] if isinstance(key, str)}

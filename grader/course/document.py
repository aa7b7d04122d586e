"""Reads a YAML file into plain values with line numbers; ambiguous YAML is a fault.

Only text that means the same in YAML 1.1, in YAML 1.2 and to a person is accepted. PyYAML parses
it into events, and values are composed here, so that tags, anchors and aliases have no effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from grader.course.scalars import TrapError, resolve
from grader.course.yaml_slips import escape_fault, likely_slip, start_of_escape
from grader.errors import Fault

MAX_BYTES = 512 * 1024
MAX_DEPTH = 20
MAX_NODES = 50_000
MAX_REPAIRS = 50

Place: TypeAlias = tuple[str | int, ...]
"""The keys and indices that lead to a value."""

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is much faster
_NO_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def key_text(place: Place) -> str:
    """Return a place as text, such as ``checks[2].tolerance.rtol``."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


@dataclass(slots=True)
class Document:
    """The content of a YAML file, and its faults.

    Attributes
    ----------
    path : Path
        The file.
    value : object
        Built of None, bool, int, float, str, list and dict; None if the file cannot be read.
    lines : dict of Place to int
        The line of each value and key.
    faults : list of Fault
        What is wrong; `value` holds a best guess for an invalid value.
    """

    path: Path
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest value around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, place: Place, message: str, line: int | None = None) -> Fault:
        """Return a fault of this file."""
        return Fault(self.path, line or self.line(place), key_text(place), message)

    def add(self, place: Place, message: str, line: int | None = None) -> None:
        """Add a fault of this file."""
        self.faults.append(self.fault(place, message, line))


def read_document(path: Path) -> Document:
    """Read a YAML file; its faults are in the document."""
    document = Document(path)
    text = _text(document)
    if document.faults:
        return document
    broken: list[int] = []
    while True:
        document = Document(path)
        try:
            document.value = _Composer(document, broken).compose(text)
        except _UnusableError as error:
            document.add((), str(error), error.line)
        except yaml.YAMLError as error:
            start = _broken_escape(text, error)
            if start is not None and start not in broken and len(broken) < MAX_REPAIRS:
                # Read on as if the backslash were meant, so that the other faults are reported too.
                broken.append(start)
                text = f"{text[:start]}\\{text[start:]}"
                continue
            return _at_limit(path, text_before(text, error)) or _with_syntax(document, text, error)
        return document


def _broken_escape(text: str, error: yaml.YAMLError) -> int | None:
    """Return the index of the backslash whose invalid escape stopped the parser, or None."""
    mark = _mark(error)
    return start_of_escape(text, mark.index) if mark else None


def text_before(text: str, error: yaml.YAMLError) -> str:
    """Return the text before the place at which PyYAML gave up.

    PyYAML looks ahead up to 1,024 characters before it emits events for them, and may give up
    there: 6.0.4 does so 1,000 lists deep. This text includes what it has not emitted yet.
    """
    mark = _mark(error)
    return text[: mark.index] if mark else ""


class _UnusableError(Exception):
    """A fault that makes the whole file unusable."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def _text(document: Document) -> str:
    try:
        with document.path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        document.add((), f"the file cannot be read: {error.strerror}")
        return ""
    if len(raw) > MAX_BYTES:
        document.add((), f"the file is larger than {MAX_BYTES // 1024} KiB: split or shorten it")
        return ""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        document.add((), "this is not UTF-8: save the file with that encoding", line)
        return ""
    strange = _NO_YAML.search(text)
    if strange is not None:
        line = text.count("\n", 0, strange.start()) + 1
        message = f"the character U+{ord(strange[0]):04X} cannot be read as YAML: remove it"
        document.add((), message, line)
    for number, line_text in enumerate(text.split("\n"), start=1):
        indent = line_text[: len(line_text) - len(line_text.lstrip())]
        if "\t" in indent:
            document.add((), "a tab in the indentation: YAML needs spaces", number)
    return text


def _at_limit(path: Path, text: str) -> Document | None:
    """Return the document with a fault if the text exceeds one of our limits, else None."""
    document = Document(path)
    try:
        _Composer(document).compose(text)
    except _UnusableError as error:
        document.add((), str(error), error.line)
        return document
    except yaml.YAMLError:
        pass
    return None


def _with_syntax(document: Document, text: str, error: yaml.YAMLError) -> Document:
    """Add the syntax fault in our own words: PyYAML's differ between versions and loaders."""
    mark = _mark(error)
    line, where = (mark.line + 1, f" from column {mark.column + 1} on") if mark else (1, "")
    if mark and not text[mark.index :].strip():
        line, where = text.rstrip().count("\n") + 1, " to its end"
    slip = likely_slip(text, line)
    if slip is not None:
        document.add((), f"this cannot be read as YAML: {slip[1]}", slip[0])
        return document
    document.add(
        (),
        f"this cannot be read as YAML{where}: look for a missing quote, bracket or colon, or a "
        "wrong indentation, here or just above",
        line,
    )
    return document


def _mark(error: yaml.YAMLError) -> Any:
    return getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being read."""

    value: Any
    place: Place
    key: Any = None
    has_key: bool = False


class _Composer:
    """Composes values from the parser's events, with a stack instead of recursion."""

    def __init__(self, document: Document, broken: Sequence[int] = ()) -> None:
        self._document = document
        self._broken = broken
        self._text = ""
        self._open: list[_Open] = []
        self._root: Any = None
        self._nodes = 0
        self._documents = 0

    def compose(self, text: str) -> Any:
        self._text = text
        for event in self._events(text):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
            elif isinstance(event, yaml.AliasEvent):
                message = f"aliases (`*{event.anchor}`) are not supported: repeat the value"
                self._fault_here(message, line)
                self._place_value(None, line)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._start_document(line)
        return self._root

    def _events(self, text: str) -> Iterator[Any]:
        loader = _Loader(text)
        try:
            while loader.check_event():
                yield loader.get_event()
        finally:
            loader.dispose()

    def _start_document(self, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _UnusableError(line, "a second document starts here: remove the line `---`")

    def _scalar(self, event: Any, line: int) -> None:
        self._refuse_extras(event, line)
        if event.style == '"':
            self._refuse_escapes(event)
        if not event.implicit[0] or event.tag is not None:
            self._place_value(event.value, line)
            return
        try:
            self._place_value(resolve(event.value), line)
        except TrapError as trap:
            self._fault_here(str(trap), line, key=event.value)
            self._place_value(event.value if self._wants_key else trap.guess, line)

    def _refuse_escapes(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        broken = next((place - start for place in self._broken if start <= place < end), None)
        fault = escape_fault(self._text[start:end], broken)
        if fault is not None:
            self._fault_here(fault, event.start_mark.line + 1)

    def _start(self, event: Any, line: int) -> None:
        self._refuse_extras(event, line)
        if len(self._open) >= MAX_DEPTH:
            raise _UnusableError(line, f"this is nested more than {MAX_DEPTH} deep: flatten it")
        if self._wants_key:
            raise _UnusableError(line, "a key is a single word or number, not a list or mapping")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        place = self._place_value(value, line)
        self._open.append(_Open(value, place))

    def _refuse_extras(self, event: Any, line: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _UnusableError(line, f"more than {MAX_NODES:,} values: split or shorten the file")
        if event.anchor is not None:
            self._fault_here(f"anchors (`&{event.anchor}`) are not supported: remove it", line)
        if event.tag is not None:
            self._fault_here("tags (`!...`) are not supported: remove it, and quote text", line)

    @property
    def _wants_key(self) -> bool:
        top = self._open[-1] if self._open else None
        return top is not None and isinstance(top.value, dict) and not top.has_key

    def _next_place(self) -> Place:
        if not self._open:
            return ()
        top = self._open[-1]
        if isinstance(top.value, list):
            return (*top.place, len(top.value))
        return (*top.place, _step(top.key)) if top.has_key else top.place

    def _fault_here(self, message: str, line: int, key: str | None = None) -> None:
        place = self._next_place()
        if key is not None and self._wants_key:
            place = (*place, key)
        self._document.add(place, message, line)

    def _place_value(self, value: Any, line: int) -> Place:
        """Add a value or a key at the current position; return its place."""
        if self._wants_key:
            return self._place_key(value, line)
        place = self._next_place()
        self._document.lines.setdefault(place, line)
        if not self._open:
            self._root = value
        elif isinstance(self._open[-1].value, list):
            self._open[-1].value.append(value)
        else:
            top = self._open[-1]
            top.value.setdefault(top.key, value)
            top.has_key = False
        return place

    def _place_key(self, key: Any, line: int) -> Place:
        top = self._open[-1]
        place = (*top.place, _step(key))
        if key == "<<":
            message = "merge keys (`<<`) are not supported: write the keys out"
            self._document.add(place, message, line)
        if key in top.value:
            first = self._document.lines.get(place, line)
            self._document.add(place, f"this key already exists, in line {first}", line)
        self._document.lines.setdefault(place, line)
        top.key, top.has_key = key, True
        return place


def _step(key: Any) -> str:
    return key if isinstance(key, str) else repr(key)

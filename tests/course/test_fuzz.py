"""Whatever an author's files hold, loading them gives a course or lists its faults."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.course.least import PARSED, SOURCES, least_course, write_least_courses
from tests.course.tiny import faults_of, write

# Not measured, which would take half of their time: other tests run the same lines.
pytestmark = pytest.mark.no_cover

NAMES = st.sampled_from(sorted(SOURCES))
MARKS = ["&a ", "*a", "!!python/object:x ", "<<: ", "- ", "? ", ": ", "{", "}", "[", "]", "'", '"']
BREAKS = [
    "\t",
    "\n",
    "  ",
    "---\n",
    "...\n",
    "%YAML 9\n",
    "#",
    "\0",
    "\x85",
    "\u2028",
    "\ufeff",
    "💥",
]
WORDS = ["no", "~", "1e-6", "010", ".nan", ".inf", "9" * 500, "args: ", "given: ", "expected: "]
SNIPPETS = st.sampled_from([*MARKS, *BREAKS, *WORDS])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["n", "p", "kl", "kl(p, q) == 0", "reference.kl", "np", "__class__", "x.y"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["normal", "args", "flips", "rtol", "n", "that"]), inner)
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the courses are."""
    return write_least_courses(tmp_path_factory.mktemp("courses"))


def load(folder: Path, name: str, content: bytes) -> None:
    """Load the course around a file with that file's content replaced, and put it back."""
    folder = least_course(folder, name)
    kept = (folder / name).read_bytes()
    write(folder, {name: content})
    try:
        judge(folder, name, content)
    finally:
        write(folder, {name: kept})


def judge(folder: Path, name: str, content: bytes) -> None:
    breaks = (mark.encode() for mark in ("\n", "\r", "\x85", "\u2028", "\u2029"))
    lines = sum(content.count(mark) for mark in breaks) + 2
    for fault in faults_of(folder):
        assert fault.message
        assert fault.path != folder / name or 1 <= fault.line <= lines


def mutated(text: str, at: float, length: int, replacement: str) -> bytes:
    start = round(at * len(text))
    return (text[:start] + replacement + text[start + length :]).encode("utf-8", "surrogatepass")


MUTATIONS = given(NAMES, st.floats(0, 1), st.integers(0, 60), SNIPPETS | st.text(max_size=12))


@settings(max_examples=60, deadline=None)
@MUTATIONS
def test_any_change_of_the_text(folder, name, at, length, replacement):
    load(folder, name, mutated(SOURCES[name], at, length, replacement))


@pytest.mark.soak
@settings(max_examples=10_000, deadline=None)
@MUTATIONS
def test_ten_thousand_changes_of_the_text(folder, name, at, length, replacement):
    load(folder, name, mutated(SOURCES[name], at, length, replacement))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Find every list or mapping of a value, with each of its indices or keys."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for step, below in list(pairs):
        yield value, step
        if isinstance(below, dict | list):
            yield from places(below)


@settings(max_examples=60, deadline=None)
@given(NAMES, st.integers(0, 2**16), VALUES)
def test_any_change_of_a_value(folder, name, index, value):
    whole = copy.deepcopy(PARSED[name])
    found = list(places(whole))
    where, step = found[index % len(found)]
    where[step] = value
    load(folder, name, yaml.dump(whole, Dumper=yaml.CSafeDumper, allow_unicode=True).encode())


@settings(max_examples=40, deadline=None)
@given(NAMES, st.binary(max_size=200))
def test_any_bytes(folder, name, content):
    load(folder, name, content)

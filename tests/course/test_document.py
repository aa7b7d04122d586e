"""YAML as it is read here: what reads the same to everybody, and the rest a fault."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.course import document as module
from grader.course.document import MAX_BYTES, Document, read_document
from tests.course.impatient import impatient


def read(folder: Path, text: str | bytes) -> Document:
    path = folder / "file.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_document(path)


def value_of(folder: Path, text: str) -> Any:
    document = read(folder, text)
    assert document.faults == []
    return document.value


def only_fault(folder: Path, text: str | bytes) -> tuple[int, str, str]:
    (fault,) = read(folder, text).faults
    return fault.line, fault.key, fault.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: -12", {"a": -12}),
        ("a: +3", {"a": 3}),
        ("a: 0", {"a": 0}),
        ("a: 0.5", {"a": 0.5}),
        ("a: .5", {"a": 0.5}),
        ("a: 5.", {"a": 5.0}),
        ("a: 1.0e-6", {"a": 1e-6}),
        ("a: 1.5E+3", {"a": 1500.0}),
        ("a: 0.0e+0", {"a": 0.0}),
        ("a: .inf", {"a": math.inf}),
        ("a: -.inf", {"a": -math.inf}),
        ("a: true", {"a": True}),
        ("a: False", {"a": False}),
        ("a: null", {"a": None}),
        ("a:", {"a": None}),
        ("a: 'no'", {"a": "no"}),
        ('a: "1e-6"', {"a": "1e-6"}),
        ("a: '~'", {"a": "~"}),
        ("a: y", {"a": "y"}),
        ("n: 3\ny: 4", {"n": 3, "y": 4}),
        ("a: two words", {"a": "two words"}),
        ("a: kl(p, q) == 0", {"a": "kl(p, q) == 0"}),
        ("a: =", {"a": "="}),
        ("a: 1.2.3", {"a": "1.2.3"}),
        ("a: 12 apples", {"a": "12 apples"}),
        ("{0.1: 0.009, 1: 2}", {0.1: 0.009, 1: 2}),
        ("- 1\n- [a, b]", [1, ["a", "b"]]),
        ("a: |\n  one\n    two\n", {"a": "one\n  two\n"}),
        ("a: >-\n  one\n  two\n", {"a": "one two"}),
        ("# only a comment", None),
        ("", None),
        ("---\na: 1\n", {"a": 1}),
        ("a: ŷ\r\n", {"a": "ŷ"}),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_plain_values_are_read(tmp_path, text, value):
    read_value = value_of(tmp_path, text)
    assert read_value == value
    assert str(read_value) == str(value)  # 1 and True are equal, too


def test_nan_is_read(tmp_path):
    assert math.isnan(value_of(tmp_path, "a: .nan")["a"])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("no", "is a boolean for some YAML readers: write `true` or `false`"),
        ("Yes", "is a boolean for some YAML readers"),
        ("on", "is a boolean for some YAML readers"),
        ("OFF", "is a boolean for some YAML readers"),
        ("1e-6", "is text for some YAML readers: write `1.0e-6` for the number"),
        ("-1e6", "write `-1.0e+6` for the number"),
        ("1.5e6", "write `1.5e+6` for the number"),
        (".5e6", "write `.5e+6` for the number"),
        ("1:30", "is a number to base 60 for some YAML readers"),
        ("1:30:00.5", "is a number to base 60"),
        ("010", "is octal, hexadecimal or binary for some YAML readers"),
        ("0o17", "is octal, hexadecimal or binary"),
        ("0x1F", "is octal, hexadecimal or binary"),
        ("0b11", "is octal, hexadecimal or binary"),
        ("1_000", "leave out the underscores"),
        ("1_000.5", "leave out the underscores"),
        ("2026-01-31", "is a date for some YAML readers"),
        ("2026-01-31 10:00:00", "is a date for some YAML readers"),
        ("inf", "write `.inf`, `-.inf` or `.nan` for the number"),
        ("-Infinity", "write `.inf`, `-.inf` or `.nan` for the number"),
        ("NaN", "write `.inf`, `-.inf` or `.nan` for the number"),
        ("~", "is an empty value in YAML"),
        ("1.0e+999", "is too large for a float: write `.inf`"),
        ("-1.0e+999", "is too large for a float"),
        ("1.0e-999", "is too small for a float and would be 0"),
        ("1e999", "write `1.0e+999` for the number"),
    ],
)
def test_a_word_that_readers_disagree_about_is_told(tmp_path, word, message):
    line, key, told = only_fault(tmp_path, f"x: 1\na:\n  - {word}\n")
    assert (line, key) == (3, "a[0]")
    assert told.startswith(f"`{word}`")
    assert message in told


def test_a_number_with_too_many_digits_is_told(tmp_path):
    assert "5000 digits is too long" in only_fault(tmp_path, f"a: {'9' * 5000}")[2]


def test_such_a_word_is_told_as_a_key_too(tmp_path):
    line, key, told = only_fault(tmp_path, "a:\n  on: 1\n")
    assert (line, key) == (2, "a.on")
    assert "`on` is a boolean" in told


def test_a_key_that_is_there_twice_is_told(tmp_path):
    document = read(tmp_path, "a:\n  b: 1\n  c: 2\n  b: {d: 3}\n")
    assert [str(fault) for fault in document.faults] == [
        f"{tmp_path / 'file.yaml'}:4: `a.b`: this key already exists, in line 2"
    ]
    assert document.value == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize("text", ["{0.1: a, 0.10: b}", "{1: a, true: b}"])
def test_values_that_are_equal_are_one_key(tmp_path, text):
    assert "this key already exists" in only_fault(tmp_path, text)[2]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: &x 1", 1, "anchors (`&x`) are not supported"),
        ("a: &x [1]", 1, "anchors (`&x`) are not supported"),
        ("a: !!str 1", 1, "tags (`!...`) are not supported"),
        ("a: !!python/object/apply:os.system [id]", 1, "tags (`!...`) are not supported"),
        ("a: !x {b: 1}", 1, "tags (`!...`) are not supported"),
        ("a: ! 1", 1, "tags (`!...`) are not supported"),
        ("<<: {a: 1}", 1, "merge keys (`<<`) are not supported"),
        ("a: 1\n---\nb: 1", 2, "a second document starts here"),
        ("? [a]\n: 1", 1, "a key is a single word or number"),
        ("{{a: 1}: 2}", 1, "a key is a single word or number"),
        ("a: 1\n\tb: 2", 2, "a tab in the indentation"),
        ("a: |\n  x\n\ty\n", 3, "a tab in the indentation"),
        ("a: [1,\n2\n\n", 2, "cannot be read as YAML to its end: look for a missing quote"),
        ("a: 'x", 1, "cannot be read as YAML to its end"),
        ("a: 1\nb: c: d", 2, "cannot be read as YAML from column 5 on: look for"),
        ("a: 1\nb: \x00", 2, "the character U+0000 cannot be read as YAML"),
        ("a: \ud7ff%\n% b", 2, "cannot be read as YAML from column 2 on"),
        ("a: 1\n[" * 30, 3, "cannot be read as YAML from column 1 on"),
        ("[" * 3000, 1, "this is nested more than 20 deep"),
        ("- " * 3000, 1, "this is nested more than 20 deep"),
        ("[" + "1," * 60_000 + "]", 1, "more than 50,000 values"),
        (b"a: 1\nb: \xff", 2, "this is not UTF-8"),
        ("a: 1".encode("utf-16"), 1, "this is not UTF-8"),
        (b"#" * (MAX_BYTES + 1), 1, "the file is larger than 512 KiB"),
    ],
    ids=range(24),
)
def test_what_hides_or_breaks_things_is_told(tmp_path, text, line, message):
    fault = only_fault(tmp_path, text)
    assert fault[0] == line
    assert message in fault[2]


LOADERS = {
    "libyaml": getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    "Python": yaml.SafeLoader,
    "impatient": impatient(depth=30, words="No, thank you"),
}
DEEP = "this is nested more than 20 deep: flatten it"
LOOK = "look for a missing quote, bracket or colon, or a wrong indentation, here or just above"
WRONG = {
    "[" * 3000: (1, DEEP),
    "a: 1\nb: " + "[" * 3000 + "]" * 3000: (2, DEEP),
    "ŷ: '\U0001d465'\r\nb: " + "[" * 31: (2, DEEP),
    "- " * 3000: (1, DEEP),
    "- ? " * 3000: (1, "a key is a single word or number, not a list or mapping"),
    "{" * 3000: (1, "a key is a single word or number, not a list or mapping"),
    "{a: " * 3000: (1, DEEP),
    "".join(" " * depth + "a:\n" for depth in range(700)): (21, DEEP),
    "[1,]\n---\n" + "[" * 3000: (2, "a second document starts here: remove the line `---`"),
    "[" * 20 + "]" * 20 + "]": (1, f"this cannot be read as YAML from column 41 on: {LOOK}"),
    "a: b: c": (1, f"this cannot be read as YAML from column 5 on: {LOOK}"),
    "a: [b\n\n": (1, f"this cannot be read as YAML to its end: {LOOK}"),
    "a: 1\nb: '\x07'": (2, "the character U+0007 cannot be read as YAML: remove it"),
}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_alike_whatever_the_library_says(tmp_path, monkeypatch, text, loader):
    monkeypatch.setattr(module, "_Loader", LOADERS[loader])
    line, _, message = only_fault(tmp_path, text)
    assert (line, message) == WRONG[text]


def test_an_alias_is_told_and_never_followed(tmp_path):
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [*{old}, *{old}, *{old}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    document = read(tmp_path, bomb)
    assert document.value["i"] == [None, None, None]
    assert sum("aliases" in fault.message for fault in document.faults) == 24
    assert sum("anchors" in fault.message for fault in document.faults) == 9


def test_every_value_has_its_line(tmp_path):
    document = read(tmp_path, "a:\n  - b: 1\n    c:\n      - 2\n  - 3\n")
    assert document.line(("a",)) == 1
    assert document.line(("a", 0, "c", 0)) == 4
    assert document.line(("a", 1)) == 5
    assert document.line(("a", 0, "missing", "deeper")) == 2
    assert document.line(("missing",)) == 1

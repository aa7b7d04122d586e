"""Mutants of real files raise the declared errors and nothing else, and none takes long.

`make soak` tries ten thousand of each kind; the ordinary run, a hundred or more.
"""

from __future__ import annotations

import contextlib
import copy
import json
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest

from grader.checks.kinds.derivation.chain import read_chain
from grader.checks.kinds.derivation.check import DerivationCheck
from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.students.local import LocalStudent
from grader.compare import compare, describe
from grader.course import load_course
from grader.errors import CourseError, NotebookError
from grader.grading.preparation import prepare_course
from grader.guest.protocol.conversions import encode_plain
from grader.guest.protocol.decoding import decode
from grader.guest.protocol.encoding import header_of
from grader.guest.protocol.frames import WireError, frame, read_frame
from grader.guest.protocol.messages import answer_from, answer_to
from grader.guest.protocol.values import Missing, Opaque, Raised, Returned, TimedOut
from grader.notebook import read_notebook
from grader.sandbox.outcome import outcome_from
from tests.course import least
from tests.course.least import least_course, write_least_courses
from tests.course.tiny import write
from tests.mutation import mutants, mutate
from tests.notebooks import code_cell, notebook_bytes

# Not measured, which would take half of their time: other tests run the same lines.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[1]


def counts(short: int) -> pytest.MarkDecorator:
    """Try so many mutants in the ordinary run, and ten thousand when soaking."""
    full = pytest.param(10_000, id="full", marks=pytest.mark.soak)
    return pytest.mark.parametrize("count", [pytest.param(short, id="short"), full])


COUNTS = counts(300)
SLOW_S = 10.0  # processor time; what takes longer than this lets one file hold up a class


def try_each(cases: Iterable[Any], read: Callable[[Any], None], declared: type[Exception]) -> None:
    """Read every case; a case that raises anything else, or that takes long, is shown."""
    for case in cases:
        started = time.process_time()
        try:
            read(case)
        except declared:
            pass
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} for {case!r}") from error
        assert time.process_time() - started < SLOW_S, f"slow: {case!r}"


# Notebooks

NOTEBOOKS = [
    notebook_bytes([path.read_text(encoding="utf-8"), "x = 1", "%matplotlib inline\n!ls"])
    for path in sorted(ROOT.glob("solutions/*/*/reference.py"))
] + [
    notebook_bytes(
        [{"cell_type": "markdown", "source": "é 数", "id": "a"}, code_cell("y", id="b")]
    ),
    notebook_bytes(
        ["input()"], kernelspec={"name": "ir", "language": "R"}, colab={"name": "a.ipynb"}
    ),
    b'\xef\xbb\xbf{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 2}',
    '{"worksheets": [{"cells": [{"cell_type": "code", "input": "1"}]}], "nbformat": 3}'.encode(
        "utf-16"
    ),
]
NOTEBOOK_WORDS = [
    f'"{word}"'.encode()
    for word in (
        "cells",
        "worksheets",
        "cell_type",
        "source",
        "input",
        "outputs",
        "metadata",
        "code",
    )
] + [b"null", b"true", b"[]", b"{}", b'"\\ud800"', b"<<<<<<< HEAD\n", b"%PDF-1.4", b"PK\x03\x04"]


@COUNTS
def test_mutated_notebooks(count):
    def read(content: bytes) -> None:
        for cell in read_notebook(content).cells:
            cell.source.encode()

    try_each(mutants(NOTEBOOKS, count, words=NOTEBOOK_WORDS), read, NotebookError)


TREES = [json.loads(content.decode(json.detect_encoding(content))) for content in NOTEBOOKS]
LEAVES = [None, True, -1, 1.5, 10**400, "", "code", "python", "\ud800", "\0", [], {}, [[]], [{}]]


@COUNTS
def test_notebooks_of_mutated_json(count):
    """Well-formed JSON whose parts were exchanged gets further than mutated bytes do."""
    rng = random.Random(4)

    def cases() -> Iterable[bytes]:
        for _ in range(count):
            tree = copy.deepcopy(rng.choice(TREES))
            for _ in range(rng.randrange(1, 4)):
                _exchange(rng.choice([tree, *_containers(tree)]), rng)
            yield json.dumps(tree).encode()

    def read(content: bytes) -> None:
        for cell in read_notebook(content).cells:
            cell.source.encode()

    try_each(cases(), read, NotebookError)


def _containers(tree: Any) -> Iterator[Any]:
    for inner in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(inner, dict | list):
            yield inner
            yield from _containers(inner)


def _exchange(container: Any, rng: random.Random) -> None:
    new = copy.deepcopy(rng.choice([*LEAVES, *_containers(rng.choice(TREES))]))
    if isinstance(container, dict):
        key = rng.choice([*container, "cells", "source", "input", "metadata", "kernelspec"])
        container.pop(key, None)
        if rng.random() < 0.8:
            container[key] = new
    else:
        place = rng.randrange(len(container) + 1)
        container[place : place + rng.randrange(2)] = [new]


# YAML

SOURCES = {name: text.encode() for name, text in least.SOURCES.items()}
KEYS = sorted({key for text in SOURCES.values() for key in re.findall(rb"[a-z_]+: ", text)})
YAML_WORDS = [*KEYS, b"no", b"~", b".nan", b".inf", b"- ", b"? ", b"!!python/name:os.system ", b"|"]


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_least_courses(tmp_path_factory.mktemp("courses"))


@counts(100)
def test_mutated_courses(count, courses):
    rng = random.Random(1)

    def read(case: tuple[str, bytes]) -> None:
        name, content = case
        course = least_course(courses, name)
        kept = (course / name).read_bytes()
        write(course, {name: content})
        try:
            load_course(course)
        finally:
            write(course, {name: kept})

    def cases() -> Iterable[tuple[str, bytes]]:
        for _ in range(count):
            name = rng.choice(list(SOURCES))
            yield name, mutate(SOURCES[name], rng, list(SOURCES.values()), YAML_WORDS)

    try_each(cases(), read, CourseError)


# Frames

VALUES = [
    None,
    [1.5, -0.0, float("nan"), True, 2**80, 3 + 4j, "a", b"b"],
    {0.1: 1.0, "k": (1, 2), ("t", 1): {1, 2}},
    np.arange(6.0).reshape(2, 3),
    [np.array(["a", "bc"]), np.array([True]), np.zeros((0, 3)), np.array(1j)],
    ["ä" * 5000, b"b" * 5000, Opaque("Odd", "<odd>")],
    {f"k{number}": number for number in range(200)},
]
ANSWERS = [answer_to(Returned(value, ("0", "q"))) for value in VALUES] + [
    answer_to(Raised("ValueError", "no", ("Exception", "BaseException"))),
    answer_to(Missing("kl", callable_wanted=True)),
    answer_to(TimedOut(2.0, "call")),
    (1 << 60, "call", [answer_to(Returned(0.5))]),
    {"index": 0, "status": "ok", "limit": "", "seconds": 0.1, "stdout": "a", "dropped": 0},
]
ENCODED = [encode_plain(value) for value in ANSWERS]
FRAMES = [b"".join(frame(header_of(encoded), encoded.buffers)) for encoded in ENCODED]
TAGS = [b"i", b"c", b"S", b"b", b"B", b"l", b"t", b"d", b"s", b"o", b"a"]
FRAME_WORDS = [msgpack.packb(tag) for tag in TAGS] + [
    *(msgpack.packb(number) for number in (0, -1, 100_001, 2**63, 1e308)),
    msgpack.packb(msgpack.ExtType(5, b"x")),
    msgpack.packb(msgpack.Timestamp(1)),
    *(b"\xdf\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\x91" * 2000),
]
SCALARS = [*TAGS, *range(-2, 5), 2**40, 2**70, 1.5, True, None, "f8", "U5", "returned", b"\1" * 9]


def believe(header: bytearray, buffers: list[bytearray]) -> None:
    """Do with a frame what the trusted side does."""
    value = decode(header, buffers)
    for text in (describe(value), str(compare(value, VALUES[2])), str(compare(value, VALUES[3]))):
        assert text.isprintable()
    with contextlib.suppress(WireError):
        answer_from(value)
    with contextlib.suppress(WireError):
        outcome_from(value, 0)


@COUNTS
def test_mutated_frames(count):
    def read(content: bytes) -> None:
        rest = memoryview(content)

        def take(size: int) -> bytearray:
            nonlocal rest
            if size > len(rest):
                raise WireError("the other end has closed")  # as a connection says it
            taken, rest = bytearray(rest[:size]), rest[size:]
            return taken

        believe(*read_frame(take))

    try_each(mutants(FRAMES, count, words=FRAME_WORDS), read, WireError)


@COUNTS
def test_frames_of_mutated_tokens(count):
    """Well-formed msgpack whose tokens were exchanged gets further than mutated bytes do."""
    rng = random.Random(2)

    def cases() -> Iterable[tuple[list[Any], list[bytes]]]:
        for _ in range(count):
            encoded = rng.choice(ENCODED)
            tokens = list(encoded.tokens)
            for _ in range(rng.randrange(1, 4)):
                place = rng.randrange(len(tokens) + 1)
                tokens[place : place + rng.randrange(3)] = rng.choices(SCALARS, k=rng.randrange(3))
            yield tokens, [bytes(raw) for raw in encoded.buffers]

    def read(case: tuple[list[Any], list[bytes]]) -> None:
        tokens, buffers = case
        try:
            header = bytearray(msgpack.packb(tokens))
        except OverflowError:  # no frame can hold it
            return
        believe(header, [bytearray(raw) for raw in buffers])

    try_each(cases(), read, WireError)


# Derivations


@pytest.fixture(scope="module")
def derivation() -> tuple[DerivationCheck, Any]:
    preparation = prepare_course(load_course(ROOT), only=["mse_from_normal_nll"])
    (ready,) = [each for each in preparation.exercises[0].checks if each.check.kind == "derivation"]
    assert isinstance(ready.check, DerivationCheck)
    return ready.check, ready.prepared


def derivations() -> list[bytes]:
    """Return every derivation that the exercise ships, right or wrong, as text."""
    texts = []
    for path in sorted(ROOT.glob("solutions/*/mse_from_normal_nll/**/*.py")):
        names: dict[str, Any] = {}
        exec(path.read_text(encoding="utf-8"), names)
        text = names["derivation"]
        texts.append((text if isinstance(text, str) else "\n".join(text)).encode())
    return texts


DERIVATION_WORDS = [
    word.encode()
    for word in (
        *(
            "\\frac",
            "{",
            "}",
            "(",
            ")",
            "\\sum_{i=1}^n",
            "sum(",
            "prod(",
            "^",
            "_i",
            "^{n}",
            "~",
            "=",
        ),
        *("\n= ", "\n~ ", "negate: ", "free: sigma\n", "\\log ", "exp(", "sqrt(", "ŷ_i", "σ", "²"),
        *("n", "y_i", "sigma", "/", "9^9^9^9", "0", "1/0", "log(0)", "(-1)^0.5", "\\left(", "\\\\"),
        *("\u200b", "\u202e", "у", "\N{GREEK SMALL LETTER FINAL SIGMA}", "e^" * 40, "exp(" * 30),
    )
]


PIECES = re.compile(r"\\[A-Za-z]+|[A-Za-z_]+|\d+|\s+|.", re.DOTALL)


@COUNTS
def test_mutated_derivations(count, derivation):
    check, goal = derivation

    def read(content: bytes) -> None:
        text = content.decode("utf-8", "replace")
        verdict = check.judge(goal, LocalStudent({"derivation": text}))
        assert verdict.passed or verdict.message
        read_chain(text, goal.symbols)

    try_each(mutants(derivations(), count, words=DERIVATION_WORDS), read, DerivationError)


@COUNTS
def test_derivations_of_mutated_pieces(count, derivation):
    """Exchanged symbols, numbers and signs leave more of the text a derivation."""
    check, goal = derivation
    rng = random.Random(3)
    texts = [PIECES.findall(content.decode()) for content in derivations()]
    every = [piece for pieces in texts for piece in pieces]

    def cases() -> Iterable[str]:
        for _ in range(count):
            pieces = list(rng.choice(texts))
            for _ in range(rng.randrange(1, 3)):
                place = rng.randrange(len(pieces))
                pieces[place : place + rng.randrange(3)] = rng.choices(every, k=rng.randrange(3))
            yield "".join(pieces)

    def read(text: str) -> None:
        verdict = check.judge(goal, LocalStudent({"derivation": text}))
        assert verdict.passed or verdict.message

    try_each(cases(), read, DerivationError)

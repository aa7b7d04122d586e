"""Whatever the bytes are, reading them gives a notebook or a NotebookError."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import NotebookError
from grader.notebook import read_notebook
from tests.notebooks import code_cell, notebook_bytes

# Not measured, which would take half of their time: other tests run the same lines.
pytestmark = pytest.mark.no_cover

GOOD = notebook_bytes(
    ["x = 1", {"cell_type": "markdown", "source": "é 数"}, code_cell("y", id="a", outputs=[{}])]
)
KEYS = (
    st.sampled_from(["cells", "worksheets", "nbformat", "metadata", "cell_type", "source", "input"])
    | st.sampled_from(["kernelspec", "language_info", "name", "language", "vscode", "languageId"])
    | st.sampled_from(["level", "id", "tags", "execution_count", "outputs"])
)
WORDS = st.sampled_from(["code", "markdown", "raw", "heading", "python", "R", "ir", ""])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def read(content: bytes) -> None:
    with contextlib.suppress(NotebookError):
        notebook = read_notebook(content)
        for cell in notebook.cells:
            cell.source.encode()  # every source can be sent to a session
            assert "\r" not in cell.source


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, JSON, max_size=6), st.lists(st.dictionaries(KEYS, JSON), max_size=3))
def test_any_json_with_the_keys_of_a_notebook(fields, cells):
    read(json.dumps({**fields, "cells": cells}).encode())
    read(json.dumps(fields).encode())


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.binary(max_size=20))
def test_any_mutation_of_a_good_notebook(at, length, replacement):
    read(GOOD[:at] + replacement + GOOD[at + length :])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b"\xff\xfe", b'{"cells": [', b"\0{\0"]))
def test_any_bytes(content, start):
    read(start + content)

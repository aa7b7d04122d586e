"""What is refused, and what a student is told."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile

import pytest

from grader.errors import NotebookError
from grader.notebook import notebook_json as document_limits
from grader.notebook import open_regular, read_notebook
from grader.notebook import read_cells as cell_limits
from tests.notebooks import code_cell, notebook_bytes

GOOD = notebook_bytes(["x = 1", "y = 2"])


def zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    return buffer.getvalue()


def conflict() -> bytes:
    lines = GOOD.decode().splitlines()
    return "\n".join(
        [*lines[:3], "<<<<<<< HEAD", lines[3], "=======", lines[3], ">>>>>>> theirs", *lines[4:]]
    ).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty. Save the notebook"),
        (b" \r\n\t", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\0" * 4096, "is empty"),
        (
            GOOD[:150],
            r"is cut short: it ends in the middle \(line 13, column \d+\)\. .*hand it in again",
        ),
        (GOOD[:-1], "is cut short"),
        (GOOD.decode().encode("utf-16")[:-1], "is not readable as text"),
        (
            GOOD.replace(b'"outputs": [],', b'"outputs": [] ', 1),
            r"is damaged.*\(line 8, column \d+\)",
        ),
        (GOOD + b"\nstray", r"is damaged: .*\(line 36, column 1: more text after its end\)"),
        (GOOD + GOOD, "is damaged.*more text after its end"),
        (conflict(), "has a merge conflict of git in line 4. Resolve it"),
        (b"import numpy as np\nx = 1\n", "is a script or plain text"),
        (b"# %%\nx = 1\n", "is a script or plain text"),
        (b"Dear teacher, see above.", "is plain text, not a notebook"),
        (b"<!DOCTYPE html>\n<html></html>", r"is a web page .*File > Download > \.ipynb"),
        (b"MIME-Version: 1.0\n", "is a saved web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer.*git lfs pull"),
        (zip_bytes(), "is a zip archive or an Office document. Unpack it"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"\x1f\x8b\x08\0", "is a gzip archive"),
        (b"[1, 2]", "is JSON, but not a notebook"),
        (b"null", "is JSON, but not a notebook"),
        (b'{"score": 10}', "is JSON.*: it has no list of `cells`"),
        (b'{"cells": null}', "is JSON.*: it has no list of `cells`"),
        (b'{"cells": {}, "worksheets": 3}', "is JSON.*: it has no list of `cells`"),
        (
            b'{"cells": [], "nbformat": 5}',
            "is of notebook format 5, which",
        ),
        (
            b'{"cells": [], "nbformat": 1%s}' % (b"0" * 400),
            "is of notebook format 1000000000000000000…, which",
        ),
        ("{'cells': []}".encode("utf-16"), "is damaged"),
        (b'{"cells": ["\xe9t\xe9"]}', r".* byte 13 \(line 1\) is not UTF-8"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"cells":' * 200_000, "is nested too deeply"),
        # The least depth that is too much for us; Python can read both, and in a cut-off file too.
        (b"[" * 201 + b"]" * 201, "is nested too deeply"),
        (b"[" * 200 + b"7" + b"]" * 200, "is JSON, but not a notebook"),
        (b'["]", ' * 201, "is nested too deeply"),
        (b'["[", ' * 200, "is cut short"),
        (b'{"cells": ' + b"7" * 5000 + b", oops}", "is damaged"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_with_a_reason(content, reason):
    with pytest.raises(NotebookError, match=f"(?s)`hw1.ipynb` {reason}"):
        read_notebook(content, name="hw1.ipynb")


@pytest.mark.parametrize(
    ("kernelspec", "language_info", "name"),
    [
        ({"name": "ir", "language": "R"}, {"name": "R"}, "r"),
        ({"name": "ir", "display_name": "R"}, {}, "r"),
        ({"name": "julia-1.10"}, {}, "julia"),
        ({"name": ".net-csharp"}, {}, "c#"),
        ({"name": "irb"}, {"name": "ruby\x1b[2J"}, r"ruby\\x1b\[2j"),
        ({}, {"name": "octave"}, "octave"),
        ({"name": "ir", "language": "R"}, {"name": "plaintext"}, "r"),
        ({"display_name": "Julia 1.10"}, {"name": "plaintext"}, "julia"),
        ({"name": "", "display_name": "R"}, {}, "r"),
    ],
)
def test_a_notebook_in_another_language_is_refused_by_name(kernelspec, language_info, name):
    content = notebook_bytes(["x <- 1"], kernelspec=kernelspec, language_info=language_info)
    with pytest.raises(NotebookError, match=f"another language, {name}. Choose a Python kernel"):
        read_notebook(content)


def test_a_language_that_only_the_cells_state_is_seen():
    cells = [code_cell("x", metadata={"vscode": {"languageId": "julia"}}), {"cell_type": "raw"}]
    for information in (None, {"name": "plaintext"}):
        content = notebook_bytes(cells, kernelspec=None, language_info=information)
        with pytest.raises(NotebookError, match="julia"):
            read_notebook(content)


def test_a_notebook_over_the_size_cap_is_refused(tmp_path):
    path = tmp_path / "hw1.ipynb"
    path.write_bytes(GOOD)
    reason = f"`hw1.ipynb` is larger than {len(GOOD) - 1:,} bytes.*Clear all outputs"
    with pytest.raises(NotebookError, match=reason):
        read_notebook(path, limit_bytes=len(GOOD) - 1)
    with pytest.raises(NotebookError, match="The notebook is larger"):
        read_notebook(GOOD, limit_bytes=len(GOOD) - 1)
    assert read_notebook(path, limit_bytes=len(GOOD)).cells


def test_too_many_cells_are_refused():
    content = json.dumps({"cells": [{}] * (cell_limits.LIMIT_CELLS + 1)}).encode()
    with pytest.raises(NotebookError, match=r"has 10,001 cells; .*10,000"):
        read_notebook(content)


def test_too_much_code_is_refused_but_long_text_is_not():
    long = "x" * (cell_limits.LIMIT_CELL_CHARACTERS + 1)
    assert read_notebook(notebook_bytes([{"cell_type": "markdown", "source": long}])).cells
    with pytest.raises(
        NotebookError, match=r"is too long: cell 2 \(`x+…`\) has more than 200,000 characters"
    ):
        read_notebook(notebook_bytes(["a", long]))
    with pytest.raises(NotebookError, match="is too long: its code has more than 2,000,000"):
        read_notebook(notebook_bytes([long[:-1]] * 11))


@pytest.mark.parametrize("bomb", [b"[],", b"{},"])
def test_a_bomb_of_tiny_lists_is_refused_before_it_is_built(bomb):
    content = b'{"cells": [' + bomb * document_limits._LIMIT_CONTAINERS + b"0]}"
    with pytest.raises(NotebookError, match="holds more than 2,000,000 lists and objects"):
        read_notebook(content)


@pytest.mark.parametrize("tail", [b'"\\', b"\\", b'"', b'\\"', b"[" + b'"\\' * 3])
def test_a_bomb_is_measured_in_linear_time(tail):
    content = b"[" * (document_limits._LIMIT_CONTAINERS + 1) + tail * 1_000_000
    with pytest.raises(NotebookError, match=r"holds more than 2,000,000|is nested too deeply"):
        read_notebook(content)


@pytest.fixture
def hostile(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "inner").mkdir()
    (tmp_path / "outside.ipynb").write_bytes(GOOD)
    (tmp_path / "inner" / "good.ipynb").write_bytes(GOOD)
    (tmp_path / "inner" / "out").symlink_to("../outside.ipynb")
    (tmp_path / "inner" / "in").symlink_to("good.ipynb")
    (tmp_path / "device").symlink_to("/dev/zero")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fifo", "`fifo` is not an ordinary file"),
        ("device", "`device` is not an ordinary file"),
        ("folder", "`folder` is a folder; hand in the notebook file itself"),
        ("gone", r"`gone` does not exist"),
        ("loop", r"`loop` cannot be opened \(.*\)"),
        ("x" * 5000, "cannot be opened"),
        ("nul\0", r"`nul\\x00` cannot be opened \(its path is not usable\)"),
    ],
)
def test_what_is_no_ordinary_file_is_never_waited_for(hostile, name, reason):
    with pytest.raises(NotebookError, match=reason):
        read_notebook(hostile / name)


def test_a_link_must_stay_within_its_folder_where_one_is_given(hostile):
    inner = hostile / "inner"
    assert read_notebook(inner / "in", within=inner).cells
    assert read_notebook(inner / "out").cells
    with pytest.raises(NotebookError, match="`out` is a link that leads out of its folder"):
        read_notebook(inner / "out", within=inner)


def test_a_file_without_permission_is_named_as_such(hostile, monkeypatch):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # root may read every file, so the call must say no
    with pytest.raises(NotebookError, match="may not be read; give the grader permission"):
        read_notebook(hostile / "outside.ipynb")


def test_a_fifo_that_takes_the_files_place_is_not_waited_for(hostile, monkeypatch):
    path, real_open = hostile / "outside.ipynb", os.open

    def swap_and_open(name, flags):
        path.unlink()
        os.mkfifo(path)
        return real_open(name, flags)

    monkeypatch.setattr(os, "open", swap_and_open)
    with pytest.raises(NotebookError, match="is not an ordinary file"):
        open_regular(path)


@pytest.mark.parametrize("calls_before", [0, 1])
def test_a_disk_that_fails_is_no_crash(hostile, monkeypatch, calls_before):
    real_fstat, calls = os.fstat, []

    def fail_later(descriptor):
        calls.append(descriptor)
        if len(calls) <= calls_before:
            return real_fstat(descriptor)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:  # undone at once: pytest calls `fstat` too
        patch.setattr(os, "fstat", fail_later)
        with pytest.raises(NotebookError, match=r"cannot be opened \(Input/output error\)"):
            read_notebook(hostile / "outside.ipynb")


def test_names_are_shown_safely_and_the_error_survives_pickling():
    with pytest.raises(NotebookError) as caught:
        read_notebook(b"", name="a\x1b[2J\u202e.ipynb")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again).startswith(r"`a\x1b[2J\u202e.ipynb` is empty")

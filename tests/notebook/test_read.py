"""What is read: every way in which an editor may write a good notebook."""

from __future__ import annotations

import codecs
import hashlib
import json
import pickle
import warnings
from typing import Any

import nbformat
import pytest

from grader.notebook import Notebook, read_notebook
from tests.notebooks import PYTHON, code_cell, notebook_bytes


def sources(notebook: Notebook) -> list[str]:
    return [cell.source for cell in notebook.cells]


def document(*cells: Any, **fields: Any) -> bytes:
    return json.dumps({"cells": list(cells), **fields}).encode()


def test_cells_come_in_document_order_whatever_order_they_were_run_in():
    notebook = read_notebook(
        notebook_bytes(
            [
                code_cell("a = 1", execution_count=7),
                {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
                code_cell("b = a", execution_count=2),
                {"cell_type": "raw", "metadata": {}, "source": ["x\n", "y"]},
            ]
        )
    )
    assert sources(notebook) == ["a = 1", "# Title", "b = a", "x\ny"]
    assert [cell.kind for cell in notebook.cells] == ["code", "markdown", "code", "raw"]
    assert [cell.index for cell in notebook.code_cells] == [0, 2]
    assert notebook.remarks == ()


def test_a_file_is_named_and_hashed_and_the_result_can_be_sent_to_a_worker(tmp_path):
    path = tmp_path / "zoë.ipynb"
    path.write_bytes(notebook_bytes(["x = 1"]))
    notebook = read_notebook(path)
    assert notebook.name == "zoë.ipynb"
    assert notebook.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert pickle.loads(pickle.dumps(notebook)) == notebook
    assert read_notebook(path.read_bytes(), name="zoë.ipynb") == notebook


def test_ids_may_be_absent_doubled_or_no_text():
    cells = [
        code_cell("a", id="one"),
        code_cell("b", id="one"),
        code_cell("c"),
        code_cell("d", id=3),
    ]
    notebook = read_notebook(notebook_bytes(cells))
    assert [cell.id for cell in notebook.cells] == ["one", "one", None, None]


@pytest.mark.parametrize(
    ("metadata", "exercise"),
    [
        ({"grader": {"exercise": "coins"}}, "coins"),
        ({"grader": {"exercise": "\ud800"}}, "\N{REPLACEMENT CHARACTER}"),
        ({"grader": {"exercise": ["coins"]}}, None),
        ({"grader": {}}, None),
        ({"grader": "coins"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_exercise_of_a_cell_is_what_its_metadata_say(metadata, exercise):
    notebook = read_notebook(notebook_bytes([code_cell("a", metadata=metadata)]))
    assert notebook.cells[0].exercise == exercise
    (cell,) = read_notebook(
        notebook_bytes([code_cell("", metadata={"grader": {"part": "prompt"}})])
    ).cells
    assert (cell.exercise, cell.part) == (None, "prompt")


def test_tags_are_kept_where_they_are_texts():
    tagged = [
        code_cell("a", metadata={"tags": ["hide", 3, "test"]}),
        code_cell("b", metadata={"tags": "hide"}),
        code_cell("c", metadata=None),
    ]
    notebook = read_notebook(notebook_bytes(tagged))
    assert [cell.tags for cell in notebook.cells] == [("hide", "test"), (), ()]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF8 * 2 + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-32"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: ("\n\n" + text + "\n\n").encode(),
        lambda text: text.encode() + b"\0" * 512,
    ],
    ids=[
        "bom",
        "two-boms",
        "utf16",
        "utf16-le",
        "utf16-be",
        "utf16-be-bom",
        "utf32",
        "crlf",
        "blanks",
        "zero-padded",
    ],
)
def test_the_way_the_file_is_encoded_does_not_matter(encode):
    text = json.dumps(json.loads(notebook_bytes(["s = 'é'\nx = 1"])), indent=1, ensure_ascii=False)
    assert sources(read_notebook(encode(text))) == ["s = 'é'\nx = 1"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a\nb", "a\nb"),
        (["a\n", "b"], "a\nb"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("", ""),
        ([], ""),
        (None, ""),
        (["a\n", None, 3, "b"], "a\nb"),
        ({"no": "text"}, ""),
        ("s = '\ud83d'", "s = '\ufffd'"),
        ("s = '\U0001f3b2'", "s = '\U0001f3b2'"),
    ],
)
def test_a_source_may_be_a_text_or_lines_or_nothing(source, text):
    assert sources(read_notebook(notebook_bytes([code_cell("") | {"source": source}]))) == [text]


def test_magics_shell_lines_and_await_are_kept_as_they_stand():
    source = "%matplotlib inline\n!pip list\nawait f()\nx = input('?')"
    assert sources(read_notebook(notebook_bytes([source]))) == [source]


@pytest.mark.parametrize(
    "raw",
    [
        {"cell_type": "code", "source": "x"},
        {"cell_type": "code", "source": "x", "outputs": None, "metadata": None, "id": None},
        {"cell_type": "code", "source": "x", "outputs": "no list", "execution_count": "[*]"},
        {"cell_type": "code", "source": "x", "attachments": {"a.png": {"image/png": "aGk="}}},
    ],
)
def test_fields_of_a_cell_may_be_missing_null_or_odd(raw):
    notebook = read_notebook(document(raw))
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [("code", "x")]


@pytest.mark.parametrize("fields", [{}, {"metadata": None}, {"metadata": [], "nbformat": None}])
def test_metadata_and_the_format_number_may_be_missing(fields):
    notebook = read_notebook(document(code_cell("x"), **fields))
    assert sources(notebook) == ["x"]
    assert notebook.language == "python"


def test_a_notebook_without_cells_is_read():
    assert read_notebook(notebook_bytes([])).cells == ()


def test_what_is_no_cell_costs_only_itself_and_is_remarked():
    untyped = {"source": "x = 1", "outputs": []}
    notebook = read_notebook(
        document(None, untyped, {"cell_type": ["code"], "source": "y"}, code_cell("z"))
    )
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [
        ("raw", ""),
        ("code", "x = 1"),
        ("raw", "y"),
        ("code", "z"),
    ]
    assert notebook.remarks == (
        "cell 1 is not a cell and was passed over",
        "cell 2 (`x = 1`) has no type that is known and was read as code",
        "cell 3 (`y`) has no type that is known and was read as raw",
    )


def test_outputs_of_any_kind_are_passed_over():
    outputs = [
        {"output_type": "display_data", "data": {"image/png": "A" * 2_000_000}},
        {"output_type": "execute_result", "data": {"application/json": [float("nan"), 1e999]}},
        {"output_type": "stream", "text": "[{" * 1_100_000},
    ]
    notebook = read_notebook(notebook_bytes([code_cell("x = 1", outputs=outputs)]))
    assert sources(notebook) == ["x = 1"]
    assert len(pickle.dumps(notebook)) < 1000


def test_an_integer_too_long_for_python_does_not_matter():
    content = notebook_bytes([code_cell("x", outputs=[{"data": {"application/json": 7}}])])
    assert sources(read_notebook(content.replace(b": 7", b": " + b"7" * 10_000))) == ["x"]


def test_of_a_key_that_stands_twice_the_last_counts():
    content = b'{"cells": [], "cells": [{"cell_type": "code", "source": "x"}]}'
    assert sources(read_notebook(content)) == ["x"]


OLD_CELLS = [
    {"cell_type": "heading", "level": 2, "source": ["A title\n", "in lines"], "metadata": {}},
    {
        "cell_type": "code",
        "language": "python",
        "input": ["a = 1\n", "b = 2"],
        "outputs": [],
        "collapsed": False,
        "metadata": {},
        "prompt_number": 3,
    },
    {"cell_type": "markdown", "source": "text", "metadata": {}},
    {"cell_type": "html", "source": "<b>x</b>", "metadata": {}},
    {"cell_type": "raw", "source": "raw", "metadata": {}},
]


@pytest.mark.parametrize("version", [2, 3])
def test_old_formats_are_read_as_nbformat_converts_them(version):
    old = {
        "metadata": {"name": "old"},
        "nbformat": version,
        "nbformat_minor": 0,
        "worksheets": [{"cells": OLD_CELLS[:3]}, {"cells": OLD_CELLS[3:]}],
    }
    written = json.dumps(old)
    if version == 2:
        written = written.replace(r"\n", "")  # format 2 has no line ends in its lists of lines
    actual = read_notebook(written.encode())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = nbformat.reader.reads(written)
        expected = nbformat.convert(reader, 4)
    assert [(c.kind, c.source) for c in actual.cells] == [
        (c.cell_type, c.source) for c in expected.cells
    ]
    assert len(actual.cells) == 5


def test_odd_worksheets_and_levels_of_old_formats_are_read():
    old = {
        "nbformat": 3,
        "worksheets": [None, {}, {"cells": None}, {"cells": [OLD_CELLS[0] | {"level": "9"}, None]}],
    }
    assert sources(read_notebook(json.dumps(old).encode())) == ["# A title in lines", ""]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"},
        {"kaggle": {"accelerator": "none", "dataSources": [], "isGpuEnabled": False}},
        {"vscode": {"interpreter": {"hash": "31f2aee4"}}, "orig_nbformat": 4},
        {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}},
        {"kernelspec": {"name": "conda-env-ml-py", "display_name": "ml"}, "language_info": None},
        {"kernelspec": {"name": "python", "language": "R"}, "language_info": {}},
        {"kernelspec": {"name": "ir", "language": "R"}},
        {"kernelspec": {"name": 3, "language": " "}, "language_info": {"name": None}},
        {"kernelspec": {"name": "sagemath", "language": "sage"}, "language_info": {}},
        {"kernelspec": None, "language_info": {"name": "plaintext"}},
        {"kernelspec": {"name": "", "display_name": ""}, "language_info": {"name": "Plain Text"}},
        {"kernelspec": {"language": "plaintext"}, "language_info": {"name": "text"}},
        {"kernelspec": {"name": "myenv", "display_name": "r and me"}, "language_info": {}},
        {"kernelspec": {"name": ".venv", "language": "python"}, "language_info": {"name": "raw"}},
        {"kernelspec": {"display_name": "Python 3"}, "language_info": {}},
        {"kernelspec": None, "language_info": {"name": "ipython"}},
        {"kernelspec": None, "language_info": {"name": "python3"}},
        {"kernelspec": None, "language_info": {"name": "Python"}},
        {"kernelspec": {"language": "py"}, "language_info": {}},
        {"kernelspec": None, "language_info": None, "language": "unknown"},
    ],
)
def test_metadata_of_other_editors_do_not_matter(metadata):
    notebook = read_notebook(notebook_bytes(["x = 1"], **metadata))
    assert notebook.language == "python"
    assert sources(notebook) == ["x = 1"]


def test_cells_marked_python_by_vscode_are_python():
    cells = [
        code_cell("x", metadata={"vscode": {"languageId": language}})
        for language in ("sql", "python")
    ]
    content = notebook_bytes(cells, kernelspec={}, language_info={})
    assert read_notebook(content).language == "python"


def test_a_cell_in_a_language_of_its_own_says_nothing_of_the_others():
    cells = [
        code_cell("%%bash\nls", metadata={"vscode": {"languageId": "shellscript"}}),
        code_cell("x = 1"),
        code_cell("y = 1", metadata={"vscode": {"languageId": "plaintext"}}),
    ]
    for chosen in (cells, cells[:2], cells[::2]):
        content = notebook_bytes(chosen, kernelspec=None, language_info={"name": "plaintext"})
        assert read_notebook(content).language == "python"


def test_the_metadata_of_the_test_notebooks_are_those_of_jupyter():
    content = notebook_bytes(["x = 1"])
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")], metadata=PYTHON)
    written = json.loads(nbformat.writes(made))
    del written["cells"][0]["id"]
    assert json.loads(content) == written

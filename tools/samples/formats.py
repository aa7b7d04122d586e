"""Right answers in every form of file that editors write, and in folders and zips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tools.samples.sample import Expected, Sample, answers, full
from tools.samples.writing import PYTHON, archive, code, dump, notebook

_COLAB: Mapping[str, Any] = {
    "accelerator": "GPU",
    "colab": {"name": "Homework 1 (final).ipynb", "provenance": [{"file_id": "1a2b3c"}]},
    "kernelspec": {"display_name": "Python 3", "name": "python3"},
    "language_info": {"name": "python"},
}
_KAGGLE: Mapping[str, Any] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "kaggle": {"accelerator": "none", "dataSources": [], "isInternetEnabled": True},
    "papermill": {"duration": 4.2, "environment_variables": {}, "exception": None},
}
_VSCODE: Mapping[str, Any] = {
    "kernelspec": {"display_name": ".venv (3.12.1)", "language": "python", "name": "python3"},
    "language_info": {"codemirror_mode": {"name": "ipython"}, "name": "python"},
    "orig_nbformat": 4,
    "vscode": {"interpreter": {"hash": "31f2aee4e71d21fbe5cf8b01ff0e069b"}},
}


def samples() -> Iterator[Sample]:
    """Yield the forms of file."""
    plain = notebook(answers())
    tagged = [cell | {"metadata": {"id": "x", "tags": ["graded"]}} for cell in answers()]
    anonymous = [cell for cell in answers() if cell["cell_type"] == "code"]
    text = plain.decode()
    forms = {
        "format-colab": ("metadata of Colab", notebook(tagged, metadata=_COLAB, minor=0)),
        "format-kaggle": ("metadata of Kaggle and papermill", notebook(tagged, metadata=_KAGGLE)),
        "format-vscode": ("metadata of VS Code", notebook(answers(), metadata=_VSCODE, minor=2)),
        "format-no-metadata": ("no metadata at all", notebook(anonymous, metadata={})),
        "format-no-cell-ids": ("format 4.2, cells without ids", notebook(answers(), minor=2)),
        "format-3": ("format 3, as IPython 2 wrote it", _format_3()),
        "format-byte-order-mark": ("a byte order mark", b"\xef\xbb\xbf" + plain),
        "format-crlf": ("lines end as on Windows", text.replace("\n", "\r\n").encode()),
        "format-utf-16": (
            "UTF-16, as a Windows editor saves it",
            b"\xff\xfe" + text.encode("utf-16-le"),
        ),
        "format-saved-outputs": (
            "outputs and pictures from the student's own run",
            _with_outputs(),
        ),
    }
    for student, (shows, content) in forms.items():
        yield _right(f"{student}.ipynb", student, shows, content)
    yield from _folders_and_zips(plain)


def _right(path: str, student: str, shows: str, content: bytes) -> Sample:
    expected = Expected(shows=shows, scores=full())
    return Sample(path=path, content=content, students={student: expected})


def _folders_and_zips(plain: bytes) -> Iterator[Sample]:
    folder = "folder-of-a-student"
    yield _right(f"{folder}/homework/final.ipynb", folder, "a folder per student", plain)
    yield Sample(path=f"{folder}/homework/flips.csv", content=b"flip\nH\nT\nH\n", students={})
    pair = {
        f"zip-of-two/{name}": Expected(shows="a zip with two students", scores=full())
        for name in ("ada", "grace")
    }
    members = [("ada.ipynb", plain), ("grace.ipynb", notebook(answers(), minor=2))]
    yield Sample(path="zip-of-two.zip", content=archive(members), students=pair)


def _format_3() -> bytes:
    cells = [_old(cell) for cell in answers()]
    return dump(
        {
            "metadata": {"name": "homework"},
            "nbformat": 3,
            "nbformat_minor": 0,
            "worksheets": [{"cells": cells, "metadata": {}}],
        }
    )


def _old(cell: Mapping[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] == "markdown":
        title = "".join(cell["source"])
        level = len(title) - len(title.lstrip("#"))
        heading = {"cell_type": "heading", "level": level, "metadata": {}}
        return heading | {"source": [title.lstrip("# ")]}
    return {
        "cell_type": "code",
        "collapsed": False,
        "input": cell["source"],
        "language": "python",
        "metadata": {},
        "outputs": [],
        "prompt_number": None,
    }


def _with_outputs() -> bytes:
    printed = {"name": "stdout", "output_type": "stream", "text": ["0.14814814814814814\n"]}
    picture = {
        "data": {"image/png": "iVBORw0KGgo=", "text/plain": ["<Figure size 640x480 with 1 Axes>"]},
        "metadata": {},
        "output_type": "display_data",
    }
    failed = {"ename": "NameError", "evalue": "name 'kl' is not defined", "output_type": "error"}
    cells = [*answers(), code("hth_likelihood(best_p)", execution_count=9)]
    cells[1] |= {"execution_count": 1, "outputs": [failed | {"traceback": ["\x1b[31mNameError"]}]}
    cells[-1]["outputs"] = [printed, picture]
    return notebook(cells, metadata=PYTHON)

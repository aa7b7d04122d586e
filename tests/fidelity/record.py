"""Run notebooks as `jupyter nbconvert --execute` does, and write down what came of them.

python -m tests.fidelity.record            # those that have no recording
python -m tests.fidelity.record NAME ...   # these, anew
python -m tests.fidelity.record --all
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import nbformat
from nbclient.exceptions import DeadKernelError
from nbconvert.preprocessors import ExecutePreprocessor

from tests.fidelity.corpus import PROBE, RECORDED, Notebook, cell_seen, corpus, record, run_seen


def seen_by_nbconvert(notebook: Notebook) -> dict[str, Any]:
    """Return what nbconvert makes of a notebook; of its defaults only `allow_errors` is changed."""
    replies: dict[int, Any] = {}
    sources = [*notebook.cells, PROBE]
    document = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, sources)])
    client = ExecutePreprocessor(allow_errors=True, extra_arguments=["--log-level=ERROR"])
    client.on_cell_executed = lambda cell, cell_index, execute_reply: replies.update(
        {cell_index: execute_reply["content"]}
    )
    with _nothing_of_the_user() as folder:
        try:
            client.preprocess(document, {"metadata": {"path": folder}})
        except DeadKernelError:
            replies[len(replies)] = {"status": "error", "ename": "DeadKernelError", "evalue": ""}
    cells = [_cell(cell, replies.get(place, {})) for place, cell in enumerate(document.cells)]
    return run_seen(cells)


@contextmanager
def _nothing_of_the_user() -> Iterator[str]:
    """Give a folder to run in that is home, too; take away what changes a kernel's ways."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        # With the last of these a kernel would not show what other processes print.
        for name in ("MPLBACKEND", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "PYTEST_CURRENT_TEST"):
            os.environ.pop(name, None)
        for name in [name for name in os.environ if name.startswith("PYTHON")]:
            del os.environ[name]
        try:
            yield folder
        finally:
            os.environ.clear()
            os.environ.update(before)


def _cell(cell: Any, reply: Any) -> dict[str, str]:
    texts = dict.fromkeys(("stdout", "stderr", "displayed"), "")
    errors = []
    for output in cell.outputs:
        if output.output_type == "stream":
            texts[output.name] += output.text
        elif output.output_type == "error":
            errors.append(output)
        elif "text/plain" in output.data:
            texts["displayed"] += output.data["text/plain"] + "\n"
    if not errors and reply.get("status") == "error":
        errors = [reply]
    error = f"{errors[-1]['ename']}: {errors[-1]['evalue']}" if errors else ""
    return cell_seen(error, **texts)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="a notebook of the corpus")
    parser.add_argument("--all", action="store_true", help="record all anew")
    chosen = parser.parse_args(arguments)
    for notebook in corpus():
        missing = not (RECORDED / f"{notebook.name}.yaml").exists()
        if chosen.all or notebook.name in chosen.names or (missing and not chosen.names):
            record(notebook, seen_by_nbconvert(notebook))
            print(notebook.name)


if __name__ == "__main__":
    main()

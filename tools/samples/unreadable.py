"""Files that are no notebook a grader could run, each with the reason shown to its student."""

from __future__ import annotations

from collections.abc import Iterator

from tools.samples.sample import Expected, Sample, answers, full, refused
from tools.samples.writing import archive, code, dump, notebook

_R = {
    "kernelspec": {"display_name": "R", "language": "R", "name": "ir"},
    "language_info": {"name": "R", "version": "4.3.1"},
}
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"


def samples() -> Iterator[Sample]:
    """Yield the unreadable files."""
    good = notebook(answers())
    for name, shows, reason, content in (
        (
            "damaged",
            "a comma is missing",
            "is damaged",
            good.replace(b'"outputs": [],', b'"outputs": []', 1),
        ),
        ("truncated", "the upload stopped half-way", "is cut short", good[: len(good) // 2]),
        ("merge-conflict", "markers of git", "merge conflict", _conflict(good)),
        ("empty-file", "no bytes", "is empty", b""),
        ("web-page", "a sign-in page, saved as a notebook", "is a web page", _PAGE),
        (
            "script",
            "a Python file, renamed",
            "is a script",
            b"import numpy as np\n\nbest_p = 2 / 3\n",
        ),
        (
            "not-a-notebook",
            "JSON, but of something else",
            "is JSON, but not a notebook",
            dump({"name": "homework", "version": "1.0.0"}),
        ),
        (
            "format-5",
            "a format of the future",
            "is of notebook format 5",
            dump({"cells": [], "metadata": {}, "nbformat": 5, "nbformat_minor": 0}),
        ),
        (
            "not-text",
            "bytes that are no text",
            "is not UTF-8",
            good.replace(b"From probability", b"From probabilit\xe9"),
        ),
        ("picture", "a screenshot", "is a picture", b"\x89PNG\r\n\x1a\n" + bytes(16)),
        (
            "git-lfs-pointer",
            "the pointer instead of the file",
            "is a Git LFS pointer",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        ),
        (
            "language-r",
            "the kernel is one for R",
            "another language, r",
            notebook([code("best_p <- 2 / 3")], metadata=_R),
        ),
    ):
        yield refused(f"unreadable-{name}.ipynb", shows, reason, content)
    yield from _folders_and_zips(good)


def _folders_and_zips(good: bytes) -> Iterator[Sample]:
    folder = "unreadable-no-notebook-in-it"
    yield refused(
        f"{folder}/homework.pdf", "a folder with a PDF alone", "holds no notebook", b"%PDF-1.7\n"
    )
    yield refused(
        "unreadable-zip.zip",
        "a zip that is none",
        "its zip is damaged",
        b"PK\x03\x04 and then nothing",
    )
    name = "zip-with-a-path-outward"
    elsewhere = Expected(
        shows="a path that leads out of the zip", status="unreadable", reason="leads elsewhere"
    )
    yield Sample(
        path=f"{name}.zip",
        content=archive([("ada.ipynb", good), ("../../grace.ipynb", good)]),
        students={
            f"{name}/ada": Expected(shows="a neighbour of that", scores=full()),
            f"{name}/grace": elsewhere,
        },
    )


def _conflict(good: bytes) -> bytes:
    head, line, tail = good.partition(b'   "best_p')
    assert line
    ours = line + tail.partition(b"\n")[0] + b"\n"
    theirs = b'   "best_p = 0.67"\n'
    rest = tail.partition(b"\n")[2]
    marks = [b"<<<<<<< HEAD\n", ours, b"=======\n", theirs, b">>>>>>> origin/main\n"]
    return head + b"".join(marks) + rest

"""Telling a student what the file is, when it is not a notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping

_DOWNLOAD = "Download the notebook itself (File > Download > .ipynb) and hand that in."

_MAGIC: Mapping[bytes, str] = {
    b"PK\x03\x04": "a zip archive or an Office document. Unpack it and hand in the .ipynb file.",
    b"PK\x05\x06": "an empty zip archive. Hand in the .ipynb file.",
    b"%PDF": f"a PDF. {_DOWNLOAD}",
    b"\x89PNG": f"a picture. {_DOWNLOAD}",
    b"\xff\xd8\xff": f"a picture. {_DOWNLOAD}",
    b"GIF8": f"a picture. {_DOWNLOAD}",
    b"\x1f\x8b": "a gzip archive. Unpack it and hand in the .ipynb file.",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive. Unpack it and hand in the .ipynb file.",
    b"Rar!": "a rar archive. Unpack it and hand in the .ipynb file.",
    b"\xd0\xcf\x11\xe0": "an Office document. Hand in the .ipynb file.",
    b"bplist00": f"a web archive or a property list. {_DOWNLOAD}",
    b"SQLite format 3": f"a database. {_DOWNLOAD}",
    b"\x80\x04\x95": f"a pickle. {_DOWNLOAD}",
}

_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)

_SHAPES: Mapping[str, str] = {
    r"<": f"a web page or XML, not a notebook. {_DOWNLOAD}",
    r"MIME-Version:|From: <Saved by": f"a saved web page, not a notebook. {_DOWNLOAD}",
    r"version https://git-lfs": "a Git LFS pointer, not the notebook. Run `git lfs pull` first.",
    r"(?:#|%|import |from \w|def |class |\"\"\"|'''|@\w|print\()": (
        "a script or plain text, not a notebook. Hand in the .ipynb file that it was made from."
    ),
}


def describe_bytes(content: bytes) -> str | None:
    """Say what a file is by its first bytes; None where they might begin a notebook."""
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return "is empty. Save the notebook in Jupyter, look that it has a size, hand it in again."
    for magic, what in _MAGIC.items():
        if content.startswith(magic):
            return f"is {what}"
    return None


def describe_text(text: str) -> str | None:
    """Say what a text is that is not JSON; None where it looks like a damaged notebook."""
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line = text.count("\n", 0, conflict.start()) + 1
        return (
            f"has a merge conflict of git in line {line}. Resolve it (or take one side: "
            "`git checkout --ours FILE`), open the notebook to look, and hand it in again."
        )
    head = text[:4096].lstrip("\ufeff \t\r\n")
    for shape, what in _SHAPES.items():
        if re.match(shape, head, re.IGNORECASE):
            return f"is {what}"
    if not head.startswith(("{", "[")):
        return "is plain text, not a notebook. Hand in the .ipynb file."
    return None

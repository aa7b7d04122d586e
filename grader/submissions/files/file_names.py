"""The meaning of file names: notebooks, zips and copies."""

from __future__ import annotations

import re
import unicodedata

# Browsers may append .txt or .json to the name of a notebook that they save.
_NOTEBOOK = re.compile(r"\.ipynb(?:\.txt|\.json)?$", re.IGNORECASE)
_ARCHIVE = re.compile(r"(?:\.ipynb)?\.zip$", re.IGNORECASE)
# The suffixes that browsers, JupyterLab and file managers give to a copy.
_COPY = re.compile(
    r"(?P<name>.+?)(?: ?\((?P<number>\d{1,3})\)|[ _-]copy ?(?P<again>\d{0,3}))",
    re.IGNORECASE | re.DOTALL,
)
_LIMIT_NAME = 255


def is_notebook(name: str) -> bool:
    """Return whether a file should be a notebook by its name."""
    return _NOTEBOOK.search(name) is not None


def is_archive(name: str) -> bool:
    """Return whether a file should be a zip by its name."""
    return _ARCHIVE.search(name) is not None


def whole_letters(name: str) -> str:
    """Return a name with composed accents; empty if it is too long for a file.

    macOS separates letters and accents when it unpacks. And a zip may state names of any length,
    on which a pattern would take long.
    """
    return unicodedata.normalize("NFC", name) if len(name) <= _LIMIT_NAME else ""


def stem(name: str) -> str:
    """Return a name without the suffix of a notebook or a zip.

    Examples
    --------
    >>> stem("alice.IPYNB.txt"), stem("bob.ipynb.zip"), stem("J. R. Smith")
    ('alice', 'bob', 'J. R. Smith')
    """
    return _ARCHIVE.sub("", _NOTEBOOK.sub("", name)) or name


def copy_of(name: str) -> tuple[str, int]:
    """Return the name of the file that one may be a copy of, and the number of the copy.

    Examples
    --------
    >>> copy_of("hw (2)"), copy_of("hw-Copy1"), copy_of("hw copy"), copy_of("hw2")
    (('hw', 2), ('hw', 1), ('hw', 1), ('hw2', 0))
    """
    match = _COPY.fullmatch(name)
    if match is None:
        return name, 0
    return match["name"], int(match["number"] or match["again"] or 1)

"""What the name of a file says before it is opened."""

from __future__ import annotations

import re
import unicodedata

# Browsers like to put .txt or .json behind the name of a notebook that they save.
_NOTEBOOK = re.compile(r"\.ipynb(?:\.txt|\.json)?$", re.IGNORECASE)
_ARCHIVE = re.compile(r"(?:\.ipynb)?\.zip$", re.IGNORECASE)
# What browsers, JupyterLab and file managers put behind the name of a copy.
_COPY = re.compile(
    r"(?P<name>.+?)(?: ?\((?P<number>\d{1,3})\)|[ _-]copy ?(?P<again>\d{0,3}))",
    re.IGNORECASE | re.DOTALL,
)
_LIMIT_NAME = 255


def is_notebook(name: str) -> bool:
    """Whether a file should be a notebook."""
    return _NOTEBOOK.search(name) is not None


def is_archive(name: str) -> bool:
    """Whether a file should be a zip."""
    return _ARCHIVE.search(name) is not None


def whole_letters(name: str) -> str:
    """Return a name with its accents on their letters; nothing if no file can be called so.

    macOS takes letters and accents apart when it unpacks. And a zip may claim names of any length,
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
    """Return the name, without a suffix, of what something may be a copy of, and its number.

    Examples
    --------
    >>> copy_of("hw (2)"), copy_of("hw-Copy1"), copy_of("hw copy"), copy_of("hw2")
    (('hw', 2), ('hw', 1), ('hw', 1), ('hw2', 0))
    """
    match = _COPY.fullmatch(name)
    if match is None:
        return name, 0
    return match["name"], int(match["number"] or match["again"] or 1)

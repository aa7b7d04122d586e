"""Text to show; that of students is made safe, so that it moves no cursor and hides no letter."""

from __future__ import annotations

_CUT = "…"
_FIRST_WORDS = 40
_LOOKED_AT = 10_000


def safe_text(text: str, limit: int = 200) -> str:
    r"""Return one line that shows `text` and does nothing else.

    Characters that are not printable are escaped: controls (so ANSI escapes and line ends),
    bidirectional overrides, zero-width characters and lone surrogates.

    Parameters
    ----------
    text : str
        Any text, of any length.
    limit : int
        Longest result, in characters, at least 1; a longer one is cut and ends in ``…``.

    Returns
    -------
    str
        Printable text, which every encoding of Unicode can hold.

    Examples
    --------
    >>> safe_text("Zoë\x1b[31m\u202egpj.exe")
    'Zoë\\x1b[31m\\u202egpj.exe'
    >>> safe_text("abcdefgh", limit=5)
    'abcd…'
    """
    if len(text) <= limit and text.isprintable():
        return text
    shown: list[str] = []
    room = limit
    for letter in text[: limit + 1]:
        piece = letter if letter.isprintable() else ascii(letter)[1:-1]
        room -= len(piece)
        shown.append(piece)
        if room < 0:
            return _cut(shown, limit)
    return "".join(shown)


def cell_label(number: int, source: str) -> str:
    r"""Return what people know a cell by: its number among all cells, and its first words.

    Parameters
    ----------
    number : int
        Counted from 1, Markdown included.
    source : str
        The cell's text.

    Examples
    --------
    >>> cell_label(4, "def sq(x):\n    return x * x")
    'cell 4 (`def sq(x):`)'
    >>> cell_label(5, "")
    'cell 5 (empty)'
    """
    return f"cell {number} ({first_words(source) or 'empty'})"


def first_words(source: str) -> str:
    """Return the first words of a cell, quoted; empty where it has none."""
    first = next((line for line in source[:_LOOKED_AT].splitlines() if line.strip()), "")
    return line_text(first, _FIRST_WORDS)


def line_text(line: str, limit: int = 80) -> str:
    """Return a line of code as a message quotes it; empty where the line is."""
    text = safe_text(line.strip(), limit).replace("`", "'")
    return f"`{text}`" if text else ""


def _cut(pieces: list[str], limit: int) -> str:
    # Whole pieces only: half an escape would read as another letter.
    length = sum(map(len, pieces))
    while length > limit - len(_CUT):
        length -= len(pieces.pop())
    return "".join(pieces) + _CUT


def encodable(text: str) -> str:
    r"""Return `text` with its lone surrogates written out, so that UTF-8 can hold it.

    A file name that is not UTF-8 reaches Python with lone surrogates in it, and neither JSON nor
    msgpack nor CSV could then be written. Different names stay different.

    Examples
    --------
    >>> encodable("caf\udce9")
    'caf\\udce9'
    """
    return text.encode("utf-8", "backslashreplace").decode()

"""Text for people; text of students is made safe, so it cannot move the cursor or hide letters."""

from __future__ import annotations

_CUT = "…"
_FIRST_WORDS = 40
_LOOKED_AT = 10_000


def safe_text(text: str, limit: int = 200) -> str:
    r"""Return `text` as one line of printable characters.

    Other characters are escaped: controls (thus ANSI escapes and line ends), bidirectional
    overrides, zero-width characters and lone surrogates.

    Parameters
    ----------
    text : str
        Any text, of any length.
    limit : int
        Maximum length of the result, at least 1; longer text is cut and ends in ``…``.

    Returns
    -------
    str
        Printable text, which every Unicode encoding can represent.

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
    r"""Return a label for a cell: its number among all cells, and its first words.

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
    """Return the first words of a cell, in backquotes, or nothing for an empty cell."""
    first = next((line for line in source[:_LOOKED_AT].splitlines() if line.strip()), "")
    return line_text(first, _FIRST_WORDS)


def line_text(line: str, limit: int = 80) -> str:
    """Return a line of code in backquotes, as messages quote it, or nothing for an empty line."""
    text = safe_text(line.strip(), limit).replace("`", "'")
    return f"`{text}`" if text else ""


def _cut(pieces: list[str], limit: int) -> str:
    # Whole pieces only: half an escape would look like other letters.
    length = sum(map(len, pieces))
    while length > limit - len(_CUT):
        length -= len(pieces.pop())
    return "".join(pieces) + _CUT


def count_text(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> count_text(1, "exercise"), count_text(2, "exercise")
    ('1 exercise', '2 exercises')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def encodable(text: str) -> str:
    r"""Return `text` with lone surrogates escaped, so that UTF-8 can encode it.

    Python reads a file name that is not UTF-8 with lone surrogates, and neither JSON nor msgpack
    nor CSV can contain those. Different names stay different.

    Examples
    --------
    >>> encodable("caf\udce9")
    'caf\\udce9'
    """
    return text.encode("utf-8", "backslashreplace").decode()

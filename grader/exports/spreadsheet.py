"""Cells that a spreadsheet shows and never works out, whatever it takes for a separator."""

from __future__ import annotations

import re

from grader.text import safe_text

_NUMBER = re.compile(r"[+-]?[0-9]+")
# Some spreadsheets take wide, small and raised forms for the plain ones, which they are by NFKC.
_STARTS = "=+\\-@⁺⁻⁼₊₋₌−⩵⩶﬩﹢﹣﹦﹫＋－＝＠"
# Where the list separator of a country is `;`, a file with commas is split inside of its cells. A
# quote after a separator opens a cell there, and spaces are passed over.
_RISKY = re.compile(rf'(^|[,;])(?=[\s"]*[{_STARTS}])')


def spreadsheet_text(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula and no terminal for a command.

    An apostrophe goes before each formula: at the beginning, and after each comma and semicolon in
    it. A whole number with a sign is no formula, and stays the id that it may be.

    Examples
    --------
    >>> spreadsheet_text("=1+1"), spreadsheet_text("Doe;=1+1"), spreadsheet_text("-12345")
    ("'=1+1", "Doe;'=1+1", '-12345')
    """
    plain = safe_text(text, limit=500)
    return plain if _NUMBER.fullmatch(plain) else _RISKY.sub(r"\1'", plain)

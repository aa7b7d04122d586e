"""Cells that no spreadsheet evaluates as a formula, whatever its separator."""

from __future__ import annotations

import re

from grader.text import safe_text

_NUMBER = re.compile(r"[+-]?[0-9]+")
# Some spreadsheets treat wide, small and raised forms as the plain ones, which they are by NFKC.
_STARTS = "=+\\-@⁺⁻⁼₊₋₌−⩵⩶﬩﹢﹣﹦﹫＋－＝＠"
# In countries with the list separator `;`, a file with commas is split inside its cells. There, a
# quote after a separator opens a cell, and spaces are skipped.
_RISKY = re.compile(rf'(^|[,;])(?=[\s"]*[{_STARTS}])')


def spreadsheet_text(text: str) -> str:
    """Return `text` in a form that is no formula in a spreadsheet and no command in a terminal.

    An apostrophe is put before each formula: at the beginning, and after each comma and semicolon.
    A whole number with a sign is not a formula but may be an id, so it stays.

    Examples
    --------
    >>> spreadsheet_text("=1+1"), spreadsheet_text("Doe;=1+1"), spreadsheet_text("-12345")
    ("'=1+1", "Doe;'=1+1", '-12345')
    """
    plain = safe_text(text, limit=500)
    return plain if _NUMBER.fullmatch(plain) else _RISKY.sub(r"\1'", plain)

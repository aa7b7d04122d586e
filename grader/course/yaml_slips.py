r"""Explains probable mistakes in YAML: common slips, and LaTeX in double quotes.

In double quotes ``"\frac"`` is a form feed and ``rac``. If a file cannot be parsed at all, a slip
near the place where the parser stopped explains it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

REMEDY = "write LaTeX in single quotes ('...') or in a block (`|`)"

_MEANINGS = {
    "0": "a null character",
    "a": "a bell character",
    "b": "a backspace",
    "e": "an escape character",
    "f": "a form feed",
    "v": "a vertical tab",
    "r": "a carriage return",
    "N": "a next-line character",
    "L": "a line separator",
    "P": "a paragraph separator",
    "_": "a no-break space",
    "t": "a tab",
    "n": "a line break",
}
# A line break, a tab or "\r\n" may be intended, but not at the start of these LaTeX words.
_AMBIGUOUS = frozenset("tnr")
_WORDS = """
tan tanh tau tbinom text textbf textit textrm textstyle texttt tfrac theta therefore thickapprox
thicksim thinspace tilde times to top triangle triangledown triangleleft triangleq triangleright
twoheadrightarrow nabla natural nBumpeq ncong ne nearrow neg neq newcommand newline nexists ngeq
ngtr ni nleq nless nmid nolimits nonumber norm not notag notin nparallel nprec nrightarrow nsim
nsubseteq nsucc nu nwarrow raisebox rangle rbrace rbrack rceil renewcommand rfloor rgroup rho
right rightarrow rightharpoonup rightleftharpoons rm rmoustache root rvert rVert
"""
_LATEX = frozenset(_WORDS.split())
_ESCAPE = re.compile(r"\\(?:([0abefvrNLP_tn])([A-Za-z]*)|.)", re.DOTALL)
_PIECE = re.compile(r"\\(.[A-Za-z]*)", re.DOTALL)


def escape_fault(source: str, broken: int | None = None) -> str | None:
    r"""Return the fault in the escapes of a double-quoted text, or None.

    Parameters
    ----------
    source : str
        The text as the file has it, from quote to quote.
    broken : int or None
        Index of a backslash that began no escape, and was doubled to continue parsing.

    Examples
    --------
    >>> escape_fault(r'"a\nb"')
    >>> escape_fault(r'"$\\alpha$"')
    >>> print(escape_fault(r'"$\frac{1}{2}$"').partition(":")[0])
    in double quotes the `\f` of `\frac` is a form feed
    """
    for found in _ESCAPE.finditer(source):
        if broken is not None and found.start() >= broken:
            break
        letter, rest = found[1], found[2]
        if letter is None or (letter in _AMBIGUOUS and letter + rest not in _LATEX):
            continue
        of = f" of `\\{letter}{rest}`" if rest else ""
        return f"in double quotes the `\\{letter}`{of} is {_MEANINGS[letter]}: {REMEDY}"
    if broken is None:
        return None
    word = _PIECE.match(source, broken + 1)
    shown = word[1] if word else ""
    return f"in double quotes `\\{shown}` is not an escape in YAML: {REMEDY}"


def start_of_escape(text: str, index: int) -> int | None:
    """Return the index of the backslash at which a parser stopped, or None.

    Parameters
    ----------
    text : str
        The whole file.
    index : int
        Where the parser reports that it stopped: at the backslash, or a few characters after it.
    """
    start = text.rfind("\\", max(0, index - 10), index + 1)
    if start < 0 or text[start:index].count("\n"):
        return None
    before = len(text[:start]) - len(text[:start].rstrip("\\"))
    return None if before % 2 else start


_KEY = re.compile(r"\s*(?:- +)*[\w.-]+: +(?P<value>\S.*?)\s*$")
_LOOKS_BACK = 5
_FEW_WORDS = 2  # `a: b: c` may as well be two keys on one line
_CLOSING = {"[": "]", "{": "}"}


def likely_slip(text: str, line: int) -> tuple[int, str] | None:
    """Return the line of the slip that explains a syntax error, and what to do about it.

    Parameters
    ----------
    text : str
        The whole file.
    line : int
        Where the parser stopped, counted from 1; the slip may be a few lines above.
    """
    lines = text.split("\n")
    for number in range(line, max(0, line - _LOOKS_BACK), -1):
        slip = next(_slips(lines, number - 1, line), None)
        if slip is not None:
            return number, slip
    if line <= len(lines) and _is_deeper(lines, line - 1):
        return line, "the line is indented differently from its neighbours: align them"
    return None


def _slips(lines: Sequence[str], index: int, stopped: int) -> Iterator[str]:
    if index >= len(lines):
        return
    line = lines[index].split(" #")[0]
    if "\u00a0" in line:
        yield "this line has a no-break space: type a plain one"
    if re.search("[\u201c\u201d\u2018\u2019\u201e]", line):
        yield "these are typographic quotes: type plain ones, `'` or `\"`"
    if index + 1 < stopped and re.search(r": *[|>][-+0-9]*\s*$", line):
        depth = len(line) - len(line.lstrip())
        below = next((each for each in lines[index + 1 :] if each.strip()), "")
        if below and len(below) - len(below.lstrip()) <= depth:
            yield "the text below `|` must be indented further than its key"
    if re.match(r"\s*-[A-Za-z_]", line):
        yield "a space is missing after the `-`"
    if re.fullmatch(r"\s*(- +)?[A-Za-z_]+:[^\s/:].*", line):
        yield "a space is missing after the `:`"
    found = _KEY.match(line)
    if found is not None and index + 1 == stopped:
        yield from _slips_of_value(found["value"])


def _slips_of_value(value: str) -> Iterator[str]:
    first = value[0]
    if first in "%@`":
        sign = "a backtick" if first == "`" else f"`{first}`"
        yield f"a text that begins with {sign} needs quotes"
    elif first in _CLOSING:
        rest = value[value.rfind(_CLOSING[first]) + 1 :].strip()
        if rest and _CLOSING[first] in value:
            yield f"a text that begins with `{first}` needs quotes"
    elif first not in "'\"|>" and ": " in value and len(value.split()) > _FEW_WORDS:
        yield "a text with `: ` in it needs quotes"
    elif first in "'\"" and value.rstrip()[-1] != first and value.count(first) > 1:
        yield "there is text after the closing quote: put quotes around the whole text"


def _is_deeper(lines: Sequence[str], index: int) -> bool:
    """Return whether a line with a key is indented differently from the key above it."""
    above = next((each for each in reversed(lines[:index]) if each.strip()), "")
    here = lines[index]
    keyed = re.compile(r"\s*(- +)?[\w.-]+:( |$)")
    if not (keyed.match(here) and keyed.match(above)):
        return False
    widths = [len(each) - len(each.lstrip(" -")) for each in (above, here)]
    return widths[0] != widths[1]

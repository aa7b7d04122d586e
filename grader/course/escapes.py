r"""Escapes in double quotes: what YAML makes of ``"\frac"``, where LaTeX was meant."""

from __future__ import annotations

import re

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
# A line break, a tab or "\r\n" may be meant; these words of LaTeX that begin like one are not.
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
    r"""Return what is wrong with the escapes of a text in double quotes, or None.

    Parameters
    ----------
    source : str
        The text as the file has it, from quote to quote.
    broken : int or None
        Where in it a backslash stands that began no escape, and was doubled to read on.

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
    return f"in double quotes `\\{shown}` is no escape that YAML knows: {REMEDY}"


def start_of_escape(text: str, index: int) -> int | None:
    """Return where the backslash stands at which a parser gave up, or None where there is none.

    Parameters
    ----------
    text : str
        The whole file.
    index : int
        Where the parser says that it gave up: at the backslash, or a few characters behind it.
    """
    start = text.rfind("\\", max(0, index - 10), index + 1)
    if start < 0 or text[start:index].count("\n"):
        return None
    before = len(text[:start]) - len(text[:start].rstrip("\\"))
    return None if before % 2 else start

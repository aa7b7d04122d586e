"""Explains syntax errors in words for learners."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any

from grader.text import safe_text

SYNTAX_ERRORS = frozenset(("SyntaxError", "IndentationError", "TabError", "_IncompleteInputError"))

_PLACE = re.compile(r" \([^()]*line \d+\)$")
_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"^expected ':'", "a colon is missing"),
        (r"^'([(\[{])' was never closed", r"the bracket `\1` is never closed"),
        (r"^unmatched '([)\]}])'", r"there is one `\1` too many"),
        (r"^closing parenthesis '(.)' does not match.*'(.)'", r"`\1` closes what `\2` opened"),
        (r"^unterminated (?:triple-quoted )?(?:f-)?string|^EOL while", "a quote is missing"),
        (r"^expected an indented block", "the lines that belong to it must be indented"),
        (r"^unexpected indent", "it is indented more than the line above"),
        (r"^unindent does not match", "its indentation matches no line above"),
        (r"^inconsistent use of tabs", "tabs and spaces are mixed in the indentation"),
        (r"Maybe you meant '==' or ':='", "`=` gives a name a value; to compare, use `==`"),
        (r"^cannot assign to (?:expression|literal|comparison)", "a value is on the left of `=`"),
        (r"Perhaps you forgot a comma", "a comma or an operator is missing"),
        (r"^'return' outside function", "`return` is outside a function: is it indented?"),
        (r"^'(await|yield|break|continue)'", r"`\1` is not allowed here"),
        (r"^Missing parentheses in call to 'print'", "`print` needs round brackets"),
        (
            r"^invalid (?:non-printable )?character",
            "a character is not valid in Python; was it copied?",
        ),
        (r"^unexpected EOF|^incomplete input", "the code ends too early"),
        (r"^invalid syntax$", "Python cannot read it; check the end of the line above, too"),
    )
)


def syntax_fault_of(source: str) -> dict[str, Any] | None:
    """Return type, message and line of the syntax error in some code; None if there is none."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(source)
    except SyntaxError as error:
        return {
            "error_type": type(error).__name__,
            "error_message": error.msg,
            "line": error.lineno or 0,
        }
    except (ValueError, MemoryError, RecursionError):
        return None
    return None


def syntax_words(message: str) -> str:
    """Return the message of a SyntaxError in plain words, without its place in the code.

    Examples
    --------
    >>> syntax_words("expected ':' (cell 4, line 1)")
    'a colon is missing'
    >>> syntax_words("too many statically nested blocks (cell 2, line 9)")
    'too many statically nested blocks'
    """
    bare = _PLACE.sub("", message)
    for pattern, words in _WORDS:
        found = pattern.search(bare)
        if found is not None:
            return found.expand(words)
    return safe_text(bare)

r"""The tokenizer: ``\hat{y}_i``, ``ŷᵢ`` and ``y_hat_i`` give equal tokens."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.spelling import (
    COMMANDS,
    GREEK,
    LETTERS,
    LOWERED,
    RAISED,
    REFUSED,
    SIGNS,
    WORDS,
)
from grader.text import safe_text

_HAT = "\N{COMBINING CIRCUMFLEX ACCENT}"
_MOST_DIGITS = 15
_NAME = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_FONTS = (
    r"text(?:rm|bf|it|normal)?|math(?:rm|it|bf|sf|cal|bb|frak|scr)|mbox|operatorname\*?"
    r"|boldsymbol|bm|intertext"
)
_PIECE = re.compile(
    rf"""
      (?P<scientific>\d+(?:\.\d+)?[eE][+-]?\d+)
    | (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<negate>negate\s*:)
    | \*\* | == | :=
    | (?P<nothing>\\(?:left|right|middle|[bB]igg?[lrm]?)\s*\. | (?:np|numpy|math)\.(?=[A-Za-z]))
    | (?P<worded>\\(?:{_FONTS})\s*\{{(?P<words>[^{{}}]*)\}})
    | (?P<command>\\(?:[A-Za-z]+|.)?)
    | (?P<word>[A-Za-z]+(?:_hat(?![A-Za-z]))?)
    | (?P<raised>[{"".join(RAISED)}]+)
    | (?P<lowered>[{"".join(LOWERED)}]+)
    | (?P<sign>[^ \t])
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)


_PLAIN = {
    **SIGNS,
    **{f"\\{name}": meaning for name, meaning in COMMANDS.items()},
    **{name: ("name", name) for name in (*GREEK, *string.ascii_letters)},
    **{letter: ("name", name) for letter, name in LETTERS.items()},
    **{digit: ("number", digit) for digit in string.digits},
    "**": ("^", "^"),
    "==": ("=", "="),
    ":=": ("=", "="),
}
"""Kind and text of the pieces whose meaning does not depend on their surroundings."""


class Token(NamedTuple):
    """One piece of a line.

    Attributes
    ----------
    kind : str
        ``number``, ``name``, ``function``, ``big`` (sum or product of what follows), ``call`` (sum
        or product of what is in parentheses), ``frac``, ``hat``, ``remark`` (words), ``negate``,
        ``end``, or the sign itself.
    text : str
        Its meaning, the same for all spellings.
    column : int
        First column, counted from 1.
    shown : str
        Its spelling.
    line : int
        Line of the text, counted from 1.
    tabbed : bool
        Whether a tab precedes it.
    """

    kind: str
    text: str
    column: int
    shown: str
    line: int = 1
    tabbed: bool = False


def tokenize(source: str, line: int = 1, start: int = 0, end: int | None = None) -> list[Token]:
    """Split a line, or a part of it, into tokens; the last is of kind ``end``.

    Raises
    ------
    DerivationError
        A character, command or number is not part of the language.
    """
    tokens: list[Token] = []
    end = len(source) if end is None else end
    for piece in _PIECE.finditer(source, start, end):
        plain = _PLAIN.get(piece.group())
        for kind, text in (plain,) if plain else _meanings(piece, line):
            if kind == "accent":
                _put_hat(tokens, piece, line)
            elif kind != "space":
                at = piece.start()
                tabbed = source[max(0, at - 1) : at] == "\t"
                tokens.append(Token(kind, text, at + 1, piece.group(), line, tabbed))
    return [*tokens, Token("end", "", end + 1, "the end of the line", line)]


def _meanings(piece: re.Match[str], line: int) -> Iterator[tuple[str, str]]:
    shown = piece.group()
    match piece.lastgroup:
        case "number":
            yield "number", _bounded(piece, line)
        case "scientific":
            raise _fault(piece, line, f"`{shown}` has two readings: write 10^-3, or 2 * e")
        case "negate":
            yield "negate", "negate:"
        case "nothing":
            yield "space", ""
        case "worded":
            alone = shown.startswith(r"\intertext")
            yield ("space", "") if alone else _worded(piece["words"].strip())
        case "command":
            shown = safe_text(shown, 30)
            default = f"the LaTeX command `{shown}` is not part of the language here"
            raise _fault(piece, line, REFUSED.get(shown, default))
        case "word":
            yield _word(piece)
        case "raised":
            yield from _small("^", shown, RAISED)
        case "lowered":
            yield from _small("_", shown, LOWERED)
        case _:
            yield from _sign(piece, line)


def _fault(piece: re.Match[str], line: int, message: str) -> DerivationError:
    return DerivationError(message, line, piece.start() + 1, piece.string)


def _bounded(piece: re.Match[str], line: int) -> str:
    if len(piece.group()) > _MOST_DIGITS:
        raise _fault(piece, line, f"this number has more than {_MOST_DIGITS} digits")
    return piece.group()


def _word(piece: re.Match[str]) -> tuple[str, str]:
    word = piece.group()
    kind, text = WORDS.get(word, ("name", word))
    if kind == "big" and piece.string[piece.end() :].lstrip().startswith("("):
        return "call", text
    if word.endswith("hat") and not word.endswith("_hat") and len(word) > len("hat"):
        return "name", f"{word.removesuffix('hat')}_hat"
    return kind, text


def _worded(words: str) -> tuple[str, str]:
    r"""Return the kind and text of ``\text{...}`` and similar: function, name or remark."""
    if not _NAME.fullmatch(words):
        return "remark", words
    return WORDS.get(words, ("name", words))


def _small(sign: str, shown: str, letters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the tokens of superscript or subscript characters, in braces."""
    yield sign, sign
    yield "{", "{"
    for inner in tokenize("".join(letters[letter] for letter in shown))[:-1]:
        yield inner.kind, inner.text
    yield "}", "}"


def _sign(piece: re.Match[str], line: int) -> Iterator[tuple[str, str]]:
    sign = piece.group()
    if sign == _HAT:
        yield "accent", sign
    elif unicodedata.category(sign) == "Zs":
        yield "space", ""
    else:
        yield _letter(piece, line)


def _letter(piece: re.Match[str], line: int) -> tuple[str, str]:
    decomposed = unicodedata.normalize("NFKD", piece.group())
    base, accents = decomposed[:1], decomposed[1:]
    name = LETTERS.get(base, base)
    if (base.isascii() and base.isalpha()) or base in LETTERS:
        if not accents:
            return "name", name
        if accents == _HAT:
            return "name", f"{name}_hat"
    if not piece.group().isprintable():
        raise _fault(piece, line, _control(piece.group()))
    default = f"`{piece.group()}` is not part of the language here"
    raise _fault(piece, line, REFUSED.get(piece.group(), default))


def _control(character: str) -> str:
    shown = ascii(character)[1:-1]
    return (
        f"an invisible character, {shown}: if the text contains backslashes, "
        'put an r before it, as in r"\\frac{1}{n}"'
    )


def _put_hat(tokens: list[Token], piece: re.Match[str], line: int) -> None:
    if not tokens or tokens[-1].kind != "name":
        raise _fault(piece, line, "a hat with no letter under it")
    under = tokens.pop()
    shown = under.shown + piece.group()
    tokens.append(Token("name", f"{under.text}_hat", under.column, shown, line))

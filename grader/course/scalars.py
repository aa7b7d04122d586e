"""The value of an unquoted word of YAML; words that YAML versions read differently are faults."""

from __future__ import annotations

import math
import re

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(["", "null", "Null", "NULL"], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    **dict.fromkeys([".inf", "+.inf", ".Inf", "+.Inf", ".INF", "+.INF"], math.inf),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], -math.inf),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], math.nan),
}
_MAX_DIGITS = 400

_YES_NO = re.compile(r"yes|no|on|off", re.IGNORECASE)
_EXPONENT = re.compile(r"([-+]?)([0-9]+\.?[0-9]*|\.[0-9]+)[eE]([-+]?)([0-9]+)")
_TRAPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?"),
        "`{text}` is a number to base 60 for some YAML readers: put it in quotes",
    ),
    (
        re.compile(r"[-+]?0([0-9_]+|o[0-7_]+|x[0-9a-fA-F_]+|b[01_]+)"),
        (
            "`{text}` is octal, hexadecimal or binary for some YAML readers: write a decimal "
            "number without leading zeros, or put it in quotes"
        ),
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?"),
        (
            "`{text}` is a number for some YAML readers only: leave out the underscores, or put it "
            "in quotes"
        ),
    ),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?"),
        "`{text}` is a date for some YAML readers: put it in quotes",
    ),
    (
        re.compile(r"[-+]?(inf|infinity|nan)", re.IGNORECASE),
        (
            "`{text}` is text in YAML: write `.inf`, `-.inf` or `.nan` for the number, or put it "
            "in quotes"
        ),
    ),
    (re.compile(r"~"), "`~` is an empty value in YAML: put it in quotes"),
)


class TrapError(ValueError):
    """An unquoted word that YAML readers interpret differently; `guess` is the likely meaning."""

    def __init__(self, message: str, guess: bool | float | str | None = None) -> None:
        self.guess = guess
        super().__init__(message)


def resolve(text: str) -> bool | int | float | str | None:
    """Return the value of an unquoted word.

    Raises
    ------
    TrapError
        Another version of YAML, or a person, would read it differently.
    """
    if text in _WORDS:
        return _WORDS[text]
    if not text[0].isalnum() and text[0] not in "-+.~":
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    _refuse_traps(text)
    return text


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise TrapError(f"a number of {len(text)} digits is too long: put it in quotes")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise TrapError(f"`{text}` is too large for a float: write `.inf` if that is meant")
    if number == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise TrapError(f"`{text}` is too small for a float and would be 0: write 0.0 if meant")
    return number


def _refuse_traps(text: str) -> None:
    if _YES_NO.fullmatch(text):
        raise TrapError(
            f"`{text}` is a boolean for some YAML readers: write `true` or `false`, or put it in "
            "quotes",
            text.lower() in ("yes", "on"),
        )
    exponent = _EXPONENT.fullmatch(text)
    if exponent:
        sign, digits, exponent_sign, power = exponent.groups()
        digits = digits if "." in digits else f"{digits}.0"
        better = f"{sign}{digits}e{exponent_sign or '+'}{power}"
        raise TrapError(
            f"`{text}` is text for some YAML readers: write `{better}` for the number, or put it "
            "in quotes",
            float(text),
        )
    for pattern, message in _TRAPS:
        if pattern.fullmatch(text):
            raise TrapError(message.format(text=text), text)

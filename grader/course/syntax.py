"""What is probably wrong where a file cannot be read as YAML: the slips that people make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_KEY = re.compile(r"\s*(?:- +)*[\w.-]+: +(?P<value>\S.*?)\s*$")
_LOOKS_BACK = 5
_FEW_WORDS = 2  # `a: b: c` may as well be two keys on one line
_CLOSING = {"[": "]", "{": "}"}


def likely_slip(text: str, line: int) -> tuple[int, str] | None:
    """Return the line of the slip that explains why a text is no YAML, and what to do about it.

    Parameters
    ----------
    text : str
        The whole file.
    line : int
        Where the parser gave up, counted from 1; the slip may stand a few lines above.
    """
    lines = text.split("\n")
    for number in range(line, max(0, line - _LOOKS_BACK), -1):
        slip = next(_slips(lines, number - 1, line), None)
        if slip is not None:
            return number, slip
    if line <= len(lines) and _is_deeper(lines, line - 1):
        return line, "the line starts further in, or further out, than its neighbours: align them"
    return None


def _slips(lines: Sequence[str], index: int, stopped: int) -> Iterator[str]:
    if index >= len(lines):
        return
    line = lines[index].split(" #")[0]
    if "\u00a0" in line:
        yield "a space of this line is a no-break space: type a plain one"
    if re.search("[\u201c\u201d\u2018\u2019\u201e]", line):
        yield "these are typographic quotes: type plain ones, `'` or `\"`"
    if index + 1 < stopped and re.search(r": *[|>][-+0-9]*\s*$", line):
        depth = len(line) - len(line.lstrip())
        below = next((each for each in lines[index + 1 :] if each.strip()), "")
        if below and len(below) - len(below.lstrip()) <= depth:
            yield "the text below `|` is indented further than its key"
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
        yield "there is more behind the closing quote: put quotes around the whole text"


def _is_deeper(lines: Sequence[str], index: int) -> bool:
    """Tell whether a line with a key is indented unlike the key above it, with no reason."""
    above = next((each for each in reversed(lines[:index]) if each.strip()), "")
    here = lines[index]
    keyed = re.compile(r"\s*(- +)?[\w.-]+:( |$)")
    if not (keyed.match(here) and keyed.match(above)):
        return False
    widths = [len(each) - len(each.lstrip(" -")) for each in (above, here)]
    return widths[0] != widths[1]

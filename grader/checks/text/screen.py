"""Apply control codes to printed text, as a notebook or a terminal does.

Colours and titles leave no letter, a carriage return overwrites the line, a backspace deletes a
letter. A bold word becomes the plain word, and a progress bar its last state.
"""

from __future__ import annotations

import re

# ECMA-48, as a notebook reads it: CSI sequences (colours, cursor), terminated strings (OSC: titles
# and links; DCS, SOS, PM, APC), sequences of two and three letters.
_CODES = re.compile(
    r"(?P<csi>\x1b\[[0-?]*[ -/]*(?P<final>[@-~])?)"
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*[0-~]?"
    r"|(?P<moves>[\n\r\b])"
    r"|(?P<text>[^\x00-\x08\n\r\x0e-\x1b\x7f-\x84\x86-\x9f]+)"
    r"|[\x00-\x1f\x7f-\x9f]"
)
_CONTROL = re.compile(r"[\x00-\x08\r\x0e-\x1b\x7f-\x84\x86-\x9f]")


def on_screen(text: str) -> str:
    r"""Return the text that remains visible after its control codes.

    Examples
    --------
    >>> on_screen("\x1b[1mtotal = 55\x1b[0m")
    'total = 55'
    >>> on_screen("step 1 of 10\rdone  ")
    'done   of 10'
    >>> on_screen("step 1 of 10\r\x1b[Kdone")
    'done'
    """
    if not _CONTROL.search(text):
        return text
    screen = _Screen()
    for code in _CODES.finditer(text):
        if code["text"] is not None:
            screen.write(code["text"])
        elif code["moves"] is not None:
            screen.move(code["moves"])
        elif code["final"] == "K":
            screen.erase(code["csi"])
    return screen.read()


class _Screen:
    """Lines of text, of which only the last one can change; takes linear time."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._at = 0

    def write(self, text: str) -> None:
        self._line[self._at : self._at + len(text)] = text
        self._at += len(text)

    def move(self, code: str) -> None:
        if code == "\n":
            self._lines.append("".join(self._line))
            self._line.clear()
        elif code == "\b" and self._at:
            # At the end of the line a notebook deletes the letter; elsewhere the cursor moves.
            if self._at == len(self._line):
                self._line.pop()
            self._at -= 1
            return
        self._at = 0

    def erase(self, code: str) -> None:
        """Erase the line from the cursor on (0) or all of it (2), without leaving spaces."""
        if code.endswith(("[K", "[0K")):
            del self._line[self._at :]
        elif code.endswith("2K"):
            self._line.clear()
            self._at = 0

    def read(self) -> str:
        return "\n".join([*self._lines, "".join(self._line)])

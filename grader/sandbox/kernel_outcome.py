"""Reads the outcome of a cell from the messages of a Jupyter kernel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.guest.places import NOWHERE, cell_name
from grader.guest.protocol.encoding import without_addresses
from grader.sandbox.outcome import CellOutcome, CellStatus

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FRAME = re.compile(r"^ *Cell In\[(\d{1,6})\], line (\d{1,6})", re.MULTILINE)
# The place in a SyntaxError: a kernel names each cell's file by a hash of its text.
_FILE = re.compile(r"\(\d+\.py, line (\d+)\)$")
_SYNTAX_ERRORS = frozenset({"SyntaxError", "IndentationError", "TabError"})


def read_outputs(
    outputs: Sequence[Any],
    index: int,
    late: bool,
    limit_bytes: int,
    reply: Mapping[str, Any],
    numbers: Mapping[int, int],
) -> CellOutcome:
    """Return the outcome of a cell from its output messages and its reply."""
    printed = {"stdout": "", "stderr": "", "displayed": displayed_text(outputs)}
    raised: dict[str, Any] = {}
    for output in outputs:
        if output.output_type == "stream":
            printed[output.name] += output.text
        elif output.output_type == "error":
            raised = _read_error(output, numbers)
    if not raised and reply.get("status") == "error":
        # An error that comes without a traceback, such as wrong usage of a magic.
        raised = _read_error(reply, numbers)
    kept = {name: text[:limit_bytes] for name, text in printed.items()}
    dropped = sum(map(len, printed.values())) - sum(map(len, kept.values()))
    status: CellStatus = "timed_out" if late else "raised" if raised else "ok"
    limit = "cell" if late else "memory" if raised.get("error_type") == "MemoryError" else ""
    fields: dict[str, Any] = kept | ({} if late else raised)
    return CellOutcome(index=index, status=status, limit=limit, dropped=dropped, **fields)


def displayed_text(outputs: Sequence[Any]) -> str:
    """Return the text of what a cell displayed, each object followed by a line end."""
    texts = (output.data.get("text/plain") for output in outputs if "data" in output)
    return "".join(f"{text}\n" for text in texts if text is not None)


def _read_error(output: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    text = _COLOUR.sub("", "\n".join(output["traceback"]))
    frames = [(numbers.get(int(cell), 0), int(line)) for cell, line in _FRAME.findall(text)]
    first, last = (frames[0], frames[-1]) if frames else (NOWHERE, NOWHERE)
    # From Python 3.13 on, code that an interactive prompt would continue has a class of its own.
    name = "SyntaxError" if output["ename"] == "_IncompleteInputError" else output["ename"]
    message = without_addresses(output["evalue"])[:500]
    if name in _SYNTAX_ERRORS:
        message = _FILE.sub(rf"({cell_name(last[0])}, line \1)", message)
    return {
        "error_type": name[:500],
        "error_message": message,
        "traceback": text[-4000:],
        "line": first[1],
        "raised_cell": last[0],
        "raised_line": last[1],
    }

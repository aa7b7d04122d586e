"""What a failed assertion of an author's says: its own message, or its source."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.text import safe_text

_LENGTH = 2000
_NOT_RAISED = re.compile(r"\ADID NOT RAISE (?:<class ')?(?:\w+\.)*(\w+)(?:'>)?\Z")
# numpy 1 writes x and y, numpy 2 ACTUAL and DESIRED; each version has another table in between.
_TABLE = re.compile(
    r"\A\s*(?:Not equal to tolerance|Arrays are not|Items are not equal)[^\n]*\n"
    r"(?P<own>.*?)"
    r"(?:^Mismatched elements: (?P<wrong>\d+) / (?P<total>\d+)[^\n]*\n.*?)?"
    r"^ (?:ACTUAL|x): (?P<actual>.*?)\n^ (?:DESIRED|y): (?P<desired>.*)\Z",
    re.DOTALL | re.MULTILINE,
)


def is_assertion(error: BaseException) -> bool:
    """Tell whether an error is a failed assertion, of Python, of numpy.testing or of pytest.

    What `pytest.raises` and `pytest.fail` raise is no AssertionError, nor an Exception.
    """
    if isinstance(error, AssertionError):
        return True
    pytest: Any = sys.modules.get("pytest")  # not there unless the author imported it
    return pytest is not None and isinstance(error, pytest.fail.Exception)


def assertion_text(error: BaseException, function: Callable[..., object]) -> str:
    """Return what an assertion says, on one line; its source where it says nothing.

    Parameters
    ----------
    error : BaseException
        What it raised.
    function : callable
        The author's function, in whose file it is looked for.
    """
    said = _in_plain_words(str(error)[: 2 * _LENGTH])
    lines = [" ".join(line.split()) for line in said.splitlines()]
    told = "; ".join(line for line in lines if line)
    return safe_text(told or _source_of(error, function), _LENGTH)


def _in_plain_words(said: str) -> str:
    """Return what an assertion says, numpy's without its table, pytest's in plain words."""
    table = _TABLE.search(said)
    if table is None:
        return _NOT_RAISED.sub(r"It should raise \1, and does not", said)
    wrong, total = table["wrong"] or "1", table["total"] or "1"
    count = f"{wrong} of {total} numbers are wrong: " if total != "1" else ""
    actual, desired = (" ".join(table[name].split()) for name in ("actual", "desired"))
    return f"{table['own'].strip()}\n{count}got {actual}, expected {desired}"


def line_in_function(error: BaseException, function: Callable[..., object]) -> int | None:
    """Return the innermost line of the author's file that led to an error."""
    path = _file_of(function)
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _file_of(function: Callable[..., object]) -> str:
    code = getattr(function, "__code__", None)
    return code.co_filename if code is not None else ""


def _source_of(error: BaseException, function: Callable[..., object]) -> str:
    """Return `` `a == b` does not hold`` for ``assert a == b``."""
    line = line_in_function(error, function)
    try:
        source = Path(_file_of(function)).read_text(encoding="utf-8")
        tree = ast.parse(source)
    except (OSError, ValueError, SyntaxError):  # it was moved or changed since
        tree, line = ast.Module([], []), None
    claims = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        and line is not None
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    if not claims:
        return "an assertion does not hold"
    return f"`{ast.unparse(claims[-1].test)}` does not hold"

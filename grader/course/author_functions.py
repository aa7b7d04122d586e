"""Compares the functions that `python` checks name with those that the author's file defines."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from grader.course.document import Place
from grader.course.programs import syntax_fault
from grader.inputs import did_you_mean

_PARAMETERS = 3
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def authored_faults(
    path: Path, shown: Path, checks: Any, keys: Collection[str]
) -> Iterator[tuple[Place, str]]:
    """Find mismatches between checks and the author's functions that they name.

    `checks` are as the file has them, `keys` those of checks that name an author's function.
    """
    named = _named(checks, keys)
    if named and path.is_file():
        yield from _code_faults(path.read_bytes(), shown, named)
    elif named:
        yield next(iter(named)), f"this function has no program: write it to `{shown}`"
    elif path.is_file():
        wanted = " or ".join(f"`{key}: ...`" for key in keys)
        advice = f"name a function of it with {wanted}, or remove the file"
        yield ("checks",), f"the program `{shown}` belongs to no check: {advice}"


def _named(checks: Any, keys: Collection[str]) -> dict[Place, str]:
    return {
        ("checks", index, key): raw[key]
        for index, raw in enumerate(checks if isinstance(checks, list) else [])
        for key in keys
        if isinstance(raw, dict) and isinstance(raw.get(key), str)
    }


def _code_faults(code: bytes, shown: Path, named: dict[Place, str]) -> Iterator[tuple[Place, str]]:
    fault = syntax_fault(code)
    if fault is not None:
        line, reason = fault
        yield next(iter(named)), f"`{shown}:{line}` is not Python ({reason}): correct it"
        return
    tree = ast.parse(code)
    functions = {node.name: node for node in tree.body if isinstance(node, _Function)}
    for place, name in named.items():
        if name not in functions:
            near = did_you_mean(name, list(functions))
            yield place, f"`{shown}` defines no function `{name}`{near}"
        elif not _fits(functions[name]):
            line = functions[name].lineno
            call = f"`{name}(student, reference, rng)`"
            yield place, f"`{shown}:{line}`: it must accept the call {call}: correct it"


def _fits(function: _Function) -> bool:
    given = function.args
    positional = len(given.posonlyargs) + len(given.args)
    needed = positional - len(given.defaults)
    extra = any(default is None for default in given.kw_defaults)
    fits = needed <= _PARAMETERS <= positional or (given.vararg and needed <= _PARAMETERS)
    return bool(fits) and not extra and isinstance(function, ast.FunctionDef)

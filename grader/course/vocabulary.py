"""Checks that the names and calls in an exercise's checks match what its reference defines.

Loading runs no program: definitions are read from the reference's syntax tree. If they cannot be
read from it, nothing is reported.
"""

from __future__ import annotations

import ast
import builtins
import math
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from grader.checks.base import Check, Expression, WrittenCall
from grader.checks.expressions.expression import EVERYWHERE, names_in, parse_expression
from grader.course.course_files import reference_program
from grader.course.document import Place, key_text
from grader.course.exercise_file import ReadExercise
from grader.course.outline import Outline, Signature, outline_of
from grader.course.programs import read_program, syntax_fault
from grader.course.yaml_keys import ExerciseEntry
from grader.errors import CheckError, Fault

Inconsistencies: TypeAlias = Iterator[tuple[Place, str]]

_MOST_LISTED = 12
_FULL_NAMES: Mapping[str, str] = {"numpy": "np", "e": "math.e", "ln": "np.log"}
_MODULES: Mapping[str, Any] = {"np": np, "math": math}
_EXCEPTIONS = tuple(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)


@dataclass(frozen=True, slots=True)
class _Known:
    """The names that expressions may use; messages show the reference's path as `shown`."""

    defines: tuple[str, ...]
    outline: Outline
    shown: Path


def add_vocabulary_faults(folder: Path, exercises: Mapping[str, ReadExercise]) -> None:
    """Add a fault for each undefined name in a check, and for each call that cannot succeed.

    Parameters
    ----------
    folder : Path
        The course.
    exercises : Mapping of str to ReadExercise
        By id; faults are added to their documents.
    """
    outlines: dict[str, Outline | None] = {}
    for name, exercise in exercises.items():
        entry = exercise.entry
        if entry is None or {"id", "unit", "builds_on"} & exercise.doubtful:
            continue
        path = reference_program(folder, entry.unit, entry.id)
        shown = path.relative_to(folder)
        own = _read_outline(exercise, path)
        outlines[name] = outline = _with_upstream(own, entry, exercises, outlines)
        if outline is not None and not outline.is_open:
            _add_upstream_faults(exercise, entry, outline, exercises)
        if outline is not None:
            found = unknown_names(entry, exercise.indexed, exercise.doubtful, outline, shown)
            for place, message in found:
                _forget_subject(exercise, place, message)
                exercise.document.add(place, message)


def _add_upstream_faults(
    exercise: ReadExercise,
    entry: ExerciseEntry,
    outline: Outline,
    exercises: Mapping[str, ReadExercise],
) -> None:
    """Add a fault for each name of another exercise used without `builds_on`."""
    if entry.follow_through is not None and not entry.builds_on:
        return  # the missing `builds_on` is already reported
    earlier = takewhile(lambda item: item[0] != entry.id, exercises.items())
    for name, other in earlier:
        defined = other.entry.defines if other.entry is not None else ()
        for used in sorted(outline.unbound.intersection(defined) - outline.names):
            message = (
                f"the reference uses `{used}`, which the exercise `{name}` defines: add `{name}` "
                "to `builds_on`, or define it in reference.py"
            )
            exercise.document.add(("builds_on",), message)


def _forget_subject(exercise: ReadExercise, place: Place, message: str) -> None:
    """Remove the fault that `defines` lacks a name which turns out to be misspelt."""
    name, key = message.split("`")[1], key_text(place)
    earlier = f"`{name}` is not a name that `defines` lists"
    faults = exercise.document.faults
    faults[:] = [each for each in faults if each.key != key or not each.message.startswith(earlier)]


def _read_outline(exercise: ReadExercise, path: Path) -> Outline | None:
    """Return the outline of a reference; None if it is missing or not Python."""
    if not path.is_file():
        return None
    try:
        return outline_of(read_program(path))
    except CheckError:
        fault = syntax_fault(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        fault = getattr(error, "lineno", 1) or 1, getattr(error, "msg", str(error))
    if fault is not None:
        line, reason = fault
        message = f"this program is not Python ({reason}): correct it"
        exercise.document.faults.append(Fault(path, line, "", message))
    return None


def _with_upstream(
    own: Outline | None,
    entry: ExerciseEntry,
    exercises: Mapping[str, ReadExercise],
    outlines: Mapping[str, Outline | None],
) -> Outline | None:
    """Return an outline with the names from earlier exercises; None if one is unknown."""
    for other in entry.builds_on:
        below, earlier = outlines.get(other), exercises.get(other)
        if own is None or below is None or earlier is None or earlier.entry is None:
            return None
        # Names that the earlier reference was given itself are passed on too.
        own = own.with_given((*earlier.entry.defines, *below.given), below)
    return own


def unknown_names(
    entry: ExerciseEntry,
    checks: Mapping[int, Check],
    doubtful: Collection[str],
    outline: Outline,
    shown: Path,
) -> Inconsistencies:
    """Find undefined names and calls that do not fit, each with its place."""
    known = _Known(entry.defines, outline, shown)
    if "defines" not in doubtful:
        yield from _misspelt(known)
    for index, check in checks.items():
        for expression in check.expressions():
            place: Place = ("checks", index, *expression.place)
            yield from ((place, message) for message in _unknown_in(expression, known))
        for call in check.written_calls():
            for below, message in _call_misfits(call, outline.functions.get(call.function)):
                yield ("checks", index, *below), message
        for key, exception in check.exceptions.items():
            fault = _exception_fault(exception, outline, entry.starter)
            if fault is not None:
                yield ("checks", index, key), fault


def _misspelt(known: _Known) -> Inconsistencies:
    """Find names in `defines` that the reference spells differently.

    A name that is missing altogether is still to be written; `grader prove` reports it.
    """
    if known.outline.is_open:
        return
    for index, name in enumerate(known.defines):
        others = sorted(known.outline.names.difference(known.defines))
        near = get_close_matches(name, others, n=1)
        if near and name not in known.outline.names:
            message = f"`{known.shown}` defines `{near[0]}` but not `{name}`: make the two the same"
            yield ("defines", index), message


def _unknown_in(expression: Expression, known: _Known) -> Iterator[str]:
    tree = parse_expression(expression.text)
    ours = known.outline.names
    there = {*expression.names, *known.defines, *ours}
    for name in names_in(tree):
        if name not in there and not known.outline.is_open:
            listed = [*expression.names, *known.defines, *sorted(ours - {*known.defines})]
            yield f"the name `{name}` is not defined here{_meant(name, listed)}"
    same = {("np", "numpy"), ("math", "math")} & known.outline.aliases
    shadowed = {*expression.names, *(ours - {name for name, _ in same})}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield from _unknown_attribute(node, known, shadowed)
        elif isinstance(node, ast.Call):
            yield from _misfits_in(node, known, expression.names)


def _unknown_attribute(
    node: ast.Attribute, known: _Known, shadowed: Collection[str]
) -> Iterator[str]:
    """Find `reference.x` and `np.x` that do not exist."""
    match node.value:
        case ast.Name(id="reference"):
            ours = known.outline.names
            if node.attr not in ours and not known.outline.is_open:
                near = _near(node.attr, sorted(ours))
                yield f"`{known.shown}` defines no `{node.attr}`{near}"
            return
    path = _dotted(node.value)
    if not path or path[0] not in _MODULES or path[0] in shadowed:
        return
    owner: Any = _MODULES[path[0]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated names of numpy
        for step in path[1:]:
            owner = getattr(owner, step, None)
        if isinstance(owner, type(math)) and not hasattr(owner, node.attr):
            close = get_close_matches(node.attr, dir(owner), n=1)
            meant = f"; did you mean `{'.'.join((*path, close[0]))}`?" if close else ""
            yield f"`{'.'.join(path)}` has no `{node.attr}`{meant}"


def _dotted(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        around = _dotted(node.value)
        return (*around, node.attr) if around else ()
    return ()


def _misfits_in(node: ast.Call, known: _Known, own: Collection[str]) -> Iterator[str]:
    """Find arguments that do not fit in a call of a student's or the reference's function."""
    match node.func:
        case ast.Name(id=name) if name not in own:
            signature = known.outline.functions.get(name)
        case ast.Attribute(value=ast.Name(id="reference"), attr=name):
            signature = known.outline.functions.get(name)
        case _:
            signature = None
    spread = any(isinstance(arg, ast.Starred) for arg in node.args)
    keywords = [keyword.arg for keyword in node.keywords]
    if signature is None or spread or None in keywords:
        return
    named = [keyword for keyword in keywords if keyword is not None]
    for _, message in signature.inconsistencies(len(node.args), named):
        yield f"`{ast.unparse(node)}`: {message}"


def _call_misfits(call: WrittenCall, signature: Signature | None) -> Inconsistencies:
    if signature is None:
        return
    for keyword, message in signature.inconsistencies(len(call.args), call.kwargs):
        if keyword is not None:
            yield (*call.place, "kwargs", keyword), message
        elif call.drawn:
            missing = message.endswith("missing")
            advice = "draw it in `given`" if missing else "list the arguments in `args`, in order"
            yield call.place, f"{message}: {advice}"
        else:
            place = (*call.place, "args") if call.args else call.place
            yield place, f"{message}{_bracketed(call.args, signature)}"


def _bracketed(args: Sequence[Any], signature: Signature) -> str:
    """Return advice on brackets or missing arguments, as the end of a sentence."""
    most = len(signature.positional)
    needed = sum(name in signature.needed for name in signature.positional)
    if len(args) > most >= 1 >= needed and not any(isinstance(arg, dict) for arg in args):
        return f": an argument that is a list needs its own brackets, as in `args: [{_text(args)}]`"
    if len(args) > most:
        return ": `args` has one item per argument; a list is one item, as in `[[1.0, 2.0], 3]`"
    if len(args) == 1 and isinstance(args[0], list) and needed <= len(args[0]) <= most:
        return f": the items of `args` are the arguments, as in `args: {_text(args[0])}`"
    return ": add it to `args` or `kwargs`"


def _text(values: Sequence[Any]) -> str:
    text = repr(list(values))
    return text if len(text) <= 60 and "nan" not in text and "inf" not in text else "[...]"


def _exception_fault(name: str, outline: Outline, starter: str) -> str | None:
    """Return why no function could raise an exception of this name, or None if one could."""
    if name in _EXCEPTIONS or name in outline.names or outline.is_open:
        return None
    if name in outline.mentioned or name in _mentioned_in(starter):
        return None
    near = get_close_matches(name, [*_EXCEPTIONS, *sorted(outline.names)], n=1)
    if hasattr(builtins, name):
        return f"`{name}` is not an exception: name one, such as `ValueError`"
    if any(_is_exception_of(module, name) for module in (*outline.modules, "numpy")):
        return None
    meant = f"; did you mean `{near[0]}`?" if near else ""
    advice = "" if near else ": name one of Python's, or a class that reference.py defines"
    return f"there is no exception named `{name}`{meant}{advice}"


def _mentioned_in(starter: str) -> frozenset[str]:
    try:
        outline = outline_of(starter)
    except (SyntaxError, ValueError):
        return frozenset()
    return outline.names | outline.mentioned


def _is_exception_of(module: str, name: str) -> bool:
    """Return whether an imported module, or a related one, has this exception."""
    root = module.partition(".")[0]
    for path in dict.fromkeys((module, root, f"{root}.exceptions", f"{root}.linalg")):
        found = None
        with suppress(Exception):  # a module that is missing or fails to import has none
            found = getattr(import_module(path), name, None)
        if isinstance(found, type) and issubclass(found, BaseException):
            return True
    return False


def _meant(name: str, known: Sequence[str]) -> str:
    """Return a suggestion for an unknown name: numpy's name for it, or a similar name."""
    if name in _FULL_NAMES:
        return f": write `{_FULL_NAMES[name]}`"
    near = get_close_matches(name, known, n=1)
    if not near and hasattr(np, name):
        return f": write `np.{name}`"
    return _near(name, known, EVERYWHERE)


def _near(name: str, known: Sequence[str], also: Collection[str] = ()) -> str:
    """Return a similar name as a suggestion, else the known names unless there are many."""
    near = get_close_matches(name, [*known, *also], n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    listed = ", ".join(f"`{item}`" for item in dict.fromkeys(known))
    return f"; known: {listed}" if 0 < len(known) <= _MOST_LISTED else ""

"""Makes the mutants of a program: distinct small changes with stable ids."""

from __future__ import annotations

import ast
import difflib
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from grader.authoring.prove.mutation.dtype_arguments import Dtypes
from grader.authoring.prove.mutation.operators import (
    library_edits,
    numerical_edits,
    statement_edits,
)
from grader.authoring.prove.mutation.program_text import Edit, ProgramText

_QUIET = frozenset({"np.errstate", "numpy.errstate", "np.seterr", "warnings.simplefilter"})
"""Calls that only say which warnings are shown."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program with one small change.

    Attributes
    ----------
    id : str
        The name that is changed, the changed line before, and after. Edits elsewhere in the file
        leave it as it is.
    source : str
        The whole changed program.
    line : int
        Where the change is, counted from 1.
    diff : str
        The change as a unified diff.
    """

    id: str
    source: str
    line: int
    diff: str


def make_mutants(text: str, names: Sequence[str], *, path: str = "reference.py") -> list[Mutant]:
    r"""Return the mutants of the statements that define the given names.

    Mutants with the same syntax tree are one mutant. What a reader alone sees is left as it is:
    docstrings, messages of exceptions, which warnings are shown, and texts that would differ by
    case alone. So is a dtype, by whatever name or position it is given, since checks take an
    integer for a float.

    Parameters
    ----------
    text : str
        The program.
    names : sequence of str
        Names that students define; other code is not changed.
    path : str
        What the program is called in the diffs.

    Examples
    --------
    >>> [mutant.id for mutant in make_mutants("def f(x):\n    return -x\n", ["f"])][:2]
    ['f: return -x -> return +x', 'f: return -x -> return x']
    """
    source = ProgramText(text)
    owners = _owners(source, names)
    dtypes = list(Dtypes(source.tree).places())
    untouched = [source.span(node) for node in (*_left_alone(source.tree), *dtypes)]
    # Parsed again, since dtypes are removed from the tree.
    bare = Dtypes(ast.parse(text)).shape_without() if dtypes else ""
    seen, found = {_shape(text)}, list[tuple[Edit, str, str]]()
    for edit in chain(library_edits(source), numerical_edits(source), statement_edits(source)):
        owner = next((name for name, (low, high) in owners if low <= edit.start < high), None)
        if owner is None or any(_within(edit, place) for place in untouched):
            continue
        mutated = source.replaced(edit)
        shape = _shape(mutated)
        if shape is not None and shape not in seen and mutated.lower() != text.lower():
            if dtypes and Dtypes(ast.parse(mutated)).shape_without() == bare:
                continue
            seen.add(shape)
            found.append((edit, owner, mutated))
    found.sort(key=lambda each: each[0].start)
    return list(_named(source, found, path))


def _owners(source: ProgramText, names: Sequence[str]) -> list[tuple[str, tuple[int, int]]]:
    return [
        (_name_of(statement), source.span(statement))
        for statement in reached_statements(source.tree, names)
    ]


def _name_of(statement: ast.stmt) -> str:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return statement.name
    stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return next((n.id for n in stored if isinstance(n.ctx, ast.Store)), "module")


def _left_alone(tree: ast.Module) -> Iterator[ast.stmt | ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.Call)) and _changes_no_answer(node):
            yield node


def _changes_no_answer(node: ast.stmt | ast.Call) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in _QUIET
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Raise)


def _within(edit: Edit, place: tuple[int, int]) -> bool:
    return place[0] <= edit.start and edit.end <= place[1]


def _shape(text: str) -> str | None:
    """Return the syntax tree as text, to compare programs; None if it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `0 is x` and the like are the mutant's affair
            compile(text, "<mutant>", "exec")
            return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError):
        return None


def _named(
    source: ProgramText, found: Sequence[tuple[Edit, str, str]], path: str
) -> Iterator[Mutant]:
    times = Counter[str]()
    for edit, owner, mutated in found:
        before, after = source.text.splitlines(), mutated.splitlines()
        name = f"{owner}: {_changed(before, after)} -> {_changed(after, before)}"
        times[name] += 1
        again = f" #{times[name]}" if times[name] > 1 else ""
        yield Mutant(
            id=name + again,
            source=mutated,
            line=source.content.count(b"\n", 0, edit.start) + 1,
            diff=_diff(before, after, path),
        )


def _changed(lines: Sequence[str], others: Sequence[str]) -> str:
    """Return the lines that only the first has, as one line."""
    ends = 0
    while ends < min(len(lines), len(others)) and lines[-1 - ends] == others[-1 - ends]:
        ends += 1
    start = 0
    while start < min(len(lines), len(others)) - ends and lines[start] == others[start]:
        start += 1
    bare = (line.split("  # ")[0] for line in lines[start : len(lines) - ends])
    return " ".join(" ".join(bare).split())


def _diff(before: Sequence[str], after: Sequence[str], path: str) -> str:
    lines = difflib.unified_diff(before, after, path, path, n=1, lineterm="")
    return "\n".join(list(lines)[2:])


def reached_statements(tree: ast.Module, names: Iterable[str]) -> tuple[ast.stmt, ...]:
    r"""Return the top-level statements that define some names, or that those need in turn.

    What only the checks use, such as the truth of a stability check, is left out; so are imports.
    Where there are no names, as in an exercise about what is printed, it is the whole program.

    Examples
    --------
    >>> tree = ast.parse("a = 1\nb = a\ndef f(): return b\ndef truth(): return f()\n")
    >>> [statement.lineno for statement in reached_statements(tree, ["f"])]
    [1, 2, 3]
    """
    wanted, reached = set(names), set[ast.stmt]()
    if not wanted:
        return tuple(each for each in tree.body if not _is_import(each))
    found = True
    while found:
        found = False
        for statement in tree.body:
            if statement not in reached and wanted & _gives(statement):
                reached.add(statement)
                wanted |= _uses(statement)
                found = True
    return tuple(each for each in tree.body if each in reached and not _is_import(each))


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def _gives(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds, or whose objects it may change."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return {statement.name}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return set(_roots(statement.value.func))
    return {name for node in ast.walk(statement) for name in _bound(node)}


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
        yield from _roots(node)


def _roots(node: ast.expr) -> Iterator[str]:
    """Yield the name at the root of ``table["a"].append``, where there is something below it."""
    below = False
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node, below = node.value, True
    if below and isinstance(node, ast.Name):
        yield node.id


def _uses(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }

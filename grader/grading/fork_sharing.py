"""Finds the functions of a notebook that have no side effects.

Exercises are asked in forks of the session, so that no exercise sees the changes of another. A fork
costs more than most answers, and most of what students write changes nothing: functions of numbers
that call `math`, `numpy` and each other. Exercises that call only such functions can share a fork
(`NotebookSession.open`).

The code is read, never run, and every doubt counts against it: a doubtful notebook gets a fork for
each exercise. Only a notebook that sets out to deceive is misjudged, and it can then disturb only
itself, which it could have done in a cell.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeGuard

from grader.checks.cell_code import CellCode, names_bound_by

# IPython's lines that bind no name. With any other, a cell is not Python, and is doubted.
_IPYTHON = re.compile(
    r"^[ \t]*%(?:autosave|check|load_ext[ \t]+grader|matplotlib|pip)\b.*$", re.MULTILINE
)
_MODULES = frozenset(
    """
    __future__ cmath collections fractions functools itertools math numbers numpy operator
    statistics typing
    """.split()  # noqa: SIM905 (a set literal would be as many lines as names)
)
# Names in these modules that have shared state, make it, or reach it by a string; above all random
# numbers.
_STATES = re.compile(
    r"_|random$|samples$|set|save|load|cache$|lru_cache$|attrgetter$|methodcaller$|ctypeslib$"
    r"|memmap$|sctype|testing$"
)
# They keep their own state.
_GENERATORS = frozenset({"Generator", "PCG64", "SeedSequence", "default_rng"})
_OPERATORS = frozenset({"__contains__", "__doc__", "__getitem__", "__len__", "__name__"})
_ERRORS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
_HARMLESS = _ERRORS | frozenset(
    """
    abs all any ascii bin bool bytes callable chr complex dict divmod enumerate filter float format
    frozenset hasattr hex int isinstance issubclass iter len list map max min next object oct ord
    pow print range repr reversed round set slice sorted str sum tuple type zip
    """.split()  # noqa: SIM905
)
# With these a notebook can rebind any name.
_SORCERY = frozenset(
    """
    __builtins__ __import__ breakpoint compile delattr eval exec get_ipython globals locals setattr
    vars
    """.split()  # noqa: SIM905
)
_CHANGING = (ast.AsyncFunctionDef, ast.Await, ast.ClassDef, ast.Nonlocal, ast.Yield, ast.YieldFrom)
_PARTS = (ast.expr, ast.stmt, ast.arguments)
_TELLING = {ast.Name, ast.Attribute, ast.Import, ast.ImportFrom, ast.Global, *_CHANGING}

_Tables: TypeAlias = Mapping[tuple[str, int], Sequence[symtable.SymbolTable]]
"""The compiler's symbol tables of each function, by the function's name and line."""


def harmless_functions(
    sources: Sequence[str], read: Callable[[str], CellCode] = CellCode.read
) -> frozenset[str] | None:
    """Return the functions that leave a fork as good as new when they are called.

    Parameters
    ----------
    sources : sequence of str
        All code cells of a notebook.
    read : callable
        Parses a cell's code.

    Returns
    -------
    frozenset of str or None
        None if the notebook is doubtful. Otherwise variables may be read, too: no class of the
        student's takes part in that.

    Examples
    --------
    >>> harmless_functions(["import math", "def nll(p): return -math.log(p)"])
    frozenset({'nll'})
    >>> harmless_functions(["seen = []", "def f(x): seen.append(x)"])
    frozenset()
    """
    notebook = _NameMeanings()
    try:
        for source in sources:
            text = _IPYTHON.sub("", source)
            notebook.add(read(text), text)
    except (SyntaxError, ValueError, MemoryError, RecursionError, _DoubtError):
        return None
    return notebook.pure_functions()


class _DoubtError(Exception):
    """A cell contains code that could change anything."""


@dataclass(slots=True)
class _NameMeanings:
    """What the names of a notebook may be bound to; a later cell may bind a name again."""

    needs: dict[str, set[str]] = field(default_factory=dict)
    """The functions that change nothing themselves, with the global names that they look up."""
    fixed: set[str] = field(default_factory=set)
    """Known modules, what is imported from them, bare errors and plain constants."""
    other: set[str] = field(default_factory=set)
    """Names that may be bound to anything."""

    def add(self, code: CellCode, source: str) -> None:
        """Add the names of a cell."""
        if not code.is_python:
            raise _DoubtError
        with warnings.catch_warnings(action="ignore"):  # as `parse_cell` does
            tables = symtable.symtable(source, "<cell>", "exec").get_children()
        by_line = defaultdict(list)  # of lambdas, a line may hold several
        for table in tables:
            by_line[table.get_name(), table.get_lineno()].append(table)
        plain = {id(node) for node in self._plain(code.tree.body, by_line)}
        self.other.update(name for name, _, node in code.bindings if id(node) not in plain)

    def _plain(self, statements: Sequence[ast.stmt], tables: _Tables) -> Iterator[ast.AST]:
        """Add the statements that fully determine a name; yield the nodes that bind it."""
        for statement in statements:
            nodes = _telling_nodes(statement)
            _refuse_sorcery(nodes)
            match statement:
                case ast.FunctionDef(name=name, lineno=line):
                    if not statement.decorator_list and _change_nothing(statement.args, nodes):
                        self._need(name, tables[name, line])
                        yield statement
                case ast.Assign(targets=[ast.Name(id=name) as target], value=ast.Lambda() as value):
                    if _change_nothing(value.args, nodes):
                        self._need(name, tables["lambda", value.lineno])
                        yield target
                case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
                    if _is_constant(value):
                        self.fixed.add(name)
                        yield target
                case ast.ClassDef(name=name):  # an exception without code; any other was refused
                    self.fixed.add(name)
                    yield statement
                case ast.Import() | ast.ImportFrom() if _is_known_import(statement):
                    self.fixed.update(names_bound_by(statement))
                    yield statement

    def _need(self, name: str, tables: Sequence[symtable.SymbolTable]) -> None:
        if not tables:
            raise _DoubtError
        self.needs.setdefault(name, set()).update(*map(_looked_up, tables))

    def pure_functions(self) -> frozenset[str]:
        """Return the functions that change nothing, including everything that they call."""
        bound = self.needs.keys() | self.other
        fixed = (self.fixed | _HARMLESS) - bound
        pure = self.needs.keys() - self.other - self.fixed
        while True:
            left = {name for name in pure if self.needs[name] <= fixed | pure}
            if left == pure:
                return frozenset(pure)
            pure = left


def _refuse_sorcery(nodes: Sequence[ast.AST]) -> None:
    """Raise if a statement can bind a name in a way that its text does not show."""
    for node in nodes:
        if type(node) is ast.Name:  # as most are
            doubtful = node.id in _SORCERY
        elif isinstance(node, ast.Attribute):
            hidden = node.attr.startswith("__") and node.attr not in _OPERATORS
            doubtful = hidden or not isinstance(node.ctx, ast.Load)
        elif isinstance(node, ast.ImportFrom):
            doubtful = any(alias.name == "*" for alias in node.names)
        elif isinstance(node, ast.ClassDef):
            doubtful = not _is_bare_error(node)
        else:
            doubtful = isinstance(node, ast.Global)
        if doubtful:
            raise _DoubtError


def _is_bare_error(node: ast.ClassDef) -> bool:
    """Return whether a class is an exception without code of its own."""
    return (
        not (node.decorator_list or node.keywords)
        and bool(node.bases)
        and all(isinstance(base, ast.Name) and base.id in _ERRORS for base in node.bases)
        and all(isinstance(one, ast.Pass) or _is_text(one) for one in node.body)
    )


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _change_nothing(args: ast.arguments, nodes: Sequence[ast.AST]) -> bool:
    """Return whether a function, apart from what it calls, works only on its own values."""
    defaults = [*args.defaults, *filter(None, args.kw_defaults)]
    others = [node for node in nodes if type(node) is not ast.Name]
    own = {id(node.value) for node in others if _is_own_generator(node)}
    return all(map(_is_constant, defaults)) and all(
        _is_harmless(node) or id(node) in own for node in others
    )


def _is_own_generator(node: ast.AST) -> TypeGuard[ast.Attribute]:
    """Return whether this is a generator of `numpy.random`, which has a state of its own."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in _GENERATORS
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "random"
    )


def _is_harmless(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return _STATES.match(node.attr) is None or node.attr in _OPERATORS
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _is_known_import(node)
    return not isinstance(node, _CHANGING)


def _is_known_import(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.Import):
        paths = [name.split(".") for name in names]
        return all(path[0] in _MODULES and _are_stateless(path[1:]) for path in paths)
    if node.module == "numpy.random" and _GENERATORS.issuperset(names):
        return True
    path = (node.module or "").split(".")
    return node.level == 0 and path[0] in _MODULES and _are_stateless([*path[1:], *names])


def _are_stateless(names: Sequence[str]) -> bool:
    return not any(map(_STATES.match, names))


def _is_constant(node: ast.expr) -> bool:
    """Return whether a value is a number, a text, or a tuple of these."""
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    if isinstance(node, ast.Tuple):
        return all(map(_is_constant, node.elts))
    return isinstance(node, ast.Constant)


def _looked_up(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the global names that a function or one inside it looks up."""
    for symbol in table.get_symbols():
        if symbol.is_global():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _looked_up(inner)


def _telling_nodes(root: ast.AST) -> list[ast.AST]:
    """Return the nodes of a statement that matter here; `ast.walk` alone takes twice as long."""
    nodes = [root]
    for node in nodes:  # which grows in this loop
        for name in node._fields:
            part = getattr(node, name, None)
            if type(part) is list:
                nodes += [one for one in part if isinstance(one, ast.AST)]
            elif isinstance(part, _PARTS):
                nodes.append(part)
    return [node for node in nodes if type(node) in _TELLING]

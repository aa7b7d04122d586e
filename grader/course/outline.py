"""Names and function signatures that a program defines, read from its syntax tree."""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from grader.inputs import did_you_mean

_REBINDING = frozenset({"exec", "eval", "globals", "vars", "locals", "setattr", "__import__"})


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a function, from its `def`.

    Attributes
    ----------
    name : str
        The function's name.
    positional : tuple of str
        Arguments that may be given by position, in order.
    only_positional : frozenset of str
        Those among them that may not be given by name.
    needed : tuple of str
        Arguments without a default.
    keywords : tuple of str
        Arguments that can only be given by name.
    more_positional, more_keywords : bool
        Whether it has `*args` and `**kwargs`.
    """

    name: str
    positional: tuple[str, ...]
    only_positional: frozenset[str]
    needed: tuple[str, ...]
    keywords: tuple[str, ...]
    more_positional: bool
    more_keywords: bool

    @classmethod
    def of(cls, name: str, args: ast.arguments) -> Signature:
        """Return the signature of a `def` or a `lambda`."""
        positional = [each.arg for each in (*args.posonlyargs, *args.args)]
        optional = len(args.defaults)
        by_name = zip(args.kwonlyargs, args.kw_defaults, strict=True)
        return cls(
            name=name,
            positional=tuple(positional),
            only_positional=frozenset(each.arg for each in args.posonlyargs),
            needed=(
                *positional[: len(positional) - optional],
                *(each.arg for each, default in by_name if default is None),
            ),
            keywords=tuple(each.arg for each in args.kwonlyargs),
            more_positional=args.vararg is not None,
            more_keywords=args.kwarg is not None,
        )

    @property
    def takes(self) -> str:
        """The number and names of its arguments, as the start of a sentence."""
        if not self.positional:
            return f"`{self.name}` takes no arguments by position"
        named = ", ".join(f"`{each}`" for each in self.positional)
        count = len(self.positional)
        return f"`{self.name}` takes {count} argument{'' if count == 1 else 's'} ({named})"

    def inconsistencies(
        self, count: int, keywords: Collection[str]
    ) -> Iterator[tuple[str | None, str]]:
        """Find arguments of a call that do not fit.

        Parameters
        ----------
        count : int
            Number of arguments given by position.
        keywords : collection of str
            Names of those given by name.

        Yields
        ------
        keyword : str or None
            The argument given by name that does not fit; None for those by position.
        message : str
            What is wrong and what to do.
        """
        given = self.positional[:count]
        if count > len(self.positional) and not self.more_positional:
            yield None, f"{self.takes}, but got {count}"
        for keyword in keywords:
            if keyword in self.only_positional and not self.more_keywords:
                yield keyword, f"`{self.name}` takes `{keyword}` by position only: move it"
            elif keyword in given:
                yield keyword, f"`{keyword}` is already given by position: leave one of them out"
            elif not self.more_keywords and keyword not in (*self.positional, *self.keywords):
                near = did_you_mean(keyword, (*self.positional, *self.keywords))
                yield keyword, f"`{self.name}` has no argument `{keyword}`{near}"
        missing = [name for name in self.needed if name not in given and name not in keywords]
        strange = [each for each in keywords if each not in (*self.positional, *self.keywords)]
        if len(missing) > (0 if self.more_keywords else len(strange)):  # otherwise one is misspelt
            named = " and ".join(f"`{name}`" for name in missing)
            yield None, f"{self.takes}, but {named} {'is' if len(missing) == 1 else 'are'} missing"


@dataclass(frozen=True, slots=True)
class Outline:
    """The names and functions that a program defines.

    Attributes
    ----------
    names : frozenset of str
        Names that it binds, imports included.
    functions : Mapping of str to Signature
        Signatures of the functions whose arguments are known.
    modules : tuple of str
        Modules that it imports, or imports from.
    mentioned : frozenset of str
        Every name and attribute in it.
    is_open : bool
        Whether it may bind names that only running it would show.
    given : frozenset of str
        Those of `names` that come from other programs.
    unbound : frozenset of str
        Names that it uses but does not bind, except built-in ones.
    aliases : frozenset of (str, str)
        Names bound to modules, each with the module.
    """

    names: frozenset[str] = frozenset()
    functions: Mapping[str, Signature] = field(default_factory=lambda: MappingProxyType({}))
    modules: tuple[str, ...] = ()
    mentioned: frozenset[str] = frozenset()
    is_open: bool = False
    given: frozenset[str] = frozenset()
    unbound: frozenset[str] = frozenset()
    aliases: frozenset[tuple[str, str]] = frozenset()

    def with_given(self, names: Iterable[str], other: Outline) -> Outline:
        """Return the outline with the names that another program provides added."""
        given = frozenset(names)
        bound = self.names - self.given
        functions = {
            name: signature
            for name, signature in other.functions.items()
            if name in given and name not in bound
        }
        return replace(
            self,
            names=self.names | given,
            functions={**self.functions, **functions},
            given=self.given | given,
        )


def outline_of(code: str) -> Outline:
    """Return the outline of a program without running it.

    Raises
    ------
    SyntaxError, ValueError
        It is not Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(code)
        table = symtable.symtable(code, "<program>", "exec")
    bound = {each.get_name() for each in table.get_symbols() if _is_bound(each)}
    nodes = list(ast.walk(tree))
    bound |= {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    modules = [each.module for each in imports if each.module and not each.level]
    whole = [name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    modules += [name.name for name in whole]
    starred = any(alias.name == "*" for node in imports for alias in node.names)
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return Outline(
        names=frozenset(bound),
        functions=_functions(tree),
        modules=tuple(dict.fromkeys(modules)),
        mentioned=frozenset(used | attributes),
        aliases=frozenset((name.asname or name.name, name.name) for name in whole),
        unbound=frozenset(_globals_used(table) - bound - set(dir(builtins))),
        is_open=starred or bool(used & _REBINDING) or "__dict__" in attributes,
    )


def _globals_used(table: symtable.SymbolTable) -> set[str]:
    """Return the global and built-in names used by a scope and the scopes inside it."""
    module = table.get_type() == "module"
    used = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (module or symbol.is_global())
    }
    for inner in table.get_children():
        used |= _globals_used(inner)
    return used


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _functions(tree: ast.Module) -> dict[str, Signature]:
    """Return the undecorated top-level functions whose name is bound only once."""
    found: dict[str, ast.arguments] = {}
    times = Counter[str]()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            times[node.name] += 1
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            times[node.id] += 1
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name, args=args, decorator_list=[]):
                found[name] = args
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=args)):
                found[name] = args
    return {name: Signature.of(name, args) for name, args in found.items() if times[name] == 1}

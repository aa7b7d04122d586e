"""Decides from their text whether an author's programs give the same results in every run.

Only then are their results kept for later runs. Every doubt counts against them: an unknown
module, a file with a computed name, the clock, random numbers without a seed.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

_MODULES = frozenset(
    """
    __future__ abc bisect cmath collections copy dataclasses decimal enum fractions functools heapq
    itertools math matplotlib mpmath numbers numpy operator pandas re scipy statistics string sympy
    textwrap typing warnings
    """.split()  # noqa: SIM905 (a set literal would be as many lines as names)
)
_READERS = frozenset(
    """
    fromfile genfromtxt imread load loadtxt memmap open open_memmap read_bytes read_csv read_excel
    read_feather read_hdf read_html read_json read_parquet read_pickle read_table read_text
    """.split()  # noqa: SIM905
)
_BUILTINS = frozenset(
    """
    __builtins__ __import__ breakpoint compile eval exec globals hash id input vars
    """.split()  # noqa: SIM905
)
_CHANGING = frozenset(
    """
    DataSource basinhopping bootstrap ctypeslib differential_evolution dual_annealing f2py now
    monte_carlo_test permutation_test qmc rand randint randmatrix randn rvs sample shgo today
    utcnow
    """.split()  # noqa: SIM905
)
_GENERATORS = frozenset(
    "MT19937 PCG64 PCG64DXSM Philox RandomState SeedSequence default_rng".split()  # noqa: SIM905
)
_OF_RANDOM = _GENERATORS | {"Generator"}


def is_reproducible(sources: Iterable[str], given: Collection[str] = ()) -> bool:
    """Return whether programs give the same results in every run.

    Parameters
    ----------
    sources : iterable of str
        Python programs, or expressions.
    given : collection of str
        Paths of files that they may read, and of modules that they may import, whose content is
        known. The text of these modules must be in `sources`, too.

    Examples
    --------
    >>> is_reproducible(["import numpy as np", "x = np.random.default_rng(3).normal()"])
    True
    >>> is_reproducible(["import numpy as np", "x = np.random.normal()"])
    False
    """
    modules = _MODULES | {PurePosixPath(name).parts[0].removesuffix(".py") for name in given}
    try:
        return all(_is_sure(ast.parse(source), modules, given) for source in sources)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _is_sure(tree: ast.AST, modules: Collection[str], given: Collection[str]) -> bool:
    nodes = list(ast.walk(tree))
    calls = {id(node.func): node for node in nodes if isinstance(node, ast.Call)}
    below = {id(node.value): node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return all(
        _is_known(node, calls.get(id(node)), below.get(id(node)), modules, given) for node in nodes
    )


def _is_known(
    node: ast.AST,
    call: ast.Call | None,
    attribute: str | None,
    modules: Collection[str],
    given: Collection[str],
) -> bool:
    """Return whether a node means the same in every run.

    Parameters
    ----------
    node : AST
        The node.
    call : Call or None
        The call of the node, if it is called.
    attribute : str or None
        The attribute that is read from the node, if any.
    modules, given : collection of str
        Modules that may be imported, and files that may be read.
    """
    match node:
        case ast.Import(names=names):
            return all(_may_import(each.name, modules) for each in names)
        case ast.ImportFrom(module=module, level=0, names=names):
            names_of = [f"{module}.{each.name}" for each in names]
            return all(_may_import(name, modules) for name in names_of)
        case ast.ImportFrom():
            return False
        case ast.Constant(value=str(text)):
            return text not in ("now", "today")  # which numpy and pandas read as a time
        case ast.Name(id=name) if name in _BUILTINS:
            return False
        case ast.Name(id=name) | ast.Attribute(attr=name):
            if name == "random":  # of a generator, or the module, whose functions have no seed
                return call is not None or attribute in _OF_RANDOM
            if name in _GENERATORS:
                return call is not None and _has_seed(call)
            if name in _READERS:
                return call is not None and _reads_one_of(call, given)
            return name not in _CHANGING or isinstance(node, ast.Name)
    return True


def _may_import(path: str, modules: Collection[str]) -> bool:
    root, *parts = path.split(".")
    hidden = {"*", "random", *_CHANGING, *_READERS, *_OF_RANDOM}
    return root in modules and hidden.isdisjoint(parts)


def _has_seed(call: ast.Call) -> bool:
    seeds = [*call.args[:1], *(each.value for each in call.keywords)]
    return bool(seeds) and not any(
        isinstance(seed, ast.Constant) and seed.value is None for seed in seeds
    )


def _reads_one_of(call: ast.Call, given: Collection[str]) -> bool:
    match call.args:
        case [ast.Constant(value=str(name)), *_]:
            return name in given
    return False

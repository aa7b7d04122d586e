"""Mutation operators: those of mutmut, and ours for what goes wrong in numerical code.

mutmut (swapped operators, next numbers, dropped arguments, forced branches) keeps its operators in
one table of functions, from a node of libcst's syntax tree to its mutants. The table is not
documented as an interface, so the versions that hold it are pinned and a test says what is expected
of it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeAlias

from grader.authoring.prove.mutation.program_text import Edit, ProgramText, smallest
from grader.authoring.prove.mutation.replacements import (
    COMPARISONS,
    FUNCTIONS,
    KEYWORDS,
    OPERATORS,
    SYMMETRIC,
    THROUGH,
)
from grader.errors import UsageError, command_for_extras

Edits: TypeAlias = Iterator[Edit]


def library_edits(source: ProgramText) -> Edits:
    """Yield every mutation that mutmut makes of a program.

    Raises
    ------
    UsageError
        mutmut is not installed.
    """
    try:
        import libcst
        from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
        from mutmut.mutation.mutators import mutation_operators
    except ImportError as error:
        raise UsageError(
            f"Mutants need the package mutmut: run `{command_for_extras('prove')}`."
        ) from error
    wrapper = MetadataWrapper(libcst.parse_module(source.content), unsafe_skip_copy=True)
    for node, span in wrapper.resolve(ByteSpanPositionProvider).items():
        for kind, mutate in mutation_operators:
            for mutant in mutate(node) if isinstance(node, kind) else ():
                bare = mutant.with_changes(lpar=(), rpar=()) if hasattr(mutant, "lpar") else mutant
                text = wrapper.module.code_for_node(bare).strip()
                yield smallest(source, Edit(span.start, span.start + span.length, text))


def statement_edits(source: ProgramText) -> Edits:
    """Yield every mutation of a program's statements."""
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.If, ast.While)):
            yield from _conditions(source, node)
        elif isinstance(node, ast.Return) and node.value is not None:
            yield Edit(*source.span(node.value), "None")
        elif isinstance(node, (ast.AugAssign, ast.Assign, ast.Expr)) and not _is_text(node):
            yield Edit(*source.span(node), "pass")


def numerical_edits(source: ProgramText) -> Edits:
    """Yield every mutation that these operators make of a program's expressions."""
    for node in source.expressions(source.tree):
        for kind, mutate in _OPERATORS:
            if isinstance(node, kind):
                yield from mutate(source, node)


def _instead(source: ProgramText, node: ast.expr, text: str) -> Edit:
    """Put other code in a node's place, in brackets where it would otherwise fall apart."""
    start, end = source.span(node)
    whole = isinstance(ast.parse(text, mode="eval").body, _ATOMS)
    return Edit(start, end, text if whole or source.stands_alone(node) else f"({text})")


_ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.Tuple, ast.List)


def _other_numbers(source: ProgramText, node: ast.Constant) -> Edits:
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        return
    k = node.value
    half = k // 2 if isinstance(k, int) else k / 2
    others = dict.fromkeys((0, 1, k + 1, k - 1, -k, half, 2 * k))
    for value in others:
        if value != k and math.isfinite(value):
            yield _instead(source, node, repr(value))


def _other_operators(source: ProgramText, node: ast.BinOp) -> Edits:
    left, right = _operand(source, node.left), _operand(source, node.right)
    sign = _sign(source, node)
    for other in OPERATORS.get(type(node.op), ()):
        yield _instead(source, node, f"{left} {other} {right}")
    mirrored = isinstance(node.op, ast.Sub) and node in source.even
    if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow, ast.MatMult, ast.FloorDiv)) and not mirrored:
        yield _instead(source, node, f"{right} {sign} {left}")


def _operand(source: ProgramText, node: ast.expr) -> str:
    code = source.code(node)
    return code if isinstance(node, _ATOMS) else f"({code})"


def _sign(source: ProgramText, node: ast.BinOp) -> str:
    between = source.content[source.span(node.left)[1] : source.span(node.right)[0]].decode()
    return between.strip("() \n\t\\")


def _dropped_terms(source: ProgramText, node: ast.BinOp) -> Edits:
    left, right = source.code(node.left), source.code(node.right)
    yield _instead(source, node, left)
    if isinstance(node.op, ast.Sub):
        yield _instead(source, node, f"-{_operand(source, node.right)}")
    else:
        yield _instead(source, node, right)


def _dropped_sign(source: ProgramText, node: ast.UnaryOp) -> Edits:
    if isinstance(node.op, ast.USub) and node not in source.even:
        yield _instead(source, node, source.code(node.operand))


def _other_comparisons(source: ProgramText, node: ast.Compare) -> Edits:
    before: ast.expr = node.left
    for comparison, after in zip(node.ops, node.comparators, strict=True):
        start, end = source.span(before)[1], source.span(after)[0]
        between = source.content[start:end].decode()
        sign = between.strip("() \n\t\\")
        for other in COMPARISONS.get(type(comparison), ()):
            yield Edit(start, end, between.replace(sign, other))
        before = after


def _swapped_arguments(source: ProgramText, node: ast.Call) -> Edits:
    if _name_of(node.func) in SYMMETRIC:
        return
    plain = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
    for one, other in pairwise(plain):
        (start, middle), (again, end) = source.span(one), source.span(other)
        between = source.content[middle:again].decode()
        yield Edit(start, end, source.code(other) + between + source.code(one))


def _other_functions(source: ProgramText, node: ast.Call) -> Edits:
    name = _name_of(node.func)
    end = source.span(node.func)[1]
    for other in FUNCTIONS.get(name, ()):
        yield Edit(end - len(name), end, other)
    if name in THROUGH and isinstance(node.func, ast.Name | ast.Attribute):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        first = node.args[0] if node.args else owner
        if first is not None and not isinstance(first, ast.Starred):
            yield _instead(source, node, source.code(first))


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _other_keywords(source: ProgramText, node: ast.Call) -> Edits:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    for name, others in KEYWORDS.items():
        if name in given:
            for other in others:
                yield _instead(source, given[name], other)
    if _name_of(node.func) in {"var", "std"} and "ddof" not in given:
        end = source.span(node)[1] - 1
        yield Edit(end, end, ", ddof=1" if node.args or node.keywords else "ddof=1")


def _off_by_one(source: ProgramText, node: ast.Call) -> Edits:
    if _name_of(node.func) in {"range", "arange", "linspace"}:
        for argument in node.args:
            yield from _shifted(source, argument)


def _shifted_slices(source: ProgramText, node: ast.Subscript) -> Edits:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.Slice):
            for bound in filter(None, (part.lower, part.upper)):
                yield from _shifted(source, bound)
                start, end = source.span(bound)
                yield Edit(start, end, "")
        elif not isinstance(part, ast.Constant):
            yield from _shifted(source, part)


def _shifted(source: ProgramText, node: ast.expr) -> Edits:
    if not isinstance(node, (ast.Constant, ast.Starred)):
        for step in ("+ 1", "- 1"):
            yield _instead(source, node, f"{_operand(source, node)} {step}")


def _other_conditions(source: ProgramText, node: ast.IfExp) -> Edits:
    yield _instead(source, node.test, f"not {_operand(source, node.test)}")


def _filters(
    source: ProgramText, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp
) -> Edits:
    for generator in node.generators:
        for condition in generator.ifs:
            yield _instead(source, condition, "True")
            yield _instead(source, condition, f"not {_operand(source, condition)}")


def _parts_of_conditions(source: ProgramText, node: ast.BoolOp) -> Edits:
    neutral = "True" if isinstance(node.op, ast.And) else "False"
    for value in node.values:
        yield _instead(source, value, neutral)


_Mutate: TypeAlias = Callable[..., Edits]
_OPERATORS: tuple[tuple[type[ast.expr] | tuple[type[ast.expr], ...], _Mutate], ...] = (
    (ast.Constant, _other_numbers),
    (ast.BinOp, _other_operators),
    (ast.BinOp, _dropped_terms),
    (ast.UnaryOp, _dropped_sign),
    (ast.Compare, _other_comparisons),
    (ast.Call, _swapped_arguments),
    (ast.Call, _other_functions),
    (ast.Call, _other_keywords),
    (ast.Call, _off_by_one),
    (ast.Subscript, _shifted_slices),
    (ast.IfExp, _other_conditions),
    (ast.BoolOp, _parts_of_conditions),
    ((ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp), _filters),
)


def _conditions(source: ProgramText, node: ast.If | ast.While) -> Edits:
    text, place = source.code(node.test), source.span(node.test)
    yield Edit(*place, f"not ({text})")
    if isinstance(node, ast.If):
        # `False` removes a guard, and leaves the `elif` and `else` below it where they are.
        yield Edit(*place, "False")
        yield Edit(*place, "True")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)

"""The check kind ``source``: code uses, or avoids, stated functions and constructs."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from grader.checks.base import Check, CheckContext, Student, Verdict, failed, passed
from grader.checks.cell_code import names_bound_by, parse_cell, walk_scope
from grader.checks.kinds.source.imported_names import Scope, walk_with_scopes
from grader.checks.student_work import StudentWork, WorkCell
from grader.text import cell_label, line_text

MAX_CHARS = 400_000

_CONSTRUCTS: Mapping[str, tuple[type[ast.AST], ...]] = {
    "and": (ast.And,),
    "assert": (ast.Assert,),
    "await": (ast.Await,),
    "class": (ast.ClassDef,),
    "del": (ast.Delete,),
    "for": (ast.For, ast.AsyncFor, ast.comprehension),
    "global": (ast.Global,),
    "if": (ast.If, ast.IfExp),
    "import": (ast.Import, ast.ImportFrom),
    "in": (ast.In, ast.NotIn),
    "is": (ast.Is, ast.IsNot),
    "lambda": (ast.Lambda,),
    "nonlocal": (ast.Nonlocal,),
    "not": (ast.Not, ast.NotIn, ast.IsNot),
    "or": (ast.Or,),
    "raise": (ast.Raise,),
    "return": (ast.Return,),
    "try": (ast.Try, ast.TryStar),
    "while": (ast.While,),
    "with": (ast.With, ast.AsyncWith),
    "yield": (ast.Yield, ast.YieldFrom),
}
_WORDS: Mapping[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(word for word, kinds in _CONSTRUCTS.items() if kind in kinds)
    for kinds in _CONSTRUCTS.values()
    for kind in kinds
}


def _item(text: str) -> str:
    if keyword.iskeyword(text):
        if text not in _CONSTRUCTS:
            raise ValueError(f"`{text}` cannot be looked for; these can: {', '.join(_CONSTRUCTS)}")
        return text
    if not all(part.isidentifier() for part in text.removeprefix(".").split(".")):
        raise ValueError(
            f"`{text}` is neither a keyword of Python nor a full name such as `numpy.prod`, `sum` "
            "or, for a method of any object, `.prod`"
        )
    root, dot, rest = text.partition(".")
    if dot and root in _SHORT:
        raise ValueError(
            f"`{text}` is a notebook's short name: write the full one, `{_SHORT[root]}.{rest}`"
        )
    meant = [word for word in _CONSTRUCTS if sorted(word) == sorted(text)]
    if meant and not hasattr(builtins, text):
        raise ValueError(f"`{text}` is not a keyword of Python; did you mean `{meant[0]}`?")
    return text


_SHORT: Mapping[str, str] = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "sp": "scipy",
}


def _subject(text: str) -> str:
    if text != "*" and not text.isidentifier():
        raise ValueError(
            f"`{text}` is not the name of a function; `*` means all code of the exercise"
        )
    return text


Item: TypeAlias = Annotated[str, AfterValidator(_item)]


@dataclass(frozen=True, slots=True)
class _Code:
    """Code to search, and its cell."""

    cell: WorkCell
    nodes: tuple[ast.AST, ...]


class SourceCheck(Check):
    """Check which functions and constructs a function, or the exercise, uses."""

    kind: ClassVar[str] = "source"
    evaluates: ClassVar[bool] = False
    # Working code is never worth less than three quarters.
    costs_at_most: ClassVar[tuple[str, Decimal] | None] = ("how code is written", Decimal("0.25"))

    source: Annotated[str, AfterValidator(_subject)] = Field(
        description="Name of a function, or `*` for all code of the exercise."
    )
    uses: tuple[Item | tuple[Item, ...], ...] = Field(
        default=(), description="Names and keywords that must be used; of a list, any one."
    )
    avoids: tuple[Item, ...] = Field(
        default=(), description="Names and keywords that must not be used."
    )

    @property
    def subject(self) -> str:
        """The function; empty for all code."""
        return "" if self.source == "*" else self.source

    @model_validator(mode="after")
    def _looks_for_something(self) -> SourceCheck:
        if not (self.uses or self.avoids):
            raise ValueError("this checks nothing: add `uses` or `avoids`")
        return self

    def prepare(self, context: CheckContext) -> None:
        """Prepare nothing: the check's keys suffice."""

    def judge(self, prepared: None, student: Student) -> Verdict:  # noqa: ARG002
        """Search the code, and the functions of the notebook that it uses."""
        if sum(len(cell.source) for cell in student.work.notebook) > MAX_CHARS:
            return failed(_TOO_LONG, brief=_TOO_LONG)
        notebook = _ParsedNotebook.read(student.work.notebook)
        code = notebook.code_of(self.source, student.work)
        if not code:
            called = "this exercise" if self.source == "*" else f"`{self.source}`"
            text = f"There is no code of {called} to check."
            return failed(text, brief=text)
        found: dict[str, str] = {}
        for name, place in notebook.found_in(self.source, code):
            found.setdefault(name, place)
        return self._verdict(found)

    def _verdict(self, found: Mapping[str, str]) -> Verdict:
        wrong = {item: place for item in self.avoids for place in _places(item, found)[:1]}
        lacking = [item for item in self.uses if not any(_places(one, found) for one in _any(item))]
        if not (wrong or lacking):
            return passed()
        subject = "The code" if self.source == "*" else f"`{self.source}`"
        brief = [f"{subject} should not use `{item}`." for item in wrong]
        message = [f"{subject} should not use `{item}`: {place}." for item, place in wrong.items()]
        missing = [f"{subject} does not use {_or(_any(item))}." for item in lacking]
        return failed(
            " ".join(message + missing),
            brief=" ".join(brief + missing),
            evidence=(tuple(wrong), tuple(map(str, lacking))),
        )


_TOO_LONG = f"The notebook holds more than {MAX_CHARS:,} characters of code, too many to check."


def _any(item: str | tuple[str, ...]) -> tuple[str, ...]:
    return (item,) if isinstance(item, str) else item


def _or(items: Sequence[str]) -> str:
    return " or ".join(f"`{item}`" for item in items)


def _places(item: str, found: Mapping[str, str]) -> list[str]:
    """Return where a name or a part of it is used: `numpy.linalg.det` uses `numpy`."""
    return [place for name, place in found.items() if name == item or name.startswith(f"{item}.")]


@dataclass(frozen=True, slots=True)
class _ParsedNotebook:
    """The code of a notebook: its trees, top-level scope and last definition of each name."""

    trees: Mapping[int, ast.Module]
    scope: Scope
    defined: Mapping[str, _Code]

    @classmethod
    def read(cls, cells: Sequence[WorkCell]) -> _ParsedNotebook:
        code = [cell for cell in cells if cell.kind == "code"]
        trees = {cell.index: parse_cell(cell.source) for cell in code}
        scope = Scope().bind(node for tree in trees.values() for node in tree.body)
        defined = {
            name: _Code(cell, (node,))
            for cell in code
            for node in walk_scope(trees[cell.index].body)
            for name in _defined_by(node)
        }
        return cls(trees, scope, defined)

    def code_of(self, source: str, work: StudentWork) -> list[_Code]:
        """Return the code of a function, or of all cells of the exercise."""
        if source != "*":
            return [self.defined[source]] if source in self.defined else []
        cells = [cell for cell in work.cells if cell.index in self.trees]
        return [_Code(cell, tuple(body)) for cell in cells if (body := self.trees[cell.index].body)]

    def found_in(self, source: str, code: list[_Code]) -> Iterator[tuple[str, str]]:
        """Yield each name and keyword that is used, with its place, in the order of the text."""
        for name in self.scope.look_up(source) if source in self.defined else ():
            yield name, "it is that function itself"
        waiting, seen = list(code), {id(part.nodes[0]) for part in code}
        while waiting:
            part = waiting.pop(0)
            for node, scope in walk_with_scopes(part.nodes, self.scope):
                for name in _used_by(node, scope):
                    yield name, _place(part.cell, node)
                further = self._own_function(node, scope)
                if further is not None and id(further.nodes[0]) not in seen:
                    seen.add(id(further.nodes[0]))
                    waiting.append(further)

    def _own_function(self, node: ast.AST, scope: Scope) -> _Code | None:
        """Return the notebook's function that a name in the code refers to."""
        if not isinstance(node, ast.Name) or scope.of(node.id) is not self.scope:
            return None
        code = self.defined.get(node.id)
        return code if code and _is_function(code.nodes[0]) else None


def _is_function(node: ast.AST) -> bool:
    """Return whether code may define a function, such as ``f = partial(g, 2)``."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return isinstance(node.value, (ast.Lambda, ast.Name, ast.Attribute, ast.Call))
    return not isinstance(node, (ast.Import, ast.ImportFrom))


def _defined_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node defines."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from names_bound_by(node)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (name for one in ast.walk(target) for name in names_bound_by(one))


def _used_by(node: ast.AST, scope: Scope) -> Iterator[str]:
    yield from _WORDS.get(type(node), ())
    if isinstance(node, ast.Attribute) or (
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ):
        yield from scope.full_names(node)


def _place(cell: WorkCell, node: ast.AST) -> str:
    near = node.target if isinstance(node, ast.comprehension) else node
    line = getattr(near, "lineno", None)
    if line is None:
        return cell_label(cell.index + 1, cell.source)
    text = line_text(cell.source.split("\n")[line - 1])
    return f"{cell_label(cell.index + 1, cell.source)}, line {line}: {text}"

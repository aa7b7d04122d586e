"""Explains why a name that an exercise asks for is not defined, or is not a function."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from grader.compare import noun_of
from grader.grading.explaining.bindings import (
    Binding,
    bindings_of,
    bindings_that_ran,
    deletions_of,
    has_run,
    inner_definition,
    runs_elsewhere,
)
from grader.grading.explaining.cells import ENDS, NotebookCells
from grader.grading.explaining.syntax_errors import SYNTAX_ERRORS
from grader.guest.protocol.values import Answer, Opaque, Returned, Value
from grader.notebook import Cell
from grader.text import safe_text

_NEAR = 0.75
_MOST_CELLS = 6
_MOST_NAMES = 2000  # each is compared with the missing one
_LONGEST_NAME = 80
_LOOKED_AT = 200_000  # characters of a text cell; a code cell may have as many
_RESET = re.compile(r"^\s*%reset", re.MULTILINE)
_TEXT_KINDS = {"markdown": "Markdown", "raw": "Raw"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a name is not defined, or is not a function.

    Attributes
    ----------
    message : str
        One or two sentences.
    why : str
        The end of the first sentence, which several names may share; empty if nothing is known.
    brief : str
        What a hidden check shows. It depends on the name, the notebook's text and how its cells
        ended, none of which a hidden input can influence; not on the value of the name.
    """

    message: str
    brief: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Looks for reasons in a notebook.

    `asked` are the names that any exercise asks for: none of them is a misspelling of another. Code
    in the prompt of an exercise, by its id in `prompts`, is no answer.
    """

    notebook: NotebookCells
    asked: Collection[str] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)

    def missing(self, name: str, exercise: str, *, function: bool) -> Reason:
        """Return why a name is not defined that an exercise asks for, perhaps as a function."""
        why = self._why_missing(name, exercise, function=function)
        text = f"`{name}` is not defined{why}."
        return Reason(text, self._brief(name, text), why)

    def is_absent(self, name: str) -> bool:
        """Return whether no cell that ran binds a name, according to the notebook's text."""
        return not bindings_that_ran(self.notebook, name)

    def _brief(self, name: str, missing: str) -> str:
        """Return a text that is the same whether the name is missing or is not a function."""
        ran = bindings_that_ran(self.notebook, name)
        if ran and not ran[-1].is_function:
            return f"`{name}` is not a function{self._since(name)}."
        return missing

    def _why_missing(self, name: str, exercise: str, *, function: bool) -> str:
        found = bindings_of(self.notebook, name)
        if found:
            return self._why_unbound(name, found)
        why = self.unreached(name, exercise) or self._inner(name)
        return why or self._misspelt(name, function=function) or self._commented_out(name)

    def unreached(self, name: str, exercise: str) -> str:
        """Return, as the end of a sentence, which definition of a name did not run."""
        return self._stopped(name) or self._no_code(name, exercise) or self._elsewhere(name)

    def _why_unbound(self, name: str, found: Sequence[Binding]) -> str:
        """Return why a name is not defined although cells bind it."""
        label = self.notebook.label
        ran = bindings_that_ran(self.notebook, name)
        if not ran:
            return self._never_reached(found[-1])
        last = ran[-1]
        gone = [
            (cell, line)
            for cell, line in deletions_of(self.notebook, name)
            if (cell.index, line) > (last.cell.index, last.line)
        ]
        if gone:
            cell, line = gone[-1]
            return f": {label(cell)}, line {line}, deletes it"
        reset = [
            cell
            for cell in self.notebook.code
            if cell.index >= last.cell.index and _RESET.search(cell.source)
        ]
        if reset:
            return f": {label(reset[-1])} deletes all names with `%reset`"
        where = f"{label(last.cell)}, line {last.line}"
        if last.setter:
            return f": only a call of `{safe_text(last.setter, 60)}` ({where}) would define it"
        if not last.is_sure:
            kind = _KEYWORDS.get(type(last.statement), "a condition")
            return (
                f": {where}, defines it only inside the `{kind}` of line {last.statement.lineno}, "
                "and that part did not run"
            )
        if not self.notebook.numbered:  # a kernel does not report how its cells ended
            return f": {where}, defines it; did the cell stop before that? Run it again"
        return f": {where}, defines it, but it was no longer defined when all cells had run"

    def _never_reached(self, binding: Binding) -> str:
        cell = binding.cell
        outcome = self.notebook.outcome(cell)
        if outcome is None:
            return ""
        why = safe_text(self.notebook.why_stopped_briefly(cell, outcome), 400)
        if outcome.status == "raised" and self.notebook.stopped_at(cell):
            joint = "stopped before it was defined: "
        else:
            joint = "" if outcome.status in ENDS else "stopped: "
        return f": {self.notebook.label(cell)}, which defines it, {joint}{why}"

    def _stopped(self, name: str) -> str:
        """Look for a definition in cells with a syntax error."""
        defines = _definition(name)
        for cell in reversed(list(self.notebook.mentioning(name))):
            outcome = self.notebook.outcome(cell)
            if outcome is None or outcome.error_type not in SYNTAX_ERRORS:
                continue
            if defines.search(cell.source):
                why = safe_text(self.notebook.why_stopped(cell, outcome), 400)
                return f": the cell that defines it, {self.notebook.label(cell)}, stopped: {why}"
        return ""

    def _no_code(self, name: str, exercise: str) -> str:
        """Look for a definition in cells that are not run."""
        defines = _definition(name)
        for cell in reversed(self.notebook.cells):
            if cell.kind == "code" or cell.part == "prompt":
                continue
            was_code = cell.part == "starter" and cell.exercise == exercise
            if was_code or self._defines_in_text(cell, defines, exercise):
                kind = _TEXT_KINDS[cell.kind]
                return (
                    f": {self.notebook.label(cell)} is {kind}, so its code did not run. Change the "
                    "cell's type to Code"
                )
        return ""

    def _defines_in_text(self, cell: Cell, defines: re.Pattern[str], exercise: str) -> bool:
        prompt = self.prompts.get(exercise, "").strip()
        text = cell.source[:_LOOKED_AT]
        return defines.search(text.replace(prompt, "") if prompt else text) is not None

    def _elsewhere(self, name: str) -> str:
        """Look for a definition in cells whose magic keeps no names."""
        defines = _definition(name)
        for cell in self.notebook.mentioning(name):
            magic = runs_elsewhere(cell)
            if magic and defines.search(cell.source):
                return (
                    f": {self.notebook.label(cell)} begins with `{safe_text(magic, 40)}`, so its "
                    "definitions are not kept"
                )
        return ""

    def _inner(self, name: str) -> str:
        """Look for a definition inside a function or a class."""
        for cell in self.notebook.mentioning(name):
            found = inner_definition(self.notebook.tree(cell), name)
            if found is not None:
                outer, node = found
                kind = "class" if isinstance(outer, ast.ClassDef) else "function"
                line = getattr(node, "lineno", 1)
                return (
                    f": {self.notebook.label(cell)}, line {line}, defines it inside the {kind} "
                    f"`{safe_text(outer.name, 60)}`. Move it to the left margin"
                )
        return ""

    def _misspelt(self, name: str, *, function: bool) -> str:
        """Look for a similar name."""
        known = self._names()
        others = [one for one in known if len(one) <= _LONGEST_NAME and one not in self.asked]
        near = _nearest(name, others[:_MOST_NAMES])
        if near is None:
            return ""
        binding = known[near]
        if function and not binding.is_function and isinstance(binding.statement, ast.Assign):
            value = binding.statement.value
            if isinstance(value, (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set)):
                return ""
        letters = (
            ""
            if near.isascii() or not name.isascii()
            else " (one of its letters is from another alphabet)"
        )
        return (
            f"; you have `{safe_text(near, 80)}`{letters}. Rename it in "
            f"{self.notebook.label(binding.cell)}"
        )

    def _names(self) -> dict[str, Binding]:
        """Return the names that are bound at the end of the notebook, according to its text."""
        found: dict[str, Binding] = {}
        for cell in self.notebook.code:
            if runs_elsewhere(cell):
                continue
            for name, statement, _ in self.notebook.read(cell.source).bindings:
                binding = Binding(name, cell, statement, statement)
                if has_run(self.notebook, binding):
                    found[name] = binding
        return found

    def _commented_out(self, name: str) -> str:
        commented = re.compile(
            rf"^\s*#\s*(?:(?:def|class)\s+{re.escape(name)}\b|{re.escape(name)}\s*=(?!=))"
        )
        for cell in self.notebook.mentioning(name):
            for place, line in enumerate(cell.source.splitlines(), start=1):
                if commented.match(line):
                    label = self.notebook.label(cell)
                    return f": its definition in {label}, line {place}, is a comment"
        return ""

    def wrong_kind(self, name: str, exercise: str, held: Answer) -> Reason:
        """Return what a name is instead of a function, and which cell made it so."""
        message = f"`{name}` is {_what_it_is(held)}, not a function{self._since(name)}."
        brief = self.missing(name, exercise, function=True).brief
        return Reason(message, brief)

    def _since(self, name: str) -> str:
        ran = bindings_that_ran(self.notebook, name)
        if not ran or ran[-1].is_function:
            return ""
        last, label = ran[-1], self.notebook.label
        comma = _one_tuple(last.statement)
        if comma:
            return f": the comma at the end of {label(last.cell)}, line {comma}, makes a tuple"
        before = [one for one in ran[:-1] if one.is_function]
        where = f"{label(last.cell)}, line {last.line},"
        if not before:
            return f": {where} defines it"
        was = before[-1]
        if was.cell is last.cell:
            return f" (it was one after line {was.line}): {where} assigns something else to it"
        place = f"cell {was.cell.index + 1}" if self.notebook.numbered else label(was.cell)
        return f" (it was one after {place}): {where} assigns something else to it"

    def several(self, name: str) -> str:
        """Return a remark if a name is defined more than once; else an empty text."""
        ran = bindings_that_ran(self.notebook, name)
        cells = list({one.cell.index: one.cell for one in ran}.values())
        if len(cells) == 1 and sum(one.is_function for one in ran) > 1:
            first, last = ran[0].line, ran[-1].line
            return (
                f"`{name}` is defined in line {first} and again in line {last} of "
                f"{self.notebook.label(cells[0])}; the last one counts"
            )
        if not 1 < len(cells) <= _MOST_CELLS or not self.notebook.numbered:
            return ""
        listed, last_cell = self.notebook.listed(cells), self.notebook.label(cells[-1])
        return f"`{name}` is defined in {listed}; the last one counts, {last_cell}"


_KEYWORDS = {
    ast.If: "if",
    ast.For: "for",
    ast.AsyncFor: "for",
    ast.While: "while",
    ast.Try: "try",
    ast.TryStar: "try",
    ast.Match: "match",
}


def _definition(name: str) -> re.Pattern[str]:
    """Return a pattern that finds the definition of a name in text that need not be Python."""
    bare = re.escape(name)
    return re.compile(
        rf"^[ \t>`]*(?:(?:async\s+)?def\s+{bare}\b|class\s+{bare}\b|{bare}\s*(?::[^=\n]*)?=(?!=))",
        re.MULTILINE,
    )


def _nearest(name: str, known: Collection[str]) -> str | None:
    def folded(text: str) -> str:
        return text.casefold().replace("_", "")

    for one in known:
        if folded(one) == folded(name):
            return one
    for one in known:
        if not one.isascii() and _differs_in_foreign_letters(one, name):
            return one
    near = get_close_matches(name, known, n=1, cutoff=_NEAR)
    return near[0] if near else None


def _differs_in_foreign_letters(one: str, name: str) -> bool:
    """Return whether two names differ only in non-ASCII letters, which may look like ASCII ones."""
    pairs = zip(one, name, strict=False)
    return len(one) == len(name) and all(a == b or not a.isascii() for a, b in pairs)


def _one_tuple(statement: ast.stmt) -> int:
    """Return the line on which an assignment ends in a comma that makes a tuple; else 0."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(value, ast.Tuple) or len(value.elts) != 1:
        return 0
    inner = value.elts[0]
    in_brackets = value.col_offset < inner.col_offset
    return 0 if in_brackets else value.end_lineno or 0


def _what_it_is(held: Answer) -> str:
    if not isinstance(held, Returned):
        return "an object that cannot be read"
    value = held.value
    if isinstance(value, (list, tuple, dict, set)):
        return f"a {type(value).__name__}" if not value or _holds_objects(value) else noun_of(value)
    return noun_of(value)


def _holds_objects(value: Value) -> bool:
    items: Iterator[Value] = iter(value.values() if isinstance(value, dict) else value)
    return any(isinstance(item, Opaque) for item in items)

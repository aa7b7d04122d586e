"""Judging a derivation: its start, each of its steps, its target and its length."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import localcontext
from itertools import pairwise
from typing import Literal, TypeAlias

from grader.checks.algebra.chain import Chain, Line, Relation
from grader.checks.algebra.evaluate import DIGITS, SHARP_DIGITS, Evaluator, LostDigits, Undefined
from grader.checks.algebra.functions import comparing
from grader.checks.algebra.nodes import Negated, Node
from grader.checks.algebra.points import draw_groups
from grader.checks.algebra.report import show_bend, show_difference, show_point
from grader.checks.algebra.slips import Symptom, factor_symbols, step_symptom
from grader.checks.algebra.steps import Trial, affine, affine_or_bent, equal, logarithm
from grader.checks.algebra.symbols import Symbols
from grader.text import safe_text

__all__ = ["Aim", "Finding", "Goal", "judge_chain", "set_goal"]

Aim: TypeAlias = Literal["maximise", "minimise"]

_LINE_SHOWN = 160
_MOST_GOALS = 64


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong with a derivation.

    Attributes
    ----------
    symptom : tuple of str
        What kind of slip it is; no line numbers, no notation.
    brief : str
        What does not hold, and where.
    detail : str
        The lines themselves and a counterexample; empty where there is none.
    """

    symptom: Symptom
    brief: str
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """What a derivation is to show, with its formulas tried at the points.

    Attributes
    ----------
    symbols : Symbols
        What may vary.
    evaluator : Evaluator
        The points, and what the parts of the start and of the target came to at them.
    starts : tuple of (Aim, Trial)
        Where it may start, and whether that is to be maximised or minimised.
    target : Trial
        Where it must end.
    min_lines : int
        How many different formulas it must have.
    seed : int
        What the points were drawn from.
    """

    symbols: Symbols
    evaluator: Evaluator
    starts: tuple[tuple[Aim, Trial], ...]
    target: Trial
    min_lines: int
    seed: int

    def seen_with(self, symbols: Symbols) -> Goal:
        """Return the same goal where other symbols are free."""
        if symbols == self.symbols:
            return self
        starts = tuple((aim, trial.formula) for aim, trial in self.starts)
        return set_goal(symbols, starts, self.target.formula, self.min_lines, self.seed)


@functools.lru_cache(maxsize=_MOST_GOALS)
def set_goal(
    symbols: Symbols,
    starts: tuple[tuple[Aim, Node], ...],
    target: Node,
    min_lines: int,
    seed: int,
) -> Goal:
    """Draw the points and try the start and the target at them.

    The same goal comes back for the same arguments: for an exercise that is loaded again, and for
    each student who declares the same symbols free.

    Raises
    ------
    Undefined
        One of the formulas has no value at one of the points.
    """
    evaluator = Evaluator(draw_groups(symbols, seed))
    tried = tuple((aim, Trial(formula, evaluator)) for aim, formula in starts)
    return Goal(symbols, evaluator, tried, Trial(target, evaluator), min_lines, seed)


def judge_chain(chain: Chain, goal: Goal) -> Finding | None:
    """Return the first thing that is wrong with a derivation; None if nothing is."""
    with localcontext(comparing(DIGITS)):
        return _judge_chain(chain, goal.seen_with(chain.symbols))


def _judge_chain(chain: Chain, goal: Goal) -> Finding | None:
    first, evaluator = chain.lines[0], goal.evaluator.copy()  # nothing of a student is kept
    old = _tried(first, goal, evaluator)
    if isinstance(old, Finding):
        return old
    try:
        aim = next((aim for aim, start in goal.starts if equal(start, old)), None)
    except LostDigits:
        return _lost_digits(first)
    if aim is None:
        return _wrong_start(first, goal)
    for before, line in pairwise(chain.lines):
        new = _tried(line, goal, evaluator)
        if isinstance(new, Finding):
            return new
        try:
            after = _aim_after(line.relation, old, new, aim)
        except LostDigits:
            return _lost_digits(line)
        if after is None:
            return _broken(_Step(before, line, old, new, aim), goal)
        old, aim = new, after
    return _judge_end(chain.lines[-1], old, goal) or _judge_length(chain, goal)


@dataclass(frozen=True, slots=True)
class _Step:
    before: Line
    line: Line
    old: Trial
    new: Trial
    aim: Aim


def _tried(line: Line, goal: Goal, evaluator: Evaluator) -> Trial | Finding:
    try:
        return Trial(line.formula, evaluator)
    except LostDigits:
        return _lost_digits(line)
    except Undefined as error:
        where = show_point(error.point, goal.symbols)
        return Finding(
            ("undefined",),
            f"Line {line.number} does not have a value everywhere: it {error.why}.",
            f"{_quoted(line)}\nIt has none at {where}.",
        )


def _lost_digits(line: Line) -> Finding:
    return Finding(
        ("digits",),
        f"Line {line.number} cannot be checked: too many of its digits are lost. Even with"
        f" {SHARP_DIGITS} digits it is not known well enough to be compared. Write it without"
        " numbers that are so far apart in size, or that cancel in so many digits.",
        _quoted(line),
    )


def _aim_after(relation: Relation | None, old: Trial, new: Trial, aim: Aim) -> Aim | None:
    """Return whether the new line is to be maximised or minimised; None if it does not follow."""
    if relation == "=":
        return aim if equal(old, new) else None
    if relation == "negate:":
        turned = aim == "maximise" and equal(old.beside(Negated(old.formula)), new)
        return "minimise" if turned else None
    if affine(old, new).slope == "up":
        return aim
    logged = logarithm(old) if aim == "maximise" else None
    slope = affine(logged, new).slope if logged else "bent"
    aims: dict[str, Aim] = {"up": "maximise", "down": "minimise"}
    return aims.get(slope)


def _broken(step: _Step, goal: Goal) -> Finding:
    relation = step.line.relation
    assert relation is not None
    names = f"line {step.before.number}", f"line {step.line.number}"
    old, new = step.old, step.new
    advice = ""
    if relation == "~" and step.aim == "maximise" and (logged := logarithm(old)):
        old = old.beside(Negated(logged.formula))
        names = f"-log of line {step.before.number}", names[1]
    if relation == "negate:":
        old = old.beside(Negated(old.formula))
        names = f"minus line {step.before.number}", names[1]
        if step.aim == "minimise":
            advice = f" `negate:` turns a line to be maximised; {names[0][6:]} is to be minimised."
    symptom = step_symptom(old, new, relation, goal.symbols)
    if relation == "=" and _holds_loosely(step):
        advice = " Only `~` holds: the same predictions are best, but the values are not equal."
        symptom = (*symptom, "only ~", "log") if symptom == ("step", "=") else symptom
    show = show_bend if relation == "~" else show_difference
    example = show(
        (names[0], old.formula), (names[1], new.formula), goal.evaluator.groups, goal.symbols
    )
    brief = f"Line {step.line.number} does not follow from line {step.before.number}"
    return Finding(
        symptom,
        f"{brief} by `{relation}`.{advice}",
        "\n".join(filter(None, (_quoted(step.before), _quoted(step.line), example))),
    )


def _holds_loosely(step: _Step) -> bool:
    try:
        return _aim_after("~", step.old, step.new, step.aim) is not None
    except LostDigits:
        return False


def _wrong_start(line: Line, goal: Goal) -> Finding:
    (aim, start), *_ = goal.starts
    name = "the likelihood" if aim == "maximise" else "the loss"
    example = show_difference(
        (f"line {line.number}", line.formula),
        (name, start.formula),
        goal.evaluator.groups,
        goal.symbols,
    )
    return Finding(
        ("start",),
        "Line 1 is not where the derivation must start.",
        "\n".join(filter(None, (_quoted(line), example))),
    )


def _judge_end(line: Line, last: Trial, goal: Goal) -> Finding | None:
    try:
        if equal(goal.target, last):
            return None
    except LostDigits:
        return _lost_digits(line)
    fit = affine_or_bent(goal.target, last)
    brief = "The last line is not the target."
    symptom: Symptom = ("target",)
    if fit.slope == "up":
        brief += " The same predictions are best for both, but the values are not equal."
        found = factor_symbols(fit, goal.evaluator.groups, goal.symbols) or frozenset()
        symptom += ("factor with n" if goal.symbols.size in found else "~",)
    example = show_difference(
        (f"line {line.number}", line.formula),
        ("the target", goal.target.formula),
        goal.evaluator.groups,
        goal.symbols,
    )
    return Finding(symptom, brief, "\n".join(filter(None, (_quoted(line), example))))


def _judge_length(chain: Chain, goal: Goal) -> Finding | None:
    count = len({line.formula for line in chain.lines})
    if count >= goal.min_lines:
        return None
    return Finding(
        ("length",),
        f"Each step holds, but too much happens in one: {count} different lines,"
        f" where at least {goal.min_lines} are asked for.",
    )


def _quoted(line: Line) -> str:
    relation = f"{line.relation} " if line.relation else ""
    return f"    line {line.number}:  {relation}{safe_text(line.source, _LINE_SHOWN)}"

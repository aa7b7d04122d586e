"""The goal of a derivation, with its formulas evaluated at the points."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from grader.checks.kinds.derivation.evaluate import Evaluator
from grader.checks.kinds.derivation.evaluated_formula import EvaluatedFormula
from grader.checks.kinds.derivation.nodes import Negated, Node
from grader.checks.kinds.derivation.plain import Path, plain_form
from grader.checks.kinds.derivation.sample_points import (
    Group,
    draw_groups,
    far_group,
    large_group,
    weighted_groups,
)
from grader.checks.kinds.derivation.symbols import Symbols

Aim: TypeAlias = Literal["maximise", "minimise"]

_MOST_GOALS = 64


@dataclass(frozen=True, slots=True)
class Stop:
    """A line that a derivation must contain.

    Attributes
    ----------
    name : str
        Its name in messages.
    aim : {"maximise", "minimise"}
        Whether it is maximised or minimised.
    formula : Node
        The formula; a line with the other aim must equal minus this.
    """

    name: str
    aim: Aim
    formula: Node


@dataclass(frozen=True, slots=True, eq=False)
class SetStop:
    """A required line, evaluated at the points.

    Attributes
    ----------
    stop : Stop
        The line.
    trials : Mapping of Aim to EvaluatedFormula
        What a line must equal, by its aim.
    shape : frozenset of Path
        How its sums, products and logarithms are nested.
    """

    stop: Stop
    trials: Mapping[Aim, EvaluatedFormula]
    shape: frozenset[Path]


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """What a derivation is to show, with its formulas tried at the points.

    Attributes
    ----------
    symbols : Symbols
        The symbols, and which of them vary.
    evaluator : Evaluator
        The points, and the values of the parts of start and target there.
    starts : tuple of (Aim, EvaluatedFormula)
        Formulas that may come first, and whether each is maximised or minimised.
    target : EvaluatedFormula
        The formula that must come last.
    min_lines : int
        Minimum number of different formulas.
    stops : tuple of SetStop
        Required lines, in order.
    seed : int
        Seed of the points.
    """

    symbols: Symbols
    evaluator: Evaluator
    starts: tuple[tuple[Aim, EvaluatedFormula], ...]
    target: EvaluatedFormula
    min_lines: int
    stops: tuple[SetStop, ...]
    seed: int

    @property
    def countable(self) -> tuple[Group, ...]:
        """The points with a whole number of examples, which students may see."""
        parts = (self.evaluator, *self.evaluator.beyond)
        return tuple(group for part in parts if part.reach != "fractional" for group in part.groups)

    def seen_with(self, symbols: Symbols) -> Goal:
        """Return the same goal with other symbols free."""
        if symbols == self.symbols:
            return self
        starts = tuple((aim, trial.formula) for aim, trial in self.starts)
        stops = tuple(each.stop for each in self.stops)
        return set_goal(symbols, starts, self.target.formula, self.min_lines, self.seed, stops)


@functools.lru_cache(maxsize=_MOST_GOALS)
def set_goal(
    symbols: Symbols,
    starts: tuple[tuple[Aim, Node], ...],
    target: Node,
    min_lines: int,
    seed: int,
    stops: tuple[Stop, ...] = (),
) -> Goal:
    """Draw the points and evaluate start, target and required lines at them.

    Goals are cached: an exercise that is loaded again, and each student who declares the same
    symbols free, gets the same one.

    Raises
    ------
    Undefined
        One of the formulas has no value at one of the points.
    """
    evaluator = _drawn(symbols, seed)
    tried = tuple((aim, everywhere(formula, evaluator)) for aim, formula in starts)
    passed = tuple(set_stop(stop, evaluator) for stop in stops)
    target_tried = everywhere(target, evaluator)
    return Goal(symbols, evaluator, tried, target_tried, min_lines, passed, seed)


def _drawn(symbols: Symbols, seed: int) -> Evaluator:
    beyond = (
        Evaluator(weighted_groups(symbols, seed), reach="fractional"),
        Evaluator((large_group(symbols, seed),), reach="far"),
        Evaluator((far_group(symbols, seed),), reach="far"),
    )
    return Evaluator(draw_groups(symbols, seed), beyond)


def everywhere(formula: Node, evaluator: Evaluator) -> EvaluatedFormula:
    """Evaluate a formula at all points, including those beyond.

    Raises
    ------
    Undefined, LostDigits
        As `EvaluatedFormula` and `EvaluatedFormula.beyond` do.
    """
    trial = EvaluatedFormula(formula, evaluator)
    list(trial.beyond())  # raises if it has no value there
    return trial


def set_stop(stop: Stop, evaluator: Evaluator) -> SetStop:
    """Evaluate a required line at the points; it raises as `everywhere` does."""
    same, turned = stop.formula, Negated(stop.formula)
    other: Aim = "minimise" if stop.aim == "maximise" else "maximise"
    trials = {stop.aim: everywhere(same, evaluator), other: everywhere(turned, evaluator)}
    return SetStop(stop, trials, plain_form(same).shape)

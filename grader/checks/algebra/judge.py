"""Judging a derivation: its start, each step, its target, its length and what it passes through."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import localcontext
from itertools import pairwise
from typing import Literal, TypeAlias

from grader.checks.algebra.chain import Chain, Line, Relation
from grader.checks.algebra.evaluate import DIGITS, SHARP_DIGITS, Evaluator, LostDigits, Undefined
from grader.checks.algebra.functions import comparing
from grader.checks.algebra.nodes import Negated, Node, branches, sign_of
from grader.checks.algebra.plain import Path, Plain, plain_form
from grader.checks.algebra.points import Group, draw_groups, far_group, large_group, weighted_group
from grader.checks.algebra.report import show_bend, show_difference, show_point
from grader.checks.algebra.slips import Symptom, factor_symbols, slip_in, step_symptom
from grader.checks.algebra.steps import Trial, affine, affine_or_bent, equal, logarithm
from grader.checks.algebra.symbols import Symbols
from grader.text import safe_text

__all__ = ["Aim", "Finding", "Goal", "Stop", "can_stop", "judge_chain", "set_goal"]

Aim: TypeAlias = Literal["maximise", "minimise"]

_LINE_SHOWN = 160
_ASK_LENGTH = "Which step could a reader not follow? Write down what happens in it."
_ONLY_THERE = (
    "A part of one of them is 0 at the whole numbers of examples that were tried, and only there."
)
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
    hint : str
        What to think about, where that is not how two lines compare.
    """

    symptom: Symptom
    brief: str
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A line that a derivation must pass through.

    Attributes
    ----------
    name : str
        What a student is told that it is.
    aim : {"maximise", "minimise"}
        What it is to be.
    formula : Node
        What a line of the derivation must equal, or be minus of where the line has the other aim.
    """

    name: str
    aim: Aim
    formula: Node


@dataclass(frozen=True, slots=True, eq=False)
class _Stop:
    stop: Stop
    trials: Mapping[Aim, Trial]
    shape: frozenset[Path]


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
    stops : tuple of _Stop
        What it must pass through, in this order.
    seed : int
        What the points were drawn from.
    """

    symbols: Symbols
    evaluator: Evaluator
    starts: tuple[tuple[Aim, Trial], ...]
    target: Trial
    min_lines: int
    stops: tuple[_Stop, ...]
    seed: int

    def seen_with(self, symbols: Symbols) -> Goal:
        """Return the same goal where other symbols are free."""
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
    """Draw the points and try the start and the target at them.

    The same goal comes back for the same arguments: for an exercise that is loaded again, and for
    each student who declares the same symbols free.

    Raises
    ------
    Undefined
        One of the formulas has no value at one of the points.
    """
    evaluator = _drawn(symbols, seed)
    tried = tuple((aim, _everywhere(formula, evaluator)) for aim, formula in starts)
    passed = tuple(_set_stop(stop, evaluator) for stop in stops)
    target_tried = _everywhere(target, evaluator)
    return Goal(symbols, evaluator, tried, target_tried, min_lines, passed, seed)


def _drawn(symbols: Symbols, seed: int) -> Evaluator:
    beyond = (
        Evaluator((weighted_group(symbols, seed),), reach="fractional"),
        Evaluator((large_group(symbols, seed),), reach="far"),
        Evaluator((far_group(symbols, seed),), reach="far"),
    )
    return Evaluator(draw_groups(symbols, seed), beyond)


def _everywhere(formula: Node, evaluator: Evaluator) -> Trial:
    trial = Trial(formula, evaluator)
    for _ in trial.beyond():
        pass  # that it has a value there too
    return trial


def _set_stop(stop: Stop, evaluator: Evaluator) -> _Stop:
    same, turned = stop.formula, Negated(stop.formula)
    other: Aim = "minimise" if stop.aim == "maximise" else "maximise"
    trials = {stop.aim: _everywhere(same, evaluator), other: _everywhere(turned, evaluator)}
    return _Stop(stop, trials, plain_form(same).shape)


def can_stop(goal: Goal, stop: Stop) -> bool:
    """Tell whether a line to pass through follows from a start."""
    try:
        with localcontext(comparing(DIGITS)):
            trials = _set_stop(stop, goal.evaluator.copy()).trials
            return any(
                _aim_after("~", start, trial, aim) == end
                for aim, start in goal.starts
                for end, trial in trials.items()
            )
    except (LostDigits, Undefined):
        return False


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
    passed = [_Passed(first, old, aim)]
    for before, line in pairwise(chain.lines):
        new = _tried(line, goal, evaluator)
        if isinstance(new, Finding):
            return new
        try:
            after = _aim_after(line.relation, old, new, aim)
            if after is None and line.implied:
                after = _aim_after("negate:", old, new, aim)
        except LostDigits:
            return _lost_digits(line)
        if after is None:
            return _broken(_Step(before, line, old, new, aim), goal)
        old, aim = new, after
        passed.append(_Passed(line, old, aim))
    return _judge_end(chain.lines[-1], old, goal) or _judge_way(passed, goal)


@dataclass(frozen=True, slots=True)
class _Passed:
    """A line that holds."""

    line: Line
    trial: Trial
    aim: Aim


@dataclass(frozen=True, slots=True)
class _Step:
    before: Line
    line: Line
    old: Trial
    new: Trial
    aim: Aim


def _tried(line: Line, goal: Goal, evaluator: Evaluator) -> Trial | Finding:
    try:
        trial = _everywhere(line.formula, evaluator)
        return _one_sided(line) if _has_untried_branch(trial) else trial
    except LostDigits:
        return _lost_digits(line)
    except Undefined as error:
        where = show_point(error.point, goal.symbols)
        return Finding(
            ("undefined",),
            f"Line {line.number} does not have a value everywhere: it {error.why}.",
            f"{_quoted(line)}\nIt has none at {where}.",
        )


def _has_untried_branch(trial: Trial) -> bool:
    return any(
        not sign_of(argument) and len(trial.signs(argument)) == 1
        for argument in branches(trial.formula)
    )


def _one_sided(line: Line) -> Finding:
    return Finding(
        ("one-sided",),
        f"Line {line.number} cannot be checked: what it takes the absolute value of, or the root of"
        " the square of, has the same sign at every value that is tried. Write it without.",
        _quoted(line),
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
    shown = (names[0], old.formula), (names[1], new.formula)
    example = show(*shown, _countable(goal), goal.symbols) or _ONLY_THERE
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
        _countable(goal),
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
        _countable(goal),
        goal.symbols,
    )
    return Finding(symptom, brief, "\n".join(filter(None, (_quoted(line), example))))


def _judge_way(passed: Sequence[_Passed], goal: Goal) -> Finding | None:
    plain = [plain_form(each.line.formula) for each in passed]
    return _judge_length(passed, plain, goal) or _judge_stops(passed, plain, goal)


def _judge_length(passed: Sequence[_Passed], plain: Sequence[Plain], goal: Goal) -> Finding | None:
    count = len({each.text for each in plain})
    if count >= goal.min_lines:
        return None
    brief = (
        f"Each step holds, but too much happens in one: {count} different lines,"
        f" where at least {goal.min_lines} are asked for."
    )
    first: dict[str, Line] = {}
    again = [
        (each.line, earlier)
        for each, form in zip(passed, plain, strict=True)
        if (earlier := first.setdefault(form.text, each.line)) is not each.line
    ]
    if len(passed) < goal.min_lines:
        return Finding(("length",), brief, hint=_ASK_LENGTH)
    told = "; ".join(f"line {line.number} is line {earlier.number}" for line, earlier in again)
    return Finding(
        ("length", "rewritten"),
        f"{brief} A line that only writes an earlier one in other words is no step.",
        f"Written again: {told}.",
        hint=_ASK_LENGTH,
    )


def _judge_stops(passed: Sequence[_Passed], plain: Sequence[Plain], goal: Goal) -> Finding | None:
    after = 0
    for place, stop in enumerate(goal.stops, start=1):
        found = [at for at in range(len(passed)) if _is_at(stop, passed[at], plain[at])]
        later = [at for at in found if at > after]
        if not later:
            return _missed(stop, place, [passed[at] for at in found], passed, plain, goal)
        after = later[0]
    return None


def _is_at(stop: _Stop, passed: _Passed, plain: Plain) -> bool:
    with suppress(LostDigits):
        return _has_shape(stop, plain) and equal(stop.trials[passed.aim], passed.trial)
    return False


def _has_shape(stop: _Stop, plain: Plain) -> bool:
    """Tell whether sums, products and logarithms stand in each other as the stop has it.

    A line may hold more beside, such as a sum without a logarithm, but no product over the
    examples where the stop has none: ``log prod`` equals ``sum log`` and is not yet that.
    """
    kinds = {kind for path in stop.shape for kind in path}
    products = any("product" in path for path in plain.shape)
    return stop.shape <= plain.shape and (not products or "product" in kinds)


def _missed(
    stop: _Stop,
    place: int,
    too_early: Sequence[_Passed],
    passed: Sequence[_Passed],
    plain: Sequence[Plain],
    goal: Goal,
) -> Finding:
    name = stop.stop.name
    symptom: Symptom = ("through", str(place))
    if too_early:
        number = too_early[-1].line.number
        if number == 1:
            brief = f"Line 1 is {name} already: start one step before it."
        else:
            brief = f"Line {number} is {name}, which belongs after the line that it comes before."
        return Finding(symptom, brief, _quoted(too_early[-1].line))
    brief = f"No line of yours is {name}."
    for each, form in zip(passed[1:], plain[1:], strict=True):
        if _has_shape(stop, form):
            wanted = stop.trials[each.aim]
            slip = slip_in(each.trial, functools.partial(equal, wanted), goal.symbols)
            shown = (f"line {each.line.number}", each.line.formula), (name, wanted.formula)
            example = show_difference(*shown, _countable(goal), goal.symbols)
            return Finding(
                ("step", slip) if slip else symptom,
                f"{brief} Line {each.line.number} comes nearest, but is not equal to it.",
                "\n".join(filter(None, (_quoted(each.line), example))),
            )
    return Finding(symptom, brief, hint="Between which two of your lines would it stand?")


def _countable(goal: Goal) -> tuple[Group, ...]:
    """Return the points with a whole number of examples, which can be shown to a student."""
    evaluators = (goal.evaluator, *goal.evaluator.beyond)
    return tuple(
        group for each in evaluators if each.reach != "fractional" for group in each.groups
    )


def _quoted(line: Line) -> str:
    relation = f"{line.relation} " if line.relation else ""
    return f"    line {line.number}:  {relation}{safe_text(line.source, _LINE_SHOWN)}"

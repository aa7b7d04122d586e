"""The judge of a derivation: start, steps, target, length and required lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import localcontext
from itertools import pairwise

from grader.checks.kinds.derivation.chain import Chain, ChainLine
from grader.checks.kinds.derivation.counterexamples import (
    Named,
    show_bend,
    show_difference,
    show_point,
)
from grader.checks.kinds.derivation.error_bounds import LostDigits
from grader.checks.kinds.derivation.evaluate import DIGITS, SHARP_DIGITS, Evaluator, Undefined
from grader.checks.kinds.derivation.evaluated_formula import EvaluatedFormula
from grader.checks.kinds.derivation.functions import comparing
from grader.checks.kinds.derivation.goal import Aim, Goal, Stop, everywhere, set_stop
from grader.checks.kinds.derivation.line_names import Relation
from grader.checks.kinds.derivation.nodes import Negated, branches, sign_of
from grader.checks.kinds.derivation.slips import (
    Symptom,
    factor_symbols,
    failure_of_step,
    quoted,
    step_symptom,
)
from grader.checks.kinds.derivation.steps import affine, affine_or_bent, equal, logarithm
from grader.checks.kinds.derivation.way import Passed, judge_way
from grader.checks.verdict_text import Failure

_ONLY_THERE = "A part of one of them is 0 only at the whole numbers of examples that were tried."


def can_stop(goal: Goal, stop: Stop) -> bool:
    """Return whether a required line follows from a start."""
    try:
        with localcontext(comparing(DIGITS)):
            trials = set_stop(stop, goal.evaluator.copy()).trials
            return any(
                _aim_after("~", start, trial, aim) == end
                for aim, start in goal.starts
                for end, trial in trials.items()
            )
    except (LostDigits, Undefined):
        return False


def judge_chain(chain: Chain, goal: Goal) -> Failure | None:
    """Return the first error of a derivation; None if it has none."""
    with localcontext(comparing(DIGITS)):
        return _judge_chain(chain, goal.seen_with(chain.symbols))


def _judge_chain(chain: Chain, goal: Goal) -> Failure | None:
    first, evaluator = chain.lines[0], goal.evaluator.copy()  # keep no values of a student
    old = _tried(first, goal, evaluator)
    if isinstance(old, Failure):
        return old
    try:
        aim = next((aim for aim, start in goal.starts if equal(start, old)), None)
    except LostDigits:
        return _lost_digits(first)
    if aim is None:
        return _wrong_start(first, goal)
    passed = [Passed(first, old, aim)]
    for before, line in pairwise(chain.lines):
        new = _tried(line, goal, evaluator)
        if isinstance(new, Failure):
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
        passed.append(Passed(line, old, aim))
    return _judge_end(chain.lines[-1], old, goal) or judge_way(passed, goal)


@dataclass(frozen=True, slots=True)
class _Step:
    before: ChainLine
    line: ChainLine
    old: EvaluatedFormula
    new: EvaluatedFormula
    aim: Aim


def _tried(line: ChainLine, goal: Goal, evaluator: Evaluator) -> EvaluatedFormula | Failure:
    try:
        trial = everywhere(line.formula, evaluator)
        return _one_sided(line) if _has_untried_branch(trial) else trial
    except LostDigits:
        return _lost_digits(line)
    except Undefined as error:
        where = show_point(error.point, goal.symbols)
        return failure_of_step(
            ("undefined",),
            f"Line {line.number} does not have a value everywhere: it {error.why}.",
            quoted(line),
            f"It has none at {where}.",
        )


def _has_untried_branch(trial: EvaluatedFormula) -> bool:
    return any(
        not sign_of(argument) and len(trial.signs(argument)) == 1
        for argument in branches(trial.formula)
    )


def _one_sided(line: ChainLine) -> Failure:
    return failure_of_step(
        ("one-sided",),
        f"Line {line.number} cannot be checked: the argument of an absolute value, or of the root"
        " of a square, has the same sign at every value tried. Write the line without it.",
        quoted(line),
    )


def _lost_digits(line: ChainLine) -> Failure:
    return failure_of_step(
        ("digits",),
        f"Line {line.number} cannot be checked: too many of its digits are lost. Even"
        f" {SHARP_DIGITS} digits are too few to compare it. Write it without numbers of very"
        " different sizes, or that cancel in many digits.",
        quoted(line),
    )


def _aim_after(
    relation: Relation | None, old: EvaluatedFormula, new: EvaluatedFormula, aim: Aim
) -> Aim | None:
    """Return whether the new line is maximised or minimised; None if it does not follow."""
    if relation == "=":
        return aim if equal(old, new) else None
    if relation == "negate:":
        turned = aim == "maximise" and equal(old.with_formula(Negated(old.formula)), new)
        return "minimise" if turned else None
    if affine(old, new).slope == "up":
        return aim
    logged = logarithm(old) if aim == "maximise" else None
    slope = affine(logged, new).slope if logged else "bent"
    aims: dict[str, Aim] = {"up": "maximise", "down": "minimise"}
    return aims.get(slope)


def _broken(step: _Step, goal: Goal) -> Failure:
    relation = step.line.relation
    assert relation is not None
    names = f"line {step.before.number}", f"line {step.line.number}"
    old, new = step.old, step.new
    advice = ""
    if relation == "~" and step.aim == "maximise" and (logged := logarithm(old)):
        old = old.with_formula(Negated(logged.formula))
        names = f"-log of line {step.before.number}", names[1]
    if relation == "negate:":
        old = old.with_formula(Negated(old.formula))
        names = f"minus line {step.before.number}", names[1]
        if step.aim == "minimise":
            advice = f" `negate:` needs a line to be maximised; {names[0][6:]} is to be minimised."
    symptom = step_symptom(old, new, relation, goal.symbols)
    if relation == "=" and _holds_loosely(step):
        advice = " Only `~` holds: the same predictions are best, but the values are not equal."
        symptom = (*symptom, "only ~", "log") if symptom == ("step", "=") else symptom
    show = show_bend if relation == "~" else show_difference
    shown = (names[0], old.formula), (names[1], new.formula)
    example = show(*shown, goal.countable, goal.symbols) or _ONLY_THERE
    brief = f"Line {step.line.number} does not follow from line {step.before.number}"
    message = f"{brief} by `{relation}`.{advice}"
    return failure_of_step(symptom, message, quoted(step.before), quoted(step.line), example)


def _holds_loosely(step: _Step) -> bool:
    try:
        return _aim_after("~", step.old, step.new, step.aim) is not None
    except LostDigits:
        return False


def _wrong_start(line: ChainLine, goal: Goal) -> Failure:
    (aim, start), *_ = goal.starts
    name = "the likelihood" if aim == "maximise" else "the loss"
    example = _difference(line, (name, start.formula), goal)
    message = "Line 1 is not where the derivation must start."
    return failure_of_step(("start",), message, quoted(line), example)


def _difference(line: ChainLine, wanted: Named, goal: Goal) -> str:
    named = (f"line {line.number}", line.formula)
    return show_difference(named, wanted, goal.countable, goal.symbols)


def _judge_end(line: ChainLine, last: EvaluatedFormula, goal: Goal) -> Failure | None:
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
    example = _difference(line, ("the target", goal.target.formula), goal)
    return failure_of_step(symptom, brief, quoted(line), example)

"""The judge of a derivation whose steps all hold: enough lines, and the required ones."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from grader.checks.kinds.derivation.chain import ChainLine
from grader.checks.kinds.derivation.counterexamples import show_difference
from grader.checks.kinds.derivation.error_bounds import LostDigits
from grader.checks.kinds.derivation.evaluated_formula import EvaluatedFormula
from grader.checks.kinds.derivation.goal import Aim, Goal, SetStop
from grader.checks.kinds.derivation.plain import Plain, plain_form
from grader.checks.kinds.derivation.slips import Symptom, failure_of_step, quoted, slip_in
from grader.checks.kinds.derivation.steps import equal
from grader.checks.verdict_text import Failure

_ASKED_FOR = "the one that is asked for"
_ASK_LENGTH = "Which step could a reader not follow? Write down what happens in it."
_ASK_WHERE = "Between which two of your lines would it stand?"


@dataclass(frozen=True, slots=True)
class Passed:
    """A line that holds, its values, and whether it is maximised or minimised."""

    line: ChainLine
    trial: EvaluatedFormula
    aim: Aim


def judge_way(passed: Sequence[Passed], goal: Goal) -> Failure | None:
    """Return what a derivation lacks whose steps all hold; None if nothing."""
    plain = [plain_form(each.line.formula) for each in passed]
    return _judge_length(passed, plain, goal) or _judge_stops(passed, plain, goal)


def _judge_length(passed: Sequence[Passed], plain: Sequence[Plain], goal: Goal) -> Failure | None:
    count = len({each.text for each in plain})
    if count >= goal.min_lines:
        return None
    brief = (
        f"Every step holds, but you have {count} of the {goal.min_lines} lines asked for:"
        " write down more of the steps."
    )
    first: dict[str, ChainLine] = {}
    again = [
        (each.line, earlier)
        for each, form in zip(passed, plain, strict=True)
        if (earlier := first.setdefault(form.text, each.line)) is not each.line
    ]
    if len(passed) < goal.min_lines:
        return failure_of_step(("length",), brief, hint=_ASK_LENGTH)
    rewritten = "; ".join(f"line {line.number} is line {earlier.number}" for line, earlier in again)
    return failure_of_step(
        ("length", "rewritten"),
        f"{brief} A line that only rewrites an earlier one does not count.",
        f"Only rewritten: {rewritten}.",
        hint=_ASK_LENGTH,
    )


def _judge_stops(passed: Sequence[Passed], plain: Sequence[Plain], goal: Goal) -> Failure | None:
    after = 0
    for place, stop in enumerate(goal.stops, start=1):
        found = [at for at in range(len(passed)) if _is_at(stop, passed[at], plain[at])]
        later = [at for at in found if at > after]
        if not later:
            if found:
                return _too_early(goal, place, passed[found[-1]].line)
            return _missing(goal, place, passed, plain)
        after = later[0]
    return None


def _is_at(stop: SetStop, passed: Passed, plain: Plain) -> bool:
    with suppress(LostDigits):
        return _has_shape(stop, plain) and equal(stop.trials[passed.aim], passed.trial)
    return False


def _has_shape(stop: SetStop, plain: Plain) -> bool:
    """Return whether sums, products and logarithms are nested as in a required line.

    A line may have further ones, such as a sum without a logarithm, but no product over the
    examples unless the required line has one: ``log prod`` equals ``sum log`` but is a step
    earlier.
    """
    kinds = {kind for path in stop.shape for kind in path}
    products = any("product" in path for path in plain.shape)
    return stop.shape <= plain.shape and (not products or "product" in kinds)


def _too_early(goal: Goal, place: int, line: ChainLine) -> Failure:
    name = goal.stops[place - 1].stop.name
    if place > 1:
        earlier = goal.stops[place - 2].stop.name
        brief = f"Line {line.number} is {name}. It must come after {earlier}."
    else:
        brief = f"Line {line.number} is {name} already: start one step before it."
    return failure_of_step(_symptom(place), brief, quoted(line), hint=_ASK_WHERE)


def _missing(goal: Goal, place: int, passed: Sequence[Passed], plain: Sequence[Plain]) -> Failure:
    stop = goal.stops[place - 1]
    brief = f"No line of yours is {stop.stop.name}."
    for each, form in zip(passed[1:], plain[1:], strict=True):
        if _has_shape(stop, form):
            wanted = stop.trials[each.aim]
            slip = slip_in(each.trial, functools.partial(equal, wanted), goal.symbols)
            shown = (f"line {each.line.number}", each.line.formula), (_ASKED_FOR, wanted.formula)
            example = show_difference(*shown, goal.countable, goal.symbols)
            return failure_of_step(
                ("step", slip) if slip else _symptom(place),
                f"{brief} Line {each.line.number} comes nearest, but is not equal to it.",
                quoted(each.line),
                example,
            )
    return failure_of_step(_symptom(place), brief, hint=_ASK_WHERE)


def _symptom(place: int) -> Symptom:
    return ("through", str(place))

"""Contradictions between keys of an exercise that are each valid by themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from grader.checks.base import Check
from grader.checks.text.labels import plain_label
from grader.compare import is_vacuous
from grader.course.document import Place
from grader.course.programs import syntax_fault
from grader.course.yaml_keys import ExerciseEntry
from grader.inputs import did_you_mean

Inconsistencies: TypeAlias = Iterator[tuple[Place, str]]


@dataclass(frozen=True, slots=True)
class _Parts:
    """An exercise as written and as parsed, with its valid checks by index."""

    raw: Mapping[str, Any]
    entry: ExerciseEntry
    checks: Mapping[int, Check]


def inconsistencies(
    raw: Mapping[str, Any],
    entry: ExerciseEntry,
    checks: Mapping[int, Check],
    doubtful: frozenset[str],
) -> Inconsistencies:
    """Find contradictions within an exercise, each with its place and a message.

    Parameters
    ----------
    raw : Mapping
        The exercise as the file has it.
    entry : ExerciseEntry
        The exercise after validation.
    checks : Mapping of int to Check
        The valid checks, by their index.
    doubtful : frozenset of str
        Keys of the entry that are invalid; rules about them are skipped.
    """
    parts = _Parts(raw, entry, checks)
    for keys, find in _RULES:
        if not doubtful.intersection(keys):
            yield from find(parts)


def _repeated(
    key: str, names: Iterable[tuple[int, str]], what: str, *below: str
) -> Inconsistencies:
    first: dict[str, int] = {}
    for index, name in names:
        if first.setdefault(name, index) != index:
            there = f"the {what} `{name}` already exists, as {key}[{first[name]}]"
            yield (key, index, *below), f"{there}: rename or remove one"


def _repeated_checks(parts: _Parts) -> Inconsistencies:
    names = ((index, check.name) for index, check in parts.checks.items())
    return _repeated("checks", names, "check", "name")


def _repeated_questions(parts: _Parts) -> Inconsistencies:
    asked = (
        (index, f"{check.subject}[{plain_label(check.subject_key)}]")
        for index, check in parts.checks.items()
        if check.subject_key
    )
    return _repeated("checks", asked, "question", "question")


def _repeated_defines(parts: _Parts) -> Inconsistencies:
    return _repeated("defines", enumerate(parts.entry.defines), "name")


def _repeated_builds_on(parts: _Parts) -> Inconsistencies:
    return _repeated("builds_on", enumerate(parts.entry.builds_on), "exercise")


def _repeated_mistakes(parts: _Parts) -> Inconsistencies:
    ids = ((index, mistake.id) for index, mistake in enumerate(parts.entry.mistakes))
    return _repeated("mistakes", ids, "mistake", "id")


def _repeated_titles(parts: _Parts) -> Inconsistencies:
    mistakes = enumerate(parts.entry.mistakes)
    titles = ((index, mistake.title) for index, mistake in mistakes if mistake.title)
    return _repeated("mistakes", titles, "title", "title")


def _repeated_equivalents(parts: _Parts) -> Inconsistencies:
    ids = ((index, each.mutant) for index, each in enumerate(parts.entry.equivalents))
    return _repeated("equivalents", ids, "mutant", "mutant")


def _wrong_points(parts: _Parts) -> Inconsistencies:
    points = parts.entry.points
    if len(parts.checks) < len(parts.entry.checks):
        return
    total = sum((check.points for check in parts.checks.values()), Decimal(0))
    if total != points:
        advice = "make the two the same"
        yield ("points",), f"these are {points} points, but the checks add up to {total}: {advice}"


def _costly_kinds(parts: _Parts) -> Inconsistencies:
    for kind in dict.fromkeys(type(check) for check in parts.checks.values()):
        if kind.costs_at_most is None:
            continue
        what, share = kind.costs_at_most
        own = {index: check for index, check in parts.checks.items() if type(check) is kind}
        total = sum((check.points for check in own.values()), Decimal(0))
        most = parts.entry.points * share
        if total > most:
            place: Place = ("checks", next(reversed(own)), "points")
            message = (
                f"{what} may cost at most {share:.0%} of the exercise's points, here "
                f"{most.normalize():f}, and `{kind.kind}` checks cost {total}: lower their points"
            )
            yield place, message


def _wrong_scores(parts: _Parts) -> Inconsistencies:
    for index, mistake in enumerate(parts.entry.mistakes):
        if mistake.score is not None and mistake.score > parts.entry.points:
            place = ("mistakes", index, "score")
            yield place, f"this is more than the exercise's {parts.entry.points} points: lower it"


def _wrong_subjects(parts: _Parts) -> Inconsistencies:
    for index, check in parts.checks.items():
        if check.subject and not check.subject.isidentifier():
            asked = ", ".join(f"`{name}`" for name in parts.entry.defines)
            message = f"this uses nothing that the student defines: use one of {asked}"
            yield ("checks", index, check.kind), message
        elif check.subject and check.subject not in parts.entry.defines:
            near = did_you_mean(check.subject, parts.entry.defines)
            place = ("checks", index, check.kind)
            yield place, f"`{check.subject}` is not a name that `defines` lists{near}"


def _wrong_expectations(parts: _Parts) -> Inconsistencies:
    for index, check in parts.checks.items():
        tolerance = check.tolerance or parts.entry.tolerance
        for place, expected in _expected(parts.raw["checks"][index], ("checks", index)):
            if is_vacuous(expected, tolerance):
                advice = "make it smaller than every expected number that is not 0, or use `rtol`"
                yield place, f"an atol of {tolerance.atol:g} would accept 0 here: {advice}"
            if not tolerance.nan_equal and _holds_nan(expected):
                advice = "if that is intended, write `tolerance: {nan_equal: true}`"
                yield place, f"nan is expected, which no answer equals: {advice}"


def _expected(raw: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Yield every value under a key ``expected``, with its place."""
    pairs = raw.items() if isinstance(raw, dict) else enumerate(raw)
    for step, value in pairs:
        below = (*place, step)
        if step == "expected":
            yield below, value
        elif isinstance(value, dict | list):
            yield from _expected(value, below)


def _holds_nan(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_nan(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_nan(item) for item in value)
    return isinstance(value, float) and math.isnan(value)


def _idle_follow_through(parts: _Parts) -> Inconsistencies:
    place: Place = ("follow_through",)
    if parts.entry.follow_through is None:
        return
    if not parts.entry.builds_on:
        yield place, "this needs an earlier exercise to follow through from: name it in `builds_on`"
    if parts.checks and all(
        check.without_listed_answers() is None for check in parts.checks.values()
    ):
        kinds = sorted({f"`{check.kind}`" for check in parts.checks.values()})
        why = "no check here has expected values that depend on a student's earlier functions"
        yield place, f"{why} ({', '.join(kinds)}): use `function` or `value`"


def _misfits(parts: _Parts) -> Inconsistencies:
    for index, check in parts.checks.items():
        for below, message in check.misfits(parts.entry.defines):
            yield ("checks", index, *below), message


def _idle_shape(parts: _Parts) -> Inconsistencies:
    idle = parts.checks and not any(check.heeds_shape for check in parts.checks.values())
    if parts.entry.shape == "squeeze" and idle:
        kinds = sorted({f"`{check.kind}`" for check in parts.checks.values()})
        yield ("shape",), f"no check here compares shapes ({', '.join(kinds)}): leave it out"


def _bad_starter(parts: _Parts) -> Inconsistencies:
    fault = syntax_fault(parts.entry.starter)
    if fault is not None:
        line, reason = fault
        yield ("starter",), f"line {line} of this code is not Python ({reason}): correct it"


_RULES: tuple[tuple[tuple[str, ...], Callable[[_Parts], Inconsistencies]], ...] = (
    ((), _repeated_checks),
    ((), _repeated_questions),
    (("defines",), _repeated_defines),
    (("builds_on",), _repeated_builds_on),
    (("mistakes",), _repeated_mistakes),
    (("mistakes",), _repeated_titles),
    (("equivalents",), _repeated_equivalents),
    (("points", "checks"), _wrong_points),
    (("points",), _costly_kinds),
    (("points", "mistakes"), _wrong_scores),
    (("defines",), _wrong_subjects),
    (("tolerance",), _wrong_expectations),
    (("shape",), _idle_shape),
    (("starter",), _bad_starter),
    (("defines",), _misfits),
    (("follow_through", "builds_on"), _idle_follow_through),
)

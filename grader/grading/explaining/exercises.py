"""Explains the verdicts on one exercise together, so that nothing is repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grader.checks.base import Check, Verdict
from grader.course import Course, Exercise
from grader.grading.explaining.cells import NotebookCells
from grader.grading.explaining.reasons import Reasons
from grader.grading.explaining.starters import StarterProgram, binds_starter, is_untouched
from grader.grading.explaining.verdicts import AnswerNotes, explained
from grader.results import NOT_ATTEMPTED


@dataclass(frozen=True)
class Context:
    """The notebook around an exercise, and its course, or what a bundle holds of that."""

    cells: NotebookCells
    course: Course

    @cached_property
    def reasons(self) -> Reasons:
        """The reasons that can be found in the notebook."""
        exercises = self.course.exercises
        names = frozenset(name for one in exercises.values() for name in one.defines)
        return Reasons(self.cells, names, {one: exercises[one].prompt for one in exercises})

    @cached_property
    def shared_names(self) -> tuple[str, ...]:
        """The names to which several exercises bind answers."""
        return self.course.shared_names


def is_as_handed_out(
    context: Context,
    exercise: Exercise,
    starter: StarterProgram | None,
    verdicts: Mapping[str, Verdict],
    notes: Mapping[str, AnswerNotes],
) -> bool:
    """Return whether a student left an exercise's starter unchanged.

    `starter` gives the verdicts on it; it is None where the starter cannot be run, and nothing
    depends on that. `verdicts` and `notes` are those of each check.
    """
    if all(verdict.passed for verdict in verdicts.values()):
        return False
    there = {name for asked in notes.values() for name in asked.found}
    if not is_untouched(context.cells, exercise, there, context.shared_names):
        return False
    if starter is None:
        return True
    # A name that cells define but that is missing may come and go with the inputs.
    missing = {name for asked in notes.values() for name in asked.missing}
    absent = {name for name in missing if context.reasons.is_absent(name)}
    return all(
        (not verdict.passed and notes[name].missing.keys() & absent)
        or starter.fares_like(name, verdict)
        for name, verdict in verdicts.items()
    )


def explain_attempt(
    context: Context,
    exercise: Exercise,
    checks: Sequence[Check],
    verdicts: Mapping[str, Verdict],
    notes: Mapping[str, AnswerNotes],
) -> dict[str, Verdict]:
    """Return the failed verdicts on an answer, each with its explanation."""
    seen: set[str] = set()
    found = {}
    by_name = {check.name: check for check in checks}
    for name, verdict in verdicts.items():
        if verdict.passed or verdict.undecided or verdict.review:
            continue
        check, asked = by_name[name], notes[name]
        new = {one: held for one, held in asked.missing.items() if one not in seen}
        reasons = {
            one: context.reasons.wrong_kind(one, exercise.id, held)
            if held is not None
            else context.reasons.missing(one, exercise.id, function=one in asked.called)
            for one, held in new.items()
        }
        several = ""
        if not asked.missing and check.subject in exercise.defines and check.subject not in seen:
            several = _several(context, exercise, check.subject)
            seen.add(check.subject)
        seen.update(new)
        found[name] = explained(verdict, check, asked, reasons, several)
        hint = found[name].hint
        if hint and hint != verdict.hint:  # a hint on an exception, which is given once
            found[name] = replace(found[name], hint=None if hint in seen else hint)
            seen.add(hint)
    return found


def _several(context: Context, exercise: Exercise, name: str) -> str:
    """Return a remark that a name is defined several times, if that may surprise the student."""
    given = binds_starter(context.cells, exercise, name)
    if not given[:-1] or (all(given[:-1]) and not given[-1]):
        return ""  # the answer is below the starter, as it should be
    text = context.reasons.several(name)
    return f"{text}, which is the starter as it was handed out" if text and given[-1] else text


def explain_no_attempt(
    context: Context,
    exercise: Exercise,
    verdicts: Mapping[str, Verdict],
    notes: Mapping[str, AnswerNotes],
) -> dict[str, Verdict]:
    """Return the verdicts if nothing was attempted; the first explains why, if that is known.

    They count as not understood, so that they spend no attempt and reveal no explanation.
    """
    left = " ".join(_no_attempt_reasons(context, exercise, notes))
    found = {}
    for name, verdict in verdicts.items():
        if verdict.passed or verdict.review:
            continue
        text = left or NOT_ATTEMPTED
        found[name] = replace(
            verdict, message=text, brief=text, hint=None, understood=False, undecided=False
        )
        left = ""
    return found


def _no_attempt_reasons(
    context: Context, exercise: Exercise, notes: Mapping[str, AnswerNotes]
) -> Iterator[str]:
    """Yield sentences on names that are not defined, and on answers that never ran."""
    called = {name for asked in notes.values() for name in asked.called}
    missing = dict.fromkeys(name for asked in notes.values() for name in asked.missing)
    reasons = {
        name: context.reasons.missing(name, exercise.id, function=name in called).why
        for name in missing
    }
    for why, names in _together(reasons):
        yield f"{_listed(names)} {'is' if len(names) == 1 else 'are'} not defined{why}."
    unreached = {
        name: context.reasons.unreached(name, exercise.id)
        for name in exercise.defines
        if name not in missing
    }
    for why, names in _together(unreached):
        yield f"{_listed(names)} {'is' if len(names) == 1 else 'are'} still the starter{why}."


def _together(reasons: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each known reason with all names that it applies to."""
    for why in dict.fromkeys(filter(None, reasons.values())):
        yield why, [name for name, own in reasons.items() if own == why]


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[:-1] else quoted)

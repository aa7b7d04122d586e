"""Turns the outcomes of trials into claims about an exercise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.authoring.prove.bounded_process import Ended
from grader.authoring.prove.dry_runs import DryRun
from grader.authoring.prove.mutation import Mutant
from grader.authoring.prove.program_notebooks import known_mistakes, right_answers
from grader.authoring.prove.proof import MutantReport, ProofItem, ProofItemKind
from grader.authoring.prove.trials import TrialResult, lost_points, mistaken
from grader.course import Exercise
from grader.grading.preparation import PreparedExercise
from grader.results import ExerciseResult, SubmissionResult

LEAST_CAUGHT = 0.95
"""Share of the non-equivalent mutants that the checks must catch [-]."""

_NOTHING = ("starter", "empty notebook", "notebook of None")


def items_of_sessions(ready: PreparedExercise, dry_runs: Mapping[str, DryRun]) -> list[ProofItem]:
    """Return the claims about the programs that were run as notebooks."""
    results = {name: dry_run.result for name, dry_run in dry_runs.items()}
    items = [
        item_of("right answer", n, _short_of_full(results[n]))
        for n in right_answers(ready.exercise)
    ]
    items += [item_of("no answer", name, _above_nothing(results[name])) for name in _NOTHING]
    for name, path in known_mistakes(ready.exercise).items():
        failure = _ungraded(results[name]) or mistaken(ready, path.stem, _only(results[name]))
        items.append(item_of("mistake", name, failure))
    return items


def item_of(kind: ProofItemKind, about: str, failure: str) -> ProofItem:
    """Return a claim, which holds if there is no failure."""
    return ProofItem(kind=kind, about=about, holds=not failure, reason=failure)


def _only(result: SubmissionResult) -> ExerciseResult:
    (exercise,) = result.exercises
    return exercise


def _ungraded(result: SubmissionResult) -> str:
    if result.status == "graded":
        return ""
    return f"it could not be graded ({result.status}): {result.reason}"


def _short_of_full(result: SubmissionResult) -> str:
    cells = "; ".join(cell.error for cell in result.cells)
    return _ungraded(result) or lost_points(_only(result)) or cells


def _above_nothing(result: SubmissionResult) -> str:
    if failure := _ungraded(result):
        return failure
    checks = _only(result).checks
    earned = [f"`{check.name}` gives {check.points}" for check in checks if check.points]
    faults = [f"`{check.name}`: {check.message}" for check in checks if check.status == "error"]
    return "; ".join([*earned, *faults])


def items_of_trials(kind: ProofItemKind, ended: Sequence[Ended]) -> list[ProofItem]:
    """Return the claims about trials, one for each program."""
    failures: dict[str, list[str]] = {}
    for each in ended:
        if each.lost:
            failures.setdefault(str(each.key[1] or kind), []).append(each.lost)
        trials: Sequence[TrialResult] = each.value or ()
        for trial in trials:
            reasons = failures.setdefault(trial.about, [])
            reasons += [trial.failure] if trial.failure else []
    return [item_of(kind, about, _first_of(reasons)) for about, reasons in failures.items()]


def _first_of(failures: Sequence[str]) -> str:
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return f"{failures[0]}{more}" if failures else ""


def control_item(ended: Ended) -> ProofItem:
    """Return the claim that an unchanged reference is not caught as mutants are.

    Otherwise a machine that kills processes, such as for lack of memory, would catch every mutant.
    """
    how = ended.lost or ended.value
    return item_of("mutants", "the reference unchanged", how and f"it is caught: {how}")


def mutant_items(
    exercise: Exercise, mutants: Sequence[Mutant], report: MutantReport
) -> list[ProofItem]:
    """Return the claims about the mutants and about the exercise's `equivalents`."""
    others = report.made - report.equivalent
    enough = report.share >= LEAST_CAUGHT
    short = f"{report.caught} of {others} are caught ({report.share:.1%})"
    ids = {mutant.id for mutant in mutants}
    survivors = {survivor.mutant for survivor in report.survivors}
    items = [item_of("mutants", "mutants", "" if enough else f"{short}; at least 95 % must be")]
    for each in exercise.equivalents:
        if each.mutant not in ids:
            failure = "`equivalents` lists it, but no mutant has this id: remove it"
        elif each.mutant not in survivors:
            failure = "`equivalents` lists it, but the checks catch it: remove it"
        else:
            failure = ""
        items.append(item_of("mutants", each.mutant, failure))
    return items

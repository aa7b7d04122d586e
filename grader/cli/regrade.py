"""``grader regrade``: grade stored submissions again with the current course."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader.api import calls
from grader.cli.options import (
    DEFAULT_GRADEBOOK,
    NOT_ALL_GRADED,
    STOPPED,
    CourseOption,
    ExerciseOption,
    ExistingGradebookOption,
    JobsOption,
    JsonOption,
    NoCacheOption,
    SchedulerOption,
    UnitOption,
    cache_unless,
)
from grader.results import points_text, rounded
from grader.sandbox.engine import Isolation
from grader.text import safe_text

if TYPE_CHECKING:
    from grader.batch.regrade import Change, Regraded


def regrade(
    course: CourseOption = Path(),
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK,
    unit: UnitOption = None,
    exercise: ExerciseOption = None,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    isolation: Annotated[
        Isolation | None,
        typer.Option(
            "--isolation",
            metavar="TIER",
            help="Isolation of student code.",
            show_default="that of the last run",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            help="Seed of hidden inputs.",
            show_default="that of the last run",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, without storing anything.")
    ] = False,
    no_cache: NoCacheOption = False,
    as_json: JsonOption = False,
) -> None:
    """Grade stored submissions again if an exercise has changed.

    Shows whose score changes, by how much, and because of which check. Grades only the exercises
    that changed, in every notebook that has a grade for them. Exit status: 0 if all could be
    graded, 3 if some could not, 2 for an error in the call, course or machine, 130 if interrupted.
    """
    results = calls.regrade(
        gradebook,
        course=course,
        exercises=exercise or (),
        units=unit or (),
        jobs=jobs,
        scheduler=scheduler,
        isolation=isolation,
        seed=seed,
        dry_run=dry_run,
        cache=cache_unless(no_cache),
    )
    counts = _report(results, as_json=as_json, dry_run=dry_run)
    if counts["error"]:
        raise typer.Exit(NOT_ALL_GRADED)


def _report(results: Iterator[Regraded], *, as_json: bool, dry_run: bool) -> Counter[str]:
    from rich.console import Console

    from grader.cli.bar import with_bar

    counts: Counter[str] = Counter()
    console = Console(highlight=False, markup=False, soft_wrap=True)
    listed = []
    try:
        for done in with_bar(results, "Grading again", None, console):
            counts[done.status] += 1
            if not as_json:
                for line in _lines(done):
                    console.print(line)
            elif done.changes:
                listed.append(_plain(done))
    except KeyboardInterrupt:
        typer.echo("\nInterrupted. Run the same command to continue from what is stored.", err=True)
        raise typer.Exit(STOPPED) from None
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, "counts": counts, "changes": listed}))
    else:
        typer.echo(_summary(counts, dry_run=dry_run))
    return counts


def _summary(counts: Counter[str], *, dry_run: bool) -> str:
    of = f"{counts['changed']} of {counts.total()} submissions"
    failed = f"; {counts['error']} could not be graded" if counts["error"] else ""
    return f"{of} {'would change; nothing was stored' if dry_run else 'changed'}{failed}."


def _lines(done: Regraded) -> Iterator[str]:
    student = safe_text(done.result.student, limit=40)
    if done.status == "error":
        yield f"{student}: {safe_text(done.result.reason, limit=300)}"
    for change in done.changes:
        yield f"{student}  {change.exercise}  {_arrow(change)}{_by(change)}"


def _arrow(change: Change) -> str:
    before, after, (old, new) = change.before, change.after, change.status
    difference = rounded(after) - rounded(before)
    text = f"{points_text(before)} -> {points_text(after)} ({difference:+})"
    return text if old == new else f"{text}, {old} -> {new}"


def _by(change: Change) -> str:
    changed = [
        f"{each.name}: {'new' if each.before is None else points_text(each.before)} -> "
        f"{'gone' if each.after is None else points_text(each.after)}"
        for each in change.checks
    ]
    return f"  [{'; '.join(changed)}]" if changed else ""


def _plain(done: Regraded) -> dict[str, Any]:
    return {
        "student": done.result.student,
        "notebook": done.result.notebook,
        "sha256": done.result.sha256,
        "exercises": [
            {
                "id": change.exercise,
                "before": _number(change.before),
                "after": _number(change.after),
                "status": change.status,
                "checks": [
                    {"name": each.name}
                    | {"before": _number(each.before), "after": _number(each.after)}
                    for each in change.checks
                ],
            }
            for change in done.changes
        ],
    }


def _number(points: Decimal | None) -> float | None:
    return None if points is None else float(rounded(points))

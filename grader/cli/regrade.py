"""``grader regrade``: what the gradebook keeps, graded with the course as it is now."""

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
    gradebook: ExistingGradebookOption = "grades/gradebook.db",
    unit: UnitOption = None,
    exercise: ExerciseOption = None,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    isolation: Annotated[
        Isolation | None,
        typer.Option(
            "--isolation", metavar="TIER", help="The tier.", show_default="that of the last run"
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
        bool, typer.Option("--dry-run", help="Show what would change, and store nothing.")
    ] = False,
    no_cache: NoCacheOption = False,
    as_json: JsonOption = False,
) -> None:
    """Grade again what the gradebook keeps, where an exercise has changed.

    Shows whose score changes, by how much, and which check did it. Only exercises that changed are
    graded, of every notebook that has a grade of them. Exit status: 0 when all could be graded,
    3 when some could not, 2 for a wrong call, course or machine, 130 when it was interrupted.
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
            if as_json:
                listed += [_plain(done)] if done.changes else []
            else:
                for line in _lines(done):
                    console.print(line)
    except KeyboardInterrupt:
        typer.echo("\nInterrupted. The same command goes on from what is stored.", err=True)
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
    before, after = change.before, change.after
    change_text = (
        f"{points_text(before)} -> {points_text(after)} ({rounded(after) - rounded(before):+})"
    )
    old, new = change.status
    return change_text if old == new else f"{change_text}, {old} -> {new}"


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
                    {
                        "name": each.name,
                        "before": _number(each.before),
                        "after": _number(each.after),
                    }
                    for each in change.checks
                ],
            }
            for change in done.changes
        ],
    }


def _number(points: Decimal | None) -> float | None:
    return None if points is None else float(rounded(points))

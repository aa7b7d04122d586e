"""``grader prove``: test the checks of a course's exercises."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import TextColumn, TimeElapsedColumn

from grader.authoring.prove.proof import CourseProof, ExerciseProof
from grader.authoring.prove.proof_text import proof_lines, proof_table, summary_line
from grader.authoring.prove.prove_exercise import prove_exercise
from grader.batch.job import cores
from grader.cli.bar import progress_bar
from grader.cli.options import CourseOption, IsolationOption, JobsOption, JsonOption
from grader.course import Course, Exercise, load_course
from grader.errors import SandboxError, UsageError, command_for_extras
from grader.grading.preparation import chosen_exercises
from grader.sandbox.doctor import examine, tiers
from grader.sandbox.engine import EngineFactory, EngineName, Isolation
from grader.sandbox.engines import engines_for
from grader.sandbox.packages import require_packages

_FALLS_SHORT = 1
_PIPED_COLUMNS = 120


def prove(
    exercises: Annotated[
        list[str] | None, typer.Argument(help="Ids of exercises.", show_default="all")
    ] = None,
    course: CourseOption = Path(),
    jobs: JobsOption = None,
    isolation: IsolationOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that right answers earn full points, and known mistakes exactly the stated score.

    Runs every program of an exercise as a notebook, at the strongest tier of this machine unless
    --isolation names one, and tries its checks on other seeds and on mutants of the reference.
    Exit status: 0 if everything is proven, 1 if something is not, 2 for an error in the call,
    course or machine.
    """
    began = time.perf_counter()
    loaded = load_course(course)
    require_packages(loaded.sandbox)
    chosen = chosen_exercises(loaded, exercises or ())
    require_extras(chosen)
    tier = isolation or _strongest(loaded)
    settings = loaded.sandbox_for(chosen)
    engines = engines_for(EngineName.SANDBOX, settings, tier, hidden=[loaded.folder])
    proofs = tuple(_proofs(loaded, [each.id for each in chosen], engines, jobs or cores()))
    holds = all(proof.holds for proof in proofs)
    if as_json:
        found = CourseProof(course=loaded.title, isolation=tier, holds=holds, exercises=proofs)
        typer.echo(found.model_dump_json(indent=2))
    else:
        _print(proofs, time.perf_counter() - began)
    if not holds:
        raise typer.Exit(_FALLS_SHORT)


def require_extras(exercises: Sequence[Exercise]) -> None:
    """Raise UsageError that names all missing packages of extras, and how to install them."""
    drawn = [each.id for each in exercises if _draws(each)]
    needed = [("prove", ["mutmut", "libcst"], "the mutants")]
    if drawn:
        more = f" and {len(drawn) - 1} more" if len(drawn) > 1 else ""
        needed.append(("plot", ["matplotlib"], f"the figures of `{drawn[0]}`{more}"))
    missing = {}
    for extra, modules, purpose in needed:
        if absent := [name for name in modules if find_spec(name) is None]:
            missing[extra] = f"{', '.join(absent)} ({purpose})"
    if missing:
        raise UsageError(
            f"`grader prove` needs packages that are not installed: {'; '.join(missing.values())}. "
            f"Run `{command_for_extras(*missing)}`, then the same command again."
        )


def _draws(exercise: Exercise) -> bool:
    preloads = any(name.partition(".")[0] == "matplotlib" for name in exercise.preload)
    return preloads or any(check.draws for check in exercise.checks)


def _strongest(course: Course) -> Isolation:
    offered = tiers(examine(course.sandbox.python))
    if not offered:
        raise SandboxError("This machine offers no isolation tier; `grader doctor` shows why.")
    return offered[0]


def _proofs(
    course: Course, chosen: Sequence[str], engines: EngineFactory, jobs: int
) -> Iterator[ExerciseProof]:
    with progress_bar(
        TextColumn("{task.completed}/{task.total} {task.fields[exercise]} {task.fields[part]}"),
        TimeElapsedColumn(),
    ) as bar:
        task = bar.add_task("Proving", total=len(chosen), exercise="", part="")
        for name in chosen:

            def step(done: int, total: int, name: str = name) -> None:
                bar.update(task, exercise=name, part=f"{done}/{total}", refresh=True)

            yield prove_exercise(course, name, engines, jobs=jobs, step=step)
            bar.update(task, advance=1, refresh=True)


def _print(proofs: Sequence[ExerciseProof], seconds: float) -> None:
    width = None if sys.stdout.isatty() else _PIPED_COLUMNS
    console = Console(highlight=False, markup=False, soft_wrap=True, width=width)
    console.print(proof_table(proofs))
    for proof in proofs:
        for line in proof_lines(proof):
            console.print(line)
    console.print(f"\n{summary_line(proofs, seconds)}")

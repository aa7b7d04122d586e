"""The known mistakes: a sample for each of the first exercises, the others' together."""

from __future__ import annotations

from collections.abc import Iterator

from grader.course import Mistake
from tools.samples.course import EXERCISES, FIRST, course, program
from tools.samples.sample import Sample, answers, graded

_SHORT = {
    "hth_likelihood": "hth",
    "kl_asymmetry": "kl",
    "stable_nll": "nll",
    "mse_from_normal_nll": "mse",
}


def samples() -> Iterator[Sample]:
    """Yield the mistakes of every exercise."""
    for exercise in FIRST:
        for mistake in _mistakes(exercise):
            yield _mistaken(
                f"mistake-{_SHORT[exercise]}-{mistake.id.replace('_', '-')}",
                f"`{exercise}` with the mistake `{mistake.id}`",
                {exercise: mistake},
            )
    others = [name for name in EXERCISES if name not in FIRST]
    for number, mistakes in enumerate(_rounds(others), start=1):
        yield _mistaken(
            f"mistakes-{number}",
            "several mistakes: " + ", ".join(f"`{each.id}`" for each in mistakes.values()),
            mistakes,
        )


def _rounds(exercises: list[str]) -> Iterator[dict[str, Mistake]]:
    """Give each exercise's mistakes out, one a round.

    A program that uses an earlier exercise's function waits until that one is right: two slips in
    one answer are no known mistake.
    """
    waiting = {name: _mistakes(name) for name in exercises}
    while any(waiting.values()):
        made: dict[str, Mistake] = {}
        for name, mistakes in waiting.items():
            builds_on = course().exercises[name].builds_on
            if mistakes and not made.keys() & set(builds_on):
                made[name] = mistakes.pop(0)
        yield made


def _mistakes(exercise: str) -> list[Mistake]:
    """Return the mistakes that cost points; what costs none is a right answer, if a poor one."""
    known = course().exercises[exercise]
    return [mistake for mistake in known.mistakes if mistake.score != known.points]


def _mistaken(student: str, shows: str, mistakes: dict[str, Mistake]) -> Sample:
    programs = {name: program(name, f"mistakes/{each.id}") for name, each in mistakes.items()}
    scores = {}
    for name, mistake in mistakes.items():
        assert mistake.score is not None
        scores[name] = mistake.score
    named = {name: mistake.id for name, mistake in mistakes.items()}
    return graded(student, shows, answers(**programs), mistakes=named, scores=scores)

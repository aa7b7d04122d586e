"""One sample for each known mistake; the other three exercises are right."""

from __future__ import annotations

from collections.abc import Iterator

from tools.samples.course import EXERCISES, NLL, course, program
from tools.samples.sample import Sample, answers, graded

__all__ = ["samples"]

_SHORT = {
    "hth_likelihood": "hth",
    "kl_asymmetry": "kl",
    "stable_nll": "nll",
    "mse_from_normal_nll": "mse",
}
_RIGHT_ALL_THE_SAME = {(NLL, "python_loop_is_fine")}  # shown by right-slow-loop


def samples() -> Iterator[Sample]:
    """Yield the mistakes of every exercise."""
    for exercise in EXERCISES:
        for mistake in course().exercises[exercise].mistakes:
            if (exercise, mistake.id) in _RIGHT_ALL_THE_SAME:
                continue
            assert mistake.score is not None
            yield graded(
                f"mistake-{_SHORT[exercise]}-{mistake.id.replace('_', '-')}",
                f"`{exercise}` with the mistake `{mistake.id}`",
                answers(**{exercise: program(exercise, f"mistakes/{mistake.id}")}),
                mistakes={exercise: mistake.id},
                scores={exercise: mistake.score},
            )

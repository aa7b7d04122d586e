"""Rules between exercises: distinct names within a unit, and `builds_on` only of earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grader.checks.text.labels import plain_label
from grader.course.exercise_file import ReadExercise
from grader.inputs import did_you_mean


def add_clashes(exercises: Mapping[str, ReadExercise]) -> None:
    """Add a fault for each name that two exercises of a unit define: the later would overwrite it.

    The answers of quizzes may share a name: the dicts are put together as long as every question
    has a key of its own.
    """
    first: dict[tuple[str, str], str] = {}
    for name, exercise in exercises.items():
        if exercise.entry is None or "defines" in exercise.doubtful:
            continue
        for index, defined in enumerate(exercise.entry.defines):
            owner = first.setdefault((exercise.entry.unit, defined), name)
            if owner != name:
                _add_clash(exercise, index, defined, owner, exercises[owner])


def _add_clash(
    exercise: ReadExercise, index: int, defined: str, owner: str, other: ReadExercise
) -> None:
    """Add a fault for a name that another exercise defines, unless only quizzes ask about it."""
    ours, theirs = _questions(exercise, defined), _questions(other, defined)
    if ours is None or theirs is None:
        exercise.document.add(
            ("defines", index),
            f"the exercise `{owner}` of this unit defines `{defined}` already: choose another name",
        )
        return
    for question in sorted(ours & theirs):
        exercise.document.add(
            ("defines", index),
            f"the exercise `{owner}` of this unit asks the question `{question}` of `{defined}` "
            "already: choose another key",
        )


def _questions(exercise: ReadExercise, name: str) -> frozenset[str] | None:
    """Return the quiz questions about a name; None if other checks are about it too."""
    about = [check for check in exercise.checks if check.subject == name]
    if not about or not all(check.subject_key for check in about):
        return None
    return frozenset(plain_label(check.subject_key) for check in about)


def add_order_faults(exercises: Mapping[str, ReadExercise], order: Sequence[str]) -> None:
    """Add a fault for each ``builds_on`` entry that does not name an earlier exercise."""
    edges = {
        name: exercise.entry.builds_on
        for name, exercise in exercises.items()
        if exercise.entry is not None and "builds_on" not in exercise.doubtful
    }
    for name, needed in edges.items():
        for index, other in enumerate(needed):
            message = _order_fault(name, other, order, edges)
            if message is not None:
                exercises[name].document.add(("builds_on", index), message)


def _order_fault(
    name: str, other: str, order: Sequence[str], edges: Mapping[str, Sequence[str]]
) -> str | None:
    if other not in order:
        known = [item for item in order if item != name]
        return f"the course has no exercise `{other}`{did_you_mean(other, known)}"
    if name in (other, *_all_below(other, edges)):
        return f"this goes in a circle: `{other}` builds on `{name}` itself, so leave one out"
    if order.index(other) > order.index(name):
        return f"`{other}` comes later in `course.yaml`: move it up, or leave it out here"
    return None


def _all_below(start: str, edges: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield every exercise that `start` builds on, directly or indirectly."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for other in edges.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
                yield other

"""What a course asks, recorded from its own checks, so that the peers can ask the same."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import paper
from grader.checks.base import Check
from grader.checks.students.local import LocalStudent
from grader.checks.students.transcript import RecordedStudent, TranscriptEntry
from grader.course import load_program
from grader.grading.preparation import Preparation, PreparedExercise
from grader.guest.protocol.values import Answer, Raised, Returned

FOR_OURS_ALONE = ("derivation", "quiz", "cost")
"""Kinds of checks that neither peer can judge as we do; they are left out of their assignment. A
derivation is read line by line, a quiz takes an answer however it is written, and what a call costs
is compared with another call, not with a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One check as the peers are given it; `asked` is what `benchmarks.paper` reads."""

    name: str
    kind: str
    points: float
    rtol: float
    atol: float
    asked: tuple[Mapping[str, Any], ...]


Questions = Mapping[str, Sequence[Question]]
"""Questions by exercise id."""


def record_questions(preparation: Preparation) -> Questions:
    """Put a course's checks to its own references and write down what is asked and answered."""
    return {ready.exercise.id: _record_exercise(ready) for ready in preparation.exercises}


def write_paper(questions: Questions, folder: Path) -> tuple[Path, ...]:
    """Write the two files that a peer's tests need beside the notebook."""
    folder.mkdir(parents=True, exist_ok=True)
    code, data = folder / "paper.py", folder / "questions.pkl"
    shutil.copy(str(paper.__file__), code)
    plain = {
        exercise: [
            {"kind": q.kind, "rtol": q.rtol, "atol": q.atol, "asked": list(q.asked)}
            for q in of_exercise
        ]
        for exercise, of_exercise in questions.items()
    }
    data.write_bytes(pickle.dumps(plain, protocol=5))
    return code, data


def _record_exercise(ready: PreparedExercise) -> list[Question]:
    reference = load_program(ready.exercise.reference)
    questions = []
    for check in ready.checks:
        if check.fault is not None:
            raise check.fault
        if check.check.kind not in FOR_OURS_ALONE:
            recorder = RecordedStudent(LocalStudent(reference))
            check.check.judge(check.prepared, recorder)
            questions.append(_question(check.check, ready, recorder))
    return questions


def _question(check: Check, ready: PreparedExercise, recorder: RecordedStudent) -> Question:
    tolerance = check.tolerance or ready.exercise.tolerance
    return Question(
        name=check.name,
        kind=check.kind,
        points=float(check.points),
        rtol=tolerance.rtol,
        atol=tolerance.atol,
        asked=tuple(each for entry in recorder.transcript for each in _all_asked(entry)),
    )


def _all_asked(entry: TranscriptEntry) -> Iterator[Mapping[str, Any]]:
    for call, answer in entry.pairs:
        yield _asked(entry.name, call and (call.args, dict(call.kwargs)), answer)


def _asked(name: str, case: Any, answer: Answer) -> Mapping[str, Any]:
    if isinstance(answer, Raised):
        return {"name": name, "case": case, "expected": None, "raises": answer.type_name}
    if isinstance(answer, Returned):
        return {"name": name, "case": case, "expected": answer.value, "raises": None}
    raise TypeError(f"The reference gave no answer when asked for `{name}`: {answer!r}")

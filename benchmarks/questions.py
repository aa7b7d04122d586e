"""What a course asks, recorded from its own checks, so that the peers can ask the same."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import paper
from grader.checks.students.local import LocalStudent
from grader.checks.students.transcript import RecordedStudent, TranscriptEntry
from grader.course import load_program
from grader.grading.preparation import Preparation, PreparedExercise
from grader.guest.protocol.values import Raised, Returned

FOR_OURS_ALONE = ("derivation", "quiz", "cost")
"""Kinds of checks that neither peer can judge as we do; they are left out of their assignment. A
derivation is read line by line, a quiz takes an answer however it is written, and what a call costs
is compared with another call, not with a value."""


Question = Mapping[str, Any]
"""One check as the peers get it: ``name``, ``kind``, ``points``, ``rtol``, ``atol``, and ``asked``,
which is what `benchmarks.paper` reads."""

Questions = Mapping[str, Sequence[Question]]
"""Questions by exercise id."""


def record_questions(preparation: Preparation) -> Questions:
    """Put a course's checks to its own references, and note what is asked and answered."""
    return {ready.exercise.id: list(_record(ready)) for ready in preparation.exercises}


def write_paper(questions: Questions, folder: Path) -> tuple[Path, ...]:
    """Write the two files that a peer's tests need beside the notebook."""
    folder.mkdir(parents=True, exist_ok=True)
    code, data = folder / "paper.py", folder / "questions.pkl"
    shutil.copy(str(paper.__file__), code)
    data.write_bytes(pickle.dumps(questions, protocol=5))
    return code, data


def _record(ready: PreparedExercise) -> Iterator[Question]:
    reference = load_program(ready.exercise.reference)
    for each in ready.checks:
        check = each.check
        if each.fault is not None:
            raise each.fault
        if check.kind in FOR_OURS_ALONE:
            continue
        student = RecordedStudent(LocalStudent(reference))
        check.judge(each.prepared, student)
        tolerance = check.tolerance or ready.exercise.tolerance
        yield {
            "name": check.name,
            "kind": check.kind,
            "points": float(check.points),
            "rtol": tolerance.rtol,
            "atol": tolerance.atol,
            "asked": [asked for entry in student.transcript for asked in _asked(entry)],
        }


def _asked(entry: TranscriptEntry) -> Iterator[Mapping[str, Any]]:
    for call, answer in entry.pairs:
        case = None if call is None else (call.args, dict(call.kwargs))
        if isinstance(answer, Raised):
            yield {"name": entry.name, "case": case, "raises": answer.type_name}
        elif isinstance(answer, Returned):
            yield {"name": entry.name, "case": case, "raises": None, "expected": answer.value}
        else:
            raise TypeError(f"The reference has no answer for `{entry.name}`: {answer!r}")

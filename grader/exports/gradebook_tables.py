"""Reports of a gradebook for other programs: a table of the class, and everything as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TextIO

from grader.exports.files import PERSON
from grader.exports.spreadsheet import spreadsheet_text
from grader.gradebook.reporting import Reported, ReportedExercise
from grader.results import LookAlike, rounded

_HAND_IN = ("notebook", "sha256", "received", "late", "first_seen", "fault")


def write_csv(out: TextIO, students: Iterable[Reported], exercises: Sequence[str]) -> None:
    """Write a row for each student, and a column for each exercise."""
    table = csv.writer(out)
    table.writerow([*PERSON, "score", *exercises, "late", "to_be_marked"])
    for student in students:
        found = student.exercises
        open_ = [name for name, each in found.items() if each.result.status == "needs_review"]
        table.writerow(
            [
                *(spreadsheet_text(getattr(student, name)) for name in PERSON),
                _number(student.score),
                *(_number(found[name].score) if name in found else "" for name in exercises),
                max((each.late.days for each in found.values()), default=0) or "",
                " ".join(open_),
            ]
        )


def write_json(
    out: TextIO, students: Iterable[Reported], look_alike: Sequence[Sequence[LookAlike]] = ()
) -> None:
    """Write the complete report, a line for each student, and groups who may be one student."""
    separator = '{"students": [\n'
    for student in students:
        out.write(separator + json.dumps(as_plain(student), ensure_ascii=True))
        separator = ",\n"
    end = "\n]" if separator == ",\n" else '{"students": []'
    for key, groups in plain_groups(look_alike).items():
        end += f', "{key}": {json.dumps(groups, ensure_ascii=True)}'
    out.write(f"{end}}}\n")


def plain_groups(groups: Sequence[Sequence[LookAlike]]) -> dict[str, list[list[dict[str, str]]]]:
    """Return the groups of students who may be one as plain data; empty if there are none."""
    plain = [[each.model_dump() for each in group] for group in groups]
    return {"look_alike": plain} if plain else {}


def as_plain(student: Reported) -> dict[str, Any]:
    """Return a student with all grades as plain data."""
    return {
        **{name: getattr(student, name) for name in (*PERSON, "extension")},
        "extensions": [
            {"unit": each.unit or None, "until": each.until, "who": each.who, "why": each.why}
            for each in student.extensions.values()
        ],
        "score": _number(student.score),
        "hand_ins": [{name: getattr(each, name) for name in _HAND_IN} for each in student.hand_ins],
        "exercises": [_exercise(each) for each in student.exercises.values()],
    }


def _exercise(each: ReportedExercise) -> dict[str, Any]:
    override = each.override
    return {
        "reported": _number(each.score),
        "days_late": each.late.days,
        "late_by_unknown_time": each.late.marked,
        "penalty": float(each.late.penalty),
        "attempt": each.attempt,
        "attempts_spent": each.spent,
        "max_attempts": each.max_attempts,
        "sha256": each.hand_in and each.hand_in.sha256,
        "override": override and {"who": override.who, "at": override.at, "why": override.why},
        "result": each.result.model_dump(mode="json"),
    }


def _number(points: Decimal) -> float:
    return float(rounded(points))

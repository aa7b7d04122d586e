"""Small results for the tests of what people and other programs read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from grader.results import CheckResult, ExerciseResult, RunHeader, SubmissionResult

HEADER = RunHeader(course="A course", isolation="strong", engine="sandbox", seed=0)


def check_result(status: str = "pass", points: str = "2", **changes: Any) -> CheckResult:
    given: dict[str, Any] = {
        "name": "two coins",
        "kind": "function",
        "status": status,
        "points": Decimal(points if status == "pass" else "0"),
        "max_points": Decimal(points),
        "visible": True,
    }
    return CheckResult(**given | changes)


def exercise_result(*checks: CheckResult, **changes: Any) -> ExerciseResult:
    score = sum((check.points for check in checks), Decimal(0))
    most = sum((check.max_points for check in checks), Decimal(0))
    given: dict[str, Any] = {
        "id": "kl_asymmetry",
        "title": "KL is not symmetric",
        "score": score,
        "max_score": most,
        "status": "passed" if score == most else "partial" if score else "failed",
        "checks": checks,
    }
    return ExerciseResult(**given | changes)


def submission_result(*exercises: ExerciseResult, **changes: Any) -> SubmissionResult:
    given: dict[str, Any] = {
        "student": "ada",
        "notebook": "ada.ipynb",
        "sha256": "0" * 64,
        "status": "graded",
        "score": sum((exercise.score for exercise in exercises), Decimal(0)),
        "max_score": sum((exercise.max_score for exercise in exercises), Decimal(0)),
        "seconds": 0.01,
        "exercises": exercises,
    }
    return SubmissionResult(**given | changes)

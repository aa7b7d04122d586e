"""What makes a fingerprint: the same for the same exercise, from version to version."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import load_course
from grader.gradebook import fingerprints
from grader.gradebook.fingerprints import Environment, course_as_graded

ROOT = Path(__file__).parents[2]

# Each exercise of the bundled course, where a file counts by its name and not by what it holds.
RECORDED = {
    "hth_likelihood": "440519f8fba19cf3",
    "sequence_likelihood": "ac754069d9d00ca9",
    "coin_mle": "294b8c826eb3f85b",
    "product_to_log_sum": "d4cfa74e3ab13591",
    "binary_cross_entropy": "7c1f32e065a06f89",
    "spam_threshold": "62c311c77b6c2d0e",
    "next_token_loss": "9843772e511bdd6f",
    "bayes_posterior": "292f49071c2a05c9",
    "kl_asymmetry": "0e2116550ffa38bd",
    "cross_entropy_decomposition": "1a170b30441f9b12",
    "llm_sampling": "500499a260af1517",
    "shot_errors": "d5002a793e9400de",
    "normal_density": "2b54680e432398f2",
    "candidate_curves": "92306e85fff0099e",
    "normal_mle": "b0733dce00557909",
    "iid_or_not": "cab00b55d7657283",
    "underflow": "1b531d0db789d5f8",
    "stable_nll": "4a1d456bbeb1c109",
    "mse_from_normal_nll": "55101182032aa5b1",
    "dead_weight": "14327c64265de3bb",
    "spin_the_dials": "1da203da670a990d",
    "whiteboard_quiz": "c56b305dd6512c71",
}


@pytest.fixture
def by_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out of fingerprints what changes with a machine, a version or a word of an exercise."""
    nowhere = Environment(
        version="1", isolation="none", engine="sandbox", settings="", versions="", key="key"
    )
    monkeypatch.setattr(fingerprints, "_environment", lambda *_: nowhere)
    monkeypatch.setattr(fingerprints, "guest_versions", lambda _: {"python": "3"})
    monkeypatch.setattr(fingerprints, "_file_hash", lambda path: path.name)
    monkeypatch.setattr(fingerprints, "_folder_hash", lambda path: path.name)


@pytest.mark.usefixtures("by_names")
def test_the_fingerprints_of_the_bundled_course_are_what_they_were():
    course = load_course(ROOT)
    exercises = course.exercises.values()
    graded = course_as_graded(course, exercises, seed=0, isolation="none", engine="sandbox")
    assert {each.exercise: each.fingerprint[:16] for each in graded.versions} == RECORDED

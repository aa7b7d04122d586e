"""The bundled course, proven: who is right gets every point, who is wrong what is stated."""

from __future__ import annotations

import ast
import json
import math
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from grader.checks.base import Student
from grader.course import (
    Course,
    load_course,
    load_program,
    names_given_to,
    read_program,
    student_of_program,
    student_of_source,
)
from grader.grading.judge_exercise import grade_exercise
from grader.grading.preparation import prepare_course
from grader.guest.protocol.query_batch import QueryBatch
from grader.guest.protocol.values import Answer, Call, Returned

ROOT = Path(__file__).parents[1]
GRADER = Path(sys.executable).with_name("grader")
EXERCISES = tuple(sorted(path.parent.name for path in ROOT.glob("solutions/*/*/reference.py")))


@cache
def course() -> Course:
    return load_course(ROOT)


def reference(exercise: str) -> Mapping[str, Any]:
    of_course = course().exercises[exercise]
    return load_program(of_course.reference, names_given_to(course(), of_course))


# In processes of their own, as an author calls it: what they fork is not measured and not slowed
# down. In four, and not one for each exercise: each takes a second and a half to begin.
@pytest.mark.strong
@pytest.mark.parametrize("first", range(4))
def test_the_exercises_are_proven(first: int) -> None:
    chosen = EXERCISES[first::4]
    call = [GRADER, "prove", *chosen, "--isolation", "strong", "--jobs", "1", "--json"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    proofs = json.loads(done.stdout)["exercises"]
    assert sorted(proof["id"] for proof in proofs) == [*chosen]
    told = [(proof["id"], claim) for proof in proofs for claim in proof["claims"]]
    assert [(name, claim) for name, claim in told if not claim["holds"]] == []
    assert {proof["id"]: unexplained(proof) for proof in proofs} == {each: set() for each in chosen}


def unexplained(proof: Mapping[str, Any]) -> set[str]:
    """Return the mutants that survive, that no call sets apart, and that nobody listed."""
    return {
        each["mutant"]
        for each in proof["mutants"]["survivors"]
        if not each["equivalent"] and not each["found"].startswith("differs")
    }


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_exercise_has_visible_and_hidden_checks_that_add_up(exercise: str) -> None:
    of_course = course().exercises[exercise]
    # A question of a quiz has no inputs to hide, and its student's bundle knows no answer.
    hideable = {check.kind for check in of_course.checks} != {"quiz"}
    assert {check.visible for check in of_course.checks} == ({True, False} if hideable else {True})
    assert sum(check.points for check in of_course.checks) == of_course.points


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_mistake_has_a_hint_of_its_own(exercise: str) -> None:
    mistakes = course().exercises[exercise].mistakes
    assert all(mistake.hint for mistake in mistakes)
    assert len({mistake.hint for mistake in mistakes}) == len(mistakes)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_mistake_has_a_title_that_is_no_id(exercise: str) -> None:
    mistakes = course().exercises[exercise].mistakes
    assert [each.id for each in mistakes if each.title == each.id.replace("_", " ")] == []


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_exercise_is_answered_in_at_least_three_other_styles(exercise: str) -> None:
    assert len(course().exercises[exercise].accepted) >= 3


def made_by(path: Path, exercise: str) -> set[str]:
    """Return the names that a program makes at its top, but for those that are asked for."""
    functions = {
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    return functions - {*course().exercises[exercise].defines}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_program_makes_a_name_that_another_exercise_asks_for(exercise: str) -> None:
    others = {
        name
        for other, known in course().exercises.items()
        if other != exercise
        for name in known.defines
    }
    clashes = {
        path.stem: made_by(path, exercise) & others
        for path in (ROOT / "solutions").glob(f"*/{exercise}/**/*.py")
    }
    assert {stem: names for stem, names in clashes.items() if names} == {}


def in_single(value: Any) -> Any:
    """Return numbers as 32-bit floats; lists of numbers become arrays, as they would in numpy."""
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype.kind == "f" else value
    if isinstance(value, list | tuple):
        is_row = bool(value) and all(type(each) in (int, float) for each in value)
        return np.array(value, np.float32) if is_row else type(value)(map(in_single, value))
    return np.float32(value) if isinstance(value, float) else value


class InSinglePrecision:
    """Answers what another answers to the same calls in 32-bit floats, rounded to these again."""

    def __init__(self, student: Student) -> None:
        self._student = student
        self.work = student.work

    def prefetch(self, batch: QueryBatch) -> None:
        self._student.prefetch(batch)

    def get(self, name: str) -> Answer:
        return self._student.get(name)

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        calls = [Call(tuple(map(in_single, case.args)), case.kwargs) for case in cases]
        answers = self._student.call(name, calls)
        return [
            replace(each, value=in_single(each.value)) if isinstance(each, Returned) else each
            for each in answers
        ]

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        return self._student.draw(name, cases)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_32_bit_answer_fares_alike_at_every_seed(exercise: str) -> None:
    earned: dict[str, set[str]] = {}
    for seed in range(4):
        (ready,) = prepare_course(course(), seed=seed, only=[exercise]).exercises
        student = InSinglePrecision(student_of_program(ready.exercise.reference, ready.given))
        result = grade_exercise(ready, student)
        for check in result.checks:
            earned.setdefault(check.name, set()).add(check.status)
    assert {name: found for name, found in earned.items() if len(found) > 1} == {}
    if exercise == "shot_errors":  # its prompt says that 32 bits will do
        assert set.union(*earned.values()) == {"pass"}


def names_of(exercise: str, change: str) -> set[str | None]:
    """Return what the failures of the reference are called, with a few lines more at its end."""
    (ready,) = prepare_course(course(), only=[exercise]).exercises
    path = ready.exercise.reference
    student = student_of_source(f"{read_program(path)}\n\n{change}", path, ready.given)
    result = grade_exercise(ready, student)
    return {check.mistake for check in result.checks if check.status == "fail"}


REFUSES_MANY = """
right = grid_posterior

def grid_posterior(flips, grid, prior):
    if len(flips) > 5000:
        raise ValueError("too many flips")
    return right(flips, grid, prior)
"""
UNDERFLOWS = """
def grid_posterior(flips, grid, prior):
    heads, tails = _heads_and_tails(flips)
    grid, prior = np.asarray(grid), np.asarray(prior)
    if grid.shape != prior.shape or not np.all((grid >= 0) & (grid <= 1) & (prior >= 0)):
        raise ValueError("what?")
    weights = prior * grid**heads * (1 - grid) ** tails
    if sum(weights) == 0:
        raise ValueError("nothing left")
    return weights / sum(weights)
"""
ALWAYS_FIRST = """
right = best_model

def best_model(probs_by_model):
    right(probs_by_model)
    return 0
"""
TOO_NEAR = "witness = ([0.5, 0.5], [0.6, 0.4])"
SWAPPED = "witness = ([0.3, 0.7], [0.7, 0.3])"
ABSOLUTE_ERROR = """
def better_model(y, y_hat_a, y_hat_b):
    a, b = (_cross_entropy(y, each) for each in (y_hat_a, y_hat_b))
    a, b = (np.mean(np.abs(np.subtract(y, each))) for each in (y_hat_a, y_hat_b))
    return "tie" if abs(a - b) <= 1e-12 else "a" if a < b else "b"
"""


@pytest.mark.parametrize(
    ("exercise", "change", "named"),
    [
        ("bayes_posterior", REFUSES_MANY, None),
        ("bayes_posterior", UNDERFLOWS, "underflow"),
        ("product_to_log_sum", ALWAYS_FIRST, None),
        ("kl_asymmetry", TOO_NEAR, None),
        ("kl_asymmetry", SWAPPED, "witness_symmetric"),
        ("spam_threshold", ABSOLUTE_ERROR, None),
    ],
)
def test_a_failure_is_called_by_a_name_only_where_the_answers_show_it(
    exercise: str, change: str, named: str | None
) -> None:
    assert names_of(exercise, change) == {named}


def test_the_references_of_a_whole_course_stand_in_one_notebook() -> None:
    owner: dict[str, str] = {}
    for exercise in EXERCISES:
        for name in made_by(course().exercises[exercise].reference, exercise):
            assert owner.setdefault(name, exercise) == exercise, name


def test_the_examples_of_the_prompts_are_what_the_references_return() -> None:
    found = [
        (name, call, float(stated))
        for name, exercise in course().exercises.items()
        for call, stated in re.findall(r"`(\w+\([^`]*\))`\s+is\s+(-?\d+\.\d+)", exercise.prompt)
    ]
    assert {"kl_asymmetry", "stable_nll"} <= {name for name, _, _ in found}
    for name, call, stated in found:
        assert eval(call, dict(reference(name))) == pytest.approx(stated, rel=1e-15), call


def test_the_table_of_hth_likelihood_is_that_of_the_catalogue() -> None:
    table = reference("hth_likelihood")["hth_table"]
    rounded = {p: round(likelihood, 3) for p, likelihood in table.items()}
    assert rounded == {0.1: 0.009, 0.3: 0.063, 0.5: 0.125, 0.667: 0.148, 0.8: 0.128, 0.9: 0.081}
    assert all(f"{p:g}" in course().exercises["hth_likelihood"].prompt for p in table)


def test_best_p_of_hth_likelihood_is_where_a_fine_grid_has_its_maximum() -> None:
    names = reference("hth_likelihood")
    grid = np.linspace(0, 1, 1_000_001)
    assert grid[np.argmax(names["hth_likelihood"](grid))] == pytest.approx(
        names["best_p"], abs=1e-6
    )
    assert names["hth_likelihood"](2 / 3) == pytest.approx(4 / 27, rel=1e-15)


def test_kl_of_the_two_coins_differs_by_direction() -> None:
    kl = reference("kl_asymmetry")["kl"]
    assert kl([0.5, 0.5], [0.9, 0.1]) == pytest.approx(0.5108256237659907, rel=1e-15)
    assert kl([0.9, 0.1], [0.5, 0.5]) == pytest.approx(0.3680642071684971, rel=1e-15)


def test_the_two_models_of_kl_asymmetry_fare_as_its_explanations_say() -> None:
    names = reference("kl_asymmetry")
    world, broad, narrow = [0.49, 0.02, 0.49], [1 / 3] * 3, [0.96, 0.02, 0.02]
    rows = zip([broad, narrow, broad, narrow], [world] * 4, strict=True)
    pairs = [(p, q) if i < 2 else (q, p) for i, (q, p) in enumerate(rows)]
    found = [f"{names['kl'](*pair):.3f}" for pair in pairs]
    told = " ".join(check.explanation for check in course().exercises["kl_asymmetry"].checks)
    assert [each for each in found if each not in told] == []
    best = (
        "broad" if found[0] < found[1] else "narrow",
        "broad" if found[2] < found[3] else "narrow",
    )
    assert best == ("broad", "narrow")
    assert names["kl_quiz"]["better"] == "p_broad"
    assert f"{names['kl_quiz']['dearest']:.3f}" in told


@pytest.mark.parametrize(
    "logits",
    [[10000, 9950], [10.0, -10.0], [-10000.0, 10000.0, 9998.0], [3], [1e4, 1e4], [0.1, 700.0]],
)
def test_log_softmax_keeps_what_its_prompt_promises_beside_a_nearly_certain_token(
    logits: list[float],
) -> None:
    names = reference("next_token_loss")
    with mpmath.workdps(50):
        truth = [float(each) for each in names["exact_log_softmax"](logits)]
    assert names["log_softmax"](logits) == pytest.approx(truth, rel=1e-12, abs=0)


def test_log_softmax_is_right_to_12_digits_for_any_logits() -> None:
    names = reference("next_token_loss")
    rng = np.random.default_rng(4)
    for _ in range(200):
        logits = rng.normal(0, rng.choice([0.1, 1.0, 30.0]), rng.integers(1, 9)) + rng.choice(
            [0, 5000]
        )
        with mpmath.workdps(50):
            truth = [float(each) for each in names["exact_log_softmax"](logits)]
        assert names["log_softmax"](logits) == pytest.approx(truth, rel=1e-12, abs=0)


def test_top_k_and_top_p_keep_the_two_tokens_that_the_prompt_names() -> None:
    names = reference("llm_sampling")
    for kept in (
        names["top_k"]([0.1, 0.4, 0.2, 0.3], 2),
        names["top_p"]([0.1, 0.4, 0.2, 0.3], 0.6),
    ):
        assert np.flatnonzero(kept).tolist() == [1, 3]


def test_a_confident_and_right_logit_loses_as_little_as_the_prompt_says() -> None:
    loss = reference("binary_cross_entropy")["bce_with_logits"]([1], [700.0])
    assert loss == pytest.approx(float(mpmath.exp(-700)), rel=1e-12)


@pytest.mark.parametrize("sigma", [1e-100, 0.24, 1.0, 1e100])
def test_the_exact_nll_agrees_with_mpmath_to_45_digits(sigma: float) -> None:
    shots = np.append(np.random.default_rng(5).normal(0.5, 1.0, 20) * sigma, 1e8 * sigma)
    exact = reference("stable_nll")["exact_normal_nll"](shots, 0.5, sigma)
    with mpmath.workdps(400):  # exact - direct must not cancel, nor 0.5 vanish beside 1e-100
        terms = [((mpmath.mpf(float(shot)) - 0.5) / mpmath.mpf(sigma)) ** 2 / 2 for shot in shots]
        front = mpmath.log(mpmath.mpf(sigma) * mpmath.sqrt(2 * mpmath.pi))
        direct = mpmath.fsum(terms) + len(terms) * front
        assert abs(exact - direct) <= abs(direct) * mpmath.mpf(10) ** -45


@pytest.mark.parametrize("sigma", [0.0, -1.0])
def test_the_nll_needs_a_positive_sigma(sigma: float) -> None:
    with pytest.raises(ValueError, match="positive sigma"):
        reference("stable_nll")["normal_nll"]([1.0], 0.0, sigma)


def test_the_slopes_in_the_prompt_of_spin_the_dials_are_right_to_ten_digits() -> None:
    with mpmath.workdps(30):
        inverse_variance = mpmath.exp(-1)
        slopes = [-inverse_variance / 3, 1 - 5 * inverse_variance / 3]
    stated = re.findall(r"-?\d\.\d{10}", course().exercises["spin_the_dials"].prompt)
    assert stated == [mpmath.nstr(slope, 10, strip_zeros=False) for slope in slopes]
    found = reference("spin_the_dials")["nll_gradient"]([1.0, 2.0, 4.0], 2.0, 0.5)
    assert found == pytest.approx([float(slope) for slope in slopes], rel=1e-14)


def test_steps_of_a_tenth_get_where_the_prompt_of_spin_the_dials_says() -> None:
    nll_gradient = reference("spin_the_dials")["nll_gradient"]
    rng = np.random.default_rng(2)
    for mean, spread in [(-4.0, 0.3), (4.0, 0.3), (-4.0, 3.0), (4.0, 3.0), (0.0, 1.0)]:
        shots = rng.normal(size=30)
        shots = mean + spread * (shots - shots.mean()) / shots.std()
        dials = np.zeros(2)
        for _ in range(10_000):
            dials = dials - 0.1 * nll_gradient(shots, *dials)
        assert [dials[0], np.exp(dials[1])] == pytest.approx([mean, spread], abs=1e-4)


def test_products_of_labels_are_zero_from_where_the_prompt_of_product_to_log_sum_says() -> None:
    prompt = " ".join(prompt_of("product_to_log_sum").split())
    stated = re.findall(r"gives (0\.\d).*?from the (\d+)th", prompt)
    assert [each for each, _ in stated] == ["0.4", "0.5"]
    score = reference("product_to_log_sum")["product_score"]
    for given, label in stated:
        assert score([float(given)] * (int(label) - 1)) > 0
        assert score([float(given)] * int(label)) == 0


def test_a_product_of_nine_tenths_gets_stuck_where_the_prompt_of_underflow_says() -> None:
    (stated,) = re.findall(r"for 0\.9\s+this happens after (\d+) factors", prompt_of("underflow"))
    product, factors = 1.0, 0
    while product * 0.9 != product:
        product, factors = product * 0.9, factors + 1
    assert int(stated) == factors
    assert product > 0


def test_halves_vanish_after_as_many_factors_as_the_prompt_of_underflow_says() -> None:
    (stated,) = re.findall(r"For a half\s+that is (\d+)", prompt_of("underflow"))
    assert int(stated) == reference("underflow")["factors_until_zero"](0.5)
    assert float.fromhex("0x1p-1074") == math.nextafter(0, 1) == 4.9e-324


def prompt_of(exercise: str) -> str:
    return course().exercises[exercise].prompt

"""What is claimed of an exercise, tried on a small one that falls short in one way at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.authoring.prove import plan
from grader.authoring.prove import prove_exercise as proving
from grader.authoring.prove.proof import ExerciseProof, ProofItem
from grader.authoring.prove.prove_exercise import prove_exercise
from grader.checks.kinds.function import FunctionCheck
from grader.course import load_course
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.engines import engines_for
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, changed, files, write

ACCEPTED = REFERENCE.replace("reference.py", "accepted/with_power.py")
MISTAKE = REFERENCE.replace("reference.py", "mistakes/sum_not_product.py")
SEEDS = (1, 2**40)
EXAMPLES = load_course(Path(__file__).parents[3] / "docs" / "examples")

TOTAL = """\
id: two_heads
title: A sum
unit: coins
points: 2
prompt: Write `total(x)`.
defines: [total]
tolerance: {rtol: RTOL}
checks:
  - function: total
    name: Two numbers
    points: 1
    visible: true
    cases:
      - args: [[0.25, 0.5]]
  - function: total
    name: Many numbers
    points: 1
    given:
      x: {uniform: [0, 1], shape: 2000}
    trials: 3
"""


def proof_of(
    folder: Path, texts: Mapping[str, str], exercise: str = "two_heads", seeds=SEEDS
) -> ExerciseProof:
    course = load_course(write(folder, texts))
    engines = engines_for(EngineName.SANDBOX, course.sandbox, Isolation.NONE, hidden=[])
    return prove_exercise(course, exercise, engines, jobs=2, seeds=seeds)


def broken(folder: Path, texts: Mapping[str, str], **options) -> dict[tuple[str, str], str]:
    """Return the reason of each claim that does not hold, by its kind and what it is about."""
    claims = proof_of(folder, texts, **options).broken
    return {(claim.kind, claim.about): claim.reason for claim in claims}


def exercise_with(old: str, new: str) -> dict[str, str]:
    return changed(EXERCISE, old, new)


def total_course(rtol: str, accepted: str) -> dict[str, str]:
    return {
        COURSE: files()[COURSE],
        EXERCISE: TOTAL.replace("RTOL", rtol),
        REFERENCE: "import numpy as np\n\ndef total(x):\n    return float(np.sum(x))\n",
        ACCEPTED: accepted,
    }


def test_a_sound_exercise_is_proven_and_every_kind_of_claim_is_made(tmp_path):
    proof = proof_of(tmp_path, files())
    assert proof.broken == ()
    assert proof.holds
    assert {claim.kind for claim in proof.claims} == {
        *("right answer", "no answer", "mistake", "seeds", "forms", "summation"),
        *("tolerance", "hard-coded", "leaks", "mutants"),
    }
    assert proof.mutants.made == proof.mutants.caught > 3
    assert proof.mutants.share == 1
    assert proof.submission_cpu_s > 0
    assert 0 < proof.submission_wall_s < proof.seconds
    assert proof.cpu_s > 0


# One proof of an exercise with several accepted answers, each of which falls short in its own way.
IN_OTHER_STYLES = {
    "cubed": "def two_heads(p):\n    return p**3\n",
    "failing_cell": "def two_heads(p):\n    return p**2\n\n1 / 0\n",
    "floats_only": "def two_heads(p):\n    return p.hex() and p**2\n",  # int has no method `hex`
    # Of the inputs at the default seed, none is between these two.
    "seldom": "def two_heads(p):\n    return p**2 if not 0.55 < p < 0.75 else 0.0\n",
}


@pytest.fixture(scope="module")
def of_answers(tmp_path_factory) -> dict[tuple[str, str], str]:
    answers = {ACCEPTED.replace("with_power", name): it for name, it in IN_OTHER_STYLES.items()}
    folder = tmp_path_factory.mktemp("answers")
    return broken(folder, {**files(), **answers}, seeds=proving.SEEDS)


def test_an_accepted_answer_that_is_wrong_is_told(of_answers):
    told = of_answers["right answer", "accepted/cubed"]
    assert told.startswith("`A fair coin`: two_heads(0.5) is 0.125, expected 0.25 (off by 50 %); ")
    assert of_answers["seeds", "accepted/cubed"].endswith("(and 19 more)")


def test_an_accepted_answer_whose_cell_fails_is_told_though_it_gets_full_points(of_answers):
    told = of_answers["right answer", "accepted/failing_cell"]
    assert told.startswith("cell 1 (`def two_heads(p):`): ZeroDivisionError: division by zero")
    again = of_answers["seeds", "accepted/failing_cell"]
    assert "failing_cell.py:4: this program raised ZeroDivisionError: division by zero" in again


def test_a_right_answer_that_fails_at_another_seed_is_told(of_answers):
    assert ("right answer", "accepted/seldom") not in of_answers
    assert "`Any coin`: two_heads(0." in of_answers["seeds", "accepted/seldom"]


def test_an_answer_that_fails_for_the_same_number_in_another_form_is_told(of_answers):
    assert ("right answer", "accepted/floats_only") not in of_answers
    assert ("forms", "accepted/floats_only, lists") not in of_answers
    assert "AttributeError" in of_answers["forms", "accepted/floats_only, whole numbers"]


def test_a_program_that_cannot_be_run_costs_no_other_its_claims(of_answers):
    assert {kind for kind, _ in of_answers} <= {"right answer", "seeds", "forms", "summation"}


def test_an_answer_in_which_nothing_is_wrong_has_no_part_in_it(of_answers):
    assert [about for _, about in of_answers if "with_power" in about or "ref" in about] == []


def test_points_for_a_starter_or_for_none_are_told(tmp_path):
    starter = "  def two_heads(p):\n      ...\n"
    texts = exercise_with(starter, "  def two_heads(p):\n      return p * p\n")
    found = broken(tmp_path, texts)
    assert found["no answer", "starter"] == "`A fair coin` gives 1; `Any coin` gives 2"
    assert ("no answer", "empty notebook") not in found


MISTAKES = {
    "twice": ("score: 0", "def two_heads(p):\n    return 2 * p\n"),
    "unscored": ("", "def two_heads(p):\n    return p / 4\n"),
    "overrated": ("score: 2", "def two_heads(p):\n    return -p\n"),
}


@pytest.fixture(scope="module")
def of_mistakes(tmp_path_factory) -> dict[tuple[str, str], str]:
    listed = "".join(
        f"  - {{id: {name}, hint: Think., {score}}}\n" for name, (score, _) in MISTAKES.items()
    )
    texts = exercise_with("    score: 0\n", "    score: 0\n" + listed)
    for name, (_, program) in MISTAKES.items():
        texts[MISTAKE.replace("sum_not_product", name)] = program
    return broken(tmp_path_factory.mktemp("mistakes"), texts)


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ("unscored", "no `score` is stated; it gets 0"),
        ("overrated", "it gets 0, not 2 (`A fair coin`: two_heads(0.5)"),
        ("twice", "it is taken for no known mistake"),
        ("sum_not_product", "it is taken for no known mistake"),
    ],
)
def test_a_mistake_that_fares_otherwise_than_stated_is_told(of_mistakes, mistake, told):
    assert of_mistakes["mistake", f"mistakes/{mistake}"].startswith(told)
    again = of_mistakes["seeds", f"mistakes/{mistake}"]
    assert again.startswith(f"seed {SEEDS[0]}: {told}")


def test_a_tolerance_that_the_order_of_a_sum_overruns_is_told(tmp_path):
    accepted = "import numpy as np\n\ndef total(x):\n    return float(np.asarray(x).sum())\n"
    found = broken(tmp_path, total_course("1.0e-16", accepted))
    assert {kind for kind, _ in found} == {"summation"}
    assert ("summation", "accepted/with_power, backwards") in found
    assert broken(tmp_path, total_course("1.0e-12", accepted)) == {}


def test_a_tolerance_that_accepts_one_per_cent_is_told(tmp_path):
    texts = exercise_with(
        "    points: 2\n    hint", "    points: 2\n    tolerance: {rtol: 0.02}\n    hint"
    )
    found = broken(tmp_path, texts)
    assert found["tolerance", "Any coin"] == "it accepts answers that are 1 % too large"
    assert ("tolerance", "A fair coin") not in found


def test_an_exercise_that_shows_all_that_it_asks_is_told(tmp_path):
    texts = exercise_with("    points: 2\n", "    points: 2\n    visible: true\n")
    told = broken(tmp_path, texts)["hard-coded", "visible answers replayed"]
    assert told == "the answers that the visible checks show get every point"


def test_a_hidden_input_or_answer_in_what_a_student_reads_is_told(tmp_path):
    texts = exercise_with("    given:\n", "    cases:\n      - args: [0.123456]\n    given:\n")
    for place in ("starter: |\n", "prompt: |\n"):
        texts[EXERCISE] = texts[EXERCISE].replace(place, f"{place}  # not 0.123456, 0.0152414\n")
    texts[EXERCISE] = texts[EXERCISE].replace("hint: ", "hint: 0.123456? ")
    found = broken(tmp_path, texts)
    assert {kind for kind, _ in found} == {"leaks"}
    places = {about.partition(" to ")[0] for _, about in found}
    assert places == {"prompt", "starter", "hints", "feedback"}
    start = "it contains what only hidden checks ask or expect: 0.0152414"
    assert found["leaks", "prompt"].startswith(start)


WEAK = (
    "  - function: two_heads\n    name: Any coin\n    points: 2\n    hint: Try p = 0 and p = 1 by "
    "hand.\n    given:\n      p: {uniform: [0, 1], edges: [0.0, 1.0]}\n    trials: 10\n"
)


def weakly_checked() -> dict[str, str]:
    one = "  - function: two_heads\n    name: Heads\n    points: 2\n    cases:\n      - args: [1]\n"
    return {
        **exercise_with(WEAK, one),
        REFERENCE: "def two_heads(p):\n    if p < -7:\n        return 0.0\n    return p * p\n",
    }


def test_mutants_that_survive_are_told_with_what_sets_them_apart(tmp_path):
    proof = proof_of(tmp_path, weakly_checked())
    (claim,) = [each for each in proof.broken if each.kind == "mutants"]
    assert claim.reason.endswith("; at least 95 % must be")
    found = {survivor.mutant: survivor for survivor in proof.mutants.survivors}
    survivor = found["two_heads: if p < -7: -> if False:"]
    assert survivor.line == 2
    assert survivor.diff.splitlines()[-3:-1] == ["-    if p < -7:", "+    if False:"]
    assert not survivor.equivalent
    told = {each.found.split(":")[0] for each in found.values()}
    assert told <= {"differs", "looks equivalent"}
    assert "looks equivalent" in told


def test_a_listed_survivor_counts_neither_way(tmp_path):
    weak = proof_of(tmp_path, weakly_checked())
    listed = "".join(
        f"  - {{mutant: '{survivor.mutant}', why: No coin is like that.}}\n"
        for survivor in weak.mutants.survivors
    )
    texts = weakly_checked()
    texts[EXERCISE] = texts[EXERCISE].replace("mistakes:\n", f"equivalents:\n{listed}mistakes:\n")
    proof = proof_of(tmp_path, texts)
    assert proof.broken == ()
    assert proof.mutants.share == 1
    assert {survivor.why for survivor in proof.mutants.survivors} == {"No coin is like that."}
    assert proof.mutants.equivalent == len(proof.mutants.survivors)


def test_a_listed_mutant_that_is_caught_or_not_there_is_told(tmp_path):
    listed = (
        "equivalents:\n"
        "  - {mutant: 'two_heads: return p * p -> return p + p', why: The same.}\n"
        "  - {mutant: 'two_heads: return 1 -> return 2', why: The same.}\nmistakes:\n"
    )
    found = broken(tmp_path, exercise_with("mistakes:\n", listed))
    assert found == {
        ("mutants", "two_heads: return p * p -> return p + p"): (
            "`equivalents` lists it, but the checks catch it: remove it"
        ),
        ("mutants", "two_heads: return 1 -> return 2"): (
            "`equivalents` lists it, but no mutant has this id: remove it"
        ),
    }


LOOPING = """\
def two_heads(p):
    flips, result = 2, 1.0
    while flips > 0:
        flips -= 1
        result *= p
    return result
"""


def test_a_mutant_that_loops_eats_memory_or_exits_is_caught(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "_MUTANT_CALL_S", 0.3)
    greedy = LOOPING.replace("    return", "    held = [0.0] * flips\n    return")
    leaving = greedy.replace("    return", "    if flips: exit()\n    return")
    proof = proof_of(tmp_path, {**files(), REFERENCE: leaving})
    caught = {survivor.mutant for survivor in proof.mutants.survivors}
    assert not any("flips -= 1 ->" in mutant for mutant in caught)
    assert proof.seconds < 60


def test_a_mutant_that_cannot_be_interrupted_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "_MUTANT_CALL_S", 0.2)
    monkeypatch.setattr(plan, "_MUTANT_GRACE_S", 1.0)
    stubborn = (
        "def two_heads(p):\n    asleep = 0\n    while asleep:\n        try:\n"
        "            pass\n        except BaseException:\n            pass\n    return p * p\n"
    )
    held = stubborn.replace("pass\n        except", "[0 for _ in range(10**9)]\n        except")
    proof = proof_of(tmp_path, {**files(), REFERENCE: held})
    assert proof.mutants.hung >= 1


def test_a_machine_that_ends_processes_does_not_pass_for_checks_that_catch(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "_MUTANT_BYTES", 1 << 12)
    reference = "held = bytearray(1 << 27)\ndef two_heads(p):\n    return p * p\n"
    proof = proof_of(tmp_path, {**files(), REFERENCE: reference}, seeds=(1,))
    (claim,) = proof.broken
    assert (claim.kind, claim.about) == ("mutants", "the reference unchanged")
    assert claim.reason.startswith("it is caught: ")
    assert "MemoryError" in claim.reason


def test_a_course_at_fault_is_told_and_nothing_else_is_tried(tmp_path):
    proof = proof_of(tmp_path, {**files(), REFERENCE: "def two_heads(p):\n    return p\n"})
    assert [claim.about for claim in proof.broken] == ["A fair coin"]
    assert proof.claims[0].reason.startswith("The reference disagrees with `cases[0]`")
    assert (proof.claims[0].kind, proof.mutants.made) == ("course", 0)


def test_a_reference_that_fails_at_another_seed_is_told(tmp_path):
    # Of the inputs at the default seed, none is between these two.
    program = "def two_heads(p):\n    return p * p if not 0.55 < p < 0.75 else None\n"
    program = program.replace("else None", "else [][0]")
    found = broken(tmp_path, {**files(), REFERENCE: program}, seeds=proving.SEEDS)
    assert "`Any coin`: The reference fails: two_heads(0." in found["seeds", "reference"]


def test_judging_that_raises_is_told_where_an_answer_must_get_nothing(tmp_path, monkeypatch):
    judge = FunctionCheck.judge

    def raise_unless_right(self, prepared, student):
        verdict = judge(self, prepared, student)
        if not verdict.passed:
            raise LookupError("no table")
        return verdict

    monkeypatch.setattr(FunctionCheck, "judge", raise_unless_right)
    proof = proof_of(tmp_path, files())
    found = {(claim.kind, claim.about): claim.reason for claim in proof.broken}
    assert found["no answer", "empty notebook"] == (
        "`A fair coin`: judging raised LookupError: no table; "
        "`Any coin`: judging raised LookupError: no table"
    )
    assert proof.mutants.share == 1


def test_a_program_that_cannot_be_graded_is_told(tmp_path):
    limits = "\nsandbox: {limits: {notebook_s: 0.3}}\n"
    sleeping = "  import time\n  time.sleep(1)\n"
    texts = {
        **exercise_with("  def two_heads(p):\n      ...\n", sleeping),
        ACCEPTED: "import time\ntime.sleep(1)\n",
    }
    texts[COURSE] += limits
    found = broken(tmp_path, texts, seeds=(1,))
    told = found["right answer", "accepted/with_power"]
    assert told.startswith("it could not be graded (timed_out): ")
    assert found["no answer", "starter"] == told


def test_a_reference_that_never_ends_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(proving, "_PREPARED_WITHIN_S", 0.3)
    found = broken(tmp_path, {**files(), REFERENCE: "while True:\n    pass\n"})
    reason = "preparing its checks hung: not finished after 0.3 s"
    assert found == {("course", "the exercise"): reason}


def test_judging_that_hangs_costs_its_own_claims(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "_TRIAL_WITHIN_S", 0.5)
    program = "import time\n\ntime.sleep(2)\n\ndef two_heads(p):\n    return p**2\n"
    found = broken(tmp_path, {**files(), ACCEPTED: program}, seeds=(1,))
    assert found["seeds", "1"] == "hung: not finished after 0.5 s"
    assert found["forms", "accepted/with_power"] == "hung: not finished after 0.5 s"
    assert ("right answer", "accepted/with_power") not in found


def test_a_reference_that_never_answers_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(proving, "_PREPARED_WITHIN_S", 0.3)
    stubborn = "def two_heads(p):\n    while True:\n        pass\n"
    found = broken(tmp_path, {**files(), REFERENCE: stubborn})
    reason = "preparing its checks hung: not finished after 0.3 s"
    assert found == {("course", "the exercise"): reason}


CHECKS = REFERENCE.replace("reference.py", "checks.py")


def judged_by(function: str) -> dict[str, str]:
    by_author = "  - {python: squares, about: two_heads, name: Any coin, points: 2}\n"
    return {**exercise_with(WEAK, by_author), CHECKS: function}


def test_a_check_of_the_authors_own_is_proven_like_any_other(tmp_path):
    function = (
        "def squares(student, reference, rng):\n    for p in rng.uniform(size=5):\n"
        "        assert student.two_heads(p) == reference.two_heads(p)\n"
    )
    proof = proof_of(tmp_path, judged_by(function), seeds=(1,))
    assert proof.broken == ()
    assert proof.mutants.made > 3


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("assert student.two_heads(0.5) == 1", "The reference does not pass `squares`"),
        ("student.two_heads(0.5)\n    while True:\n        pass", "does not end within 0.3 s"),
    ],
)
def test_a_check_of_the_authors_own_that_is_at_fault_is_told(tmp_path, monkeypatch, function, told):
    monkeypatch.setattr("grader.checks.kinds.python._OWN_LIMIT_S", 0.3)
    function = f"def squares(student, reference, rng):\n    {function}\n"
    found = broken(tmp_path, judged_by(function))
    assert found.keys() == {("course", "Any coin")}
    assert told in found["course", "Any coin"]


@pytest.mark.parametrize("exercise", EXAMPLES.exercises)
def test_the_examples_of_the_docs_are_proven(exercise):
    engines = engines_for(
        EngineName.SANDBOX,
        EXAMPLES.sandbox_for([EXAMPLES.exercises[exercise]]),
        Isolation.NONE,
        hidden=[],
    )
    proof = prove_exercise(EXAMPLES, exercise, engines, jobs=2, seeds=SEEDS)
    assert proof.broken == ()


def test_a_reference_that_takes_too_long_to_judge_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "_TRIAL_WITHIN_S", 0.1)
    monkeypatch.setattr(plan, "profile", lambda _: time.sleep(60))
    found = broken(tmp_path, files())
    reason = "judging the reference hung: not finished after 0.1 s"
    assert found == {("course", "the exercise"): reason}


def test_sessions_that_cannot_be_started_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "_SESSIONS_WITHIN_S", 0.0)
    found = broken(tmp_path, files())
    assert found["right answer", "sessions"] == "hung: not finished after 0 s"


def test_an_exercise_that_builds_on_another_has_its_names(tmp_path):
    second = EXERCISE.replace("two_heads", "four_heads")
    texts = changed(COURSE, "[two_heads]", "[two_heads, four_heads]")
    texts[second] = (
        "id: four_heads\ntitle: Four\nunit: coins\npoints: 2\nprompt: Four heads.\n"
        "defines: [four_heads]\nbuilds_on: [two_heads]\nchecks:\n"
        "  - {function: four_heads, name: One, points: 1, visible: true, cases: [{args: [0.5]}]}\n"
        "  - {function: four_heads, name: Any, points: 1, given: {p: {uniform: [0, 1]}}}\n"
    )
    texts[REFERENCE.replace("two_heads", "four_heads")] = (
        "def four_heads(p):\n    return two_heads(two_heads(p))\n"
    )
    proof = proof_of(tmp_path, texts, exercise="four_heads")
    assert proof.broken == ()
    assert proof.mutants.made > 0


def test_each_step_is_told(tmp_path):
    course = load_course(write(tmp_path, files()))
    engines = engines_for(EngineName.SANDBOX, course.sandbox, Isolation.NONE, hidden=[])
    steps = []
    prove_exercise(
        course,
        "two_heads",
        engines,
        jobs=2,
        seeds=(1,),
        step=lambda done, total: steps.append((done, total)),
    )
    assert [done for done, _ in steps] == list(range(1, len(steps) + 1))
    assert steps[-1][0] == steps[-1][1] == len(steps)


def test_a_claim_that_holds_needs_no_reason():
    assert ProofItem(kind="seeds", about="reference", holds=True).reason == ""

"""Strategies against the questions of the bundled exercises: to be asked, and to earn too much.

No answer that is wrong may earn what it does not deserve: not by being constant, by refusing
everything, by remembering, by being slow, by raising in odd ways, nor by a text that looks like a
derivation.
"""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from grader.checks.base import CheckContext
from grader.checks.kinds.property import PropertyCheck
from grader.checks.kinds.raises import RaisesCheck
from grader.checks.students.local import LocalStudent
from grader.compare import Tolerance
from tests.attacks.exam import COURSE, SECRET, accepted, prepared, reference, starter
from tests.clocks import own_clock

pytestmark = pytest.mark.strong

FUNCTIONS = {
    "hth_likelihood": ["hth_likelihood"],
    "kl_asymmetry": ["kl"],
    "stable_nll": ["normal_nll"],
    "mse_from_normal_nll": ["mse", "nll_scale", "nll_offset"],
}
KL = reference("kl_asymmetry")
WITNESS = "A pair that proves it"
REFUSES = "Not two distributions"


def each(body: str, exercise: str) -> str:
    """Return a notebook in which every function of an exercise has one body."""
    return "\n".join(f"def {name}(*given):\n    {body}" for name in FUNCTIONS[exercise])


# Answers that have nothing to do with the question

BODIES = {
    "zero": "return 0.0",
    "one": "return 1.0",
    "best_likelihood": "return 4 / 27",
    "infinity": "return float('inf')",
    "minus_infinity": "return -float('inf')",
    "nan": "return float('nan')",
    "none": "return None",
    "its_input": "return given[0]",
    "all_its_inputs": "return given",
    "random": "import random; return random.random()",
    "generator": "yield 0.0",
    "recursion": "return globals()['__name__'] and __import__('sys') and kept(*given)",
    "empty": "import numpy as np; return np.zeros(0)",
    "always_value_error": "raise ValueError",
    "always_own_value_error": "raise type('ValueError', (Exception,), {})",
    "always_exit": "raise SystemExit(0)",
    "always_base_exception": "raise BaseException('ValueError')",
    "always_interrupt": "raise KeyboardInterrupt",
    "always_generator_exit": "raise GeneratorExit",
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_an_answer_that_ignores_the_question_earns_nothing(exam, arenas, exercise, body):
    kept = "def kept(*given):\n    return kept(*given)\n"
    sat = exam.sit(exercise, kept, each(BODIES[body], exercise))
    assert sat.passed == []
    proof = "test_what_a_constant_would_earn_without_its_counterpart"
    arenas.tell(f"answer_{body}_in_{exercise}", "comparison", "strong", proof)


def context(**names: object) -> CheckContext:
    return CheckContext(
        exercise="any", reference=names, defines=tuple(names), tolerance=Tolerance(), seed=1
    )


def judged(check, names: dict[str, object]) -> bool:
    ready = context(square=lambda x: x * x if x >= 0 else int("negative"))
    return bool(check.judge(check.prepare(ready), LocalStudent(names)).passed)


@pytest.mark.parametrize(
    ("claim", "earned"), [("square(0) == 0", True), ("square(0) == 0 != square(2)", False)]
)
def test_what_a_constant_would_earn_without_its_counterpart(claim, earned):
    check = PropertyCheck.model_validate({"property": claim, "name": "c", "points": 1})
    assert judged(check, {"square": lambda x: 0}) is earned


@pytest.mark.parametrize(("accepts", "earned"), [([], True), ([{"args": [2]}], False)])
def test_what_refusing_everything_would_earn_without_good_input(accepts, earned):
    check = RaisesCheck.model_validate(
        {
            "raises": "square",
            "cases": [{"args": [-1]}],
            "accepts": accepts,
            "name": "c",
            "points": 1,
        }
    )
    assert judged(check, {"square": lambda x: int("no")}) is earned


# Exceptions

FORGED_BASES = """
class Kind(type):
    def mro(cls):
        return [cls, Exception, type('ValueError', (BaseException,), {}), BaseException, object]
try:
    class Odd(Exception, metaclass=Kind): pass
except TypeError:
    class Odd(ValueError): pass
"""
EXCEPTIONS = {
    # A class of one's own with the right name, or with forged bases, says no more than `raise
    # ValueError` would: whoever knows when to raise it, has what the check asks for.
    "class_of_the_name": ("class ValueError(Exception): pass", "raise ValueError('no')", True),
    "forged_bases": (FORGED_BASES, "raise Odd('no')", True),
    "text_that_raises": ("class Odd(ValueError):\n    __str__ = None", "raise Odd", True),
    "text_that_exits": (
        "class Odd(ValueError):\n    def __str__(self): raise SystemExit",
        "raise Odd",
        False,  # it ends its own process
    ),
    "text_of_ten_megabytes": ("big = 'x' * 10_000_000", "raise ValueError(big)", True),
    "name_in_the_text": ("", "raise Exception('ValueError')", False),
    "name_as_attribute": (
        "class Odd(Exception): pass\nOdd.__qualname__ = 'ValueError'",
        "raise Odd('no')",
        False,
    ),
    "group": ("", "raise ExceptionGroup('ValueError', [ValueError()])", False),
    "returned": ("", "return ValueError('no')", False),
    "exit": ("", "raise SystemExit('ValueError')", False),
    "interrupt": ("", "raise KeyboardInterrupt", False),
    "warning": ("", "import warnings; warnings.warn('ValueError'); return 0.0", False),
    "lookalike": ("class ValuеError(Exception): pass", "raise ValuеError('no')", False),
}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_a_refusal_counts_by_its_type_alone(exam, arenas, name):
    setup, refusal, counts = EXCEPTIONS[name]
    code = f"""
{setup}
right, real = kl, __builtins__.ValueError
def kl(p, q):
    try:
        return right(p, q)
    except real:
        {refusal}
"""
    sat = exam.sit("kl_asymmetry", KL, code)
    assert (REFUSES in sat.passed) is counts
    refusing = next(
        each for each in COURSE.exercises["kl_asymmetry"].checks if each.name == REFUSES
    )
    assert sat.score == 10 - (0 if counts else refusing.points)
    assert len(sat.seen) < 3000
    arenas.tell(f"exception_{name}", "comparison", "strong", "earns what an honest refusal earns")


# Memory and order

LOOKUP = """
import numpy as np
known = [
    (([0.5, 0.5], [0.9, 0.1]), 0.5108256237659907),
    (([0.9, 0.1], [0.5, 0.5]), 0.3680642071684971),
    (([1, 0], [0.5, 0.5]), np.log(2)), (([0.5, 0.5], [1, 0]), np.inf),
    (([0.25, 0.75, 0], [0.5, 0.5, 0]), 0.130812035941137), (([1], [1]), 0.0)]
asked = []
def kl(p, q):
    asked.append((p, q))
    for (one, other), answer in known:
        if list(p) == one and list(q) == other:
            return answer
    return {otherwise}
witness = ([0.5, 0.5], [0.9, 0.1])
"""


@pytest.mark.parametrize(
    "otherwise",
    ["0.0", "known[len(asked) % 6][1]", "known[-1][1] if len(asked) < 7 else 1 / len(asked)"],
)
def test_who_knows_the_visible_answers_by_heart_earns_the_visible_points(exam, arenas, otherwise):
    checks = COURSE.exercises["kl_asymmetry"].checks
    of_kl = [check for check in checks if check.visible and check.kind != "quiz"]
    visible = sum((check.points for check in of_kl), Decimal(0))
    sat = exam.sit("kl_asymmetry", LOOKUP.replace("{otherwise}", otherwise))
    assert sat.score == visible > 3
    arenas.tell("behave_on_visible_inputs_only", "comparison", "strong", "hidden inputs are others")


def test_answers_of_earlier_cases_are_no_answers_to_later_ones(exam, arenas):
    code = """
import functools
answers = {}
right = kl
def kl(p, q):
    return answers.setdefault(len(p), right(p, q) if len(answers) < 2 else 0.0)
"""
    assert exam.sit("kl_asymmetry", KL, code).score < 5
    arenas.tell("remember_earlier_cases", "comparison", "strong", "every trial has its own answer")


LEAK = """
seen = []
def kl(p, q):
    global witness
    seen.append((list(map(float, p)), list(map(float, q))))
    witness = (seen[-1][0], [str(len(seen))])
    raise RuntimeError(f'asked {len(seen)} times, last for {seen[-1]}')
witness = None
"""


def test_no_hidden_input_shows_in_what_a_student_reads(exam, arenas):
    """A function that keeps its inputs puts the last one into a variable of a visible check."""
    sat = exam.sit("kl_asymmetry", LEAK)
    ready = prepared("kl_asymmetry").exercises[0]
    hidden = [c.prepared for c in ready.checks if c.check.name == "Random distributions"]
    numbers = [str(float(x)) for q in hidden[0].questions for x in list(q.call.args[0])[:1]]
    assert numbers
    assert [number for number in numbers if number[:8] in sat.seen] == []
    assert "asked 1 times" in sat.seen
    arenas.tell("show_hidden_inputs", "comparison", "strong", "visible checks are asked first")


# Time


def test_a_function_that_is_slow_in_every_case_is_bounded_by_its_exercise(exam, arenas):
    code = "right = kl\nimport time\ndef kl(p, q):\n    time.sleep(0.9)\n    return right(p, q)\n"
    started = own_clock()
    sat = exam.sit("kl_asymmetry", KL, code)
    assert started.sample() < 8
    assert sat.score < 10
    arenas.tell(
        "just_under_the_deadline", "time", "strong", "an exercise has one time for all cases"
    )


# Witnesses

WITNESSES = {
    "negative": "([1.5, -0.5], [0.5, 0.5])",
    "sums_by_cancellation": "([1e308, -1e308, 1.0], [0.5, 0.25, 0.25])",
    "nan": "([float('nan'), 1.0], [0.5, 0.5])",
    "infinite": "([float('inf'), 0.0], [0.5, 0.5])",
    "ragged": "([0.5, 0.5], [0.5, 0.25, 0.25])",
    "nested": "([[0.5, 0.5]], [[0.9, 0.1]])",
    "text": "('HT', 'TH')",
    "numbers_as_text": "(['0.5', '0.5'], ['0.9', '0.1'])",
    "truth": "([True, False], [True, False])",
    "complex": "([0.5 + 0j, 0.5], [0.9, 0.1])",
    "dict": "{'p': [0.5, 0.5], 'q': [0.9, 0.1]}",
    "triple": "([0.5, 0.5], [0.9, 0.1], [1.0])",
    "set": "{(0.5, 0.5), (0.9, 0.1)}",
    "generator": "iter([[0.5, 0.5], [0.9, 0.1]])",
    "function": "lambda: ([0.5, 0.5], [0.9, 0.1])",
    "empty": "([], [])",
    "one_outcome": "([1.0], [1.0])",
    "symmetric": "([0.9, 0.1], [0.1, 0.9])",
    "impossible_outcome": "([1.0, 0.0], [0.5, 0.5])",
    "subnormal": "([1.0, 5e-324], [1.0, 0.0])",
    "half_precision": "(lambda n: (n.full(9, 1 / 9, 'f2'), n.full(9, 1 / 9)))(__import__('numpy'))",
    "unsigned": "(__import__('numpy').array([1, 255], 'u1'), [0.5, 0.5])",
    "million": "(lambda n: (n.full(10**6, 1e-6), n.full(10**6, 1e-6)))(__import__('numpy'))",
    "many_dimensions": "(__import__('numpy').ones((1,) * 32),) * 2",
    "a_hundred_thousand_lists": "([[0.5]] * 40_000, [[0.5]] * 40_000)",
}


@pytest.mark.parametrize("name", WITNESSES)
def test_a_false_witness_earns_nothing(exam, arenas, name):
    sat = exam.sit(
        "kl_asymmetry", f"kl = lambda p, q: 0 if len(p) else 1\nwitness = {WITNESSES[name]}"
    )
    assert sat.passed == []
    assert len(sat.seen) < 6000
    assert sat.seen.replace("\n", " ").isprintable()
    arenas.tell(f"witness_{name}", "comparison", "strong", "judged with the reference's `kl`")


# Derivations

START = r"-log \prod_{i=1}^n \frac{1}{\sigma\sqrt{2\pi}} \exp(-\frac{(y_i-ŷ_i)^2}{2\sigma^2})"
LOGS = r"-\sum_{i=1}^n \log(\frac{1}{\sigma\sqrt{2\pi}} \exp(-\frac{(y_i-ŷ_i)^2}{2\sigma^2}))"
SPLIT = "n log(σ √(2π)) + sum((y_i - ŷ_i)^2) / (2σ²)"
ROOTS = "".join(f"(n-{k})" for k in range(1, 10))
SQUARES = "sum((y_i - ŷ_i)^2)"
MSE = f"1/n {SQUARES}"
TO_SPLIT = f"{START} = {LOGS} = {SPLIT}"
DERIVATIONS = {
    "ten_megabytes": "'x = ' * 2_500_000",
    "a_million_lines": "['= 1'] * 90_000",
    "tower_of_powers": f"'{START} = ' + '9^' * 300 + '9'",
    "nested_exponentials": f"'{START} = ' + 'exp(' * 300 + '1' + ')' * 300",
    "deep_fractions": f"r'{START} = ' + r'\\frac{{1}}{{' * 300 + '1' + '}}' * 300",
    "sums_in_sums": f"'{START} = ' + 'sum(' * 8 + 'y_i' + ')' * 8",
    "products_in_products": f"'{START} = ' + 'prod(' * 8 + 'y_i' + ')' * 8",
    "brackets": "'(' * 19_000",
    "division_by_zero": f"'{START} ~ 1 / (y_1 - y_1) = {MSE}'",
    "zero_times_anything": f"'{START} = 0 * log(0) ~ 0 ~ 0 * n ~ {MSE}'",
    "constant_in_between": f"'{START} ~ 1 ~ 2 ~ {MSE}'",
    "only_the_ends": f"'{START} ~ {MSE}'",
    "the_same_line_again": f"'{START} = {START} = {START} ~ {MSE}'",
    "copies_with_a_zero": f"'{START} = {START} + 0 ~ {MSE} + 0 = {MSE}'",
    "copies_in_other_words": f"'{START} = 0 - -({START}) * 2/2 ~ {MSE} + σ - σ = {MSE} * e^0'",
    "copies_of_every_kind": f"'{START} = {START} + log(1) = {START} / 1 ~ {MSE} * n/n = {MSE}'",
    "scaled_copies": f"'{START} ~ 2 * {MSE} ~ 3 * {MSE} ~ 4 * {MSE} ~ {MSE}'",
    "logs_that_are_nothing": f"'{START} = {START} + 0 * {LOGS} = {SPLIT} ~ n * {MSE} ~ {MSE}'",
    "wrong_loss_by_tilde": f"'{START} = {LOGS} ~ {SPLIT.replace('2σ²', '2σ')} ~ n * {MSE} ~ {MSE}'",
    "lost_n_by_tilde": f"'{START} = {LOGS} ~ {SPLIT[2:]} ~ n * {MSE} ~ {MSE}'",
    "whole_loss_in_a_remark": f"'{START} = {LOGS} # = {SPLIT}\\n~ n * {MSE} ~ {MSE}'",
    "whole_loss_as_a_name": f"r'{START} = {LOGS} = \\text{{{SPLIT}}} ~ n * {MSE} ~ {MSE}'",
    "whole_loss_before_its_logarithms": f"'{START} = {SPLIT} = {LOGS} ~ n * {MSE} ~ {MSE}'",
    "roots_at_small_n": f"'{TO_SPLIT} + {ROOTS} sum(ŷ_i) ~ n * {MSE} ~ {MSE}'",
    "ten_to_the_minus_60": f"'{TO_SPLIT} + 10^-60 sum(ŷ_i) ~ n * {MSE} ~ {MSE}'",
    "too_small_by_far": f"'{TO_SPLIT} + exp(-999 n) {ROOTS} ~ n * {MSE} ~ {MSE}'",
    "nothing_below_a_billion": f"'{TO_SPLIT} + |n-10^9| + n - 10^9 ~ {MSE}'",
    "only_at_odd_n": f"'{TO_SPLIT} + (1-(-1)^n)(n-1)(n-3)(n-5)(n-7)(n-9) ~ {MSE}'",
    "target_alone": f"'{MSE} = {MSE} = {MSE} = {MSE}'",
    "comment_for_a_step": f"'{START} # = {LOGS} = {SPLIT}\\n~ {MSE}'",
    "lookalike_letters": f"'{START} = {LOGS} = n log(σ√(2π)) + sum((у_i - ŷ_i)^2)/(2σ²) ~ {MSE}'",
    "zero_width": f"'{START}\\u200b = {LOGS} = {SPLIT} ~ {MSE}'",
    "nul": f"'{START}\\0 = {LOGS} = {SPLIT} ~ {MSE}'",
    "bidi": f"'\\u202e{TO_SPLIT} ~ {MSE}'",
    "escape_sequences": f"'\\x1b[2J{TO_SPLIT} ~ {MSE}'",
    "lone_surrogate": f"'\\ud800 {START}'",
    "bytes": f"{START.encode()!r}",
    "a_class_of_text": f"type('T', (str,), {{}})('{TO_SPLIT} ~ {MSE}')",
    "python": '\'__import__("os").system("true") = 1\'',
    "nearly_equal": f"'{TO_SPLIT} + 10^-12 ~ {SQUARES} ~ {MSE}'",
    "hidden_by_size": f"'{TO_SPLIT} + (y_1 - ŷ_1)^2 / 10^15 ~ {SQUARES} ~ {MSE}'",
    "lost_digits": f"'{TO_SPLIT} + 10^60 ((1 + 10^-55) - 1) ~ {SQUARES} ~ {MSE}'",
    "digits_lost_twice": f"'{TO_SPLIT} + 10^600 ((1 + 10^-500) - 1) ~ n * {MSE} ~ {MSE}'",
    "hidden_by_a_huge_constant": f"'{TO_SPLIT} ~ {SPLIT} + 10^99 = {SPLIT} + n + 10^99 ~ {MSE}'",
    "power_of_nothing": f"'{START} = (n - n)^-1 = {LOGS} = {SPLIT} ~ {MSE}'",
}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_text_that_is_no_derivation_earns_nothing(exam, arenas, name):
    started = time.process_time()
    sat = exam.sit("mse_from_normal_nll", f"derivation = {DERIVATIONS[name]}")
    assert sat.passed == []
    assert time.process_time() - started < 5
    assert len(sat.seen) < 6000
    assert sat.seen.replace("\n", " ").isprintable()
    arenas.tell(
        f"derivation_{name}", "reading", "strong", "a grammar of its own, under caps, no eval"
    )


def test_the_derivation_that_these_attacks_are_made_of_is_right(exam):
    text = f"{START} = {LOGS} = {SPLIT} ~ n * {MSE} ~ {MSE}"
    sat = exam.sit("mse_from_normal_nll", f"derivation = {text!r}")
    assert "From the likelihood to the mean squared error" in sat.passed


def vanishing_at_the_points_of(secret: str) -> str:
    """Return a factor that is 0 wherever the derivation is tried."""
    checks = prepared("mse_from_normal_nll", secret).exercises[0].checks
    (goal,) = [ready.prepared for ready in checks if ready.check.kind == "derivation"]
    tried = (goal.evaluator, *goal.evaluator.beyond)
    sigmas = sorted({point.scalars["sigma"] for each in tried for point in each.points})
    return " * ".join(f"(sigma - {sigma})" for sigma in sigmas)


@pytest.mark.parametrize(("guessed", "earned"), [("", False), (SECRET, True)])
def test_a_false_line_that_holds_at_the_points_needs_the_secret_of_the_course(
    exam, arenas, guessed, earned
):
    zero = f"y_hat_i * {vanishing_at_the_points_of(guessed)}".replace("y_hat_i", "sum(ŷ_i)")
    text = f"{START}\n= {LOGS}\n= {SPLIT} + {zero}\n~ sum((y_i - ŷ_i)^2)\n~ {MSE}"
    sat = exam.sit("mse_from_normal_nll", f"derivation = {text!r}")
    assert ("From the likelihood to the mean squared error" in sat.passed) is earned
    if not earned:
        proof = "succeeds for who knows the secret"
        arenas.tell("formula_that_is_equal_at_the_points", "secret", "strong", proof)


# What is right stays right


@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_a_right_answer_earns_everything_here_as_well(exam, exercise):
    right = exam.sit(exercise, reference(exercise))
    assert right.exercise.score == COURSE.exercises[exercise].points
    assert exam.sit(exercise, starter(exercise)).score == 0


def test_a_coroutine_is_awaited(exam):
    code = f"{KL}\nplain = kl\nasync def kl(p, q):\n    return plain(p, q)\n"
    assert exam.sit("kl_asymmetry", code).score == 10
    assert exam.sit("kl_asymmetry", accepted("kl_asymmetry", "plain_loop")).score == 10

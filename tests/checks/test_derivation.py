"""The kind `derivation`: right chains pass in any style; a slip is named wherever it is made."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.base import Bench
from grader.checks.derivation import DerivationCheck
from grader.checks.local import LocalStudent
from grader.compare import Tolerance
from grader.errors import CheckError
from tests.refusals import refused

PAGE = Path(__file__).parents[2] / "docs" / "derivations.md"
DENSITY = r"\frac{1}{\sigma\sqrt{2\pi}} \exp(-\frac{(y_i-\hat y_i)^2}{2\sigma^2})"
LIKELIHOOD = rf"\prod_{{i=1}}^n {DENSITY}"
NLL = f"-log {LIKELIHOOD}"
LOGS = rf"-\sum_{{i=1}}^n \log({DENSITY})"
SQUARES = "sum((y_i - ŷ_i)^2)"
SPLIT = f"n log(σ √(2π)) + {SQUARES} / (2σ²)"
MSE = f"1/n {SQUARES}"
RIGHT = [NLL, f"= {LOGS}", f"= {SPLIT}", f"~ {SQUARES}", f"~ {MSE}"]
KEYS = {
    "derivation": "derivation",
    "name": "From likelihood to MSE",
    "points": 8,
    "symbols": {"y": "data", "ŷ": "minimised", "sigma": "fixed", "n": "size"},
    "start": {"maximise": LIKELIHOOD, "minimise": NLL},
    "target": MSE,
    "min_lines": 4,
}


def check(**keys):
    return DerivationCheck.model_validate(KEYS | keys)


def bench(reference=RIGHT, seed=3):
    return Bench(
        exercise="mse",
        reference={"derivation": reference},
        defines=("derivation",),
        tolerance=Tolerance(),
        seed=seed,
    )


GOAL = check().prepare(bench())


def judge(text, goal=GOAL):
    return check().judge(goal, LocalStudent({"derivation": text}))


def chain(*lines):
    return "\n".join(lines)


@pytest.mark.parametrize(
    "lines",
    [
        RIGHT,
        [LIKELIHOOD, f"~ {NLL}", *RIGHT[1:]],
        [LIKELIHOOD, f"~ log({LIKELIHOOD})", f"negate: {LOGS}", *RIGHT[2:]],
        [LIKELIHOOD, f"~ {SPLIT}", f"~ n {SQUARES}", f"~ {MSE}"],
        [LOGS, f"= {SPLIT}", f"~ {MSE} - sum(y_i^2)", f"~ {MSE}"],
        ["fixed: sigma", *RIGHT],
        [NLL, f"= {SPLIT}", "~ sum(ŷ_i^2 - 2 y_i ŷ_i) / n", f"~ {MSE}"],
    ],
)
def test_a_right_derivation_passes(lines):
    assert judge(chain(*lines)).message == ""
    assert judge(lines).passed


SLIPS = {
    ("step", "half"): [
        [NLL, f"= {LOGS}", f"= n log(σ √(2π)) + {SQUARES} / σ²", f"~ {MSE}"],
        [NLL, "= sum(log(σ √(2π)) + (y_i - ŷ_i)^2/σ²)"],
        [*RIGHT[:3], f"~ {SQUARES}/(2n)", f"= {MSE}"],
    ],
    ("step", "sign"): [
        [NLL, rf"= \sum_i \log({DENSITY})"],
        [NLL, f"= {LOGS}", f"= n log(σ √(2π)) - {SQUARES} / (2σ²)"],
        [*RIGHT[:3], f"~ -{SQUARES}"],
        [*RIGHT[:3], f"~ n - {MSE}", f"~ {MSE}"],
        [*RIGHT[:3], f"~ (n - 2.5) {SQUARES}"],
        [LIKELIHOOD, f"~ log({LIKELIHOOD})", f"= {SPLIT}"],
        [LIKELIHOOD, f"~ log({LIKELIHOOD})", f"~ -log({LIKELIHOOD})"],
        [LIKELIHOOD, f"~ log({LIKELIHOOD})", f"negate: log({LIKELIHOOD})"],
    ],
    ("step", "=", "only ~", "factor with n"): [
        [*RIGHT[:4], f"= {MSE}"],
        [*RIGHT[:3], f"~ {SQUARES}/(2σ²)", f"= {MSE}"],
    ],
    ("step", "=", "only ~", "factor"): [
        [*RIGHT[:3], f"~ {SQUARES}/(2σ²)", f"= {SQUARES}"],
        [*RIGHT[:3], f"~ {SQUARES}", f"= {SQUARES} * sum(y_i^2)"],
    ],
    ("step", "=", "only ~", "constant"): [
        [NLL, f"= {LOGS}", f"= {SQUARES}/(2σ²)"],
        [*RIGHT[:4], f"= {SQUARES} + 10^-20"],
    ],
    ("step", "=", "only ~", "constant", "factor with n"): [[NLL, f"= {MSE}"]],
    ("step", "=", "only ~", "log"): [[LIKELIHOOD, f"= {NLL}"], [LIKELIHOOD, f"= log {LIKELIHOOD}"]],
    ("step", "free"): [["free: sigma", *RIGHT], ["free: σ", NLL, f"= {SPLIT}", f"~ {MSE}"]],
    ("step", "~"): [
        [NLL, "~ sum((y_i - ŷ_i)^4)"],
        [*RIGHT[:3], "~ sum(|y_i - ŷ_i|)"],
        [*RIGHT[:3], f"~ {SQUARES}^2"],
        [*RIGHT[:3], "~ n"],
        [*RIGHT[:3], "~ n log(σ √(2π))"],
        [*RIGHT[:3], "~ sum((y_i - 0 * ŷ_i)^2) / 3"],
        [*RIGHT[:3], "~ 1/3 * log(prod(exp(10^9 * y_i)))"],
        [*RIGHT[:3], "~ exp(10^8 + sum((ŷ_i)^2))"],
        [*RIGHT[:3], "~ exp(-10^8 - sum((ŷ_i)^2))"],
        [NLL, "~ sum(exp((y_i - ŷ_i)^2))"],
        [LIKELIHOOD, f"~ {LIKELIHOOD}^2"],
        [*RIGHT[:3], f"~ {SQUARES} * sum(ŷ_i)/sum(ŷ_i) * (sum(y_i) - 1)"],
        ["free: sigma", NLL, f"= {SPLIT}", "~ sum(|y_i - ŷ_i|)"],
    ],
    ("step", "="): [
        [NLL, "= exp(-230258508.894)"],  # half of it leaves the range of numbers
        [NLL, "= sum((y_i - ŷ_i)^4)"],
        [NLL, "= exp(2 * 10^8 + sum(y_i))"],
        [NLL, f"= {SPLIT} + sum(|y_i - ŷ_i|)"],
    ],
    ("step", "negate:"): [[NLL, f"negate: log({LIKELIHOOD})"]],
    ("undefined",): [
        [NLL, "~ sum(log(y_i))"],
        ["sum(sqrt(y_i))"],
        [NLL, "= 1/(n-n)"],
        [NLL, "= 1 / (1 + 10^-60 - 1 - 10^-60)"],
        [NLL, "= (n - n)^-1", f"= {MSE}"],
        [NLL, f"= {SPLIT} + (n - n)^(-σ/3)", f"~ {MSE}"],
    ],
    ("digits",): [
        [NLL, f"= {SPLIT} + 10^200 - 10^200", f"~ {MSE}"],
        [f"{NLL} + 10^200 - 10^200", f"~ {MSE}"],
        [*RIGHT[:3], f"~ {SQUARES} + 10^200"],
        [*RIGHT[:4], f"~ {MSE} + 10^130 - 10^130"],
        [NLL, "= 1 / (log(e) - 1)"],
        [NLL, f"= {SPLIT} + sqrt(log(e) - 1)"],
        [*RIGHT[:3], "~ sum(exp(ŷ_i) / sum(exp(ŷ_i)))"],
        [*RIGHT[:3], "~ log prod(exp(10^9 + (3 log(2) - log(8)) * sum(ŷ_i)))"],
    ],
    ("start",): [[SQUARES, f"~ {MSE}"], [f"log({LIKELIHOOD})"], [SPLIT + " + 1"]],
    ("target", "factor with n"): [
        RIGHT[:4],
        [*RIGHT[:3], f"~ {SQUARES}/2"],
        [*RIGHT[:3], f"~ {SQUARES} + 10^40"],
    ],
    ("target", "~"): [
        [*RIGHT[:3], f"~ {MSE}/2"],
        [*RIGHT, f"~ {MSE} + sum(y_i)"],
    ],
    ("target",): [[LIKELIHOOD, f"~ log({LIKELIHOOD})"], [LIKELIHOOD, f"= {LIKELIHOOD}"]],
    ("length",): [[NLL, f"~ {MSE}"], [NLL, f"= {NLL}", f"= {NLL}", f"~ {MSE}"]],
}


@pytest.mark.parametrize(
    ("symptom", "lines"),
    [(symptom, lines) for symptom, cases in SLIPS.items() for lines in cases],
)
def test_a_slip_has_the_same_symptom_wherever_it_is_made(symptom, lines):
    verdict = judge(chain(*lines))
    assert not verdict.passed
    assert verdict.evidence == symptom
    assert verdict.message.startswith(verdict.brief)


NOTHINGS = {
    "a small number beside a large one": "10^60 ((1 + 10^-55) - 1)",
    "more than 120 digits apart": "10^140 ((1 + 10^-130) - 1)",
    "in steps of 20 digits": "10^60 (1 + 10^-20 (1 + 10^-20 (1 + 10^-20)) - 1 - 10^-20 - 10^-40)",
    "an exponential for a small number": "exp(200) ((1 + exp(-200)) - 1)",
    "a large power": "10^60 ((1 + 10^-55)^999 - 1)",
    "a root": "10^60 (sqrt(1 + 10^-55) - 1)",
    "a root of a root": "((1 + 10^-60)^(1/999))^(10^62) - 1",
    "a reciprocal": "10^60 (1/(1/(1 + 10^-55)) - 1)",
    "a logarithm": "10^60 log(1 + 10^-55)",
    "a logarithm of a power": "log((1 + 10^-60)^(10^60))",
    "an exponential of nearly nothing": "10^60 (exp(10^-55) - 1)",
    "a sum over the examples": "10^60 (sum(1 + 10^-55) - n)",
    "a product over the examples": "10^60 (prod(1 + 10^-55) - 1)",
    "a sum of values that cancel": "sum(10^60 + y_i) - n * 10^60",
    "an absolute value": "10^60 (|-1 - 10^-55| - 1)",
    "absorbed, then scaled": "((10^-55 σ + 1) - 1) * 10^55",
    "absorbed by data": "10^60 sum((y_i + 10^-55) - y_i)",
    "a quotient of what cancels": "((1 + 10^-60) - 1) / ((1 + 2 * 10^-60) - 1)",
    "a root of what cancels": "sqrt((1 + 10^-60) - 1) * 10^30",
    "what is far below all digits": "10^600 ((1 + 10^-500) - 1)",
    "what is far below all digits, in a logarithm": "log(exp((1 + 10^-500) - 1)) * 10^600",
    "a power of what cancels": "10^300 ((1 + 10^-130) - 1)^2",
    "an exponent that cancels": "2^(10^150 ((1 + 10^-145) - 1))",
    "a factor that is not nearly 1": "(σ^(10^60 ((1 + 10^-59) - 1)) - 1)",
}


@pytest.mark.parametrize("nothing", NOTHINGS.values(), ids=NOTHINGS.keys())
def test_what_is_lost_with_the_digits_cannot_be_added(nothing):
    for lines in (
        [NLL, f"= {SPLIT} + {nothing}", f"~ {SQUARES}", f"~ {MSE}"],
        [NLL, f"= {SPLIT} + sum(ŷ_i) * ({nothing})", f"~ {SQUARES}", f"~ {MSE}"],
        [*RIGHT[:3], f"~ {SQUARES} + sum(ŷ_i) * ({nothing})", f"~ {MSE}"],
        [*RIGHT[:3], f"~ {SQUARES} * (1 + sum(ŷ_i^2) * ({nothing}))", f"~ {MSE}"],
        [LIKELIHOOD, f"= {LIKELIHOOD} + {nothing}", f"~ {NLL}", f"= {SPLIT}", f"~ {MSE}"],
        [f"{NLL} + sum(ŷ_i) * ({nothing})", *RIGHT[1:]],
        [*RIGHT, f"= {MSE} + sum(ŷ_i) * ({nothing})"],
    ):
        verdict = judge(lines)
        assert not verdict.passed
        assert verdict.evidence[0] in {"step", "digits", "start"}


def test_what_hides_the_loss_hides_no_change_of_it():
    huge = "10^100"
    for hidden in ("sum(ŷ_i)", "sum(ŷ_i^3)", "1"):
        lines = [f"~ {SQUARES} + {huge}", f"= {SQUARES} + {huge} + {hidden}", f"~ {MSE}"]
        verdict = judge([*RIGHT[:3], *lines])
        assert verdict.evidence[0] in {"step", "digits"}
        assert "Line 5" in verdict.brief
    for wider in ("10^70", "10^40", "10^20"):
        lines = [f"~ {SQUARES} + {wider}", f"= {SQUARES} + {wider} + 10^-15 sum(ŷ_i)", f"~ {MSE}"]
        assert judge([*RIGHT[:3], *lines]).evidence[0] == "step"


@pytest.mark.parametrize(
    "nothing",
    [
        "sum(y_i - y_i)",
        "(log(e) - 1)",
        "(sqrt(2)^2 - 2)",
        "(σ/3 + σ/3 + σ/3 - σ)",
        "(sum(ŷ_i)/n - 1/n sum(ŷ_i)) * 10^6",
        "sum(y_i - 1/n sum_j y_j)",
        "(exp(log(7)) - 7)^2",
        "log(1)",
        "(10^60 - 10^60)",
        "10^60 - 10^60 + sum(ŷ_i)^2 - sum(ŷ_i) sum_j ŷ_j",
        "(exp(-200) + 1 - 1 - exp(-200))",
        "|log(e) - 1|",
        "(log(e) - 1)^3",
    ],
)
def test_what_cancels_may_be_added(nothing):
    assert judge([NLL, f"= {LOGS}", f"= {SPLIT} + {nothing}", f"~ {SQUARES}", f"~ {MSE}"]).passed
    assert judge([*RIGHT[:3], f"~ {SQUARES} + {nothing}", f"~ {MSE}"]).passed


@pytest.mark.parametrize("relation", ["=", "~"])
def test_a_right_line_passes_until_its_digits_are_lost(relation):
    before = RIGHT if relation == "=" else RIGHT[:4]
    found = [
        judge([*before, f"{relation} {MSE} + 10^{size} - 10^{size}"]).evidence
        for size in range(130)
    ]
    known = found.count(())
    assert known > 80
    assert found == [()] * known + [("digits",)] * (130 - known)


def test_a_last_line_that_is_not_known_well_enough_is_not_the_target():
    drawn = sum(GOAL.evaluator.points[0].vectors["y_hat"])
    target = f"sum(ŷ_i) - ({drawn}) + 10^-40"  # 10^-40 at the first point
    small = check(start={"minimise": "sum(ŷ_i)"}, target=target, min_lines=1)
    goal = small.prepare(bench(f"sum(ŷ_i)\n~ {target}"))
    lines = ["sum(ŷ_i)", f"~ {target} + 10^60 / 3 - 10^60 / 3"]
    assert small.judge(goal, LocalStudent({"derivation": lines})).evidence == ("digits",)


def test_a_line_that_loses_digits_is_refused_with_the_way_out():
    message = judge([NLL, f"= {SPLIT} + 10^200 - 10^200"]).message
    assert message == (
        "Line 2 cannot be checked: too many of its digits are lost. Even with 120 digits it is not "
        "known well enough to be compared. Write it without numbers that are so far apart in size, "
        "or that cancel in so many digits.\n"
        f"    line 2:  = {SPLIT} + 10^200 - 10^200"
    )


def test_a_difference_beyond_the_digits_that_are_shown_is_shown_by_itself():
    message = judge([*RIGHT[:4], f"= {SQUARES} + 10^30 - 10^-60 - 10^30"]).message
    assert "line 4 is 2, line 5 is 2 - 1e-60" in message


def test_the_verdict_does_not_hang_on_the_seed():
    for seed in range(5):
        goal = check().prepare(bench(seed=seed))
        assert judge(RIGHT, goal).passed
        for symptom, (lines, *_) in SLIPS.items():
            assert judge(lines, goal).evidence == symptom


def test_a_line_without_a_value_at_points_that_were_not_drawn_is_judged_all_the_same():
    # At each point of seed 3 it has a value, but not for every pair of its sigmas and predictions.
    line = "log(4 - sigma - sum(ŷ_i))"
    goal = check().prepare(bench(seed=3))
    assert judge(["free: sigma", NLL, f"~ {line}"], goal).evidence == ("step", "~")
    assert judge(["free: sigma", f"{line}"], goal).evidence == ("start",)


def test_an_equal_sign_is_shown_to_fail_at_small_numbers():
    assert judge(chain(*RIGHT[:4], f"= {MSE}")).message == (
        "Line 5 does not follow from line 4 by `=`. Only `~` holds: the same predictions are best, "
        "but the values are not equal.\n"
        "    line 4:  ~ sum((y_i - ŷ_i)^2)\n"
        "    line 5:  = 1/n sum((y_i - ŷ_i)^2)\n"
        "At n = 2, y = (1, 3), ŷ = (2, 2), sigma = 2: line 4 is 2, line 5 is 1."
    )


def test_a_tilde_is_shown_to_fail_by_predictions_in_another_order():
    message = judge(chain(*RIGHT[:3], f"~ -{SQUARES}")).message
    assert message.endswith(
        "From n = 2, y = (1, 3), ŷ = (2, 2), sigma = 2\n"
        "  to ŷ = (3, 4): line 3 changes by 0.375, line 4 by -3."
    )


def test_a_tilde_is_shown_to_fail_by_changes_out_of_step():
    message = judge(chain(*RIGHT[:3], f"~ {SQUARES}^2")).message
    assert message.endswith(
        "  to ŷ = (3, 4): line 3 changes by 0.375, line 4 by 21.\n"
        "  to ŷ = (4, 4): line 3 changes by 1, line 4 by 96."
    )


def test_values_that_differ_late_are_shown_with_the_digits_that_differ():
    message = judge(chain(*RIGHT[:4], f"= {SQUARES} + 10^-20")).message
    assert "line 4 is 2, line 5 is 2.00000000000000000001" in message


def test_a_likelihood_is_compared_by_its_logarithm():
    message = judge(chain(LIKELIHOOD, "~ sum(|y_i - ŷ_i|)")).message
    assert "-log of line 1 changes by" in message


def test_a_turn_of_a_loss_is_refused_with_the_reason():
    message = judge(chain(NLL, f"negate: log({LIKELIHOOD})")).message
    assert "`negate:` turns a line to be maximised; line 1 is to be minimised." in message


def test_a_brief_holds_no_numbers_and_no_text_of_the_student():
    verdict = judge(chain(NLL, "= sum((y_i - ŷ_i)^4)"))
    assert verdict.brief == "Line 2 does not follow from line 1 by `=`."
    assert judge("1 @").brief == "`derivation` cannot be read as a derivation (line 1)."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "`derivation` must be a text, or a list of lines."),
        (["1", 2], "`derivation` must be a text, or a list of lines."),
        (b"1", "`derivation` must be a text, or a list of lines."),
        ("", "`derivation` cannot be read. In line 1, column 1: there is no formula in this text"),
        ("1 @", "cannot be read. In line 1, column 3: `@` is not part of the language here"),
    ],
)
def test_what_is_no_derivation_is_said_to_be_none(value, message):
    verdict = judge(value)
    assert not verdict.passed
    assert message in verdict.message
    assert verdict.evidence == ()


def test_a_derivation_that_is_missing_is_said_to_be_missing():
    verdict = check().judge(GOAL, LocalStudent({}))
    assert verdict.message == "`derivation` is not defined."
    assert verdict.evidence == ()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"tolerance": {"rtol": 1e-3}}, "a derivation takes no tolerance"),
        ({"target": "1/n sum("}, "`target` is not a formula: line 1, column 9"),
        ({"start": {"maximise": "NLL"}}, "`maximise` is not a formula"),
        ({"start": {}}, "start: this list must not be empty"),
        ({"symbols": {"y": "data", "n": "size"}}, "no symbol is `minimised`"),
        ({"symbols": {"y": "data", "ŷ": "minimised"}}, "one symbol must be the `size`"),
        ({"symbols": {"2": "data"}}, "`2` cannot be a symbol: use a word"),
        ({"symbols": {"@": "data"}}, "`@` cannot be a symbol: `@` is not part"),
        ({"min_lines": 0}, "min_lines: this must be at least 1"),
    ],
)
def test_a_faulty_exercise_is_refused_when_it_is_loaded(keys, message):
    with refused(re.escape(message)):
        check(**keys)


def test_a_start_without_a_value_is_the_exercise_s_fault():
    faulty = check(start={"minimise": "sum(log(y_i))"})
    with pytest.raises(CheckError, match="takes a log, root or power of what has none"):
        faulty.prepare(bench())


def test_a_reference_that_does_not_hold_is_the_exercise_s_fault():
    with pytest.raises(CheckError, match=r"reference's own derivation does not hold\. Line 2"):
        check().prepare(bench([NLL, f"= {MSE}"]))


def test_a_loss_can_be_the_only_start():
    only = check(start={"minimise": NLL})
    goal = only.prepare(bench())
    verdict = only.judge(goal, LocalStudent({"derivation": SQUARES}))
    assert "the loss is 3.47417" in verdict.message


def test_other_names_work_as_well():
    other = check(
        symbols={"x": "data", "mu": "minimised", "s": "fixed", "t": "fixed", "N": "size"},
        start={"minimise": "s t sum((x_i - μ_i)^2)"},
        target="sum((x_i - μ_i)^2) / N",
        min_lines=1,
    )
    right = "s t sum((x_i - μ_i)^2)\n~ sum((x_i - μ_i)^2) / N"
    goal = other.prepare(bench(right))
    wrong = other.judge(goal, LocalStudent({"derivation": right.replace("~", "=")}))
    assert wrong.evidence == ("step", "=", "only ~", "factor with n")
    assert "s = 2, t = 3" in wrong.message


def test_nothing_but_another_constant_follows_from_a_constant():
    constant = check(start={"minimise": "n"}, target="1", min_lines=1)
    goal = constant.prepare(bench("n\n~ 1"))
    wrong = constant.judge(goal, LocalStudent({"derivation": f"n\n~ {SQUARES}"}))
    assert wrong.evidence == ("step", "~")


def test_a_factor_of_many_symbols_is_a_factor():
    many = check(
        symbols={
            "y": "data",
            "ŷ": "minimised",
            "n": "size",
            "a": "fixed",
            "b": "fixed",
            "c": "fixed",
        },
        start={"minimise": f"a b c {SQUARES}"},
        target=SQUARES,
        min_lines=1,
    )
    goal = many.prepare(bench(f"a b c {SQUARES}\n~ {SQUARES}"))
    wrong = many.judge(goal, LocalStudent({"derivation": f"a b c {SQUARES}\n= {SQUARES}"}))
    assert wrong.evidence == ("step", "=", "only ~", "factor")


def test_judging_a_derivation_is_cheap():
    lines = [LIKELIHOOD, f"~ {NLL}", *RIGHT[1:]]
    times = []
    for turn in range(5):
        start = time.process_time()
        assert judge([*lines, f"# new for turn {turn}"]).passed
        times.append(time.process_time() - start)
    assert min(times) < 0.02  # 1.2 ms where it was measured


def test_a_text_is_judged_once_and_remembered_unless_it_is_long():
    assert judge(chain(*RIGHT)) is judge(chain(*RIGHT))
    assert judge(RIGHT) is judge(list(RIGHT))
    other = check().prepare(bench(seed=4))
    assert judge([MSE], other) is not judge([MSE])
    long = [*RIGHT, "# " + 1000 * "long "]
    assert judge(long) is not judge(long)


def test_the_same_exercise_loaded_again_has_the_same_goal():
    assert check().prepare(bench(seed=8)) is check().prepare(bench(seed=8))
    assert check().prepare(bench(seed=8)) is not check().prepare(bench(seed=9))


def test_the_costliest_derivation_is_judged_within_a_second():
    heavy = "+".join(f"sum(exp(y_i + {k}))" for k in range(30))
    start = time.process_time()
    assert not judge(chain(NLL, f"= {heavy}")).passed
    assert time.process_time() - start < 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_mutated_derivation_is_judged_and_never_raises(data):
    text = chain(*RIGHT)
    at = data.draw(st.integers(0, len(text) - 1))
    piece = data.draw(st.sampled_from(["", "2", "-", "(", ")", "^", "n ", "σ", "=", "~", "\n"]))
    verdict = judge(text[:at] + piece + text[at + 1 :])
    assert verdict.passed or verdict.brief


def examples():
    blocks = re.findall(
        r"```derivation (passes|fails)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    return [(outcome == "passes", text) for outcome, text in blocks]


@pytest.mark.parametrize(("passes", "text"), examples())
def test_the_examples_of_the_page_do_as_it_says(passes, text):
    assert judge(text).passed is passes


def test_the_message_on_the_page_is_the_message():
    page = PAGE.read_text("utf-8")
    _, failing = next((ok, text) for ok, text in examples() if not ok)
    assert judge(failing).message in page


def test_the_check_is_about_its_variable():
    assert check().subject == "derivation"
    assert check().points == Decimal(8)

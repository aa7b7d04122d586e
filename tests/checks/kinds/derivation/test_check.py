"""The kind `derivation`: right chains pass in any style; a slip is named wherever it is made."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from grader.checks.base import CheckContext
from grader.checks.kinds.derivation.check import DerivationCheck
from grader.checks.students.local import LocalStudent
from grader.compare import Tolerance
from grader.errors import CheckError
from tests.refusals import refused

PAGE = Path(__file__).parents[4] / "docs" / "derivations.md"
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


def context(reference=RIGHT, seed=3):
    return CheckContext(
        exercise="mse",
        reference={"derivation": reference},
        defines=("derivation",),
        tolerance=Tolerance(),
        seed=seed,
    )


GOAL = check().prepare(context())


def judge(text, goal=GOAL):
    return check().judge(goal, LocalStudent({"derivation": text}))


WAY = [
    {"name": "the sum of the logarithms", "minimise": LOGS},
    {"name": "the whole loss", "minimise": SPLIT},
]
PASSING = check(through=WAY)
WAY_GOAL = PASSING.prepare(context())


def judge_way(*lines):
    return PASSING.judge(WAY_GOAL, LocalStudent({"derivation": list(lines)}))


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
    ("length",): [[NLL, f"~ {MSE}"], [NLL, f"= {LOGS}", f"~ {MSE}"]],
    ("length", "rewritten"): [
        [NLL, f"= {NLL}", f"= {NLL}", f"~ {MSE}"],
        [NLL, f"= {NLL} + 0", f"~ {MSE} + 0", f"= {MSE}"],
        [NLL, f"= {LOGS}", f"= 2/2 * {LOGS} - 0", f"~ {MSE}"],
        [LIKELIHOOD, f"~ {NLL}", f"= 0 + {NLL} / 1", f"~ {MSE}"],
    ],
    ("one-sided",): [
        [*RIGHT[:3], f"= {SPLIT} + sum(|y_i - 10^9| + y_i - 10^9)"],
        [*RIGHT[:3], f"~ {SQUARES} + sum(ŷ_i) (|n - 10^9| + n - 10^9)"],
        ["sum(sqrt((y_i - 10^9)^2))"],
    ],
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


GUEST = "log(σ √(2π)) + (y_i - ŷ_i)^2 / (2σ²)"
LOST_N = SPLIT.removeprefix("n ")
LOG_LIKELIHOOD = rf"\sum_{{i=1}}^n \log({DENSITY})"


@pytest.mark.parametrize(
    "lines",
    [
        RIGHT,
        [LIKELIHOOD, f"~ {NLL}", *RIGHT[1:]],
        [NLL, f"= {NLL} + 0", f"= {LOGS}", f"= 1 * {LOGS}", f"= {SPLIT}", f"~ {MSE}"],
        [NLL, f"= sum({GUEST})", f"= {SPLIT}", f"~ {MSE}"],
        [NLL, f"= {LOGS}", f"= sum({GUEST})", f"= {SPLIT}", f"~ {MSE}"],
        [NLL, f"= sum({GUEST}) + log(1)", f"= {SPLIT} + σ - σ", f"~ {MSE}"],
        [NLL, f"= sum({GUEST})", f"= n/2 log(2π) + n log(σ) + n/(2σ²) * {MSE}", f"~ {MSE}"],
        [NLL, f"= {LOGS}", f"~ 2 {LOGS}", f"~ {SPLIT}", f"~ {MSE}"],
        [LIKELIHOOD, f"~ {LOG_LIKELIHOOD}", f"= -({SPLIT})", f"negate: {SPLIT}", f"~ {MSE}"],
        [LIKELIHOOD, f"~ {LOG_LIKELIHOOD}", f"negate: {SPLIT}", f"~ {SQUARES}", f"~ {MSE}"],
        [f"L = {LIKELIHOOD}", f"l = log L = {LOG_LIKELIHOOD}", f"-l = {SPLIT}", f"~ MSE = {MSE}"],
        [f"L = {LIKELIHOOD}", f"-log L = {LOGS}", f"= {SPLIT}", f"MSE = {MSE}"],
        [LIKELIHOOD, f"-log L = {LOGS}", f"-log L = {SPLIT}", f"~ {MSE} = MSE"],
        ["fixed: sigma", *RIGHT],
    ],
)
def test_a_derivation_may_pass_through_its_lines_in_any_style(lines):
    assert judge_way(*lines).message == ""


@pytest.mark.parametrize(
    ("symptom", "lines"),
    [
        (("length", "rewritten"), [NLL, f"= {NLL} + 0", f"~ {MSE} + 0", f"= {MSE}"]),
        (("length",), [NLL, f"~ {MSE}"]),
        (("through", "1"), [NLL, f"= {SPLIT}", f"~ {SQUARES}", f"~ {MSE}"]),
        (("through", "1"), [NLL, f"= 0 * {LOGS} + {NLL}", RIGHT[2], f"~ n {SQUARES}", RIGHT[4]]),
        (("through", "1"), [LOGS, f"= {SPLIT}", f"~ {SQUARES}", f"~ {MSE}"]),
        (("through", "2"), [NLL, f"= {LOGS}", f"~ {SQUARES}", f"~ {MSE}"]),
        (("through", "2"), [NLL, f"= {LOGS}", f"= sum({GUEST})", f"~ {SQUARES}", f"~ {MSE}"]),
        (("through", "2"), [NLL, f"= {SPLIT}", f"= {LOGS}", f"~ {MSE}"]),
        (("through", "2"), [SPLIT, f"= {LOGS}", f"~ {SQUARES}", f"~ {MSE}"]),
        (("through", "2"), [NLL, f"= {LOGS}", f"~ {SPLIT} + 1", f"~ {MSE}"]),
        (("step", "n"), [NLL, f"= {LOGS}", f"~ {LOST_N}", f"~ {MSE}"]),
        (("step", "n"), [NLL, f"= {LOGS}", f"= {LOST_N}", f"~ {MSE}"]),
        (("step", "sigma"), [NLL, f"= {LOGS}", f"~ {SPLIT.replace('2σ²', '2σ')}", f"~ {MSE}"]),
        (("step", "sigma"), [NLL, f"= {LOGS}", f"= {SPLIT.replace('2σ²', '2σ')}", f"~ {MSE}"]),
        (("step", "half"), [NLL, f"= {LOGS}", f"~ {SPLIT.replace('2σ²', 'σ²')}", f"~ {MSE}"]),
        (("step", "sign"), [NLL, f"= {LOGS}", f"~ {SPLIT.replace('n log', '-n log')}", f"~ {MSE}"]),
        (("through", "2"), [LIKELIHOOD, f"~ {LOG_LIKELIHOOD}", f"negate: {LOGS}", f"~ {MSE}"]),
        (("step", "n"), [LIKELIHOOD, f"~ {LOG_LIKELIHOOD}", f"~ -({LOST_N})", f"negate: {LOST_N}",
                         f"~ {MSE}"]),
    ],
)  # fmt: skip
def test_a_line_to_pass_through_that_is_missing_or_wrong_is_told(symptom, lines):
    verdict = judge_way(*lines)
    assert verdict.evidence == symptom
    assert not verdict.passed


def test_lines_to_pass_through_may_come_again_in_another_order():
    again = [NLL, f"= {SPLIT}", f"= {LOGS}", f"= {SPLIT}", f"~ {SQUARES}", f"~ {MSE}"]
    assert judge_way(*again).message == ""


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            [NLL, f"= {SPLIT}", f"~ {SQUARES}", f"~ {MSE}"],
            "No line of yours is the sum of the logarithms.",
        ),
        (
            [LOGS, f"= {SPLIT}", f"~ {SQUARES}", f"~ {MSE}"],
            (
                "Line 1 is the sum of the logarithms already: start one step before it.\n"
                f"    line 1:  {LOGS}"
            ),
        ),
        (
            [NLL, f"= {SPLIT}", f"= {LOGS}", f"~ {MSE}"],
            (
                "Line 2 is the whole loss. It must come after the sum of the logarithms.\n"
                f"    line 2:  = {SPLIT}"
            ),
        ),
        (
            [NLL, f"= {LOGS}", f"~ {LOST_N}", f"~ {MSE}"],
            (
                "No line of yours is the whole loss. Line 3 comes nearest, but is not equal to it."
                "\n"
                f"    line 3:  ~ {LOST_N}\n"
                "At n = 2, y = (1, 3), ŷ = (2, 2), sigma = 2: line 3 is 1.86209, the one that is"
                " asked for is 3.47417."
            ),
        ),
        (
            [NLL, f"= {NLL} + 0", f"~ {MSE} * 1", f"= {MSE}"],
            (
                "Every step holds, but you have 2 of the 4 lines asked for: write down more of the "
                "steps. A line that only rewrites an earlier one does not count.\n"
                "Only rewritten: line 2 is line 1; line 4 is line 3."
            ),
        ),
    ],
)
def test_what_is_missing_is_named_and_not_given_away(lines, message):
    verdict = judge_way(*lines)
    assert verdict.message == message
    assert "log(σ √(2π))" not in verdict.brief


def test_an_extra_line_that_only_rewrites_does_no_harm_anywhere():
    for at in range(len(RIGHT)):
        again = RIGHT[at].removeprefix("= ").removeprefix("~ ")
        lines = [*RIGHT[: at + 1], f"= 0 + ({again}) * 1", *RIGHT[at + 1 :]]
        assert judge_way(*lines).message == ""


def test_lines_to_pass_through_are_looked_for_where_sigma_is_free_as_well():
    free = ["free: sigma", NLL, f"= {SPLIT}", f"= {LOGS}", f"= {SPLIT}"]
    assert judge_way(*free).evidence == ("target",)


def test_a_hint_about_numbers_is_not_given_where_nothing_was_calculated():
    for text in ("(", "1/2 sigma", "2 3", "L = @"):
        assert "Nothing has been calculated yet" in judge(text).hint
    assert judge_way(NLL, f"= {SPLIT}", f"~ {SQUARES}", f"~ {MSE}").hint.startswith("Between which")
    assert judge_way(NLL, f"~ {MSE}").hint.startswith("Which step could a reader not follow?")
    assert judge([NLL, f"= {MSE}"]).hint == ""


@pytest.mark.parametrize(
    ("through", "place", "message"),
    [
        ([{"name": "a", "minimise": "n log("}], (0, "minimise"), "this is not a formula: line 1"),
        ([{"name": "a", "maximise": "NLL"}], (0, "maximise"), "`NLL` is not a symbol here"),
        ([*WAY, {"name": "a", "minimise": "sum(ŷ_i)"}], (2, "minimise"), "does not follow from a"),
        ([{"name": "a", "maximise": SPLIT}], (0, "maximise"), "does not follow from a `start`"),
        ([{"name": "a", "minimise": "sum(log(ŷ_i))"}], (0, "minimise"), "does not follow"),
        ([*WAY, {"name": "a", "minimise": f"{SPLIT} + 0"}], (2, "minimise"), "the same line as"),
        ([{"name": "a"}], (0,), "give one formula, to `maximise` or to `minimise`"),
        ([{"name": "a", "minimise": LOGS, "maximise": LOGS}], (0,), "give one formula"),
        ([{"name": "", "minimise": LOGS}], (0, "name"), "at least 1 character"),
        ([{"minimise": LOGS}], (0, "name"), "Field required"),
        ([{"name": "a", "minimise": LOGS, "line": 2}], (0, "line"), "Extra inputs are not"),
    ],
)  # fmt: skip
def test_a_line_to_pass_through_that_is_faulty_is_refused_when_it_is_loaded(
    through, place, message
):
    ((loc, found),) = faults_of(through)
    assert loc == ("through", *place)
    assert message in found


def test_every_faulty_line_to_pass_through_is_told_at_once():
    faulty = [{"name": "a", "minimise": "("}, *WAY, {"name": "b", "minimise": ")"}]
    assert [loc[1] for loc, _ in faults_of(faulty)] == [0, 3]


def faults_of(through):
    """Return where each fault of the lines to pass through is, and what it is."""
    with pytest.raises(ValidationError) as caught:
        check(through=through)
    errors = caught.value.errors()
    placed = getattr(errors[0].get("ctx", {}).get("error"), "faults", None)
    return placed or [(error["loc"], error["msg"]) for error in errors]


def test_the_reference_must_pass_through_them_in_their_order():
    with pytest.raises(CheckError, match="No line of yours is the sum of the logarithms"):
        PASSING.prepare(context([NLL, f"= {SPLIT}", f"~ {SQUARES}", f"~ {MSE}"]))
    backwards = check(through=WAY[::-1])
    with pytest.raises(CheckError, match="It must come after the whole loss"):
        backwards.prepare(context(RIGHT))
    backwards.prepare(context([NLL, f"= {SPLIT}", f"= {LOGS}", f"~ {MSE}"]))


def test_a_line_to_pass_through_may_be_one_to_maximise():
    way = [{"name": "the log-likelihood", "maximise": LOG_LIKELIHOOD}]
    logged = check(through=way)
    goal = logged.prepare(context())
    for lines in (RIGHT, [LIKELIHOOD, f"~ {LOG_LIKELIHOOD}", f"negate: {SPLIT}", f"~ {MSE}"]):
        assert logged.judge(goal, LocalStudent({"derivation": lines})).passed


JUNK = {
    "roots at the numbers of examples": "*".join(f"(n-{k})" for k in range(1, 31)),
    "roots, and then too small to be seen": "(n-2)(n-3)(n-4)(n-5)(n-6)(n-7)(n-8)(n-9) exp(-n)",
    "roots, and then much too small": "(n-2)(n-3)(n-4)(n-5)(n-6)(n-7)(n-8)(n-9) exp(-1000 n)",
    "roots, and then nothing": "(n-2)(n-3)(n-4)(n-5)(n-6)(n-7)(n-8)(n-9) (|n-30| + 30 - n)",
    "odd numbers of examples": "(1 - (-1)^n) (n-3) (n-5) (n-7) (n-9)",
    "even numbers of examples": "(1 + (-1)^n) (n-2) (n-4) (n-6) (n-8)",
    "small": "10^-60",
    "smaller": "10^-100",
    "smaller than all digits": "10^-1000",
    "small in each": "10^-60 y_i",
    "small by an exponential": "exp(-1000)",
    "small at the data": "exp(-1000 y_i^2)",
    "small for many examples": "exp(-50 n)",
    "small by a large power": "(σ/10^3)^100",
    "small by n": "n^-100 * 10^-50",
    "a power of nearly 1": "(σ^(10^-60) - 1)",
    "an exponential of nearly 0": "(exp(10^-70) - 1)",
    "roots of roots": "((2^(10^-15))^(10^-15))^(10^-15) - 1",
    "nothing below 3": "(|σ - 3| + σ - 3)",
    "nothing below a billion": "(|σ - 10^9| + σ - 10^9)",
    "nothing below 10 in the data": "(|y_i - 10| + y_i - 10)",
    "nothing above -10 in the data": "(|y_i + 10| - y_i - 10)",
    "nothing below a billion in the data": "(sqrt((y_i - 10^9)^2) + y_i - 10^9)",
    "the same without a root": "(((y_i - 10^9)^4)^(1/4) + y_i - 10^9)",
    "the same by a logarithm": "(exp(log((y_i - 10^9)^2) / 2) + y_i - 10^9)",
    "nothing above one half": "(|n - 1/2| - n + 1/2)",
    "an expanded square": "(sqrt(y_i^2 - 20 y_i + 100) + y_i - 10)",
    "in steps of the data's digits": "(1 - (-1)^(2 * 10^6 * y_i))",
    "in steps of sigma's digits": "(1 - (-1)^(2 * 10^6 * σ))",
    "roots, and small": "(n - 3)^2 * 10^-60 (n - 2)^2",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_no_factor_hides_what_was_added(junk):
    junk = f"sum(({junk}) ŷ_i)"
    for lines in (
        [NLL, f"= {LOGS}", f"= {SPLIT} + {junk}", f"~ {SQUARES}", f"~ {MSE}"],
        [NLL, f"= {LOGS}", f"= ({SPLIT}) * (1 + {junk})", f"~ {SQUARES}", f"~ {MSE}"],
        [NLL, f"= {LOGS}", f"= ({SPLIT}) * exp({junk})", f"~ {SQUARES}", f"~ {MSE}"],
        [*RIGHT[:3], f"~ {SQUARES} + {junk}", f"~ {MSE}"],
        [LIKELIHOOD, f"= {LIKELIHOOD} + {junk}", f"~ {NLL}", f"= {LOGS}", f"= {SPLIT}", f"~ {MSE}"],
        [f"{NLL} - {junk}", *RIGHT[1:]],
        [*RIGHT, f"= {MSE} + {junk}"],
    ):
        verdict = judge(lines)
        assert not verdict.passed
        assert verdict.evidence[0] in {
            "step",
            "digits",
            "start",
            "target",
            "one-sided",
            "undefined",
        }


def test_a_difference_that_only_many_examples_show_is_shown():
    roots = "*".join(f"(n-{k})" for k in range(1, 10))
    message = judge([*RIGHT[:3], f"= {SPLIT} + {roots}"]).message
    assert re.search(r"At n = \d+, y = \(\S+ [\d,]+ times, \S+ [\d,]+ times\), ", message)


def test_a_difference_that_no_whole_number_of_examples_shows_is_told_all_the_same():
    roots = "*".join(f"(n-{k})" for k in range(1, 40))
    verdict = judge([*RIGHT[:3], f"= {SPLIT} + {roots} (|n - 41| + 41 - n)"])
    assert verdict.message.endswith(
        "A part of one of them is 0 only at the whole numbers of examples that were tried."
    )


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
    huge = "10^90"
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
    goal = small.prepare(context(f"sum(ŷ_i)\n~ {target}"))
    lines = ["sum(ŷ_i)", f"~ {target} + 10^60 / 3 - 10^60 / 3"]
    assert small.judge(goal, LocalStudent({"derivation": lines})).evidence == ("digits",)


def test_a_line_that_loses_digits_is_refused_with_the_way_out():
    message = judge([NLL, f"= {SPLIT} + 10^200 - 10^200"]).message
    assert message == (
        "Line 2 cannot be checked: too many of its digits are lost. Even 120 digits are too "
        "few to compare it. Write it without numbers of very different sizes, or that cancel in "
        "many digits.\n"
        f"    line 2:  = {SPLIT} + 10^200 - 10^200"
    )


def test_a_difference_beyond_the_digits_that_are_shown_is_shown_by_itself():
    message = judge([*RIGHT[:4], f"= {SQUARES} + 10^30 - 10^-60 - 10^30"]).message
    assert "line 4 is 2, line 5 is 2 - 1e-60" in message


def test_the_verdict_does_not_hang_on_the_seed():
    for seed in range(5):
        goal = check().prepare(context(seed=seed))
        assert judge(RIGHT, goal).passed
        for symptom, (lines, *_) in SLIPS.items():
            assert judge(lines, goal).evidence == symptom


def test_a_line_without_a_value_at_points_that_were_not_drawn_is_judged_all_the_same():
    # At each point it has a value, but not for every pair of its sigmas and predictions.
    goal = check().prepare(context(seed=3))
    first, second, *_ = goal.seen_with(goal.symbols.freed(("sigma",))).evaluator.points
    pole = first.scalars["sigma"] + sum(second.vectors["y_hat"])
    line = f"1 / (sigma + sum(ŷ_i) - ({pole}))"
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
    assert "`negate:` needs a line to be maximised; line 1 is to be minimised." in message


def test_a_brief_holds_no_numbers_and_no_text_of_the_student():
    verdict = judge(chain(NLL, "= sum((y_i - ŷ_i)^4)"))
    assert verdict.brief == "Line 2 does not follow from line 1 by `=`."
    assert judge("1 @").brief == "`derivation` cannot be read as a derivation (line 1)."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "`derivation` must be a text or a list of lines."),
        (["1", 2], "`derivation` must be a text or a list of lines."),
        (b"1", "`derivation` must be a text or a list of lines."),
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
    with pytest.raises(CheckError, match="takes a log, root or power that does not exist"):
        faulty.prepare(context())


def test_a_reference_that_does_not_hold_is_the_exercise_s_fault():
    with pytest.raises(CheckError, match=r"reference's own derivation does not hold\. Line 2"):
        check().prepare(context([NLL, f"= {MSE}"]))


def test_a_loss_can_be_the_only_start():
    only = check(start={"minimise": NLL})
    goal = only.prepare(context())
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
    goal = other.prepare(context(right))
    wrong = other.judge(goal, LocalStudent({"derivation": right.replace("~", "=")}))
    assert wrong.evidence == ("step", "=", "only ~", "factor with n")
    assert "s = 2, t = 3" in wrong.message


def test_nothing_but_another_constant_follows_from_a_constant():
    constant = check(start={"minimise": "n"}, target="1", min_lines=1)
    goal = constant.prepare(context("n\n~ 1"))
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
    goal = many.prepare(context(f"a b c {SQUARES}\n~ {SQUARES}"))
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
    other = check().prepare(context(seed=4))
    assert judge([MSE], other) is not judge([MSE])
    long = [*RIGHT, "# " + 1000 * "long "]
    assert judge(long) is not judge(long)


def test_the_same_exercise_loaded_again_has_the_same_goal():
    assert check().prepare(context(seed=8)) is check().prepare(context(seed=8))
    assert check().prepare(context(seed=8)) is not check().prepare(context(seed=9))


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

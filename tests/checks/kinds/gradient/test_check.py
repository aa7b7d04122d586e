import numpy as np
import pytest

from grader.errors import CheckError
from grader.guest.protocol.values import Died, Opaque, TimedOut
from tests.checks.scripted import NOTHING, Scripted, check_of, context_of, returning, verdict_of
from tests.refusals import refused


def loss(w, x):
    return np.sum(np.sin(w * x)) / len(x)


def loss_gradient(w, x):
    return np.cos(np.asarray(w) * x) * x / len(x)


REFERENCE = {"gradient": loss_gradient, "loss": loss}
N = {"n": {"integers": [2, 5]}}
GIVEN = {**N, "w": {"normal": [0, 1], "shape": "n"}, "x": {"normal": [0, 1], "shape": "n"}}
BASE = {"gradient": "gradient", "wrt": ["w"], "given": GIVEN, "args": ["w", "x"]}
OURS = check_of(**BASE, of="loss")
DEFINES = {"defines": ("gradient",)}


def nll(eps, mu, log_sigma):
    z = (np.asarray(eps) - mu) / np.exp(log_sigma)
    return log_sigma + np.mean(z**2) / 2


def nll_gradient(eps, mu, log_sigma):
    z = (np.asarray(eps) - mu) / np.exp(log_sigma)
    return np.array([-np.mean(z) / np.exp(log_sigma), 1 - np.mean(z**2)])


TWO = check_of(
    gradient="nll_gradient",
    of="log_sigma + np.mean(((eps - mu) / np.exp(log_sigma))**2) / 2",
    wrt=["mu", "log_sigma"],
    given={
        **N,
        "eps": {"normal": [0, 1], "shape": "n"},
        "mu": {"normal": [0, 1]},
        "log_sigma": {"normal": [0, 1]},
    },
    args=["eps", "mu", "log_sigma"],
    trials=3,
    forms=["array", "list"],
)
NLL = {"nll_gradient": nll_gradient, "nll": nll}


def of_two(change):
    return verdict_of(TWO, NLL, {"nll_gradient": lambda *args: change(nll_gradient(*args), *args)})


@pytest.mark.parametrize("style", [np.array, list, tuple, np.float32, np.ndarray.tolist])
def test_a_right_gradient_in_any_form_passes(style):
    assert of_two(lambda g, *_: style(g)).passed
    student = {"gradient": lambda w, x: style(loss_gradient(w, x))}
    assert verdict_of(OURS, REFERENCE, student, **DEFINES).passed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g, *_: -g, "Every component has the opposite sign."),
        (lambda g, *_: g * [-1, 1], "The part for `mu` has the opposite sign."),
        (
            lambda g, *_: g * [1, 3],
            "The part for `log_sigma` is off by the same factor everywhere.",
        ),
        (lambda g, *_: 2 * g, "Every component is off by the same factor."),
        (lambda g, eps, *_: g * len(eps), "a sum instead of a mean?"),
        (lambda g, eps, *_: g / len(eps), "a mean instead of a sum?"),
        (lambda g, *_: g[::-1], "reverse order: it should be `mu` and `log_sigma`."),
    ],
)
def test_a_slip_that_explains_every_component_is_reported(change, message):
    verdict = of_two(change)
    assert not verdict.passed
    assert message in verdict.message
    assert verdict.brief == "`nll_gradient` gave a wrong answer."
    assert len(verdict.evidence) == 6


@pytest.mark.parametrize(
    "change",
    [
        lambda g, *_: g * 0,
        lambda g, *_: g + 1,
        lambda g, *_: g * [np.nan, 1],
        lambda g, *_: g * [np.inf, 1],
        lambda g, *_: [10**400, 1],
        lambda g, *_: [10**400, 1j],
        lambda g, *_: [10**400, np.array(1.0)],
        lambda g, *_: g * 1e308,
        lambda g, *_: g + 1e-3j,
        lambda g, *_: 0,
        lambda g, *_: g[:1],
        lambda g, *_: [[each] for each in g],
        lambda g, *_: ["a", "b"],
        lambda g, *_: [True, False],
        lambda g, *_: None,
        lambda g, *_: dict(enumerate(g)),
    ],
)
def test_what_no_slip_explains_is_wrong_all_the_same(change):
    verdict = of_two(change)
    assert not verdict.passed
    assert "component" not in verdict.brief


def test_a_failure_names_the_component_that_is_off_and_those_that_are_right():
    check = check_of(
        gradient="g",
        of="a**2 + b**3 + c",
        wrt=["a", "b", "c"],
        args=["a", "b", "c"],
        cases=[{"args": [1.0, 2.0], "kwargs": {"c": 3.0}}],
    )
    reference = {"g": lambda a, b, c: (2 * a, 3 * b**2, 1.0)}
    verdict = verdict_of(check, reference, {"g": lambda a, b, c: (2 * a, 2 * b**2, 1.0)})
    assert verdict.message == (
        "g(1.0, 2.0, c=3.0) is off in `b`: b is 8, expected 12; `a` and `c` are right."
    )
    assert verdict.brief == "`g` gave a wrong answer."


def test_many_components_are_cut_and_one_right_one_is_told():
    check = check_of(gradient="g", of="np.sum(w**2)", wrt=["w"], args=["w"],
                     cases=[{"args": [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]}])  # fmt: skip
    verdict = verdict_of(
        check, {"g": lambda w: 2 * np.asarray(w)}, {"g": lambda w: np.asarray(w) ** 2 + 1}
    )
    assert "is off in `w[1]`, `w[2]`, `w[3]`, `w[4]` and 1 more: w[1] is 5, expected 4" in (
        verdict.message
    )
    assert verdict.message.endswith("; `w[0]` is right.")


def test_a_transposed_matrix_is_told_as_such_square_or_not():
    for shape in ([2, 3], [2, 2]):
        check = check_of(
            gradient="g",
            of="np.sum(np.tanh(w) * reference.weight[:, :w.shape[1]])",
            wrt=["w"],
            given={"w": {"normal": [0, 1], "shape": shape}},
        )
        weight = np.arange(6.0).reshape(2, 3) + 1
        reference = {
            "g": lambda w, weight=weight: weight[:, : w.shape[1]] / np.cosh(w) ** 2,
            "weight": weight,
        }
        wrong = {"g": lambda w, g=reference["g"]: g(w).T}
        verdict = verdict_of(check, reference, wrong, defines=("g",))
        assert "It is the transpose of the gradient." in verdict.message


@pytest.mark.parametrize("answer", [TimedOut(2), Died("signal 9")])
def test_no_answer_fails_and_is_no_error(answer):
    assert not verdict_of(TWO, NLL, Scripted(answer)).passed
    assert not verdict_of(TWO, NLL, NOTHING).passed
    assert not verdict_of(TWO, NLL, returning(Opaque("Tensor", "grad"))).passed


def test_the_subject_is_the_gradient():
    assert OURS.subject == "gradient"


def test_a_changed_argument_fails():
    def spoil(eps, mu, log_sigma):
        answer = nll_gradient(eps, mu, log_sigma)
        eps[0] = 0.0
        return answer

    assert "changed its first argument" in verdict_of(TWO, NLL, {"nll_gradient": spoil}).message


# What is differentiated


@pytest.mark.parametrize(
    ("of", "gradient"),
    [
        ("np.exp(x)", np.exp),
        ("abs(x)", np.sign),  # Im abs(x + ih) is 0
        ("float(np.real(x))**2", lambda x: 2 * x),  # takes complex numbers and forgets half of them
        ("math.sin(x)", np.cos),  # takes none
        ("np.sqrt(x * x * 1e200)", lambda x: 1e100 * np.sign(x)),
    ],
)
@pytest.mark.parametrize("x", [1e-3, 0.7, -3.0, 1e4])
def test_functions_of_any_making_are_differentiated(of, gradient, x):
    if "exp" in of and x > 700:
        x = 5.0
    check = check_of(gradient="g", of=of, wrt=["x"], args=["x"], cases=[{"args": [x]}])
    reference = {"g": lambda x: float(gradient(x))}
    assert verdict_of(check, reference, reference).passed
    assert not verdict_of(check, reference, {"g": lambda x: 1.001 * gradient(x)}).passed


def test_complex_steps_are_right_to_a_few_roundings():
    check = check_of(
        gradient="g",
        of="np.exp(x) / (np.sin(x)**3 + np.cos(x)**3)**0.5",
        wrt=["x"],
        args=["x"],
        cases=[{"args": [1.5]}],
        tolerance={"rtol": 1e-12},
    )  # the example of Squire and Trapp; the value is in their table, to the digits of the time
    exact = 4.05342789389862
    assert verdict_of(check, {"g": lambda x: exact}, {"g": lambda x: exact}).passed


def test_a_small_scale_of_the_input_is_found():
    check = check_of(gradient="g", of="math.log(s)", wrt=["s"], args=["s"],
                     cases=[{"args": [1e-100]}, {"args": [1e100]}])  # fmt: skip
    reference = {"g": lambda s: 1 / s}
    assert verdict_of(check, reference, reference).passed


OWN = check_of(**BASE, of="loss", trials=3)


def test_a_students_own_function_is_asked_and_differentiated():
    def mine(w, x):
        return float(np.sum(np.asarray(w) ** 3 * x))  # takes no complex number

    def mine_gradient(w, x):
        return (3 * np.asarray(w) ** 2 * x).tolist()

    student = {"loss": mine, "gradient": mine_gradient}
    assert verdict_of(OWN, REFERENCE, student).passed
    assert not verdict_of(OWN, REFERENCE, {**student, "gradient": loss_gradient}).passed
    prepared = OWN.prepare(context_of(REFERENCE))
    asked = {query.name: len(query.cases) for query in OWN.queries(prepared)}
    assert asked["loss"] == 6 * sum(len(point.slope.components) for point in prepared.points)
    assert [
        query.name for query in OURS.queries(OURS.prepare(context_of(REFERENCE, **DEFINES)))
    ] == ["gradient"]


@pytest.mark.parametrize(
    ("mine", "message"),
    [
        (lambda w, x: 1.0, "does not change with its arguments as it should"),
        (lambda w, x: "text", "does not return a finite number"),
        (lambda w, x: np.inf, "does not return a finite number"),
        (lambda w, x: 10**400, "does not return a finite number"),
        (lambda w, x: 1 / 0, "raised ZeroDivisionError"),
    ],
)
def test_a_function_of_the_students_without_a_slope_earns_nothing(mine, message):
    student = {"loss": mine, "gradient": lambda w, x: 0 * np.asarray(w)}
    verdict = verdict_of(OWN, REFERENCE, student)
    assert message in verdict.message
    assert verdict.message.startswith("`loss`, whose gradient is asked for, ")


# What an author can get wrong


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"of": "loss * 2"}, "uses `loss`, which a student defines: write `reference.loss`"),
        ({"of": "reference.loss"}, None),
        ({"of": "np.sum(np.floor(w))"}, "gradient of zeros would pass|not the gradient"),
        ({"of": "np.sum(w) * 2"}, "The reference is not the gradient.*is off in `w"),
        ({"of": "np.sum(w * x)", "wrt": ["x"]}, "not the gradient"),
        ({"of": "np.sum(np.log(w - w))"}, "its values nearby are not finite numbers"),
        ({"of": "w"}, "its values nearby are not finite numbers"),
        (
            {
                "of": "np.sum(np.sign(w))",
                "given": {"w": {"constant": [0.0]}, "x": {"constant": [0.0]}},
            },
            "not smooth",
        ),
        ({"of": "np.sum(w)", "wrt": ["w", "x"]}, "does not give one number for each of"),
        (
            {"of": "1.0", "given": {"w": {"constant": "a"}, "x": {"constant": [1.0]}}},
            "`w` is neither a number",
        ),
        ({"of": "loss", "tolerance": {"atol": 10.0}}, "gradient of zeros would pass"),
        (
            {"of": "loss", "cases": [{"args": [[1.0]]}]},
            r"`cases\[0\]` does not give each of the arguments w, x",
        ),
        (
            {"of": "loss", "cases": [{"args": [[1.0], [2.0]], "kwargs": {"x": [2.0]}}]},
            r"`cases\[0\]`",
        ),
    ],
)
def test_a_gradient_that_cannot_be_checked_is_at_fault(keys, message):
    def gradient(w, x):
        return [0.0] if isinstance(w, str) else loss_gradient(w, np.asarray(x))

    check = check_of(**{**BASE, **keys})
    if message is None:
        assert check.prepare(context_of(REFERENCE)).own is None
        return
    with pytest.raises(CheckError, match=message):
        check.prepare(context_of({**REFERENCE, "gradient": gradient}))


def test_a_reference_that_answers_no_numbers_is_at_fault():
    with pytest.raises(CheckError, match="does not give one number for each of"):
        OURS.prepare(context_of({**REFERENCE, "gradient": lambda w, x: ["a"] * len(w)}))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"of": "x ="}, "not a Python expression"),
        ({"of": "x", "wrt": ["y"], "given": {"x": {"constant": 1.0}}}, "names `y`"),
        ({"of": "x", "wrt": ["x"]}, "nothing is checked"),
        ({"of": "x", "wrt": ["x"], "cases": [{"args": [1.0]}]}, "name them all in `args`"),
        (
            {"of": "x", "wrt": ["x"], "args": ["x"], "given": {"y": {"constant": 1.0}}},
            "does not draw",
        ),
    ],
)
def test_what_does_not_fit_is_refused_when_it_is_loaded(keys, message):
    with refused(message):
        check_of(**{"gradient": "g", "wrt": ["x"], **keys})

"""The vocabulary of generated inputs, as a check's ``given`` uses it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given as trying
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from grader.inputs import (
    DRAWS,
    MAX_ELEMENTS,
    Given,
    PartialGiven,
    PlacedFaultsError,
    draw,
    require_sizes,
)

GIVEN: TypeAdapter[Any] = TypeAdapter(Given)
PARTIAL: TypeAdapter[Any] = TypeAdapter(PartialGiven)


def drawn(given: dict[str, Any], trial: int = 0, seed: int = 7) -> dict[str, Any]:
    return draw(GIVEN.validate_python(given), np.random.default_rng([seed, trial]), trial)


def one(item: dict[str, Any], trial: int = 0, seed: int = 7) -> Any:
    return drawn({"x": item}, trial, seed)["x"]


def refusal(given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        GIVEN.validate_python(given)
    return " ".join(
        str(detail.get("ctx", {}).get("error", detail["type"])) for detail in caught.value.errors()
    )


ONE_OF_EACH: dict[str, dict[str, Any]] = {
    "normal": {"normal": [0, 1]},
    "uniform": {"uniform": [-1, 1]},
    "log_uniform": {"log_uniform": [1e-3, 1e3]},
    "integers": {"integers": [1, 6]},
    "choice": {"choice": [1, 2, 3]},
    "distribution": {"distribution": 4},
    "flips": {"flips": 12},
    "constant": {"constant": 5},
}


def test_every_kind_of_draw_is_tried_here():
    assert set(ONE_OF_EACH) == set(DRAWS)


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_the_same_seed_draws_the_same(kind):
    first, second = one(ONE_OF_EACH[kind], seed=3), one(ONE_OF_EACH[kind], seed=3)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("kind", sorted(set(ONE_OF_EACH) - {"constant"}))
def test_another_seed_draws_something_else(kind):
    values = {str(one(ONE_OF_EACH[kind], seed=seed)) for seed in range(20)}
    assert len(values) > 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("normal", float),
        ("uniform", float),
        ("log_uniform", float),
        ("integers", int),
        ("choice", int),
        ("flips", str),
        ("constant", int),
    ],
)
def test_a_scalar_is_a_plain_python_value(kind, expected):
    assert type(one(ONE_OF_EACH[kind])) is expected


@pytest.mark.parametrize("kind", sorted(set(ONE_OF_EACH) - {"flips", "distribution"}))
def test_a_shape_gives_an_array(kind):
    value = one({**ONE_OF_EACH[kind], "shape": [2, 3]})
    assert isinstance(value, np.ndarray)
    assert value.shape == (2, 3)


@pytest.mark.parametrize("kind", sorted(set(ONE_OF_EACH) - {"flips", "distribution"}))
def test_lists_are_given_where_they_are_asked_for(kind):
    value = one({**ONE_OF_EACH[kind], "shape": [2, 3], "as": "list"})
    assert type(value) is list
    assert type(value[0]) is list
    assert type(value[0][0]) in (int, float)


def test_a_text_can_be_chosen():
    assert one({"choice": ["first", "second"]}) in ("first", "second")


def test_texts_are_chosen_into_a_list_but_not_into_an_array():
    assert set(one({"choice": ["H", "T"], "shape": 50, "as": "list"})) == {"H", "T"}
    assert "an array holds numbers" in refusal({"x": {"choice": ["H", "T"], "shape": 50}})


def test_a_listed_list_stays_a_list_unless_an_array_is_asked_for():
    assert one({"constant": [0.1, 0.2]}) == [0.1, 0.2]
    assert isinstance(one({"constant": [0.1, 0.2], "as": "array"}), np.ndarray)
    assert one({"choice": [[0.1], [0.1]]}) == [0.1]


def test_a_constant_can_be_a_mapping():
    assert one({"constant": {"good": 0.45}}) == {"good": 0.45}


def test_flips_can_be_a_list_of_letters():
    assert set(one({"flips": 50, "as": "list"})) == {"H", "T"}


def test_flips_follow_their_probability():
    assert one({"flips": 9, "p": 1}) == "H" * 9
    assert one({"flips": 9, "p": 0}) == "T" * 9


def test_whole_numbers_include_both_bounds():
    assert set(one({"integers": [1, 3], "shape": 200}).tolist()) == {1, 2, 3}


@trying(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308), st.integers(0, 2**32))
def test_a_uniform_draw_stays_within_its_bounds(one_bound, other, seed):
    low, high = sorted((one_bound, other))
    if low < high:
        value = one({"uniform": [low, high]}, seed=seed)
        assert low <= value <= high
        array = one({"uniform": [low, high], "shape": 3}, seed=seed)
        assert np.all((low <= array) & (array <= high))


@trying(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300), st.integers(0, 2**32))
def test_a_log_uniform_draw_stays_within_its_bounds(one_bound, other, seed):
    low, high = sorted((one_bound, other))
    if low < high:
        assert low <= one({"log_uniform": [low, high]}, seed=seed) <= high


@trying(
    st.integers(1, 60),
    st.floats(0.1, 1000),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 2**32),
)
def test_a_distribution_sums_to_one_and_has_the_zeros_that_were_asked_for(n, alpha, zeros, seed):
    p = one({"distribution": n, "alpha": alpha, "zeros": zeros}, seed=seed)
    assert math.fsum(p) == pytest.approx(1, abs=1e-12, rel=0)
    assert sum(p) == pytest.approx(1, abs=1e-12, rel=0)
    assert np.all(p >= 0)
    assert np.count_nonzero(p == 0) == min(math.ceil(zeros * n), n - 1)


def test_rows_of_distributions_each_sum_to_one():
    rows = one({"distribution": 5, "shape": 3, "zeros": 0.4})
    assert rows.shape == (3, 5)
    assert np.allclose(rows.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert np.all(np.count_nonzero(rows == 0, axis=1) == 2)


def test_a_large_distribution_sums_to_one():
    p = one({"distribution": 1_000_000, "alpha": 0.1})
    assert math.fsum(p) == pytest.approx(1, abs=1e-12, rel=0)


def test_edges_come_before_anything_random():
    item = {"uniform": [0.25, 0.75], "edges": [0, 1, 0.5]}
    assert [one(item, trial) for trial in range(3)] == [0.0, 1.0, 0.5]
    assert 0.25 <= one(item, 3) <= 0.75


def test_edges_have_the_type_of_what_is_drawn():
    assert type(one({"uniform": [0, 1], "edges": [0]})) is float
    assert type(one({"integers": [0, 1], "edges": [5]})) is int
    whole = one({"integers": [0, 1], "shape": 2, "edges": [[5, 6]]})
    assert whole.dtype == np.int64
    real = one({"normal": [0, 1], "shape": 2, "edges": [[5, 6]]})
    assert real.dtype == np.float64
    assert one({"normal": [0, 1], "shape": 2, "edges": [[]]}).shape == (0,)
    assert one({"normal": [0, 1], "shape": 2, "as": "list", "edges": [[1, 2]]}) == [1.0, 2.0]
    assert one({"choice": [1, 2], "shape": [1, 2], "edges": [[[5, 6]]]}).tolist() == [[5, 6]]
    assert one({"choice": [1, 2], "shape": [1, 2], "edges": [[]]}).shape == (0,)
    assert one({"flips": 3, "edges": ["HTH"]}) == "HTH"
    assert one({"distribution": 3, "edges": [[1, 0, 0]]}).tolist() == [1.0, 0.0, 0.0]


def test_changing_a_drawn_value_does_not_change_the_next():
    given = GIVEN.validate_python({"x": {"constant": [1]}, "y": {"choice": [[2]], "edges": [[3]]}})
    first = draw(given, np.random.default_rng(0))
    first["x"].append(9)
    first["y"].append(9)
    assert draw(given, np.random.default_rng(0)) == {"x": [1], "y": [3]}


def test_a_size_can_name_an_earlier_draw():
    for trial in range(5):
        values = drawn(
            {
                "n": {"integers": [1, 6]},
                "k": {"choice": [2, 3]},
                "m": {"constant": 4},
                "p": {"distribution": "n"},
                "x": {"normal": [0, 1], "shape": ["n", "k", "m"]},
                "flips": {"flips": "n"},
            },
            trial,
        )
        assert list(values) == ["n", "k", "m", "p", "x", "flips"]
        assert values["p"].shape == (values["n"],)
        assert values["x"].shape == (values["n"], values["k"], 4)
        assert len(values["flips"]) == values["n"]


def test_an_edge_fixes_the_size_that_others_share():
    values = drawn(
        {
            "n": {"integers": [10, 20]},
            "p": {"distribution": "n", "edges": [[0.5, 0.5]]},
            "q": {"distribution": "n"},
        }
    )
    assert values["n"] == 2
    assert values["q"].shape == (2,)


def test_a_check_can_set_a_size_itself():
    given = PARTIAL.validate_python({"x": {"normal": [0, 1], "shape": "n"}})
    require_sizes(given, {"n": 100})
    values = draw(given, np.random.default_rng(0), known={"n": 100})
    assert values["x"].shape == (100,)
    assert list(values) == ["x"]


def test_a_name_that_the_check_sets_is_not_drawn_as_well():
    given = PARTIAL.validate_python({"n": {"integers": [1, 2]}})
    with pytest.raises(PlacedFaultsError, match="`n` is set by the check itself"):
        require_sizes(given, {"n": 100})


def test_a_swept_size_and_an_edge_of_another_do_not_go_together():
    given = PARTIAL.validate_python({"x": {"normal": [0, 1], "shape": "n", "edges": [[1, 2]]}})
    with pytest.raises(PlacedFaultsError, match=r"needs `n` to be 2, but .* it is 100"):
        require_sizes(given, {"n": 100})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": {"uniform": [1, 0]}}, "the lower bound comes first: 1.0 is not below 0.0"),
        ({"x": {"integers": [3, 3]}}, "the lower bound comes first"),
        ({"x": {"uniform": [0, math.inf]}}, "two finite numbers"),
        ({"x": {"uniform": [0, 10**400]}}, "two finite numbers"),
        ({"x": {"uniform": [0]}}, "two finite numbers"),
        ({"x": {"uniform": [False, True]}}, "two finite numbers"),
        ({"x": {"uniform": ["0", "1"]}}, "two finite numbers"),
        ({"x": {"uniform": 3}}, "two finite numbers"),
        ({"x": {"normal": [0, 0]}}, "standard deviation comes second and must be positive"),
        ({"x": {"log_uniform": [0, 1]}}, "bounds of a log-uniform draw must be positive"),
        ({"x": {"integers": [0.5, 2]}}, "two whole numbers"),
        ({"x": {"integers": [0, 2**63]}}, "two whole numbers of at most 64 bits"),
        ({"x": {"choice": []}}, "too_short"),
        ({"x": {"distribution": 0}}, "at least one outcome"),
        ({"x": {"distribution": 3, "alpha": 0}}, "greater_than_equal"),
        ({"x": {"distribution": 3, "zeros": 1}}, "less_than"),
        ({"x": {"flips": 3, "p": 1.5}}, "less_than_equal"),
        ({"x": {"flips": 3, "shape": 2}}, "flips are text"),
        ({"x": {"flips": 3, "as": "array"}}, "flips are text"),
        ({"x": {"flips": -1}}, "a size is a whole number from 0"),
        ({"x": {"flips": True}}, "a size is a whole number from 0"),
        ({"x": {"flips": MAX_ELEMENTS + 1}}, "a size is a whole number from 0 to 10,000,000"),
        ({"x": {"normal": [0, 1], "shape": []}}, "a shape needs at least one size"),
        ({"x": {"normal": [0, 1], "shape": [4000, 4000]}}, "up to 16,000,000 values"),
        ({"x": {"normal": [0, 1], "as": "tuple"}}, "literal_error"),
        ({"x": {"normal": [0, 1], "size": 3}}, "extra_forbidden"),
        ({"x": {"normal": [0, 1], "shape": "n"}}, "names no earlier draw of whole numbers"),
        (
            {"x": {"normal": [0, 1], "shape": "n"}, "n": {"integers": [1, 2]}},
            "names no earlier draw",
        ),
        (
            {"n": {"uniform": [1, 2]}, "x": {"normal": [0, 1], "shape": "n"}},
            "names no earlier draw",
        ),
        (
            {"n": {"integers": [-1, 2]}, "x": {"normal": [0, 1], "shape": "n"}},
            "names no earlier draw",
        ),
        (
            {"n": {"integers": [1, 2], "shape": 2}, "x": {"flips": "n"}},
            "names no earlier draw",
        ),
        ({"n": {"integers": [0, 2]}, "p": {"distribution": "n"}}, "this size can be 0"),
        ({"a b": {"normal": [0, 1]}}, "`a b` is not one"),
        ({"lambda": {"normal": [0, 1]}}, "`lambda` is not one"),
        ({"x": 3}, "a draw is a mapping"),
        ({"x": {}}, "a draw needs one key that states its kind"),
        ({"x": {"unifrom": [0, 1]}}, "did you mean `uniform`?"),
        ({"x": {"uniform": [0, 1], "normal": [0, 1]}}, "`normal` and `uniform`: keep one"),
    ],
)
def test_what_cannot_be_drawn_is_refused_when_it_is_read(given, message):
    assert message in refusal(given)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"uniform": [0, 1], "edges": ["a"]}, "an edge of this draw must be a number"),
        ({"uniform": [0, 1], "edges": [True]}, "an edge of this draw must be a number"),
        ({"uniform": [0, 1], "edges": [10**400]}, "an edge of this draw must be a number"),
        ({"integers": [0, 1], "edges": [0.5]}, "an edge of this draw must be a whole number"),
        ({"normal": [0, 1], "shape": 2, "edges": [1]}, "a list of numbers, 1 deep"),
        ({"normal": [0, 1], "shape": [1, 2], "edges": [[[1], [2, 3]]]}, "a list of numbers"),
        ({"normal": [0, 1], "shape": 2, "edges": [["a", "b"]]}, "a list of numbers"),
        ({"integers": [0, 1], "shape": 2, "edges": [[0.5]]}, "a list of whole numbers"),
        ({"choice": [0, 1], "shape": 2, "edges": [3]}, "a list, 1 deep"),
        ({"choice": [0, 1], "shape": [1, 2], "edges": [[[1], [2, 3]]]}, "rows of an edge"),
        ({"distribution": 2, "edges": [[0.5, 0.6]]}, "none negative, sum 1"),
        ({"distribution": 2, "edges": [[1.5, -0.5]]}, "none negative, sum 1"),
        ({"distribution": 2, "edges": [[math.nan, 0.5]]}, "none negative, sum 1"),
        ({"flips": 2, "edges": ["HTX"]}, "a text of the letters H and T"),
        ({"flips": 2, "edges": [3]}, "a text of the letters H and T"),
    ],
)
def test_an_edge_that_could_not_be_drawn_is_refused(item, message):
    assert message in refusal({"x": item})


def test_edges_of_one_trial_must_agree_on_a_size():
    refused = refusal(
        {
            "n": {"integers": [1, 9], "edges": [3]},
            "p": {"distribution": "n", "edges": [[0.5, 0.5]]},
        }
    )
    assert "this edge needs `n` to be 2, but in the same trial it is 3" in refused


def test_draws_that_were_read_may_be_read_again():
    given = GIVEN.validate_python(ONE_OF_EACH)
    assert GIVEN.validate_python(given) == given


def test_several_faults_are_told_each_with_its_place():
    error = PlacedFaultsError([(("x", 1), "this is wrong"), (("y",), "and so is this")])
    assert str(error) == "this is wrong; and so is this"
    assert error.faults[0][0] == ("x", 1)

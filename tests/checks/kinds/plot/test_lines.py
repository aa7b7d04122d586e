"""How exact a line must be follows from the reference, and any axes of any figure may have it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.checks.scripted import check_of, verdict_of

EPS = [1.0, 2.0, 4.0]
SAME_ARGS = {"args": ["eps"], "cases": [{"args": [EPS]}]}


def squares(x):
    return np.array([np.sum((np.asarray(EPS) - m) ** 2) for m in x])


def drawn(*points, x=(-6, 6), y=squares, count=100, **style):
    """Return a function that draws a line over a range, and further points with it."""

    def draw(eps):
        axes = Figure().add_subplot()
        xs = np.linspace(*x, count)
        axes.plot(
            np.concatenate([xs, [at for at, _ in points]]),
            np.concatenate([y(xs), [height for _, height in points]]),
            **style,
        )
        return axes

    return draw


REFERENCE = {"draw": drawn(), "squares": squares}
LINE = {"plot": "draw", **SAME_ARGS, "lines": {"y": "squares(x)", "points": 30, "covers": [-5, 5]}}
LINE["lines"]["covers"] = "[-5, 5]"
FAR = [(far, float(squares([far])[0])) for far in (-1e9, 1e9)]


def verdict(draw, reference=REFERENCE, **keys):
    return verdict_of(check_of(**{**LINE, **keys}), reference, {"draw": draw}, defines=("draw",))


# The scale


def test_points_far_away_excuse_no_wrong_line():
    wrong = verdict(drawn(*FAR, y=np.zeros_like))
    assert "the line is missing" in wrong.message
    slightly = verdict(drawn(*FAR, y=lambda x: squares(x) + 1e-2))
    assert "the line is missing" in slightly.message
    assert verdict(drawn(*FAR)).passed


def test_without_a_stated_range_the_reference_says_how_large_a_line_is():
    keys = {"lines": {"y": "squares(x)"}}
    assert verdict(drawn(), **keys).passed
    assert not verdict(drawn(*FAR, y=lambda x: squares(x) + 1e-2), **keys).passed
    assert verdict(drawn(*FAR), **keys).passed


def test_a_wide_reference_excuses_no_line_over_a_narrow_range():
    reference = {"draw": drawn(x=(0, 50), y=np.exp)}
    keys = {"lines": {"y": "np.exp(x)"}}
    assert verdict(drawn(x=(0, 5), y=np.exp), reference, **keys).passed
    assert not verdict(drawn(x=(0, 5), y=np.zeros_like), reference, **keys).passed
    wrong = drawn((50.0, float(np.exp(50))), x=(0, 5), y=lambda x: np.exp(x) * 1.01)
    assert verdict(wrong, reference, lines={"y": "np.exp(x)", "covers": "[0, 5]"}).passed is False


def test_points_that_other_lines_of_the_reference_have_do_not_stretch_its_range():
    def with_far_mark(eps):
        axes = drawn()(eps)
        axes.axvline(1e9)
        return axes

    reference = {"draw": with_far_mark, "squares": squares}
    assert verdict(drawn(), reference).passed
    assert not verdict(drawn(y=lambda x: squares(x) + 1e-2), reference).passed


def test_the_error_is_still_a_millionth_of_the_height():
    highest = float(np.max(squares([-5.0, 5.0])))
    assert verdict(drawn(y=lambda x: squares(x) + 0.9e-6 * highest)).passed
    assert not verdict(drawn(y=lambda x: squares(x) + 3e-6 * highest)).passed


def test_on_a_logarithmic_axis_each_point_counts_by_its_own_height():
    def density(x):
        return np.exp(-(np.asarray(x) ** 2))

    def on_log_axis(y):
        def draw(eps):
            axes = drawn(y=y)(eps)
            axes.set_yscale("log")
            return axes

        return draw

    reference = {"draw": on_log_axis(density), "density": density}
    keys = {"lines": {"y": "density(x)"}}
    clipped = on_log_axis(lambda x: np.maximum(density(x), 1e-10))
    assert verdict(clipped, reference, **keys).passed
    assert not verdict(clipped, reference, **keys, yscale="log").passed
    assert verdict(on_log_axis(density), reference, **keys, yscale="log").passed


def test_a_line_that_is_zero_up_to_rounding_may_be_zero():
    def residual(x):
        return (np.asarray(x) + 0.3) - 0.3 - np.asarray(x)

    reference = {"draw": drawn(y=residual), "residual": residual}
    keys = {"lines": {"y": "residual(x)"}}
    assert np.any(residual(np.linspace(-6, 6, 100)) != 0)
    assert verdict(drawn(y=np.zeros_like), reference, **keys).passed
    wrong = verdict(drawn(y=lambda x: 0 * x + 1e-9), reference, **keys)
    assert not wrong.passed


def test_a_formula_that_gives_one_value_a_point_of_the_reference_works():
    def steps(eps):
        axes = Figure().add_subplot()
        axes.plot(range(3), np.cumsum(eps))
        axes.plot([0, 0.5, 1, 2], [0, 0, 0, 0])
        return axes

    keys = {"lines": {"y": "np.cumsum(eps)"}}
    assert verdict(steps, {"draw": steps}, **keys).passed


# Which points


def test_points_in_another_order_gaps_and_markers_make_no_difference():
    def shuffled(eps):
        axes = Figure().add_subplot()
        x = np.random.default_rng(0).permutation(np.linspace(-6, 6, 100))
        y = squares(x)
        y[:5] = np.nan
        axes.plot(np.repeat(x, 2), np.repeat(y, 2), "o")
        return axes

    assert verdict(shuffled).passed
    assert verdict(drawn(drawstyle="steps-mid")).passed


def test_points_that_crowd_in_one_place_are_no_line():
    def crowded(eps):
        axes = Figure().add_subplot()
        x = np.concatenate([[-5.0], np.linspace(0, 1e-3, 200), [5.0]])
        axes.plot(x, squares(x))
        return axes

    wrong = verdict(crowded)
    assert "the points of its line crowd in a small part between x = -5 and 5" in wrong.message


@pytest.mark.parametrize(
    "x",
    [
        np.sort(np.random.default_rng(1).normal(0, 2, 200)).clip(-5, 5),
        np.linspace(-5, 5, 30),
        np.linspace(-9, 9, 60),
        np.linspace(5, -5, 500),
        np.concatenate([np.linspace(-5, -4, 20), np.linspace(-4, 5, 20)]),
    ],
)
def test_points_may_be_spread_as_people_spread_them(x):
    def draw(eps):
        axes = Figure().add_subplot()
        axes.plot([-5, *x, 5], squares([-5, *x, 5]))
        return axes

    assert verdict(draw).passed


def test_points_may_be_spread_by_their_logarithm():
    def by_logarithm(eps):
        axes = Figure().add_subplot()
        x = np.logspace(-3, 3, 60)
        axes.semilogx(x, np.log(x))
        return axes

    keys = {"lines": {"y": "np.log(x)", "points": 30, "covers": "[0.001, 1000]"}}
    assert verdict(by_logarithm, {"draw": by_logarithm}, **keys).passed


def test_a_line_may_be_drawn_in_pieces():
    def in_pieces(*ends):
        def draw(eps):
            axes = Figure().add_subplot()
            for low, high in ends:
                x = np.linspace(low, high, 40)
                axes.plot(x, squares(x), label="_" if low else "loss")
            axes.legend()
            return axes

        return draw

    assert verdict(in_pieces((-5, 0), (0, 5))).passed
    assert "must cover -5" in verdict(in_pieces((-4, 0), (0, 5))).message


def test_two_lines_that_are_alike_are_two_though_pieces_are_one():
    def twice(eps):
        axes = drawn()(eps)
        x = np.linspace(-6, 6, 100)
        axes.plot(x, squares(x))
        return axes

    keys = {"lines": {"y": "[squares(x), squares(x)]", "covers": "[-5, 5]"}}
    reference = {"draw": twice, "squares": squares}
    assert verdict(twice, reference, **keys).passed
    assert "line 2 of 2 is missing" in verdict(drawn(), reference, **keys).message or (
        "it has fewer lines than 2" in verdict(drawn(), reference, **keys).message
    )


def test_a_horizontal_line_over_all_the_axes_covers_what_they_show():
    def level(eps):
        _, axes = plt.subplots()
        axes.set_xlim(-5, 5)
        axes.axhline(2.0)

    keys = {"lines": {"y": "0 * x + 2", "covers": "[-5, 5]"}}
    assert verdict(level, {"draw": level}, **keys).passed

    def short(eps):
        _, axes = plt.subplots()
        axes.set_xlim(-5, 5)
        axes.axhline(2.0, xmax=0.5)

    assert "must cover -5" in verdict(short, {"draw": level}, **keys).message


# Histograms


def bars(edges, heights):
    def draw(eps):
        axes = Figure().add_subplot()
        axes.bar(edges[:-1], heights, width=np.diff(edges), align="edge")
        return axes

    return draw


def test_bars_far_away_excuse_no_wrong_heights():
    values = np.random.default_rng(3).normal(size=50)
    keys = {
        "plot": "draw",
        "args": ["eps"],
        "cases": [{"args": [values.tolist()]}],
        "lines": None,
        "histogram": {"of": "eps", "density": False},
    }
    inner = [-1.0, 0.0, 1.0]
    edges = np.array([-1e9, *inner, 1e9])
    right = np.histogram(values, edges)[0].astype(float)
    wrong = right[[1, 0, 3, 2]]
    reference = {"draw": bars(edges, right)}
    assert verdict(bars(edges, right), reference, **keys).passed
    assert not verdict(bars(edges, wrong), reference, **keys).passed

    def apart(eps):
        axes = bars(edges, right)(eps)
        axes.patches[1].set_width(0.25)
        return axes

    assert "do not stand side by side" in verdict(apart, reference, **keys).message


def test_a_histogram_of_single_precision_stands_side_by_side():
    values = np.random.default_rng(3).normal(10, 1, size=50).astype("f4")

    def draw(eps):
        axes = Figure().add_subplot()
        axes.hist(values, bins=12)
        return axes

    keys = {
        "cases": [{"args": [values.tolist()]}],
        "lines": None,
        "histogram": {"of": "eps", "density": False},
    }
    assert verdict(draw, {"draw": draw}, **keys).passed


# Several axes, several figures


def left_empty(eps):
    _, (_, right) = plt.subplots(1, 2)
    x = np.linspace(-6, 6, 100)
    right.plot(x, squares(x))


def beside_an_inset(eps):
    _, axes = plt.subplots()
    x = np.linspace(-6, 6, 100)
    axes.plot(x, squares(x))
    inset = axes.inset_axes([0.5, 0.5, 0.4, 0.4])
    inset.plot(x, -x)


def in_an_inset(eps):
    _, axes = plt.subplots()
    x = np.linspace(-6, 6, 100)
    axes.figure.add_axes([0.5, 0.5, 0.4, 0.4]).plot(x, squares(x))


def on_a_twin(eps):
    _, axes = plt.subplots()
    x = np.linspace(-6, 6, 100)
    axes.plot(x, -x)
    axes.twinx().plot(x, squares(x))


def in_the_first_of_two_figures(eps):
    x = np.linspace(-6, 6, 100)
    plt.figure()
    plt.plot(x, squares(x))
    plt.figure()
    plt.hist(eps)


def as_a_list_of_figures(eps):
    in_the_first_of_two_figures(eps)
    return [plt.figure(number) for number in reversed(plt.get_fignums())]


def in_a_part_of_a_figure(eps):
    part, _ = plt.figure().subfigures(1, 2)
    x = np.linspace(-6, 6, 100)
    part.subplots().plot(x, squares(x))


ANYWHERE = [
    left_empty,
    beside_an_inset,
    in_an_inset,
    on_a_twin,
    in_the_first_of_two_figures,
    as_a_list_of_figures,
    in_a_part_of_a_figure,
]


@pytest.mark.parametrize("draw", ANYWHERE)
def test_a_line_counts_on_any_axes(draw):
    assert verdict(draw).passed


def test_a_figure_that_is_returned_counts_alone():
    def other_returned(eps):
        in_the_first_of_two_figures(eps)
        return plt.gcf()

    assert not verdict(other_returned).passed


def test_one_axes_must_have_all_that_is_asked_for():
    def apart(eps):
        _, (left, right) = plt.subplots(1, 2)
        x = np.linspace(-6, 6, 100)
        left.plot(x, squares(x))
        right.plot(x, -x)
        right.set_xlabel("m")

    assert "axes 1 of 2: its x axis has no label." in verdict(apart, xlabel=True).message
    assert verdict(apart).passed


def test_the_message_names_the_axes_that_come_closest():
    def draw(eps):
        _, axes = plt.subplots(2, 2)
        x = np.linspace(-6, 6, 100)
        axes[1, 0].plot(x, squares(x))
        axes[1, 0].set_title("Loss")
        axes[0, 0].set_xlabel("m")
        axes[0, 0].set_ylabel("loss")

    keys = {"xlabel": True, "ylabel": True, "lines": {"y": "[squares(x), 2 * squares(x)]"}}

    def both(eps):
        axes = drawn()(eps)
        x = np.linspace(-6, 6, 100)
        axes.plot(x, 2 * squares(x))
        axes.set(xlabel="m", ylabel="loss")
        return axes

    reference = {"draw": both, "squares": squares}
    found = verdict(draw, reference, **keys)
    assert "The figure of draw([1.0, 2.0, 4.0]), axes 1 of 4: it has no line." in found.message
    found = verdict(draw, reference, lines=keys["lines"], ylabel=True)
    assert "it has no line" not in found.message or "axes 1 of 4" in found.message
    found = verdict(draw, reference, lines=keys["lines"])
    assert "axes 3 of 4 (`Loss`): it has fewer lines than 2" in found.message


def test_axes_that_share_an_axis_share_its_label():
    def stacked(eps):
        _, (above, below) = plt.subplots(2, 1, sharex=True)
        x = np.linspace(-6, 6, 100)
        above.plot(x, squares(x))
        below.set_xlabel("m")

    assert verdict(stacked, xlabel="M").passed

    def apart(eps):
        _, (above, below) = plt.subplots(2, 1)
        x = np.linspace(-6, 6, 100)
        above.plot(x, squares(x))
        below.set_xlabel("m")

    assert not verdict(apart, xlabel="M").passed

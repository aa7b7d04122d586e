"""Figures as plain data: however they were drawn, and whatever is wrong with them."""

from __future__ import annotations

import sys
import types

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from grader.guest.figures import draw_first, figure_drawn_by, figure_drawn_last, read_figure
from grader.guest.limits.alarm import TimeLimit
from grader.guest.protocol.decoding import decode
from grader.guest.protocol.encoding import encode, header_of


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def sent(value):
    """Return what the other end receives, by the wire's own types alone."""
    encoded = encode(value)
    return decode(header_of(encoded), [bytearray(raw) for raw in encoded.buffers])


def shown(draw):
    return sent(figure_drawn_by(draw))


def axes_of(draw):
    (axes,) = shown(draw)["axes"]
    return axes


def draw_line(axes):
    return axes.plot([0, 1, 2], [3.0, 4.0, 6.0], label="a line")


def new_figure():
    figure = Figure()
    return figure, figure.add_subplot()


def returns_figure():
    figure, axes = new_figure()
    draw_line(axes)
    return figure


def returns_axes():
    _, axes = new_figure()
    draw_line(axes)
    return axes


def returns_lines():
    _, axes = new_figure()
    return draw_line(axes)


def returns_line_in_a_dict():
    _, axes = new_figure()
    return {"count": 1, "lines": (draw_line(axes),)}


def returns_array_of_axes():
    axes = Figure().subplots(1, 1, squeeze=False)
    draw_line(axes[0, 0])
    return axes


def returns_part_of_a_figure():
    part = Figure().subfigures(1, 1)
    draw_line(part.subplots())
    return part


def returns_what_has_a_figure():
    return types.SimpleNamespace(figure=returns_figure())


def returns_nothing():
    draw_line(plt.gca())


def returns_numbers():
    draw_line(plt.subplots()[1])
    return 3.0, np.array([1.0]), "done"


def imports_for_itself():
    import matplotlib.pyplot as own

    own.plot([0, 1, 2], [3.0, 4.0, 6.0], label="a line")
    own.show()


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
@pytest.mark.parametrize(
    "draw",
    [
        returns_figure,
        returns_axes,
        returns_lines,
        returns_line_in_a_dict,
        returns_array_of_axes,
        returns_part_of_a_figure,
        returns_what_has_a_figure,
        returns_nothing,
        returns_numbers,
        imports_for_itself,
    ],
)
def test_a_line_is_read_however_it_was_drawn(draw):
    (line,) = axes_of(draw)["lines"]
    assert np.array_equal(line["x"], [0.0, 1.0, 2.0])
    assert np.array_equal(line["y"], [3.0, 4.0, 6.0])
    assert line["label"] == "a line"


def test_what_draws_into_the_current_figure_starts_from_an_empty_one_each_time():
    plt.plot([1, 2], [3, 4])
    assert len(axes_of(returns_nothing)["lines"]) == 1
    assert len(axes_of(returns_nothing)["lines"]) == 1
    assert plt.get_fignums() == []


def test_what_is_drawn_first_leaves_nothing_behind():
    before = dict(plt.rcParams), plt.get_backend()
    draw_first()
    assert plt.get_fignums() == []
    assert (dict(plt.rcParams), plt.get_backend()) == before


def test_nothing_is_drawn_first_where_matplotlib_is_not_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot")
    draw_first()
    assert "matplotlib.pyplot" not in sys.modules


def test_a_backend_that_is_done_with_what_it_has_shown_is_set_aside(monkeypatch):
    used = []
    monkeypatch.setattr(plt, "get_backend", lambda: used[-1] if used else "inline")
    monkeypatch.setattr(plt, "switch_backend", used.append)
    assert shown(returns_nothing)["axes"]
    assert used == ["agg", "inline"]


def test_no_figure_is_none():
    assert shown(lambda: 3.0) is None
    assert sent(read_figure({"x": [1, 2]})) is None


def test_a_figure_is_read_where_only_another_one_is_given():
    assert read_figure(None, returns_figure())["axes"]


def test_without_matplotlib_there_is_no_figure(monkeypatch):
    figure = returns_figure()
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    assert figure_drawn_last() is None
    assert figure_drawn_by(lambda: figure) is None
    assert not any(name.startswith("matplotlib") for name in sys.modules)


def test_of_several_figures_the_one_drawn_last_comes_first_and_stays_current():
    def draw():
        for label in ("first", "second", "third"):
            plt.figure().add_subplot().set_xlabel(label)
        plt.figure(2)

    figure = shown(draw)
    labels = [one["axes"][0]["xlabel"] for one in (figure, *figure["others"])]
    assert labels == ["second", "third", "first"]
    assert shown(lambda: [plt.figure(), plt.figure()])["others"]
    assert "others" not in shown(lambda: [plt.figure()] * 2)


def test_figures_beyond_the_eighth_are_not_read():
    def draw():
        for _ in range(12):
            plt.figure()

    assert len(shown(draw)["others"]) == 7


def test_axes_that_share_an_axis_have_its_label():
    def draw():
        _, ((_, _), (left, right)) = plt.subplots(2, 2, sharex="col", sharey="row")
        left.set(xlabel="x", ylabel="y")
        right.set_xlabel("z")

    labels = [(axes["xlabel"], axes["ylabel"]) for axes in shown(draw)["axes"]]
    assert labels == [("x", ""), ("z", ""), ("x", "y"), ("z", "y")]


def test_a_horizontal_line_over_all_the_axes_has_the_x_that_they_show():
    def draw():
        _, axes = plt.subplots()
        axes.set_xlim(10, 30)
        axes.axhline(2.0)
        axes.axhline(3.0, xmin=0.25, xmax=0.5)

    first, second = axes_of(draw)["lines"]
    assert (first["x"].tolist(), first["y"].tolist()) == ([10.0, 30.0], [2.0, 2.0])
    assert second["x"].tolist() == [15.0, 20.0]


def test_the_figure_that_is_left_open_is_the_current_one():
    assert figure_drawn_last() is None
    plt.figure()
    second = plt.figure()
    assert figure_drawn_last() is second


def test_texts_and_scales_are_read():
    def draw():
        figure, axes = new_figure()
        axes.set(xlabel="x", ylabel="$y$", xscale="log", yscale="symlog")
        axes.set_title("on the left", loc="left")
        figure.suptitle("above")
        figure.supxlabel("below")
        figure.supylabel("beside")
        return figure

    figure = shown(draw)
    (axes,) = figure["axes"]
    assert (axes["xlabel"], axes["ylabel"], axes["title"]) == ("x", "$y$", "on the left")
    assert (axes["xscale"], axes["yscale"]) == ("log", "symlog")
    assert (figure["title"], figure["xlabel"], figure["ylabel"]) == ("above", "below", "beside")


def test_a_figure_of_an_older_matplotlib_has_no_texts_of_its_own(monkeypatch):
    monkeypatch.delattr(sys.modules["matplotlib.figure"].FigureBase, "get_supxlabel")
    assert shown(returns_figure)["xlabel"] == ""


def test_a_legend_tells_which_line_each_entry_looks_like():
    def draw():
        _, axes = new_figure()
        axes.hist([1, 2, 2], label="bars")
        axes.plot([0, 1], [0, 1], "r--", label="dashed")
        axes.plot([0, 1], [1, 0], "bo", label="dots")
        axes.legend()

        return axes

    axes = axes_of(draw)
    looks = [line["look"] for line in axes["lines"]]
    assert axes["legend"] == [("bars", ""), ("dashed", looks[0]), ("dots", looks[1])]
    assert len({*looks}) == 2


def test_a_legend_of_the_figure_is_read():
    def draw():
        figure, axes = new_figure()
        draw_line(axes)
        figure.legend()
        return figure

    assert [text for text, _ in shown(draw)["legend"]] == ["a line"]


def test_what_cannot_be_seen_is_not_read():
    def draw():
        figure, axes = new_figure()
        draw_line(axes)[0].set_visible(False)
        axes.legend().set_visible(False)
        figure.legend().set_visible(False)
        return figure

    figure = shown(draw)
    assert figure["legend"] == figure["axes"][0]["legend"] == figure["axes"][0]["lines"] == []


BARS = [[0.0, 1.0, 2.0], [1.0, 3.0, 1.0]]
VALUES, EDGES = [0.5, 0.5, 2.0], [0, 1, 3]


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.hist(VALUES, bins=EDGES),
        lambda axes: axes.hist(VALUES, bins=EDGES, histtype="step"),
        lambda axes: axes.hist(VALUES, bins=EDGES, histtype="stepfilled"),
        lambda axes: axes.stairs([2, 1], EDGES),
        lambda axes: axes.bar([0.5, 2.0], [2, 1], width=[1, 2]),
        lambda axes: [
            axes.add_patch(plt.Rectangle((left, 0), right - left, height))
            for left, right, height in BARS
        ],
    ],
)
def test_a_histogram_is_read_however_it_was_drawn(draw):
    def drawn():
        _, axes = new_figure()
        draw(axes)
        return axes

    (bars,) = axes_of(drawn)["bars"]
    assert np.allclose(bars, BARS)


def test_other_patches_and_containers_are_no_bars():
    def draw():
        _, axes = new_figure()
        axes.errorbar([1, 2], [1, 2], yerr=1)
        axes.add_patch(plt.Circle((0, 0), 1))
        return axes

    assert axes_of(draw)["bars"] == []


def test_masked_points_are_nan():
    def draw():
        _, axes = new_figure()
        axes.plot(np.ma.masked_equal([0, 1, 2], 1), [1, 2, 3])
        return axes

    assert np.array_equal(axes_of(draw)["lines"][0]["x"], [0, np.nan, 2], equal_nan=True)


def test_a_long_label_is_cut_and_one_that_is_no_text_is_escaped():
    def draw():
        _, axes = new_figure()
        axes.set_xlabel("x" * 10_000_000)
        axes.set_ylabel("\ud800")
        axes.set_title("<object at 0x7f0012345678>")
        return axes

    axes = axes_of(draw)
    assert axes["xlabel"] == "x" * 200
    assert axes["ylabel"] == r"\ud800"
    assert "0x7f" not in axes["title"]


def too_many_points(axes):
    axes.plot(np.zeros(200_001), np.zeros(200_001))


def too_many_lines(axes):
    axes.plot(np.zeros((2, 65)))


def too_many_bars(axes):
    axes.stairs(np.ones(20_001), np.arange(20_002))


def too_many_groups(axes):
    for _ in range(65):
        axes.stairs([1], [0, 1])


def too_many_entries(axes):
    axes.plot([0], [0])
    axes.legend(handles=[*axes.lines] * 65, labels=["a"] * 65)


def too_many_axes(axes):
    axes.figure.subplots(4, 4)


@pytest.mark.parametrize(
    ("fill", "reason"),
    [
        (too_many_points, "it has 200001 points in lines, and no more than 200000 are read"),
        (too_many_lines, "it has 65 lines, and no more than 64 are read"),
        (too_many_bars, "it has 20001 bars, and no more than 20000 are read"),
        (too_many_groups, "it has 65 groups of bars, and no more than 64 are read"),
        (too_many_entries, "it has 65 entries in a legend, and no more than 64 are read"),
        (too_many_axes, "it has 17 axes, and no more than 16 are read"),
    ],
)
def test_a_figure_that_is_too_large_is_not_read(fill, reason):
    def draw():
        figure, axes = new_figure()
        fill(axes)
        return figure

    assert shown(draw) == {"unread": reason}


class Mean:
    @property
    def figure(self):
        raise RuntimeError("no figure for you")


class MeanError(Exception):
    def __str__(self):
        raise ValueError


class Silent:
    @property
    def figure(self):
        raise MeanError


class Mute:
    @property
    def figure(self):
        raise KeyError


class Leaving:
    @property
    def figure(self):
        sys.exit(3)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Mean(), "reading it raised RuntimeError: no figure for you"),
        (Silent(), "reading it raised MeanError"),
        (Mute(), "reading it raised KeyError"),
        (Leaving(), "reading it raised SystemExit: 3"),
    ],
)
def test_a_figure_that_raises_while_it_is_read_says_so(value, reason):
    assert read_figure(value) == {"unread": reason}


def test_time_that_is_up_while_a_figure_is_read_is_not_swallowed():
    class Slow:
        @property
        def figure(self):
            raise TimeLimit

    with pytest.raises(TimeLimit):
        read_figure(Slow())


def test_a_pyplot_that_was_replaced_leaves_no_figure_open(monkeypatch):
    monkeypatch.setattr(plt, "get_fignums", lambda: 1 / 0)
    assert figure_drawn_last() is None

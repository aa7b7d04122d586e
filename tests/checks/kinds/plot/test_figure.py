"""Each part of a figure that a session reports is validated."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from grader.checks.kinds.plot.figure import UnreadError, panels_of

X = np.array([0.0, 1.0, 2.0])
LONG = np.zeros(100_001)
LINE = {"x": X, "y": X, "label": "a", "look": "red"}
AXES = {
    "place": (0.0, 0.0, 1.0, 1.0),
    "lines": [LINE],
    "bars": [np.ones((2, 3))],
    "title": " above ",
    "xlabel": "",
    "ylabel": "y",
    "xscale": "linear",
    "yscale": "log",
    "legend": [("a", "red"), (" ", "red")],
}
FIGURE = {"axes": [AXES], "title": "", "xlabel": "x", "ylabel": "other", "legend": [("b", "")]}


def changed(change):
    figure = copy.deepcopy(FIGURE)
    change(figure, figure["axes"][0])
    return figure


def test_a_panel_has_the_texts_of_its_axes_and_where_they_have_none_of_the_figure():
    (panel,) = panels_of(FIGURE)
    assert (panel.title, panel.xlabel, panel.ylabel) == ("above", "x", "y")
    assert (panel.xscale, panel.yscale) == ("linear", "log")
    assert panel.legend == ("a", "b")
    assert panel.lines[0].name == "a"


def test_axes_in_one_place_are_one_panel():
    other = {**AXES, "place": (0.5, 0.0, 1.0, 1.0)}
    panels = panels_of({**FIGURE, "axes": [AXES, other, AXES]})
    assert [len(panel.lines) for panel in panels] == [2, 1]


def test_figures_beside_the_first_have_panels_of_their_own():
    other = {**FIGURE, "xlabel": "other", "legend": []}
    first, second = panels_of({**FIGURE, "others": [other]})
    assert (first.xlabel, second.xlabel) == ("x", "other")
    assert (first.legend, second.legend) == (("a", "b"), ("a",))


def test_points_without_a_number_make_gaps():
    gap = changed(lambda _, axes: axes["lines"][0].update(y=np.array([0.0, np.nan, 2.0])))
    assert np.array_equal(panels_of(gap)[0].lines[0].x, [0.0, 2.0])


def test_bars_are_put_in_order():
    bars = np.array([[1.0, 2.0, 0.5], [0.0, 1.0, 0.25]])
    (panel,) = panels_of(changed(lambda _, axes: axes.update(bars=[bars])))
    assert np.array_equal(panel.bars[0], bars[::-1])


@pytest.mark.parametrize(
    "value",
    [
        3.0,
        [],
        {},
        {"unread": 3},
        changed(lambda figure, _: figure.update(axes=3)),
        changed(lambda figure, _: figure.update(others=3)),
        changed(lambda figure, _: figure.update(others=[3])),
        changed(lambda figure, _: figure.update(others=[{"axes": []}, {}, {"axes": [AXES]}])),
        changed(
            lambda figure, _: figure.update(
                others=[changed(lambda _, axes: axes["lines"][0].update(x=LONG, y=LONG))] * 2
            )
        ),
        changed(lambda figure, _: figure.update(axes=[3])),
        changed(lambda figure, _: figure.update(xlabel=None)),
        changed(lambda figure, _: figure.update(legend=["a"])),
        changed(lambda figure, _: figure.update(legend=[("a",)])),
        changed(lambda figure, _: figure.update(legend=[("a", 3)])),
        changed(lambda _, axes: axes.pop("yscale")),
        changed(lambda _, axes: axes.update(place=[0.0])),
        changed(lambda _, axes: axes.update(place=("a",))),
        changed(lambda _, axes: axes.update(lines=[3])),
        changed(lambda _, axes: axes.update(bars=[np.ones((2, 2))])),
        changed(lambda _, axes: axes.update(bars=[np.ones(3)])),
        changed(lambda _, axes: axes.update(bars=[[1.0, 2.0, 3.0]])),
        changed(lambda _, axes: axes["lines"][0].update(x=np.array(["a", "b", "c"]))),
        changed(lambda _, axes: axes["lines"][0].update(x=np.zeros(2))),
        changed(lambda _, axes: axes["lines"][0].update(x=np.zeros(3, dtype=complex))),
        changed(lambda _, axes: axes["lines"][0].update(label=3)),
        changed(lambda _, axes: axes["lines"][0].pop("look")),
        changed(lambda _, axes: axes["lines"][0].update(x=np.zeros(200_001), y=np.zeros(200_001))),
    ],
)
def test_what_is_no_account_of_a_figure_is_a_figure_that_cannot_be_read(value):
    with pytest.raises(UnreadError, match=r"^draws a figure that cannot be read$") as raised:
        panels_of(value)
    assert raised.value.brief == str(raised.value)

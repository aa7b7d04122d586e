"""A figure passes however it was drawn, and the message about a wrong one names the errors."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from grader.checks.students.local import LocalStudent
from grader.errors import CheckError
from grader.guest.protocol.values import Missing, Opaque, Raised, Returned, TimedOut
from tests.checks.scripted import Scripted, check_of, context_of, verdict_of
from tests.refusals import refused

EPS = [-1.7, -1.1, -0.8, -0.6, -0.3, -0.2, 0.1, 0.2, 0.4, 0.7, 0.9, 1.4, 2.1]
CURVES = [[0.0, 1.0], [0.5, 2.0]]


def pdf(x, mu, sigma2):
    return np.exp(-((np.asarray(x) - mu) ** 2) / (2 * sigma2)) / np.sqrt(2 * np.pi * sigma2)


def plot_curves(eps, curves):
    figure, axes = plt.subplots()
    axes.hist(eps, bins=5, density=True)
    x = np.linspace(min(eps), max(eps))
    for mu, sigma2 in curves:
        axes.plot(x, pdf(x, mu, sigma2), label=f"{mu}, {sigma2}")
    axes.set(xlabel="error", ylabel="density", title="Tryout")
    axes.legend()
    return figure


REFERENCE = {"plot_curves": plot_curves, "pdf": pdf}
LINES = {"y": "[pdf(x, mu, sigma2) for mu, sigma2 in curves]", "names": "own", "points": 30}
WHOLE = {
    "plot": "plot_curves",
    "cases": [{"args": [EPS, CURVES]}],
    "args": ["eps", "curves"],
    "lines": {**LINES, "covers": "[min(eps), max(eps)]"},
    "histogram": {"of": "eps", "bins": 4},
    "xlabel": True,
    "ylabel": "Density ",
    "title": True,
    "legend": 2,
}


def judged(draw, **keys):
    """Judge a function that draws, by the whole check or by the keys alone that are given."""
    common = {key: WHOLE[key] for key in ("plot", "cases", "args")}
    check = check_of(**({**common, **keys} if keys else WHOLE))
    return verdict_of(check, REFERENCE, {"plot_curves": draw}, defines=("plot_curves",))


def flaw(draw, **keys):
    verdict = judged(draw, **keys)
    assert not verdict.passed
    assert verdict.message.startswith("The figure of plot_curves([-1.7, ")
    return verdict.message.rpartition(": ")[2] if keys else verdict.message


def on_axes(draw):
    """Return a function that draws what `draw` does, on axes of its own."""

    def drawn(eps, curves):
        axes = Figure().add_subplot()
        draw(axes, eps, curves)
        return axes

    return drawn


def by_pyplot(eps, curves):
    plt.hist(eps, density=True, bins=np.array([-2, -1, 0, 0.5, 3]), rwidth=1.0)
    x = [-2 + step / 20 for step in range(100)]
    for mu, sigma2 in curves:
        plt.plot(x, [pdf(one, mu, sigma2) for one in x], "--")
    plt.legend(["first", "second"])
    plt.xlabel("error")
    plt.ylabel("density")
    plt.title("Tryout")


def on_twins(eps, curves):
    figure, (left, _) = plt.subplots(1, 2)
    heights, edges = np.histogram(eps, bins=6, density=True)
    left.stairs(heights, edges, fill=True)
    right = left.twinx()
    x = np.linspace(3, -3, 90)
    lines = right.plot(x, np.transpose([pdf(x, *curve) for curve in curves]))
    right.axvline(0.0, color="black")
    figure.legend(lines, ["one", "two"])
    figure.supxlabel("error")
    right.set_ylabel("density")
    figure.suptitle("Tryout")
    return lines


def with_gaps_between_bars(eps, curves):
    axes = plot_curves(eps, curves).axes[0]
    for container in list(axes.containers):
        container.remove()
    axes.hist(eps, bins=4, density=True, rwidth=0.7)
    return axes


def in_steps(eps, curves):
    axes = plot_curves(eps, curves).axes[0]
    for container in list(axes.containers):
        container.remove()
    axes.hist(eps, bins=4, range=(-2.0, 2.0), density=True, histtype="step")
    return {"axes": axes}


def as_shares_of_all_in_narrow_bins(eps, curves):
    axes = plot_curves(eps, curves).axes[0]
    for container in list(axes.containers):
        container.remove()
    heights, edges = np.histogram(eps, bins=8, range=(-2.0, 2.0))
    axes.bar(edges[:-1], heights / len(eps) / 0.5, width=0.5, align="edge")
    return axes


@pytest.mark.parametrize(
    "draw",
    [
        plot_curves,
        by_pyplot,
        on_twins,
        with_gaps_between_bars,
        in_steps,
        as_shares_of_all_in_narrow_bins,
    ],
)
def test_a_right_figure_passes_however_it_was_drawn(draw):
    assert judged(draw).passed


def test_drawn_inputs_are_asked_as_well():
    given = {
        "eps": {"normal": [2, 1], "shape": 40},
        "curves": {"uniform": [0.5, 4], "shape": [3, 2], "as": "list"},
    }
    keys = {**WHOLE, "given": given, "trials": 2, "cases": []}
    prepared = check_of(**keys).prepare(context_of(REFERENCE))
    assert len({str(drawing.call.args) for drawing in prepared.drawings}) == 2
    assert verdict_of(check_of(**keys), REFERENCE, REFERENCE).passed


# What is wrong, one by one


@on_axes
def nothing(axes, eps, curves):
    pass


@on_axes
def counts(axes, eps, curves):
    axes.hist(eps, bins=5)


@on_axes
def shares(axes, eps, curves):
    axes.hist(eps, bins=5, weights=np.full(len(eps), 1 / len(eps)))


@on_axes
def two_bars(axes, eps, curves):
    axes.hist(eps, bins=2, density=True)


@on_axes
def few_values(axes, eps, curves):
    axes.hist(eps, bins=5, range=(-1.0, 1.0), density=True)


@on_axes
def apart(axes, eps, curves):
    axes.bar([-2, -1, 2, 3], [1, 1, 1, 1])


@on_axes
def overlapping(axes, eps, curves):
    axes.bar([1, 1, 1, 1], [1, 1, 1, 1])


@on_axes
def endless(axes, eps, curves):
    axes.bar([1, 2, 3, np.inf], [1, 1, 1, 1], width=1)


@on_axes
def in_one_place(axes, eps, curves):
    axes.bar([1], [1], width=0)


@on_axes
def as_wide_as_can_be(axes, eps, curves):
    axes.bar([-1e308, -1e300, 1e300, 1e308], [1e300] * 4, width=[0, 1.7e308, 1.7e308, 1e308])


@on_axes
def backwards(axes, eps, curves):
    axes.bar([0, 1, 2, 3], [1, 1, 1, 1], width=[1e9, -1, 1, -1e9])


@on_axes
def of_something_else(axes, eps, curves):
    axes.hist([-1.7, 0, 0, 2.1], bins=4, density=True)


@on_axes
def of_even_bars(axes, eps, curves):
    axes.hist([-1.7, -1, 1, 2.1], bins=[-2, -1.5, 0, 1.5, 2.2])


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (nothing, "it has no histogram."),
        (counts, "the heights of its histogram are counts, not densities."),
        (shares, "the heights of its histogram are shares of the values, not densities."),
        (two_bars, "it has 2."),
        (few_values, "4 of 13 are outside its bars."),
        (apart, "the bars of its histogram do not stand side by side."),
        (overlapping, "the bars of its histogram do not stand side by side."),
        (endless, "the bars of its histogram do not stand side by side."),
        (in_one_place, "it has 1."),
        (as_wide_as_can_be, "the bars of its histogram do not stand side by side."),
        (backwards, "the bars of its histogram do not stand side by side."),
        (of_something_else, "the bar from -1.7 to -0.75 is 0.263158 high, expected 0.242915."),
    ],
)
def test_a_wrong_histogram_says_why(draw, message):
    assert flaw(draw, histogram={"of": "eps", "bins": 4}) == message


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (plot_curves, "the bar from -1.7 to -0.94 is 0.202429 high, expected 2."),
        (of_even_bars, "the bar from -1.5 to 0 is 1 high, expected 5."),
    ],
)
def test_a_histogram_of_counts_is_asked_for_by_its_key(draw, message):
    asked = {"of": "np.array(eps)", "density": False}
    check = check_of(
        **{**WHOLE, "lines": None, "histogram": asked, "title": False, "legend": False}
    )
    check = check.model_copy(update={"xlabel": False, "ylabel": False})
    assert verdict_of(check, {"plot_curves": counts}, {"plot_curves": counts}).passed
    wrong = verdict_of(check, {"plot_curves": counts}, {"plot_curves": draw})
    assert wrong.message.endswith(message)


@on_axes
def one_curve(axes, eps, curves):
    x = np.linspace(min(eps), max(eps), 31)
    axes.plot(x, pdf(x, *curves[0]))


@on_axes
def other_curves(axes, eps, curves):
    axes.plot([0.0, 0.0], [np.nan, 1.0])
    axes.plot([0.0, 1.0], [np.nan, np.nan])
    axes.plot([0.0, 1.0], [0.25, 0.2], label="mine")
    axes.legend()


@on_axes
def other_unnamed_curve(axes, eps, curves):
    axes.plot([0.0, 1.0], [0.25, 0.2])


@on_axes
def empty_curve(axes, eps, curves):
    axes.plot([], [])


@on_axes
def short_curves(axes, eps, curves):
    x = np.linspace(-1, 1, 31)
    for curve in curves:
        axes.plot(x, pdf(x, *curve))


@on_axes
def coarse_curves(axes, eps, curves):
    x = np.repeat(np.linspace(-2, 3, 10), 9)
    for curve in curves:
        axes.plot(x, pdf(x, *curve))


ASKED = {"y": LINES["y"], "points": 30, "covers": "(min(eps), max(eps))"}


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (nothing, "it has no line."),
        (empty_curve, "line 1 of 2 is missing."),
        (
            other_curves,
            "the nearest, `mine`, has y = 0.25 at x = 0, expected 0.398942.",
        ),
        (other_unnamed_curve, "the nearest has y = 0.25 at x = 0, expected 0.398942."),
        (one_curve, "it has 1."),
        (
            short_curves,
            "line 2 goes from x = -1 to 1, but must cover -1.7 to 2.1.",
        ),
        (
            coarse_curves,
            "line 2 has only 7 points between x = -1.7 and 2.1.",
        ),
    ],
)
def test_wrong_lines_say_why(draw, message):
    assert flaw(draw, lines=ASKED).endswith(message)


def test_without_a_range_all_points_count():
    keys = {"lines": {"y": LINES["y"], "points": 30}}
    assert judged(short_curves, **keys).passed
    assert "line 1 has only 10 points; " in judged(coarse_curves, **keys).message


def test_a_line_may_be_off_by_a_millionth_of_its_height_and_no_more():
    def raised(by):
        @on_axes
        def draw(axes, eps, curves):
            x = np.linspace(-6, 6, 61)
            for curve in curves:
                highest = np.max(pdf(x, *curve))
                axes.plot(x, pdf(x, *curve) + by * highest)

        return draw

    keys = {"lines": {"y": LINES["y"]}}
    assert judged(raised(0.9e-6), **keys).passed
    assert not judged(raised(1.1e-6), **keys).passed


def test_one_line_is_not_two():
    @on_axes
    def once(axes, eps, curves):
        axes.plot(eps, np.zeros(len(eps)))
        axes.plot(eps, np.ones(len(eps)))

    keys = {"plot": "draw", "cases": [{"args": [[1.0, 2.0], []]}], "args": ["eps", "curves"]}
    asked = check_of(**keys, lines={"y": "[np.ones(len(x)), np.ones(len(x))]"})

    @on_axes
    def twice(axes, eps, curves):
        axes.plot(eps, np.ones((len(eps), 2)))

    assert verdict_of(asked, {"draw": twice}, {"draw": twice}).passed
    verdict = verdict_of(asked, {"draw": twice}, {"draw": once})
    assert "line 2 of 2 is missing" in verdict.message


def test_the_right_line_of_several_counts():
    @on_axes
    def draft_and_final(axes, eps, curves):
        for curve in curves:
            axes.plot([0.0, 1.0], pdf([0.0, 1.0], *curve))
            x = np.linspace(-3, 3, 61)
            axes.plot(x, pdf(x, *curve))

    assert judged(draft_and_final, lines=ASKED).passed


def test_x_where_the_formula_has_no_value_is_a_wrong_line():
    def root(x):
        if np.any(x < 0):
            raise ValueError("no root")
        return np.sqrt(x)

    @on_axes
    def draw_root(axes, x, _):
        axes.plot(x, np.sqrt(np.abs(x)))

    keys = {"plot": "draw", "args": ["eps", "curves"], "cases": [{"args": [[0.0, 4.0], []]}]}
    check = check_of(**keys, lines={"y": "root(x)"})
    reference = {"draw": draw_root, "root": root}
    assert verdict_of(check, reference, reference).passed
    wrong = {"draw": lambda x, _: draw_root([-1.0, 4.0], _)}
    assert verdict_of(check, reference, wrong).message.endswith("the line is missing.")


# Names of lines


def named(*labels, legend=True):
    @on_axes
    def draw(axes, eps, curves):
        x = np.linspace(-3, 3, 61)
        for curve, label in zip(curves, labels, strict=True):
            axes.plot(x, pdf(x, *curve), label=label)
        if legend is True:
            axes.legend()
        elif legend:
            axes.legend(handles=axes.lines, labels=legend)

    return draw


def both_look_alike(eps, curves):
    axes = named(None, None, legend=("a", "b"))(eps, curves)
    for line in axes.lines:
        line.set_color("black")
    axes.legend(["a", "b"])
    return axes


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (named("a", "a"), "its legend gives two lines the same name."),
        (named("a", None), "its legend does not name line 2."),
        (
            named("a", "b", legend=()),
            "its legend does not name line 1; its legend does not name line 2.",
        ),
        (named("a", "_b"), "its legend does not name line 2."),
        (named("a", " "), "its legend does not name line 2."),
        (both_look_alike, "its legend does not name line 1; its legend does not name line 2."),
    ],
)
def test_a_line_without_a_name_of_its_own_is_reported(draw, message):
    assert flaw(draw, lines={**ASKED, "names": "own"}) == message


def test_a_legend_of_texts_alone_names_the_lines_that_its_entries_look_like():
    draw = named(None, None, legend=("a", "b"))
    assert judged(draw, lines={**ASKED, "names": "own"}, legend=2).passed


def test_the_lines_of_the_reference_are_asked_for_with_their_names():
    keys = {"lines": {"names": "same"}}
    assert judged(plot_curves, **keys).passed
    assert "line 1 of 2 is missing" in judged(named("0.0, 1.0", "0.5, 2.0"), **keys).message

    def renamed(eps, curves):
        axes = plot_curves(eps, curves).axes[0]
        axes.lines[1].set_label("0.5,  3.0")
        axes.legend()

    assert flaw(renamed, **keys) == "its legend calls line 2 `0.5,  3.0`, expected `0.5, 2.0`."


def test_one_line_is_called_its_line():
    check = check_of(plot="draw", cases=[{}], lines={"names": "own"}, legend=True)

    def draw():
        plt.plot([0, 1], [2, 3], label="a")
        plt.legend()

    def bare():
        plt.plot([0, 1], [2, 3])

    verdict = verdict_of(check, {"draw": draw}, {"draw": bare})
    assert verdict.message == (
        "The figure of draw(): its legend does not name its line; it has no legend."
    )
    wrong = verdict_of(check, {"draw": draw}, {"draw": lambda: plt.plot([0, 1], [2, 4])})
    assert "the line is missing: the nearest has y = 4 at x = 1, expected 3" in wrong.message


def test_a_plot_is_about_what_draws_it():
    assert check_of(**WHOLE).subject == "plot_curves"


# Texts


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"xlabel": True}, "its x axis has no label."),
        ({"ylabel": "density"}, "its y axis has no label."),
        ({"title": True}, "it has no title."),
        ({"legend": True}, "it has no legend."),
        ({"xscale": "log"}, "its x axis is not log."),
        ({"yscale": "symlog"}, "its y axis is not symlog."),
    ],
)
def test_a_missing_text_is_reported(keys, message):
    @on_axes
    def bare(axes, eps, curves):
        axes.plot(eps)

    @on_axes
    def whole(axes, eps, curves):
        axes.plot(eps, label="eps")
        axes.set(xlabel="x", ylabel="density", title="eps", xscale="log", yscale="symlog")
        axes.legend()

    check = check_of(**{key: WHOLE[key] for key in ("plot", "cases", "args")}, **keys)
    verdict = verdict_of(check, {"plot_curves": whole}, {"plot_curves": bare})
    assert verdict.message.endswith(message)
    assert verdict.brief == "`plot_curves` did not draw what is asked for."
    assert verdict.evidence == (next(iter(keys)),)


def test_another_text_is_shown():
    assert flaw(plot_curves_called("errors"), xlabel="error") == (
        "its x axis has another label, `errors` for `error`."
    )
    assert judged(plot_curves_called(" ERROR"), xlabel="error").passed


def plot_curves_called(xlabel):
    @on_axes
    def draw(axes, eps, curves):
        axes.set_xlabel(xlabel)

    return draw


@on_axes
def one_named_and_the_bars(axes, eps, curves):
    axes.hist(eps, label="shots")
    axes.plot(eps, label="a")
    axes.plot(eps)
    axes.legend()


@pytest.mark.parametrize("draw", [named("a", "a"), named("a", None), one_named_and_the_bars])
def test_a_legend_names_as_many_lines_as_are_asked_for(draw):
    assert flaw(draw, legend=2) == "its legend names fewer lines than 2."
    assert judged(draw, legend=1).passed
    assert judged(draw, legend=True).passed


def test_texts_in_another_axes_do_not_help():
    def apart(eps, curves):
        _, (left, right) = plt.subplots(1, 2)
        left.set_xlabel("x")
        right.set_ylabel("y")

    assert "its y axis has no label" in judged(apart, xlabel=True, ylabel=True).message


def test_of_many_flaws_four_are_told():
    message = judged(lambda *_: plt.figure().add_subplot()).message
    assert message.endswith(
        ": it has no histogram; it has no line; its x axis has no label; its y axis has no label."
    )


# No figure at all

NOT_DRAWN = "did not draw what is asked for."


@pytest.mark.parametrize(
    ("answer", "message", "brief", "evidence"),
    [
        (Returned(None), "draws no figure.", NOT_DRAWN, ("no figure",)),
        (
            Returned({"unread": "reading it raised\nKeyError"}),
            r"draws a figure that cannot be read: reading it raised\nKeyError.",
            NOT_DRAWN,
            (),
        ),
        (
            Returned(Opaque("dict", "<too large to send>")),
            "draws a figure that is too large to be read.",
            NOT_DRAWN,
            (),
        ),
        (
            Returned(None, ("0",)),
            "changed its first argument in place: work on a copy, such as `x = x.copy()`.",
            NOT_DRAWN,
            (),
        ),
        (
            Raised("ValueError", "no"),
            "raised ValueError: no.",
            "raised an exception.",
            (("raised", "ValueError"),),
        ),
        (
            TimedOut(5.0),
            "timed out after 5 s (endless loop?).",
            "gave no answer: it took too long",
            ("timed out",),
        ),
        (Missing("plot_curves", True), "is not defined as a function.", "is not defined.", ()),
    ],
)
def test_no_figure_says_why(answer, message, brief, evidence):
    verdict = verdict_of(check_of(**WHOLE), REFERENCE, Scripted(answer))
    assert verdict.message.startswith("plot_curves([-1.7, ")
    assert verdict.message.endswith(message)
    assert verdict.brief.startswith(f"`plot_curves` {brief}")
    assert verdict.evidence == evidence


def test_an_empty_figure_is_empty():
    assert judged(lambda *_: plt.figure()).message.endswith("it is empty.")


def test_a_hidden_check_tells_nothing_that_the_student_chose():
    verdict = judged(other_curves, lines=ASKED)
    assert verdict.brief == "`plot_curves` did not draw what is asked for."
    assert verdict.evidence == ()


# A variable, and what cells left open


def test_a_variable_may_hold_the_figure():
    figure = Figure()
    figure.add_subplot().set_xlabel("x")
    check = check_of(plot="figure", xlabel=True)
    names = {"figure": figure}
    assert verdict_of(check, names, names).passed
    assert verdict_of(check, names, {"figure": figure.axes[0]}).passed
    verdict = verdict_of(check, names, {"figure": Figure()})
    assert verdict.message.startswith("The figure of `figure`: it is empty; after `plt.show()`, ")
    assert verdict_of(check, names, {"figure": 3}).message == "`figure` draws no figure."


def test_the_figure_that_cells_left_open_counts_where_there_is_no_variable():
    figure = Figure()
    figure.add_subplot().set_xlabel("x")
    prepared = check_of(plot="figure", xlabel=True).prepare(context_of({"figure": figure}))
    check = check_of(plot="figure", xlabel=True)
    assert check.judge(prepared, LocalStudent({})).message == "`figure` is not defined."
    plt.plot([1, 2])
    plt.xlabel("x")
    try:
        assert check.judge(prepared, LocalStudent({})).passed
    finally:
        plt.close("all")


# The author's side


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "nothing is checked"),
        ({"lines": {"y": "x", "names": "same"}}, "leave `y` out"),
        ({"lines": {"y": "x +"}}, "not a Python expression"),
        ({"histogram": {"of": "("}}, "not a Python expression"),
        ({"xlabel": True, "cases": [{"args": [1]}]}, "more arguments than `args` has names"),
        ({"xlabel": True, "given": {"n": {"normal": [0, 1]}}, "args": ["m"]}, "does not draw"),
        ({"xscale": "cubic"}, "xscale"),
        ({"legend": 0.5}, "legend"),
    ],
)
def test_a_check_that_cannot_be_is_refused(keys, message):
    with refused(message):
        check_of(plot="draw", **keys)


def prepare(reference, **keys):
    check_of(plot="draw", **{"cases": [{}], **keys}).prepare(context_of(reference))


def draws_line(y=1.0):
    return lambda: plt.plot([0.0, 1.0], [y, y])


def lacks_matplotlib():
    raise ModuleNotFoundError("No module named 'matplotlib'")


@pytest.mark.parametrize(
    ("draw", "keys", "message"),
    [
        (lacks_matplotlib, {"xlabel": True}, r"pip install 'notebook-grader\[plot\]'"),
        (lambda: 1 / 0, {"xlabel": True}, "`draw` raised ZeroDivisionError: division by zero"),
        (lambda: None, {"xlabel": True}, "The reference's `draw` draws no figure"),
        (draws_line(), {"lines": {"y": "z"}}, "NameError: name 'z' is not defined"),
        (draws_line(), {"histogram": {"of": "3"}}, "a histogram needs a list or an array"),
        (draws_line(), {"histogram": {"of": "['a']"}}, "a histogram needs a list or an array"),
        (plt.figure, {"lines": {}}, "the reference draws no line"),
        (draws_line(), {"lines": {}, "tolerance": {"atol": 2}}, "accepts 0 where 1"),
    ],
)
def test_a_fault_of_the_course_says_what_to_do(draw, keys, message):
    with pytest.raises(CheckError, match=message):
        prepare({"draw": draw}, **keys)


# Follow-through


def test_lines_of_a_formula_are_judged_again_with_another_reference():
    check = check_of(**WHOLE)
    assert check.without_listed_answers() is check
    prepared = check.prepare(context_of(REFERENCE))
    x = np.linspace(min(EPS), max(EPS))
    assert np.array_equal(check.expected_values(prepared), [pdf(x, *curve) for curve in CURVES])


@pytest.mark.parametrize("lines", [None, {}])
def test_other_figures_hang_on_no_earlier_function(lines):
    check = check_of(**{**WHOLE, "lines": lines})
    assert check.without_listed_answers() is None


def test_texts_have_no_expected_values():
    check = check_of(**{**WHOLE, "lines": None})
    assert check.expected_values(check.prepare(context_of(REFERENCE))) == ()


# A student's own copy


def test_what_is_asked_of_texts_and_bars_can_be_frozen():
    check = check_of(**{**WHOLE, "lines": None})
    prepared = check.prepare(context_of(REFERENCE))
    frozen = check.to_bundle(prepared)
    copy = check.from_bundle(frozen)
    assert copy.drawings[0].call.args == (EPS, CURVES)
    assert check.judge(copy, LocalStudent(REFERENCE)).passed
    assert not check.judge(copy, LocalStudent({"plot_curves": counts})).passed


def test_a_figure_that_cells_drew_can_be_frozen():
    check = check_of(plot="figure", xlabel=True)
    figure = Figure()
    figure.add_subplot().set_xlabel("x")
    copy = check.from_bundle(check.to_bundle(check.prepare(context_of({"figure": figure}))))
    assert check.judge(copy, LocalStudent({"figure": figure})).passed


def test_lines_are_the_references_and_are_not_frozen():
    check = check_of(**WHOLE)
    assert check.to_bundle(check.prepare(context_of(REFERENCE))) is None


@pytest.mark.parametrize(
    "frozen",
    [
        None,
        {"calls": [], "values": [None], "tolerance": {}},
        {"calls": [[[], {}]], "values": [], "tolerance": {}},
        {"calls": [[[], {}]], "values": ["a"], "tolerance": {}},
        {"calls": 3, "values": [[1.0]], "tolerance": {}},
    ],
)
def test_what_is_no_frozen_check_is_refused(frozen):
    check = check_of(plot="draw", cases=[{}], histogram={"of": "[1]"})
    with pytest.raises(ValueError):
        check.from_bundle(frozen)

"""Figures that lie, that never end, and that no machine could hold.

What a session tells of a figure is data like any other answer. Whoever owns the process may tell
anything; it must be right to earn a point, and nothing that is told may stop the judge.
"""

from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest

from tests.attacks.exam import reference
from tests.clocks import own_clock

pytestmark = pytest.mark.strong

EXERCISE = "candidate_curves"
RIGHT = (reference("normal_density"), reference(EXERCISE))
LINES = "The histogram and the curves"  # the other figure is all texts, and earns 1.5
WITHIN_S = 12.0  # an exercise has 3 s, and once more where its session is brought back

# Each changes the right answer; `axes_of(eps, curves)` is the axes of the right figure.
PRELUDE = """
    right = plot_curves
    def axes_of(eps, curves):
        right(eps, curves)
        return plt.gca()
"""
WRONG = {
    "no_figure": "def plot_curves(eps, curves): return 'matplotlib.figure.Figure'",
    "nan_lines": """
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            for line in axes.lines: line.set_ydata(np.full(50, np.nan))
            for bar in axes.patches: bar.set_height(np.nan)""",
    "infinite_lines": """
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            for line in axes.lines: line.set_ydata(np.full(50, np.inf))
            for bar in axes.patches: bar.set_height(np.inf)""",
    "lines_of_nothing": """
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            for line in axes.lines: line.set_data([], [])
            for bar in axes.patches: bar.set_width(0)""",
    "lines_equal_to_everything": """
        class Lie(np.ndarray):
            def __array_ufunc__(self, *_, **__): return np.zeros(len(self))
            def __eq__(self, other): return np.ones(len(self), bool)
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            for line in axes.lines: line.get_ydata = lambda orig=True: np.ones(50).view(Lie)
            for bar in axes.patches: bar.get_height = lambda: np.ones(1).view(Lie)""",
    "another_array_each_time": """
        class Lie:
            def __len__(self): return 50
            def __array__(self, dtype=None, copy=None): return np.random.random(50)
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            for line in axes.lines: line.get_ydata = lambda orig=True: Lie()
            axes.containers.clear()
            for bar in list(axes.patches): bar.remove()""",
    "a_million_points": """
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            x = np.linspace(min(eps), max(eps), 1_000_000)
            axes.plot(x, normal_pdf(x, *curves[0]))""",
    "length_that_lies": """
        class Endless(list):
            def __len__(self): return 3
            def __iter__(self):
                while True: yield 0.0
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            axes.lines[0].get_xdata = lambda orig=True: Endless()
            axes.get_legend().get_texts = lambda: Endless()""",
    "raises_while_read": """
        def plot_curves(eps, curves):
            axes_of(eps, curves).get_xlabel = lambda: 1 / 0""",
    "exits_while_read": """
        def plot_curves(eps, curves):
            axes_of(eps, curves).get_xlabel = lambda: sys.exit(0)""",
    "dies_while_read": """
        def plot_curves(eps, curves):
            axes_of(eps, curves).get_xlabel = lambda: os._exit(0)""",
    "hangs_while_read": """
        def plot_curves(eps, curves):
            def hang():
                while True: pass
            axes_of(eps, curves).get_xlabel = hang""",
    "swallows_its_interruption": """
        def plot_curves(eps, curves):
            def hang():
                while True:
                    try:
                        while True: pass
                    except BaseException: pass
            axes_of(eps, curves).get_xlabel = hang""",
    "legend_that_raises": """
        class Legend:
            def __getattribute__(self, name): raise MemoryError(name)
        def plot_curves(eps, curves):
            axes_of(eps, curves).get_legend = Legend""",
    "legend_of_everything": """
        class Text:
            def get_text(self): return self
            def __str__(self): return 'x' * 10 ** 8
        class Legend:
            legend_handles = []
            def get_visible(self): return True
            def get_texts(self): return [Text()] * 10 ** 6
        def plot_curves(eps, curves):
            axes_of(eps, curves).get_legend = Legend""",
    "too_many_axes": """
        def plot_curves(eps, curves):
            figure = axes_of(eps, curves).figure
            for _ in range(20): figure.add_axes((0, 0, 1, 1))""",
    "figure_within_itself": """
        class Nest(list): pass
        def plot_curves(eps, curves):
            plt.close('all')
            nest = Nest(); nest.append(nest); nest.append({0: nest}); return nest""",
    "pyplot_replaced": """
        class Pyplot:
            def __getattr__(self, name): raise RuntimeError(name)
        def plot_curves(eps, curves): pass
        sys.modules['matplotlib.pyplot'] = Pyplot()""",
    "pyplot_that_ends_the_process": """
        def plot_curves(eps, curves): pass
        plt.close = lambda *_: os._exit(0)""",
    "backend_that_is_none": """
        def plot_curves(eps, curves): right(eps, curves)
        plt.get_backend = lambda: 3""",
    "everything_is_a_figure": """
        class Anything:
            def __getattr__(self, name): return self
            def __call__(self, *_, **__): return self
            def __iter__(self): return iter([self])
            def __len__(self): return 1
            def __float__(self): return 0.5
        sys.modules['matplotlib.figure'].FigureBase = object
        def plot_curves(eps, curves):
            plt.close('all')
            return Anything()""",
    "density_of_nothing": """
        def normal_pdf(eps, mu, sigma2): return 0.0 * np.asarray(eps)""",
    "density_of_noise": """
        def normal_pdf(eps, mu, sigma2): return np.random.random(np.shape(eps))""",
    "arguments_changed": """
        def plot_curves(eps, curves):
            curves[:] = []
            eps[:] = [0.0] * len(eps)""",
}
BASE = "'place': (0.0,) * 4, 'bars': [], 'title': '', 'xlabel': 'x', 'ylabel': 'y', 'xscale': 'log'"
TOLD = {
    "nothing": "{}",
    "a_number": "9.0",
    "verdict": "{'passed': True, 'message': '', 'brief': ''}",
    "unread_of_control_characters": "{'unread': '\\x1b[2J\\n::error::' + 'x' * 10 ** 6}",
    "axes_of_anything": "{'axes': [None, 3, 'axes'], 'title': 'a', 'xlabel': 'a'}",
    "a_hundred_thousand_axes": "{'axes': [()] * 90_000}",
    "points_of_text": "line(np.array(['a']), np.array(['b']))",
    "points_of_two_sizes": "line(np.zeros(3), np.zeros(2))",
    "four_million_points": "line(np.zeros(4_000_000), np.zeros(4_000_000))",
    "points_beyond_all_floats": "line(np.full(50, 1e308), np.full(50, -1e308))",
    "too_much_to_send": "line(np.zeros(10 ** 8), np.zeros(10 ** 8))",
    "tree_without_end": "deep",
}
FORGE = """
    def line(x, y):
        line = {'x': x, 'y': y, 'label': 'a', 'look': ''}
        axes = {%s, 'yscale': 'log', 'lines': [line] * 3, 'legend': [('a', '')] * 3}
        return {'axes': [axes], 'title': '', 'xlabel': '', 'ylabel': '', 'legend': []}
    deep = []
    for _ in range(100): deep = [deep]
    for name, module in list(sys.modules.items()):
        if hasattr(module, 'figure_drawn_by'):
            module.figure_drawn_by = lambda draw: %s
"""


def cells(code):
    return (*RIGHT, "import os, sys", dedent(PRELUDE), dedent(code))


def tried(exam, arenas, name, code):
    started = own_clock()
    sat = exam.sit(EXERCISE, *cells(code))
    seconds = started.sample()
    assert LINES not in sat.passed
    assert sum(check.points for check in sat.exercise.checks if check.kind == "plot") <= 1.5
    assert seconds < WITHIN_S, f"{seconds:.1f} s"
    assert exam.sit(EXERCISE, *RIGHT).score == 10.0
    arenas.tell(
        f"figure_{name}", "comparison", "strong", "test_what_a_lying_line_does_to_its_own_judge"
    )
    return sat


@pytest.mark.parametrize("name", WRONG)
def test_a_figure_that_is_not_right_earns_nothing(exam, arenas, name):
    tried(exam, arenas, name, WRONG[name])


@pytest.mark.parametrize("name", TOLD)
def test_an_account_of_a_figure_that_is_not_right_earns_nothing(exam, arenas, name):
    sat = tried(exam, arenas, f"told_{name}", FORGE % (BASE, TOLD[name]))
    assert "\x1b" not in sat.seen
    assert max(map(len, sat.seen.splitlines())) < 2000


def test_a_label_of_ten_megabytes_is_a_label(exam):
    code = """
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            axes.set_xlabel('x' * 10_000_000)
            for number, line in enumerate(axes.lines): line.set_label(f'{number}' * 10_000_000)
            axes.legend()"""
    assert exam.sit(EXERCISE, *cells(code)).score == 10.0


LEAKS = {
    "label": """
        def plot_curves(eps, curves):
            axes = axes_of(eps, curves)
            for line in axes.lines:
                line.set_label(told(eps)); line.set_ydata(np.zeros(50))
            axes.legend()""",
    "exception": """
        def plot_curves(eps, curves): raise type(told(eps), (Exception,), {})(told(eps))""",
    "exception_while_read": """
        def plot_curves(eps, curves):
            def leak(): raise type(told(eps), (Exception,), {})(told(eps))
            axes_of(eps, curves).get_xlabel = leak""",
    "account": """
        def plot_curves(eps, curves):
            for name, module in list(sys.modules.items()):
                if hasattr(module, 'read_figure'): module.read_figure = forged
            seen.append(told(eps))
        seen = []
        def forged(*_): return {'unread': seen[-1]}""",
}
TOLD_OF_HIDDEN = """
    def told(eps): return 'LEAK_' + repr(float(eps[0])).replace('.', '_') if len(eps) == 60 else 'a'
"""


@pytest.mark.parametrize("name", LEAKS)
def test_no_hidden_input_gets_out_by_a_figure(exam, arenas, name):
    sat = exam.sit(EXERCISE, *cells(TOLD_OF_HIDDEN), dedent(LEAKS[name]))
    assert LINES not in sat.passed
    hidden = [check for check in sat.exercise.checks if check.kind == "plot" and not check.visible]
    assert all("LEAK" in check.message for check in hidden)  # staff may read it
    assert "LEAK" not in sat.seen
    proof = "test_no_hidden_input_gets_out_by_a_figure"
    arenas.tell(f"figure_leak_by_{name}", "escaping", "strong", proof)


def test_what_a_lying_line_does_to_its_own_judge():
    class Lie(np.ndarray):
        def __array_ufunc__(self, *_, **__):
            return np.zeros(len(self))

    expected = np.linspace(0, 1, 50)
    assert np.all(np.abs(np.ones(50).view(Lie) - expected) <= 1e-6)

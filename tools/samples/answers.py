"""Right answers, in the styles that students have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from tools.samples.course import EXERCISES, FIRST, HTH, KL, MSE, NLL, accepted, program, starter
from tools.samples.sample import Sample, answers, graded, with_cells
from tools.samples.writing import code, markdown

_FROM_MATH = {
    HTH: """\
from math import *

def hth_likelihood(p):
    if np.ndim(p):
        return np.array([hth_likelihood(one) for one in p])
    if not 0 <= p <= 1:
        raise ValueError("p is not a probability")
    return pow(p, 2) * (1 - p)

hth_table = {p: hth_likelihood(p) for p in (0.1, 0.3, 0.5, 0.667, 0.8, 0.9)}
best_p = 2 / 3
hth_quiz = {"area": fsum(hth_likelihood((i + 0.5) / 99) for i in range(99)) / 99}
hth_quiz["area not one"] = "over flips" """,
    KL: """\
def is_distribution(d):
    return all(x >= 0 for x in d) and isclose(fsum(d), 1, rel_tol=0, abs_tol=1e-9)

def kl(p, q):
    if len(p) != len(q) or not is_distribution(p) or not is_distribution(q):
        raise ValueError("not two distributions")
    if any(a > 0 and b == 0 for a, b in zip(p, q)):
        return inf
    return fsum(a * log(a / b) for a, b in zip(p, q) if a > 0)

witness = [0.2, 0.8], [0.6, 0.4]
kl_quiz = {"better": "p_broad", "punished": "missing"}
kl_quiz["dearest"] = 0.49 * log(24.5)""",
    NLL: """\
def normal_nll(eps, mu, sigma):
    if len(eps) == 0 or sigma <= 0:
        raise ValueError("no shots, or no spread")
    return fsum(log(sigma) + log(tau) / 2 + ((x - mu) / sigma) ** 2 / 2 for x in eps)

def winners(eps, mu, sigmas):
    losses = [normal_nll(eps, mu, sigma) for sigma in sigmas]
    products = [
        prod(exp(-((x - mu) ** 2) / (2 * sigma**2)) / (sigma * sqrt(tau)) for x in eps)
        for sigma in sigmas
    ]
    by_product = products.index(max(products)) if max(products) > 0 else None
    return by_product, losses.index(min(losses))""",
    MSE: """\
derivation = '''
-log(prod(1 / (sigma sqrt(2 pi)) exp(-(y_i - y_hat_i)^2 / (2 sigma^2))))
= -sum(log(1 / (sigma sqrt(2 pi))) - (y_i - y_hat_i)^2 / (2 sigma^2))
= n log(sigma sqrt(2 pi)) + 1 / (2 sigma^2) sum((y_i - y_hat_i)^2)
~ sum((y_i - y_hat_i)^2)
~ 1/n sum((y_i - y_hat_i)^2)
'''

def mse(y, y_hat):
    if len(y) != len(y_hat) or len(y) == 0:
        raise ValueError("need as many predictions as values, and one at least")
    return fsum((a - b) ** 2 for a, b in zip(y, y_hat)) / len(y)

def nll_scale(n, sigma):
    if n < 1 or sigma <= 0:
        raise ValueError
    return n / (2 * sigma * sigma)

def nll_offset(n, sigma):
    if n < 1 or sigma <= 0:
        raise ValueError
    return n * log(sigma * sqrt(tau))""",
}

_CALLABLES = {
    HTH: """\
import functools

def probability(function):
    @functools.wraps(function)
    def checked(p):
        p = np.asarray(p, dtype=float)
        if not ((p >= 0) & (p <= 1)).all():
            raise ValueError("not a probability")
        return function(p)
    return checked

hth_likelihood = probability(lambda p: p * p - p**3)
hth_table = dict((p, float(hth_likelihood(p))) for p in [0.1, 0.3, 0.5, 0.667, 0.8, 0.9])
best_p = max(np.arange(0, 1, 0.0005), key=hth_likelihood)
hth_quiz = dict(area=np.mean([hth_likelihood(p) for p in np.linspace(0, 1, 2001)]))
hth_quiz |= {"area_not_one": {"over_flips"}}""",
    KL: """\
class Divergence:
    def __call__(self, p, q):
        p, q = self.checked(p), self.checked(q)
        if len(p) != len(q):
            raise ValueError("lengths differ")
        return sum((self.term(a, b) for a, b in zip(p, q)), 0.0)

    @staticmethod
    def checked(d):
        d = [float(x) for x in d]
        if any(not x >= 0 for x in d) or abs(sum(d) - 1) > 1e-9:
            raise ValueError("not a distribution")
        return d

    @staticmethod
    def term(a, b):
        return 0.0 if a == 0 else np.inf if b == 0 else a * np.log(a / b)

kl = Divergence()
witness = tuple(np.array(d) / 10 for d in ([1, 2, 7], [5, 4, 1]))
kl_quiz = dict(zip(["better", "punished"], ["p_broad", "missing"]))
kl_quiz["dearest"] = Divergence.term(0.49, 0.02)""",
    NLL: """\
def gaussian(eps, mu, sigma, log):
    eps = np.asarray(eps, dtype=float)
    if eps.size < 1 or not sigma > 0:
        raise ValueError("nothing to add up")
    return eps.size * log(sigma * np.sqrt(2 * np.pi)) + np.square((eps - mu) / sigma).sum() / 2

normal_nll = functools.partial(gaussian, log=np.log)

class Race:
    def __call__(self, eps, mu, sigmas):
        losses = [normal_nll(eps, mu, sigma) for sigma in sigmas]
        products = [np.prod(self.density((np.array(eps) - mu) / s) / s) for s in sigmas]
        return np.argmax(products) if np.any(products) else None, np.argmin(losses)

    density = staticmethod(lambda z: np.exp(-z * z / 2) / np.sqrt(2 * np.pi))

winners = Race()""",
}

_TOGETHER = """\
def as_array(values, size):
    array = np.array(values, dtype=float)
    if array.size == 0 or array.size != size:
        raise ValueError("sizes do not match")
    return array"""
_USES_HELPER = """\
def mse(y, y_hat):
    difference = as_array(y, len(y_hat)) - as_array(y_hat, len(y))
    return np.sum(difference * difference) / len(y)"""
_OWN_TEST = """\
# my own tests
assert mse([1, 2], [1, 4]) == 2
assert abs(kl([0.5, 0.5], [0.9, 0.1]) - 0.5108256237659907) < 1e-12
try:
    normal_nll([], 0, 1)
except ValueError as error:
    print("good:", error)"""

_MAGICS = (
    "%load_ext autoreload\n%autoreload 2",
    '!echo "hello from the shell"\nlisted = !ls /',
    "%time total = sum(range(1000))",
    "%timeit -n 1 -r 1 np.arange(10).sum()",
    "%%capture printed\nprint('nobody sees this')",
    "kl?",
    "%%writefile notes.txt\nthe likelihood is not a probability of p",
    "%who",
)
_AWAITED = """\
import asyncio

async def search(step):
    await asyncio.sleep(0)
    grid = np.arange(0, 1, step)
    return grid[np.argmax(grid**2 * (1 - grid))]

best_p, rough = await asyncio.gather(search(0.001), search(0.1))
print(best_p, rough)"""
_INPUT = "name = input('Your name? ')\nprint('Hello', name)"
_DISPLAY = """\
from IPython.display import HTML, Math, display
display(Math(r'L(p) = p^2 (1-p)'), HTML('<b>done</b>'), {'best_p': best_p})
best_p"""
_PLOT = """\
%matplotlib inline
import matplotlib.pyplot as plt
p = np.linspace(0, 1, 50)
plt.plot(p, hth_likelihood(p), label="L(p)")
plt.legend()
plt.show()"""
_WIDGET = """\
from ipywidgets import interact
interact(hth_likelihood, p=(0.0, 1.0))"""


def samples() -> Iterator[Sample]:
    """Yield the right answers."""
    yield graded(
        "right-plain-python",
        "loops and lists, no numpy",
        answers(
            hth_likelihood=program(HTH, "accepted/plain_python"),
            kl_asymmetry=program(KL, "accepted/plain_loop"),
            stable_nll=program(NLL, "accepted/one_running_sum"),
            mse_from_normal_nll=program(MSE, "accepted/logarithm_first"),
        ),
    )
    yield graded(
        "right-numpy",
        "arrays throughout, the derivation in LaTeX",
        answers(mse_from_normal_nll=program(MSE, "accepted/aligned_latex")),
    )
    yield graded(
        "right-mixed-styles",
        "another style for each exercise, the derivation as a list with Unicode symbols",
        answers(
            hth_likelihood=program(HTH, "accepted/sum_of_logs"),
            kl_asymmetry=program(KL, "accepted/cross_entropy_less_entropy"),
            stable_nll=program(NLL, "accepted/mean_and_variance"),
            mse_from_normal_nll=program(MSE, "accepted/list_of_unicode_lines"),
        ),
    )
    yield graded(
        "right-vectorised",
        "np.vectorize, log densities, and the reference's derivation",
        answers(
            hth_likelihood=program(HTH, "accepted/vectorised_rule"),
            stable_nll=program(NLL, "accepted/array_of_log_densities"),
            mse_from_normal_nll=program(MSE, "reference"),
        ),
    )
    yield graded(
        "right-from-math-import-star", "`from math import *` for everything", answers(**_FROM_MATH)
    )
    yield graded(
        "right-callables",
        "a decorator, a lambda, an object with __call__, a functools.partial",
        answers(**_CALLABLES),
    )
    yield graded(
        "right-slow-loop",
        "a plain loop over a million shots: right, merely slow; and a derivation by named lines",
        answers(
            stable_nll=program(NLL, "mistakes/python_loop_is_fine"),
            mse_from_normal_nll=program(MSE, "accepted/named_lines"),
        ),
    )
    yield from _other_styles()
    yield from _notebooks_as_they_are_worked_in()


def _other_styles() -> Iterator[Sample]:
    others = [name for name in EXERCISES if name not in FIRST]
    for number, styles in enumerate(zip_longest(*map(accepted, others)), start=1):
        programs = {
            name: program(name, style)
            for name, style in zip(others, styles, strict=True)
            if style is not None
        }
        yield graded(
            f"right-style-{number}",
            f"accepted answer number {number} of every exercise but the first ones",
            answers(**programs),
        )


def _notebooks_as_they_are_worked_in() -> Iterator[Sample]:
    yield graded(
        "right-helper-cells",
        "helpers in cells of their own, notes between them, own tests at the end",
        [
            *answers(),
            markdown(
                "I moved the checks out of `mse`:\n\n$$\\frac{1}{n}\\sum_i (y_i-\\hat y_i)^2$$"
            ),
            code(_TOGETHER),
            code(_USES_HELPER),
            code(""),
            code(_OWN_TEST),
            {"cell_type": "raw", "metadata": {}, "source": ["kept for later"]},
        ],
    )
    yield graded("right-magics", "magics, shell commands, a help page", with_cells(2, *_MAGICS))
    yield graded(
        "right-await-and-input",
        "top-level await, display, and an input() that nobody answers",
        [*answers(), code(_INPUT), code(_AWAITED), code(_DISPLAY)],
    )
    yield graded(
        "right-plots",
        "a plot and a widget; where their libraries are missing, these cells fail alone",
        [*answers(), code(_PLOT), code(_WIDGET)],
    )
    yield graded(
        "right-second-thoughts",
        "first drafts stay above: the last definition counts",
        [
            *(code(starter(name)) for name in (HTH, KL, NLL, MSE)),
            code(program(KL, "mistakes/log2")),
            *answers(stable_nll=program(NLL, "accepted/fsum")),
        ],
    )
    yield graded(
        "right-run-in-any-order",
        "the execution counts are in disorder, the document is not",
        [
            cell | {"execution_count": 7 * number % 11 + 1} if cell["cell_type"] == "code" else cell
            for number, cell in enumerate(answers())
        ],
    )

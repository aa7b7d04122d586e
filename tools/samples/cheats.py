"""Attempts to get points without an answer; none gains any, or disturbs anybody."""

from __future__ import annotations

from collections.abc import Iterator

from tools.samples.course import EXERCISES, FIRST, HTH, KL, MSE, NLL, earned, starter
from tools.samples.sample import Expected, Sample, answers, full, graded, with_cells
from tools.samples.writing import archive, code, notebook

_NOTHING = dict.fromkeys(EXERCISES, 0)
_BLANK = {name: starter(name) for name in EXERCISES}
_OTHERS_BLANK = {name: starter(name) for name in EXERCISES if name not in FIRST}

_READS_SOLUTIONS = """\
import glob, os
places = [".", "..", "../..", "/", "/proc/1/cwd", "/proc/1/root", os.path.expanduser("~")]
for place in places:
    for path in glob.glob(place + "/*/solutions/*/*/reference.py") + glob.glob(
        place + "/solutions/*/*/reference.py"
    ):
        exec(open(path).read())"""
_READS_ENVIRONMENT = """\
import gc, os, sys
print(dict(os.environ), open("/proc/self/environ").read())
frame = sys._getframe()
while frame:
    for name, value in {**frame.f_globals, **frame.f_locals}.items():
        if name in ("expected", "reference", "normal_nll", "kl", "hth_table"):
            globals()[name] = value
    frame = frame.f_back
print([o for o in gc.get_objects() if isinstance(o, dict) and "expected" in o][:1])"""
_PATCHES = """\
import builtins, json, math
yes = lambda *args, **kwargs: True
for module in (np, np.testing, math):
    for name in ("allclose", "isclose", "array_equal", "assert_allclose"):
        setattr(module, name, yes)
builtins.abs = lambda x: 0
builtins.all = yes
json.dumps = lambda *args, **kwargs: '{"score": 46}'
"""
_EQUAL_TO_ALL = """\
class Yes:
    shape, dtype, ndim, size = (), np.dtype(float), 0, 1
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = __mul__ = lambda self, *other: self
    __float__ = lambda self: 0.5
    __array__ = lambda self, *args, **kwargs: np.array(0.5)
    __call__ = lambda self, *args, **kwargs: self
    __getitem__ = lambda self, key: self
    __len__ = lambda self: 6
    __iter__ = lambda self: iter([self, self])
    __class__ = property(lambda self: float)
    __hash__ = lambda self: 0

class Text(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__

hth_likelihood = hth_table = best_p = kl = witness = normal_nll = winners = Yes()
mse = nll_scale = nll_offset = Yes()
derivation = Text("1/n sum((y_i - y_hat_i)^2)")"""
_NAN = """\
nan = float("nan")
hth_likelihood = lambda p: np.full(np.shape(p), nan)
hth_table = dict.fromkeys((0.1, 0.3, 0.5, 0.667, 0.8, 0.9), nan)
best_p = nan
kl = lambda p, q: nan
witness = [nan, nan], [nan, nan]
normal_nll = lambda eps, mu, sigma: nan
winners = lambda eps, mu, sigmas: (nan, nan)
mse = lambda y, y_hat: nan
nll_scale = nll_offset = lambda n, sigma: nan
derivation = "nan\\n= nan\\n= nan\\n= nan" """
_PRINTS = """\
print('{"schema": 1, "student": "me", "status": "graded", "score": 46.0, "max_score": 46.0}')
print("\\x1b[2J\\x1b[H\\x1b[32mTotal: 46 of 46 points\\x1b[0m")"""
_WRITES = """\
import os, sys
for place in (".", "grades", "..", "/tmp", os.path.expanduser("~")):
    try:
        os.makedirs(place, exist_ok=True)
        with open(place + "/results.json", "w") as file:
            file.write('{"submissions": [{"student": "me", "score": 46.0}]}')
    except OSError as error:
        print(error)
for descriptor in range(1, 32):
    try:
        os.write(descriptor, b'{"score": 46.0}')
    except OSError:
        pass"""
_FORKS = """\
import os, time
for _ in range(200):
    if os.fork() == 0:
        time.sleep(3600)
        os._exit(0)"""
_KILLS = """\
import os, signal
for pid in {os.getppid(), -1, 1, 2, *range(os.getpid() - 20, os.getpid())} - {0, os.getpid()}:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError as error:
        print(pid, error)"""
_REMEMBERS = """\
answers = {}

def mse(y, y_hat):
    answers[len(answers)] = (y, y_hat)
    y[:] = y_hat  # then every error is 0
    return 0.0"""


def samples() -> Iterator[Sample]:
    """Yield the attempts; no Jupyter kernel runs them, since nothing there would stop them."""
    attempts = {
        "reads-solutions": ("looks for the solutions on the disk", _READS_SOLUTIONS),
        "reads-environment": ("looks through environment, frames and memory", _READS_ENVIRONMENT),
        "equal-to-everything": ("objects that equal whatever they meet", _EQUAL_TO_ALL),
        "prints-scores": ("prints what the grader might print", _PRINTS),
    }
    for name, (shows, source) in attempts.items():
        cells = [*answers(**_BLANK), code(source)]
        yield graded(f"cheat-{name}", shows, cells, jupyter=False, scores=_NOTHING)
    yield from _beside_answers()
    yield from _by_name()


def _beside_answers() -> Iterator[Sample]:
    yield graded(
        "cheat-nan-everywhere",
        "NaN for every number, which compares false with all",
        [*answers(**_BLANK), code(_NAN)],
        jupyter=False,
        scores=_NOTHING,
    )
    patched = f"{_PATCHES}\nkl = lambda p, q: 1.0\nwitness = None"
    yield graded(
        "cheat-patches-numpy",
        "replaces what compares in numpy, math and builtins; `kl` is 1 whatever comes",
        answers(**{**_OTHERS_BLANK, KL: patched}),
        jupyter=False,
        scores={KL: 0} | dict.fromkeys(_OTHERS_BLANK, 0),
    )
    yield graded(
        "cheat-changes-its-arguments",
        "`mse` overwrites the data, so that every error is 0",
        [*answers(), code(_REMEMBERS)],
        jupyter=False,
        scores={
            MSE: earned(
                MSE,
                "From the likelihood to the mean squared error",
                "The factor of the mean squared error",
                "A factor of nothing",
                "What no prediction changes",
                "An offset of nothing",
            )
        },
    )
    for name, shows, source in (
        ("writes-results", "writes results.json, and into every open file", _WRITES),
        ("forks", "starts 200 processes that stay", _FORKS),
        ("kills", "kills every process that it can reach", _KILLS),
    ):
        yield graded(f"cheat-{name}", shows, with_cells(4, source), jupyter=False)


def _by_name() -> Iterator[Sample]:
    content = notebook(answers(stable_nll=_BLANK[NLL], hth_likelihood=_BLANK[HTH]))
    scores = full({NLL: 0, HTH: 0})
    formula = Expected(shows="a spreadsheet formula for a name", scores=scores)
    yield Sample(path="=1+1.ipynb", content=content, students={"=1+1": formula})
    escape = "zip-of-odd-names/\x1b[2J\x1b[31mall full marks"
    markup = "zip-of-odd-names/<img src=x onerror=alert(1)>"
    yield Sample(
        path="zip-of-odd-names.zip",
        content=archive((f"{name.partition('/')[2]}.ipynb", content) for name in (escape, markup)),
        students={
            escape: Expected(shows="terminal escapes in a name", scores=scores),
            markup: Expected(shows="HTML in a name", scores=scores),
        },
    )

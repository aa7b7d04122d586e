"""Which programs of an author's give the same in each run, as far as their text shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.grading.reproducible import is_reproducible

ROOT = Path(__file__).parents[2]

SURE = [
    "import numpy as np\ndef kl(p, q): return np.sum(p * np.log(p / q))",
    "import math, statistics\nfrom fractions import Fraction\nx = math.fsum([Fraction(1, 3)])",
    "from scipy.stats import norm\ndef f(x): return norm.pdf(x)",
    "import numpy as np\nrng = np.random.default_rng(3)\nx = rng.random(5) + rng.normal()",
    "import numpy as np\nrng = np.random.Generator(np.random.PCG64(seed=1))",
    "import numpy as np\nx = np.loadtxt('data.csv')",
    "x = open('data.csv').read()",
    "import helper\nx = helper.shift(1)",
    "def sample(rng): return rng.normal()\nnow = 1",
    "import numpy.testing as npt\nnpt.assert_allclose(1, 1)",
    "import matplotlib.pyplot as plt\nplt.plot([1])",
]
DOUBTED = [
    "import time\nx = time.time()",
    "import datetime",
    "from datetime import date",
    "import random",
    "import os\nx = os.urandom(1)",
    "import pathlib",
    "import torch",
    "import helper_of_mine",
    "from . import other",
    "from numpy import *",
    "import numpy as np\nx = np.random.normal()",
    "import numpy as np\nx = np.random.default_rng()",
    "import numpy as np\nx = np.random.default_rng(None)",
    "import numpy as np\nx = np.random.default_rng(seed=None)",
    "import numpy as np\nnew = np.random.default_rng",
    "import numpy as np\nr = np.random\nx = r.normal()",
    "from numpy import random\nx = random.normal()",
    "from numpy.random import default_rng",
    "import numpy.random as r",
    "import numpy as np\nx = np.random.SeedSequence()",
    "from scipy.stats import norm\nx = norm.rvs(3)",
    "from scipy.stats import qmc",
    "import pandas as pd\nx = pd.Timestamp.now()",
    "import numpy as np\nx = np.datetime64('today')",
    "import numpy as np\nx = np.loadtxt('other.csv')",
    "import numpy as np\nname = 'data.csv'\nx = np.loadtxt(name)",
    "x = open('/etc/hostname').read()",
    "read = open",
    "x = __import__('time').time()",
    "x = eval('1')",
    "x = globals()['x']",
    "x = hash('a')",
    "this is no Python",
]


@pytest.mark.parametrize("source", SURE)
def test_what_only_works_with_numbers_is_sure(source):
    assert is_reproducible([source], ["data.csv", "helper.py"])


@pytest.mark.parametrize("source", DOUBTED)
def test_what_may_give_something_else_is_doubted(source):
    assert not is_reproducible(["x = 1", source], ["data.csv", "helper.py"])


def test_every_reference_of_the_course_that_comes_with_this_is_sure():
    programs = sorted((ROOT / "solutions").glob("*/*/reference.py"))
    assert len(programs) == 22
    doubted = [path for path in programs if not is_reproducible([path.read_text("utf-8")])]
    assert doubted == []

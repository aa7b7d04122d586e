"""Which modules many notebooks import."""

import json

import pytest

from grader.submissions.imports import CommonImport, common_imports, imports_in
from tests.notebooks import notebook_bytes


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import pandas as pd", {"pandas"}),
        ("import numpy as np, scipy.stats as st", {"numpy", "scipy"}),
        ("x = 1\nfrom sklearn.linear_model import Ridge", {"sklearn"}),
        ("def f():\n    import torch\n", {"torch"}),
        ("from . import utils", set()),
        ("print('no import here')", set()),
        ("%matplotlib inline\nimport seaborn", {"seaborn"}),
    ],
)
def test_imports_are_seen_in_the_bytes_of_a_notebook(source, modules):
    whole = notebook_bytes([source])
    assert imports_in(whole) == modules
    assert imports_in(json.dumps(json.loads(whole), indent=1).encode("utf-16")) == modules


def test_bytes_of_any_kind_do_no_harm():
    for content in (b"", b"\xff" * 1000, b"import " * 10_000, b"import " + b"a, " * 100_000):
        imports_in(content)


def test_what_a_fifth_imports_is_common_and_what_is_there_already_is_not():
    papers = [notebook_bytes(["import numpy, json, pandas"])] * 6
    papers += [notebook_bytes(["import torch\nimport matplotlib.pyplot"])] * 4
    papers += [notebook_bytes(["1"])] * 10
    assert common_imports(papers) == (CommonImport("pandas", 6),)
    assert common_imports(papers, ["pandas.core"]) == ()
    assert common_imports(papers[:4]) == ()

"""A backend that opens windows is taken for agg, and no other is."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from grader.guest.screens import do_without_screen


@pytest.fixture
def pyplot(monkeypatch):
    tried = []

    def switch_backend(name):
        tried.append(name)
        if isinstance(name, str) and name != "agg":
            raise ImportError(name)
        if not isinstance(name, str):  # as matplotlib chooses one that is there
            for candidate in ("qtagg", "tkagg"):
                with pytest.raises(ImportError):
                    fake.switch_backend(candidate)
            fake.switch_backend("agg")

    fake = SimpleNamespace(switch_backend=switch_backend, tried=tried)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", fake)
    do_without_screen()
    return fake


@pytest.mark.parametrize("name", ["TkAgg", "qtagg", "Qt5Agg", "GTK3Cairo", "wx", "macosx"])
def test_a_backend_that_opens_windows_is_taken_for_agg(pyplot, name):
    pyplot.switch_backend(name)
    assert pyplot.tried == [name, "agg"]


@pytest.mark.parametrize("name", ["module://mine", "notebook", "pdf", "TkAggressive"])
def test_what_else_is_not_there_is_an_error(pyplot, name):
    with pytest.raises(ImportError, match=name):
        pyplot.switch_backend(name)


def test_matplotlib_still_chooses_among_several(pyplot):
    pyplot.switch_backend(object())
    assert pyplot.tried[1:] == ["qtagg", "tkagg", "agg"]

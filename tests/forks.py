"""Lets forks of the tests be measured without each writing again what its parent has measured."""

from __future__ import annotations

import os

from coverage import Coverage


def measure_forks_apart() -> None:
    """Let each fork from now on save what it runs itself, and nothing else.

    Coverage goes on in a fork, and writes a file when the fork ends with what its parent had run
    before. By the end of the tests that is a megabyte for each of thousands of forks.
    """
    os.register_at_fork(after_in_child=_begin_anew)


def _begin_anew() -> None:
    coverage = Coverage.current()
    if coverage is not None and coverage._collector is not None:
        coverage._collector._clear_data()
        # It looks for files that nobody ran, to list them; the parent does that for all.
        coverage._post_save_work = lambda: None  # type: ignore[method-assign]

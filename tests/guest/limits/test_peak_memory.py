import tracemalloc

import numpy as np
import pytest

from grader.guest.limits.peak_memory import with_peak


@pytest.mark.parametrize("count", [10_000, 1_000_000])
def test_the_peak_counts_what_numpy_holds_at_a_time(count):
    value, peak = with_peak(lambda: float(np.sum(np.ones(count))))
    assert value == count
    assert 8 * count <= peak < 8.5 * count + 10_000


def test_what_is_let_go_counts_once():
    def one_after_the_other():
        return sum(np.ones(10_000)[0] for _ in range(50))

    assert with_peak(one_after_the_other)[1] < 3 * 80_000


def test_nothing_is_counted_any_more_once_a_call_has_raised():
    with pytest.raises(KeyError):
        with_peak(lambda: {}["no"])
    assert not tracemalloc.is_tracing()

"""Whole classes, with tiny ones; what is measured is never asserted."""

import json

import pytest

from benchmarks.batch import blocks, trusted_memory
from benchmarks.measuring import Cost, Sample, Watched
from benchmarks.results import read_results, table
from tests.benchmarks.commands import run_benchmarks


def test_a_class_is_graded_measured_and_put_into_a_file(tmp_path):
    file = tmp_path / "results.json"
    options = ("--sizes", "2", "--isolation", "none")
    done = run_benchmarks("throughput", *options, "--results", str(file))
    assert done.returncode == 0, done.stderr
    found = read_results(file)
    record = found["throughput"]["2"]
    assert record["about"]["isolation"] == "none"
    assert record["database_bytes"] > 0
    assert record["unchanged"]["cpu_s"] > 0
    assert record["trusted"]["peak_bytes"] > 0
    assert record["blocks"][-1]["submissions"] == 2
    for name in ("throughput", "memory", "unchanged"):
        assert table(name, found) in done.stdout


@pytest.mark.soak
def test_every_part_gives_the_right_marks_and_equal_gradebooks():
    done = run_benchmarks("batch", "--sizes", "4", "--isolation", "none", "--json", timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"throughput", "floor", "jobs", "resume", "dask"}
    assert found["resume"]["4"]["killed_after"] == 2
    assert found["dask"]["4"]["dask"]["cpu_s"] > 0


def watched(*results_s):
    samples = [Sample(0.5 + at, 2.0 * at, 5000 + at, 1000 + at) for at in range(11)]
    return Watched(Cost(23.0, 12.0), results_s, samples)


def test_a_run_is_cut_into_tenths_from_its_first_result_on():
    cut = list(blocks(watched(*(1 + each / 10 for each in range(100)))))
    assert [block["submissions"] for block in cut] == list(range(10, 101, 10))
    assert [block["wall_s"] for block in cut] == pytest.approx([0.1] * 10)
    assert [block["cpu_s"] for block in cut] == pytest.approx([0.2] * 10)


def test_memory_is_that_of_the_quarters_of_the_results():
    held = trusted_memory(watched(*(1 + each / 10 for each in range(100))))
    assert held == {"early_bytes": 1002, "late_bytes": 1010, "peak_bytes": 1010}


def test_where_no_sample_was_taken_the_nearest_counts():
    assert trusted_memory(watched(3.6, 3.7))["late_bytes"] == 1003

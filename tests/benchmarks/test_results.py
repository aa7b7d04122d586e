"""The file of results, and the page that is made of it."""

import pytest

from benchmarks.results import (
    PAGE,
    RESULTS,
    TABLES,
    add_results,
    fill,
    nearest_floor,
    read_results,
    table,
)

TEXT = PAGE.read_text(encoding="utf-8")
COST = {"cpu_s": 8.0, "wall_s": 4.0}
ABOUT = {
    "date": "2026-11-20",
    "isolation": "strong",
    "machine": {"cpu": "abacus", "cores": 2, "memory_bytes": 2**33, "kernel": "Linux 6"},
    "versions": {"python": "3.11.2", "numpy": "2.0"},
    "commit": "abc",
    "peers": {"otter": {"otter-grader": "7.0"}},
}
GRADER = {
    "cpu_s": 0.1,
    "next_cpu_s": 0.05,
    "wall_s": 0.2,
    "memory": {"peak_bytes": 2**28},
    "cpu_to_ours": [1.0, 1.0, 1.0],
}
START = {"command": "grader", "goal": 5, "wall_to_numpy": 2, "cpu_to_numpy": 3, **COST}
FOUND = {
    "throughput": {
        "100": {
            "about": ABOUT,
            "jobs": 2,
            **COST,
            "until_first_s": 1.0,
            "blocks": [
                {"submissions": 50, "cpu_s": 0.1, "wall_s": 0.05},
                {"submissions": 100, "cpu_s": 0.101, "wall_s": 0.05},
            ],
            "trusted": {"peak_bytes": 2**27, "early_bytes": 2**26, "late_bytes": 2**26},
            "database_bytes": 400 * 1024,
            "unchanged": {"cpu_s": 0.08, "wall_s": 0.04},
        }
    },
    "floor": {"90": {"about": ABOUT, "cpu_s": 3.6, "wall_s": 3.6}},
    "jobs": {"100": {"about": ABOUT, "1": {"cpu_s": 8.0, "wall_s": 7.2}, "2": COST}},
    "dask": {"100": {"about": ABOUT, "workers": 2, "local": COST, "dask": COST}},
    "resume": {
        "100": {
            "about": ABOUT,
            "jobs": 2,
            "killed_after": 50,
            **dict.fromkeys(("undisturbed", "killed", "rest", "unchanged"), COST),
        }
    },
    "peers": {"40": {"about": ABOUT, "graders": {"ours": GRADER, "floor": GRADER}}},
    "startup": {"1": {"about": ABOUT, "commands": [START, START | {"goal": None}]}},
}


def test_what_is_measured_again_replaces_what_was_there_and_nothing_else(tmp_path):
    file = tmp_path / "new" / "results.json"
    add_results(file, {"floor": {"1000": {"cpu_s": 1.0}, "40": {"cpu_s": 1.0}}})
    add_results(file, {"floor": {"1000": {"cpu_s": 2.0}}, "jobs": {"40": {}}})
    found = read_results(file)
    assert found == {"floor": {"40": {"cpu_s": 1.0}, "1000": {"cpu_s": 2.0}}, "jobs": {"40": {}}}
    assert list(found["floor"]) == ["40", "1000"]


def test_the_page_holds_what_the_results_say():
    assert fill(TEXT, read_results(RESULTS)) == TEXT


def test_the_page_has_a_place_for_every_table():
    assert all(f"<!-- table: {name} -->" in TEXT for name in TABLES)


def test_a_table_that_there_is_not_is_reported():
    with pytest.raises(SystemExit, match="asks for a table `magic`; there are peers"):
        fill("<!-- table: magic -->\n<!-- end -->", {})


def test_tables_take_the_place_of_what_was_there():
    page = "A <!-- table: floor -->\nold\n<!-- end --> Z <!-- table: memory -->\n<!-- end -->"
    empty = fill(page, {})
    assert empty.count("Not measured yet.") == 2
    full = fill(empty, FOUND)
    assert "| 90 | 40.0 ms | 40.0 ms |" in full
    assert full.startswith("A ")
    assert "old" not in full
    assert fill(full, FOUND) == full


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("throughput", ["| 100 | 2 | 40.0 ms | 25.0 | 80.0 ms | 2.00 (floor of 90) | 1.0 s | 4.0"]),
        ("drift", ["| 1 to 50 | 50.0 ms | 100.0 ms |", "| the last less the first | 0.0 % | 1.0"]),
        ("memory", ["| 100 | 128 MiB | 64 MiB | 64 MiB |"]),
        ("jobs", ["| 100 | 1 | 7.2 s | 1.00 | 80.0 ms |", "| 100 | 2 | 4.0 s | 1.80 | 80.0 ms |"]),
        ("dask", ["| 100 | 2 Dask workers | 4.0 s | 1.00 | 80.0 ms |"]),
        ("resume", ["| 100 | killed and the rest | 8.0 s | 16.0 s | 200.0 % |"]),
        ("unchanged", ["| 100 | 0.04 s | 0.08 s | 1.00 % | 1.00 % |"]),
        ("peers", ["| 40 | grader | 100.0 ms | 50.0 ms | 200.0 ms | 256 MiB | 1.0 | 1.0 |"]),
        ("startup", ["| grader | 5 | 2.00 | 3.00 | 4000 | 8000 |", "| grader |  | 2.00"]),
        ("surroundings", ["jobs of 100", "python 3.11.2, numpy 2.0, commit abc; otter-grader 7.0"]),
    ],
)
def test_a_table_says_what_was_measured(name, rows):
    made = table(name, FOUND)
    for row in rows:
        assert row in made


def test_the_floor_of_the_nearest_size_is_compared_with():
    floors = {"floor": {"40": {"cpu_s": 4.0}, "1000": {"cpu_s": 30.0}}}
    assert nearest_floor(floors, 10_000) == (1000, 0.03)
    assert nearest_floor(floors, 40) == (40, 0.1)
    assert nearest_floor({}, 40) is None

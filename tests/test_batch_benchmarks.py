"""Benchmarks of whole classes, with tiny ones; what is measured is never asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from benchmarks.batch.__main__ import main
from benchmarks.batch.blocks import cut, held, held_over
from benchmarks.batch.school import School
from benchmarks.batch.watching import Sample, Watched
from benchmarks.measuring import Cost
from benchmarks.page import PICTURES, RESULTS, fill
from benchmarks.plots import DRAWINGS, draw_all, mark_of
from benchmarks.results_file import add_results, read_results
from benchmarks.tables import TABLES, nearest_floor
from benchmarks.venvs import make_venvs
from grader.gradebook.database.book import open_gradebook

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")

COST = {"cpu_s": 8.0, "wall_s": 4.0}
ABOUT = {
    "date": "2026-11-20",
    "isolation": "strong",
    "machine": {"cpu": "abacus", "cores": 2, "memory_bytes": 2**33, "kernel": "Linux 6"},
    "load_before": 0.0,
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
            "trusted_over": [[50, 2**26], [100, 2**26]],
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
}


def measured(*options, timeout=100):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.batch", "--isolation", "none", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


APART = """
import json, os, sys
from pathlib import Path
from benchmarks.batch.watching import kill_after, watch
from benchmarks.measuring import Run

def says(*lines, then=""):
    code = "".join(f"print({{line!r}}, flush=True);" for line in lines) + then
    return Run([sys.executable, "-c", code], Path("."), os.environ)

try:
    seen = {call}
except RuntimeError as error:
    sys.exit(str(error))
print(json.dumps({shown}))
"""


def apart(call, shown="None"):
    """Watch a run in a process of its own, since all children of a process are waited for."""
    return subprocess.run(
        [sys.executable, "-c", APART.format(call=call, shown=shown)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def watched(*told):
    samples = [Sample(0.5 + at, 2.0 * at, 1000 + at) for at in range(11)]
    return Watched(Cost(23.0, 12.0), list(told), samples, 0.0)


def test_a_class_is_graded_measured_and_put_into_a_file(tmp_path):
    file = tmp_path / "results.json"
    done = measured("--part", "throughput", "--sizes", "2", "--results", str(file))
    assert done.returncode == 0, done.stderr
    found = read_results(file)
    record = found["throughput"]["2"]
    assert record["about"]["isolation"] == "none"
    assert record["database_bytes"] > 0
    assert record["unchanged"]["cpu_s"] > 0
    assert record["trusted"]["peak_bytes"] > 0
    assert record["blocks"][-1]["submissions"] == 2
    for name in ("throughput", "memory", "unchanged"):
        assert TABLES[name][1](found) in done.stdout


@pytest.mark.soak
def test_every_part_gives_the_right_marks_and_equal_gradebooks():
    done = measured("--sizes", "4", "--json", timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"throughput", "floor", "jobs", "resume", "dask"}
    assert found["resume"]["4"]["killed_after"] == 2
    assert found["dask"]["4"]["dask"]["cpu_s"] > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--sizes", "40,1"], "takes at least 2"), (["--part", "magic"], "invalid choice: 'magic'")],
)
def test_a_wrong_call_is_refused(options, message, capsys):
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_results_are_told_apart_and_memory_is_sampled_meanwhile():
    lines = '"Course", "student-0 1/2", "student-1 2/2", "Mean", then="import time; time.sleep(.3)"'
    shown = "[seen.told_s, seen.cost.wall_s, [sample.trusted_bytes for sample in seen.samples]]"
    done = apart(f"watch(says({lines}), every_s=0.01)", shown)
    told, wall_s, held_bytes = json.loads(done.stdout)
    assert len(told) == 2
    assert told == sorted(told)
    assert wall_s >= told[-1]
    assert max(held_bytes) > 2**20


def test_a_run_that_fails_is_told_with_what_it_said():
    done = apart("watch(says('no room', then='raise SystemExit(3)'), every_s=1.0)")
    assert "ended with 3:\nno room" in done.stderr


def test_a_run_is_killed_after_so_many_results_and_its_time_is_counted():
    burn = "import time\nwhile True: time.process_time() < 0.5 or print('student-1', flush=True)"
    done = apart(f"kill_after(says('student-0', then={f'exec({burn!r})'!r}), 2)", "seen.cpu_s")
    assert float(done.stdout) >= 0.4


def test_a_run_that_ends_before_it_is_killed_is_no_measurement():
    assert "ended with 0" in apart("kill_after(says('student-0'), 2)").stderr


def test_a_run_is_cut_into_tenths_from_its_first_result_on():
    blocks = list(cut(watched(*(1 + each / 10 for each in range(100)))))
    assert [block.submissions for block in blocks] == list(range(10, 101, 10))
    assert [block.wall_s for block in blocks] == pytest.approx([0.1] * 10)
    assert [block.cpu_s for block in blocks] == pytest.approx([0.2] * 10)


def test_memory_is_that_of_the_quarters_of_the_results():
    seen = held(watched(*(1 + each / 10 for each in range(100))))
    assert (seen.early_bytes, seen.late_bytes, seen.peak_bytes) == (1002, 1010, 1010)


def test_where_no_sample_was_taken_the_nearest_counts():
    assert held(watched(3.6, 3.7)).late_bytes == 1003


def test_memory_over_a_run_is_told_by_the_submissions_that_were_graded():
    points = held_over(watched(*(1 + each / 25 for each in range(200))))
    assert points[0] == (0, 1000)
    assert points[-1] == (200, 1010)
    assert [done for done, _ in points] == sorted({done for done, _ in points})


def test_gradebooks_that_differ_are_told(tmp_path):
    places = [SimpleNamespace(gradebook=tmp_path / name) for name in ("one.db", "other.db")]
    for place in places:
        open_gradebook(place.gradebook).close()
    school = School(ROOT, tmp_path / "school")
    school.compare(*places, "a run")
    assert school.faults == []
    with open_gradebook(places[1].gradebook) as book:
        insert = text("INSERT INTO students VALUES ('eve', '', '', '', '')")
        book.write(lambda connection: connection.execute(insert))
    school.compare(*places, "a run")
    (fault,) = school.faults
    assert fault.startswith("a run: the gradebook is not that of an undisturbed local run: ")
    assert '"id": "eve"' in fault
    assert fault.endswith(" for nothing")


def test_what_is_measured_again_replaces_what_was_there_and_nothing_else(tmp_path):
    file = tmp_path / "new" / "results.json"
    add_results(file, {"floor": {"1000": {"cpu_s": 1.0}, "40": {"cpu_s": 1.0}}})
    add_results(file, {"floor": {"1000": {"cpu_s": 2.0}}, "jobs": {"40": {}}})
    found = read_results(file)
    assert found == {"floor": {"40": {"cpu_s": 1.0}, "1000": {"cpu_s": 2.0}}, "jobs": {"40": {}}}
    assert list(found["floor"]) == ["40", "1000"]


def test_the_page_holds_what_the_results_say():
    assert fill(PAGE, read_results(RESULTS)) == PAGE


def test_the_drawings_are_of_the_results():
    results = read_results(RESULTS)
    for name in PICTURES:
        records = results.get(TABLES[name][0])
        drawing = RESULTS.parent / f"{name}.svg"
        assert drawing.exists() == bool(records)
        assert not records or mark_of(records) in drawing.read_text(encoding="utf-8")


def test_the_page_has_a_place_for_every_table():
    assert all(f"<!-- table: {name} -->" in PAGE for name in TABLES)


def test_a_table_that_there_is_not_is_told():
    with pytest.raises(SystemExit, match="asks for a table `magic`; there are peers"):
        fill("<!-- table: magic -->\n<!-- end -->", {})


def test_tables_and_drawings_take_the_place_of_what_was_there():
    page = "A <!-- table: floor -->\nold\n<!-- end --> Z <!-- table: memory -->\n<!-- end -->"
    empty = fill(page, {})
    assert empty.count("Not measured yet.") == 2
    full = fill(empty, FOUND)
    assert "| 90 | 40.0 ms | 40.0 ms |" in full
    assert "(benchmarks/memory.svg)" in full
    assert full.startswith("A ")
    assert "old" not in full
    assert fill(full, FOUND) == full


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("throughput", ["| 100 | 2 | 40.0 ms | 25.0 | 80.0 ms | 2.00 (floor of 90) | 1.0 s | 4.0"]),
        ("drift", ["| 1 to 50 | 50.0 ms | 100.0 ms |", "| the last less the first | 0.0 % | 1.0"]),
        ("memory", ["| 100 | 128 MiB | 64 MiB | 64 MiB |"]),
        ("jobs", ["| 100 | 1 | 7.2 s | 1.00 | 80.0 ms |", "| 100 | 2 | 4.0 s | 1.80 | 80.0 ms |"]),
        ("dask", ["| 100 | 2 Dask workers | 4.0 s | 1.00 | 80.0 ms |"]),
        ("resume", ["| 100 | killed and the rest | 8.0 s | 16.0 s | 200.0 % |"]),
        ("unchanged", ["| 100 | 0.04 s | 0.08 s | 1.00 % | 1.00 % |"]),
        ("peers", ["| 40 | grader | 100.0 ms | 50.0 ms | 200.0 ms | 256 MiB | 1.0 | 1.0 |"]),
        (
            "surroundings",
            ["jobs of 100", "python 3.11.2, numpy 2.0, commit abc; otter-grader 7.0"],
        ),
    ],
)
def test_a_table_says_what_was_measured(table, rows):
    made = TABLES[table][1](FOUND)
    for row in rows:
        assert row in made


def test_the_floor_of_the_nearest_size_is_compared_with():
    floors = {"floor": {"40": {"cpu_s": 4.0}, "1000": {"cpu_s": 30.0}}}
    assert nearest_floor(floors, 10_000) == (1000, 0.03)
    assert nearest_floor(floors, 40) == (40, 0.1)
    assert nearest_floor({}, 40) is None


def test_the_same_results_give_the_same_drawings(tmp_path):
    assert set(DRAWINGS) == set(PICTURES)
    first, again = (draw_all(FOUND, tmp_path / name) for name in ("a", "b"))
    assert [file.stem for file in first] == list(DRAWINGS)
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in again]
    assert max(file.stat().st_size for file in first) < 50_000
    assert draw_all({}, tmp_path / "c") == []


def test_a_peer_that_is_installed_is_not_installed_again(tmp_path):
    for name in ("nbgrader", "otter"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / name).touch()
    told = []
    assert make_venvs(tmp_path, told.append) == {
        name: tmp_path / name for name in ("nbgrader", "otter")
    }
    assert told == []

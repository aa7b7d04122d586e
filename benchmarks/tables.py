"""Tables in Markdown, from a file of results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.results_file import Record, Results

GRADERS = {"ours": "grader", "floor": "floor", "otter": "otter-grader", "nbgrader": "nbgrader"}
"""What each is called where people read of it."""

_KIB, _MIB, _GIB = 2**10, 2**20, 2**30


def largest(records: Mapping[str, Record]) -> tuple[int, Record]:
    """Return the record of the most submissions, and how many they are."""
    size = max(map(int, records))
    return size, records[str(size)]


def nearest_floor(results: Results, size: int) -> tuple[int, float] | None:
    """Return for how many the floor was measured, and its CPU [s] for each of them.

    It is the same number where there is one, else the one that is nearest.
    """
    floors = results.get("floor")
    if not floors:
        return None
    count = min(map(int, floors), key=lambda each: abs(each - size))
    return count, floors[str(count)]["cpu_s"] / count


def _throughput(results: Results) -> str:
    heads = ["submissions", "jobs", "time each", "a second", "CPU each", "times the floor"]
    heads += ["until the first", "database each"]
    return _table(heads, _throughput_rows(results))


def _throughput_rows(results: Results) -> Iterator[Sequence[str]]:
    for size, record in _records(results["throughput"]):
        cpu_s, floor = record["cpu_s"] / size, nearest_floor(results, size)
        yield (
            f"{size:,}",
            str(record["jobs"]),
            _ms(record["wall_s"] / size),
            f"{size / record['wall_s']:.1f}",
            _ms(cpu_s),
            "" if floor is None else f"{cpu_s / floor[1]:.2f} (floor of {floor[0]:,})",
            f"{record['until_first_s']:.1f} s",
            f"{record['database_bytes'] / size / _KIB:.1f} KiB",
        )


def _floor(results: Results) -> str:
    rows = [
        (f"{size:,}", _ms(record["wall_s"] / size), _ms(record["cpu_s"] / size))
        for size, record in _records(results["floor"])
    ]
    return _table(("submissions", "time each", "CPU each"), rows)


def _drift(results: Results) -> str:
    _, record = largest(results["throughput"])
    blocks, begun = record["blocks"], 0
    rows: list[Sequence[str]] = []
    for block in blocks:
        span = f"{begun + 1:,} to {block['submissions']:,}"
        rows.append((span, _ms(block["wall_s"]), _ms(block["cpu_s"])))
        begun = block["submissions"]
    change = [_percent(blocks[-1][of] / blocks[0][of] - 1) for of in _TIMES]
    rows.append(("the last less the first", *change))
    return _table(("submissions", "time each", "CPU each"), rows)


def _memory(results: Results) -> str:
    rows = [
        (f"{size:,}", *(_mib(record["trusted"][f"{of}_bytes"]) for of in _MOMENTS))
        for size, record in _records(results["throughput"])
    ]
    return _table(("submissions", "most ever", "in the first quarter", "in the last quarter"), rows)


_MOMENTS = ("peak", "early", "late")


def _jobs(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for size, record in _records(results["jobs"]):
        counts = sorted(int(name) for name in record if name.isdecimal())
        one = record["1"]
        rows.extend(_run(f"{size:,}", f"{jobs}", record[str(jobs)], one, size) for jobs in counts)
    return _table(("submissions", "jobs", "time", "times faster", "CPU each"), rows)


def _dask(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for size, record in _records(results["dask"]):
        names = {"local": "local jobs", "dask": "Dask workers"}
        for name, who in names.items():
            label = f"{record['workers']} {who}"
            rows.append(_run(f"{size:,}", label, record[name], record["local"], size))
    return _table(("submissions", "who grades", "time", "times faster", "CPU each"), rows)


def _run(
    size: str, who: str, cost: Mapping[str, float], base: Mapping[str, float], count: int
) -> Sequence[str]:
    faster = f"{base['wall_s'] / cost['wall_s']:.2f}"
    return size, who, f"{cost['wall_s']:.1f} s", faster, _ms(cost["cpu_s"] / count)


def _resume(results: Results) -> str:
    return _table(("submissions", "run", "time", "CPU", "CPU of the first"), _resumed(results))


def _resumed(results: Results) -> Iterator[Sequence[str]]:
    for size, record in _records(results["resume"]):
        parts = [record["killed"], record["rest"]]
        rows = {
            "undisturbed": record["undisturbed"],
            f"killed after {record['killed_after']:,}": record["killed"],
            "the rest": record["rest"],
            "killed and the rest": {of: sum(part[of] for part in parts) for of in _TIMES},
            "once more, unchanged": record["unchanged"],
        }
        for label, cost in rows.items():
            share = _percent(cost["cpu_s"] / record["undisturbed"]["cpu_s"])
            yield f"{size:,}", label, f"{cost['wall_s']:.1f} s", f"{cost['cpu_s']:.1f} s", share


_TIMES = ("wall_s", "cpu_s")


def _unchanged(results: Results) -> str:
    rows = []
    for size, record in _records(results["throughput"]):
        again = record["unchanged"]
        shares = [_percent(again[of] / record[of], digits=2) for of in _TIMES]
        rows.append((f"{size:,}", f"{again['wall_s']:.2f} s", f"{again['cpu_s']:.2f} s", *shares))
    heads = ("submissions", "time", "CPU", "time of the first", "CPU of the first")
    return _table(heads, rows)


def _peers(results: Results) -> str:
    heads = ["notebooks", "grader", "CPU each, with the start", "CPU each of as many more"]
    heads += ["time each, with the start", "most memory", "times ours", "times ours, of more"]
    rows = [
        _peer(size, name, of)
        for size, record in _records(results["peers"])
        for name, of in record["graders"].items()
    ]
    return _table(heads, rows)


def _peer(size: int, name: str, of: Mapping[str, Any]) -> Sequence[str]:
    whole, _, more = of["cpu_to_ours"]
    return (
        f"{size:,}",
        GRADERS[name],
        _ms(of["cpu_s"]),
        _ms(of["next_cpu_s"]),
        _ms(of["wall_s"]),
        f"{of['memory']['peak_bytes'] / _MIB:.0f} MiB",
        *("" if ratio is None else f"{ratio:.1f}" for ratio in (whole, more)),
    )


def _surroundings(results: Results) -> str:
    """Tell of each date, machine and set of versions what was measured there."""
    told: dict[Sequence[str], dict[str, list[str]]] = {}
    for part, records in results.items():
        for size, record in _records(records):
            sizes = told.setdefault(_where(record["about"]), {}).setdefault(part, [])
            sizes.append(f"{size:,}")
    rows = [
        ("; ".join(f"{part} of {', '.join(sizes)}" for part, sizes in what.items()), *where)
        for where, what in told.items()
    ]
    return _table(("what", "date", "tier", "machine", "versions"), rows)


def _where(about: Mapping[str, Any]) -> Sequence[str]:
    machine = about["machine"]
    sides = [about["versions"] | {"commit": about["commit"] or "unknown"}, *about["peers"].values()]
    versions = (", ".join(f"{name} {number}" for name, number in of.items()) for of in sides)
    memory = f"{machine['memory_bytes'] / _GIB:.1f} GiB"
    kind = f"{machine['cpu']}, {machine['cores']} cores, {memory}, {machine['kernel']}"
    return about["date"], about["isolation"], kind, "; ".join(versions)


def _startup(results: Results) -> str:
    (record,) = results["startup"].values()
    heads = ("command", "goal", "time", "CPU", "time in ms", "CPU in ms")
    rows = [
        (
            f"`{of['command']}`" if of["goal"] == 1.0 else of["command"],
            "" if of["goal"] is None else f"{of['goal']:g}",
            f"{of['wall_to_numpy']:.2f}",
            f"{of['cpu_to_numpy']:.2f}",
            f"{of['wall_s'] * 1000:.0f}",
            f"{of['cpu_s'] * 1000:.0f}",
        )
        for of in record["commands"]
    ]
    return _table(heads, rows)


TABLES: Mapping[str, tuple[str, Callable[[Results], str]]] = {
    "peers": ("peers", _peers),
    "startup": ("startup", _startup),
    "throughput": ("throughput", _throughput),
    "floor": ("floor", _floor),
    "drift": ("throughput", _drift),
    "memory": ("throughput", _memory),
    "jobs": ("jobs", _jobs),
    "dask": ("dask", _dask),
    "resume": ("resume", _resume),
    "unchanged": ("throughput", _unchanged),
    "surroundings": ("", _surroundings),
}
"""By name: the part that must have been measured, and what makes the table of the results."""


def _records(records: Mapping[str, Record]) -> Iterator[tuple[int, Record]]:
    for size in sorted(map(int, records)):
        yield size, records[str(size)]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(heads)
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, rule, *rows))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _mib(size: int) -> str:
    return f"{size / _MIB:.0f} MiB"


def _percent(share: float, *, digits: int = 1) -> str:
    return f"{share * 100:.{digits}f} %"

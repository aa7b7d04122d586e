"""A file of results: what was measured of each part and size, with when, where and with what.

It is one JSON object: by the part's name and the number of submissions, the figures, in seconds and
bytes, and under ``about`` the surroundings in which they were measured. A part that is measured
again replaces what was there for this size, so that a file may come together in several runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]
"""The figures of one part at one size, and what they are about."""

Results = Mapping[str, Mapping[str, Record]]
"""Records by part and by size."""


def read_results(path: Path) -> Results:
    """Read a file of results; there is nothing in one that is not there."""
    if not path.exists():
        return {}
    found: Results = json.loads(path.read_text(encoding="utf-8"))
    return found


def add_results(path: Path, found: Results) -> None:
    """Put results into a file, beside what it holds of other parts and sizes."""
    before = read_results(path)
    together = {
        part: _in_order({**before.get(part, {}), **found.get(part, {})})
        for part in sorted({*before, *found})
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(together, indent=1) + "\n", encoding="utf-8")


def _in_order(records: Mapping[str, Record]) -> dict[str, Record]:
    return dict(sorted(records.items(), key=lambda item: int(item[0])))

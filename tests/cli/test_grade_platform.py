"""A platform that the grader does not know: one file, one registration, and its class is graded."""

from __future__ import annotations

import importlib.util
import json

import pytest

from grader.submissions.platforms import registry
from tests.course import tiny, two_units
from tests.notebooks import notebook_bytes

FILE = """
import csv
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from grader.submissions.authorship import Authorship
from grader.submissions.files.byte_sources import Refused
from grader.submissions.files.listing import Item, things_by_name
from grader.submissions.platforms.base import Download, Platform


class Slate(Platform):
    name = "slate"
    records = frozenset({"slate.csv", "receipt.txt"})
    columns = MappingProxyType({"time": ("slatetime",), "name": ("slatename",)})
    not_students = frozenset({"everybody"})

    def read_download(self, items, name):
        record = next((item for item in items if item.parts == ("slate.csv",)), None)
        if record is None:
            return None
        rows = list(csv.DictReader(record.file.content(10_000).decode().splitlines()))
        beside = things_by_name(item for item in items if item is not record)
        shares = {
            row["box"]: [
                (self._of(row), [self._own(item) for item in beside[row["box"]]])
            ]
            for row in rows
            if row["box"] in beside
        }
        refused = Refused("is not in the download. Ask for it again.")
        absent = [
            (self._of(row), Item((row["box"],), row["box"], "notebook", refused))
            for row in rows
            if row["box"] not in beside
        ]
        items = [item for own in beside.values() for item in own]
        return Download(items=items, shares=shares, absent=absent)

    def _own(self, item):
        return replace(item, file=None) if item.parts[-1] in self.records else item

    def _of(self, row):
        return Authorship(
            student=row["who"],
            platform=self.name,
            person=(self.name, row["who"]),
            known_as=(row["who"],),
            received=datetime.fromisoformat(row["came"]) if row["came"] else None,
            late=row["late"] == "yes",
        )

    def parse_name(self, name):
        who, mark, file = name.partition("~slate~")
        if not mark:
            return None
        person = (self.name, who)
        return Authorship(student=who, platform=self.name, person=person, name=who, file=file)

    def original_name(self, name, others, attempts):
        return name.removeprefix("again-")

    def explain_file(self, name):
        return "is a voice message. Hand in the .ipynb file." if name.endswith("voice") else ""

    def student_number(self, row):
        return row[0].removeprefix("no ")


SLATE = Slate()
"""
POLICY = """
policy:
  late:
    due: {coins: "2026-10-24 18:00"}
    per_day: 0.1
"""
COINS = "power = int(open('power.txt').read())\ndef two_heads(p):\n    return p ** power"
HALF = "def two_heads(p):\n    return p"
RECORD = """box,who,came,late
b1,ada,2026-10-24T18:00:00+00:00,
b2,bob,2026-10-25T20:00:00+00:00,yes
b3,cy,,yes
"""


@pytest.fixture(autouse=True)
def slate(tmp_path, monkeypatch):
    path = tmp_path / "slate.py"
    path.write_text(FILE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("slate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(registry, "PLATFORMS", (*registry.PLATFORMS, module.SLATE))


@pytest.fixture
def grade(grader, tmp_path):
    """Return what grades a download and gives its submissions by student."""
    course = tiny.write(tmp_path / "course", two_units.files(POLICY))

    def call(files, *options):
        for name, content in files.items():
            path = tmp_path / "download" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        out = ("--out", tmp_path / "out", "--gradebook", tmp_path / "book.db")
        how = ("--isolation", "none", "--jobs", "1", "--course", course, *out)
        done = grader("grade", tmp_path / "download", *how, "--exercise", "two_heads", *options)
        document = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
        return done, {one["student"]: one for one in document["submissions"]}

    return call


def reported(grader, tmp_path):
    done = grader("gradebook", "show", "--json", "--gradebook", tmp_path / "book.db",
                  "--course", tmp_path / "course")  # fmt: skip
    return {one["student"]: one for one in done.json["students"]}


def test_a_record_says_whose_each_submission_is_and_when_it_came(grade, grader, tmp_path):
    done, found = grade(
        {
            "slate.csv": RECORD.encode(),
            "b1/hw.ipynb": notebook_bytes([COINS]),
            "b1/power.txt": b"2",
            "b1/receipt.txt": b"thank you",
            "b2/hw.ipynb": notebook_bytes([COINS]),
            "b2/power.txt": b"2",
            "eve/hw.ipynb": notebook_bytes([HALF]),
        }
    )
    assert {who: (one["status"], one["score"] > 0) for who, one in found.items()} == {
        "ada": ("graded", True),
        "bob": ("graded", True),
        "cy": ("unreadable", False),
        "eve": ("graded", False),
    }, done.err
    assert found["cy"]["reason"] == "`b3` is not in the download. Ask for it again."
    assert found["ada"]["hand_in"]["beside"] == ["power.txt"]
    assert {who: one["hand_in"] and one["hand_in"]["platform"] for who, one in found.items()} == {
        "ada": "slate", "bob": "slate", "cy": "slate", "eve": None,
    }  # fmt: skip
    students = reported(grader, tmp_path)
    late = {who: one["exercises"][0]["days_late"] for who, one in students.items() if who != "cy"}
    assert late == {"ada": 0, "bob": 2, "eve": 0}


def test_names_say_whose_each_file_is_and_a_table_of_the_platform_when_it_came(
    grade, grader, tmp_path
):
    table = tmp_path / "table.csv"
    table.write_text(
        "Number,Slate name,Slate time\n"
        "Everybody,,\nno 1,Ada,2026-10-26 18:00\nno 2,Bob,2026-10-24 18:00\n",
        encoding="utf-8",
    )
    done, found = grade(
        {
            "Ada~slate~hw.ipynb": notebook_bytes([COINS]),
            "Ada~slate~again-power.txt": b"2",
            "Bob~slate~hw.ipynb": notebook_bytes([HALF]),
            "Cy~slate~note.voice": b"please",
        },
        "--times",
        table,
    )
    assert {who: one["score"] > 0 for who, one in found.items()} == {
        "Ada": True, "Bob": False, "Cy": False,
    }, done.err  # fmt: skip
    assert found["Ada"]["hand_in"]["beside"] == ["power.txt"]
    assert "is a voice message. Hand in the .ipynb file." in found["Cy"]["reason"]
    received = {who: one["hand_in"]["received"] for who, one in found.items()}
    assert received == {"Ada": "2026-10-26T18:00:00Z", "Bob": "2026-10-24T18:00:00Z", "Cy": None}
    students = reported(grader, tmp_path)
    assert students["Ada"]["exercises"][0]["days_late"] == 2

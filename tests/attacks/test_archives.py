"""Archives and files that are bombs, traps or lies, handed in among honest ones.

The whole class is graded by the command. Each hostile file costs its own submission a clear reason
and nothing else: nothing is written anywhere, nothing is read that was not handed in, and the run
takes neither time nor memory for it.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.classes import Graded, grade_class
from tests.attacks.exam import reference
from tests.clocks import own_clock
from tests.notebooks import notebook_bytes

pytestmark = pytest.mark.strong

GOOD = notebook_bytes([reference("kl_asymmetry")])
BAD = notebook_bytes(["kl = 0"])
SECRET = "CANARY-OUTSIDE-the-class"


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def special(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


def flagged(content: bytes, bits: int) -> bytes:
    """Return a zip whose one member claims some flags, as an encrypted one does."""
    local, central = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    changed = bytearray(content)
    for at in (local + 6, central + 8):
        (old,) = struct.unpack_from("<H", changed, at)
        struct.pack_into("<H", changed, at, old | bits)
    return bytes(changed)


def bomb(megabytes: int = 200) -> bytes:
    """Return a zip whose one notebook unpacks to a thousand times its size."""
    cells = b'{"cells": [' + b" " * (megabytes << 20) + b"]}"
    return zipped(("hw.ipynb", cells))


def overlapping() -> bytes:
    """Return a zip whose directory names one member a thousand times."""
    content = zipped(("a.ipynb", b"[" * 1_000_000))
    central, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, count = content[central:end], 1000
    tail = bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, count, count, len(entry) * count)
    return content[:central] + entry * count + bytes(tail)


def nested(levels: int = 20) -> bytes:
    content = zipped(("hw.ipynb", GOOD))
    for _ in range(levels):
        content = zipped(("inner.zip", content))
    return content


def claiming_little(content: bytes) -> bytes:
    """Return a zip whose directory says that its member is ten bytes long."""
    central = content.index(b"PK\x01\x02")
    changed = bytearray(content)
    struct.pack_into("<I", changed, central + 24, 10)
    return bytes(changed)


ZIPS: dict[str, Callable[[], bytes]] = {
    "traversal": lambda: zipped(("../../../../../../var/tmp/left_by_zip.ipynb", GOOD)),
    "traversal_of_windows": lambda: zipped(("..\\..\\left_by_zip.ipynb", GOOD)),
    "absolute": lambda: zipped(("/var/tmp/left_by_zip.ipynb", GOOD)),
    "drive": lambda: zipped(("C:\\left_by_zip.ipynb", GOOD)),
    "link": lambda: zipped((special("hw.ipynb", stat.S_IFLNK), b"@OUTSIDE@")),
    "device": lambda: zipped((special("hw.ipynb", stat.S_IFCHR), b"")),
    "fifo": lambda: zipped((special("hw.ipynb", stat.S_IFIFO), b"")),
    "encrypted": lambda: flagged(zipped(("hw.ipynb", GOOD)), 1),
    "bomb": bomb,
    "bomb_that_claims_little": lambda: claiming_little(bomb(50)),
    "overlapping_members": overlapping,
    "thirty_thousand_members": lambda: zipped(*((f"{n}.txt", b"") for n in range(30_000))),
    "cut_short": lambda: zipped(("hw.ipynb", GOOD))[:-30],
    "no_zip": lambda: b"PK\x03\x04" + os.urandom(500),
    "only_an_end": lambda: b"PK\x05\x06" + bytes(18),
    "nested_twenty_times": nested,
    "name_of_a_megabyte": lambda: zipped(("n" * 60_000 + ".ipynb", GOOD)),
    "name_with_nul": lambda: zipped(("hw.ipynbXevil", GOOD)).replace(b"X", b"\0"),
}
FILES: dict[str, Callable[[], bytes]] = {
    "a_million_brackets": lambda: b"[" * 1_000_000,
    "deep_objects": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep_cells": lambda: b'{"cells": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "ten_million_empty_lists": lambda: b'{"cells": [' + b"[]," * 8_000_000 + b"[]]}",
    "a_hundred_thousand_cells": lambda: notebook_bytes(["x"] * 20_000),
    "number_of_a_million_digits": lambda: b'{"cells": [], "nbformat": ' + b"9" * 1_000_000 + b"}",
    "key_a_million_times": lambda: b'{"cells": 1' + b',"cells": 1' * 1_000_000 + b"}",
    "backslashes": lambda: b'{"cells": "' + b"\\" * 3_000_001,
    "gzip": lambda: zlib.compress(b"0" * 10_000_000),
    "forty_megabytes": lambda: b" " * (40 << 20),
    "escaped_surrogates": lambda: b'{"cells": "' + b"\\ud800" * 500_000 + b'"}',
}
REASONS = re.compile(
    "has a name in its zip|has a name of|is a link|special file|ordinary file|encrypted|damaged"
    "|cut short|files. Hand in|holds no notebook|holds 1,000 notebooks|too deeply|larger than"
    "|not a notebook|lists and objects|cells; at most|notebook format|not readable as text"
    "|zip within|out of its folder"
)


@pytest.fixture(scope="module")
def outside(tmp_path_factory) -> Path:
    """Return a folder beside the class, with something worth stealing in it."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "theirs.ipynb").write_bytes(
        notebook_bytes([f"'{SECRET}'", reference("kl_asymmetry")])
    )
    return folder


def tree(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


@pytest.fixture(scope="module")
def graded(tmp_path_factory, outside) -> tuple[Graded, float]:
    folder, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out")
    (folder / "honest.ipynb").write_bytes(GOOD)
    for name, make in ZIPS.items():
        content = make().replace(b"@OUTSIDE@", str(outside / "theirs.ipynb").encode())
        (folder / f"{name}.zip").write_bytes(content)
    for name, make in FILES.items():
        (folder / f"{name}.ipynb").write_bytes(make())
    (folder / "linked.ipynb").symlink_to(outside / "theirs.ipynb")
    (folder / "linked_folder").symlink_to(outside)
    os.mkfifo(folder / "waits.ipynb")
    (folder / "endless.ipynb").symlink_to("/dev/zero")
    before = tree(folder), tree(outside)
    started = own_clock()
    done = grade_class(folder, out)
    seconds = started.sample()
    assert (tree(folder), tree(outside)) == before
    left = {path.name for path in out.iterdir()} - {"gradebook.db"}
    assert left == {"grades.csv", "results.json"}
    return done, seconds


def test_the_honest_one_gets_full_marks_and_the_run_says_that_some_were_not_graded(graded):
    done, seconds = graded
    assert done.by_student["honest"]["score"] == 10
    assert done.status == 3
    assert seconds < 40


@pytest.mark.parametrize("name", [*ZIPS, *FILES, "waits", "endless"])
def test_a_hostile_file_is_unreadable_and_told_why(graded, arenas, name):
    done, _ = graded
    found = [each for who, each in done.by_student.items() if who.split("/")[0] == name]
    assert found
    for each in found:
        assert (each["status"], each["score"]) == ("unreadable", 0.0)
        assert REASONS.search(each["reason"]), each["reason"]
    arenas.tell(f"file_{name}", "reading", "strong", "read in memory, under caps, nothing unpacked")


def test_nobody_gets_what_lies_outside_the_class(graded, arenas):
    done, _ = graded
    assert SECRET not in done.results + done.shown
    full = [who for who, each in done.by_student.items() if each["score"] == 10]
    assert full == ["honest"]
    arenas.tell(
        "links_out_of_the_class", "reading", "strong", "links are followed within the class"
    )


def test_nothing_was_unpacked_anywhere(graded):
    places = [Path("/var/tmp"), Path("/tmp"), Path.cwd(), Path("/"), Path.cwd().parent]
    assert [str(path) for place in places for path in place.glob("*left_by_zip*")] == []


def test_the_tools_that_others_unpack_with_would_write_outside(tmp_path):
    """`zipfile` strips dots itself; a loop that joins names, as many graders have, does not."""
    inner = tmp_path / "inner"
    inner.mkdir()
    with zipfile.ZipFile(io.BytesIO(zipped(("../left_by_zip.ipynb", GOOD)))) as archive:
        for name in archive.namelist():
            (inner / name).write_bytes(archive.read(name))
    assert (tmp_path / "left_by_zip.ipynb").exists()


def test_of_two_members_of_one_name_the_later_is_graded_and_the_other_is_told(tmp_path, arenas):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped(("ada/hw.ipynb", BAD), ("ada/hw.ipynb", GOOD), ("bob/hw.ipynb", GOOD))
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "all.zip").write_bytes(content)
    done = grade_class(tmp_path / "class" / "all.zip", tmp_path / "out")
    assert {who: each["score"] for who, each in done.by_student.items()} == {"ada": 10, "bob": 10}
    ada = done.by_student["ada"]
    assert [each["path"] for each in ada["hand_in"]["passed_over"]] == [ada["notebook"]]
    arenas.tell("member_twice_in_a_zip", "reading", "strong", "one is graded, the other is told")

"""Memory that all sessions share lies in large pages, and holds what it held."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from grader.guest.isolation import huge_pages as pages

SCRIPT = r"""
import mmap, re
from grader.guest.isolation.huge_pages import collapse
block = mmap.mmap(-1, 16 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
block.write(bytes(range(256)) * (1 << 16))
before = block[:]
collapse()
assert block[:] == before
print(re.search(r"AnonHugePages: +(\d+)", open("/proc/self/smaps_rollup").read())[1])
"""


def test_memory_holds_what_it_held():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    allowed = Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text()
    assert int(run.stdout) >= 8 << 10 or re.search(r"\[never\]", allowed)


def test_only_whole_pages_of_own_memory_are_taken():
    maps = """\
00100000-00900000 rw-p 00000000 00:00 0                                  [heap]
00a00000-00bff000 rw-p 00000000 00:00 0
01000000-01200000 r--p 00000000 00:00 0
02000000-02400000 rw-p 00000000 fe:00 12  /usr/lib/libpython3.11.so
03000000-03400000 rw-p 00000000 00:00 0
04000000-04400000 rw-p 00000000 00:00 0                                  [stack]
"""
    found = list(pages._blocks(maps))
    assert found == [(0x200000, 0x600000), (0x3000000, 0x400000)]


def test_another_system_keeps_its_pages(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(pages, "_blocks", None)
    pages.collapse()

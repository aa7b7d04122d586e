"""The cache's folder is its owner's alone; nothing that is wrong with it ends a run."""

from __future__ import annotations

import errno
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from grader.cache import Cache, open_cache, private_folder

VALUE = {"expected": [1, 0.5, "text", b"bytes", None]}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "preparation"


@pytest.fixture
def cache(place):
    return opened()


def opened() -> Cache:
    def refuse(why: str) -> None:
        raise AssertionError(why)

    found = open_cache(refuse)
    assert found is not None
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def entry(cache: Cache) -> tuple[str, Path]:
    name = cache.name_of(b"secret", b"check")
    cache.write(name, VALUE)
    return name, cache.folder / name


def test_what_is_written_is_read_by_the_next_run(cache):
    name = cache.name_of(b"an array")
    cache.write(name, {"a": np.arange(3.0)})
    assert opened().read(name)["a"].tolist() == [0.0, 1.0, 2.0]
    assert opened().name_of(b"an array") == name


def test_only_its_owner_may_enter_the_folder_and_read_an_entry(place):
    before = os.umask(0)
    try:
        _, path = entry(opened())
    finally:
        os.umask(before)
    assert mode(place) == 0o700
    assert {mode(file) for file in place.iterdir()} == {0o600}
    assert path.exists()


def test_the_folder_follows_the_variables(monkeypatch, tmp_path):
    monkeypatch.delenv("GRADER_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert opened().folder == tmp_path / "xdg" / "grader" / "preparation"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the specification says to ignore it
    monkeypatch.setenv("HOME", str(tmp_path))
    assert opened().folder == tmp_path / ".cache" / "grader" / "preparation"


@pytest.mark.parametrize("bits", [0o770, 0o707, 0o750, 0o701])
def test_a_folder_that_others_may_enter_is_not_used_and_the_reason_is_given(place, bits):
    place.mkdir(parents=True)
    place.chmod(bits)
    told = []
    assert open_cache(told.append) is None
    (reason,) = told
    assert reason == (
        f"The cache is not used: other users may enter `{place}`; remove their rights "
        f"(`chmod 700 {place}`). To run without a cache: --no-cache."
    )


def test_a_folder_of_somebody_else_is_not_used_and_the_reason_is_given(place):
    place.mkdir(parents=True, mode=0o700)
    told = []
    with mock.patch("os.geteuid", return_value=os.geteuid() + 1):
        assert open_cache(told.append) is None
    (note,) = told
    assert note.startswith(f"The cache is not used: `{place}` belongs to another user. To run")


def test_a_link_in_place_of_the_folder_is_not_followed(place, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    place.parent.mkdir()
    place.symlink_to(tmp_path / "elsewhere")
    assert open_cache(pytest.fail) is None


def test_a_folder_that_is_opened_to_others_later_is_not_read_from_then_on(cache):
    name, _ = entry(cache)
    cache.folder.chmod(0o755)
    assert cache.read(name) is None
    cache.write(name, {"other": 1})
    cache.folder.chmod(0o700)
    assert cache.read(name) == VALUE


def test_without_a_home_and_where_it_cannot_be_written_there_is_no_cache(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "file" / "cache"))
    assert open_cache(pytest.fail) is None
    with mock.patch("pathlib.Path.mkdir", side_effect=OSError(errno.EROFS, "read-only")):
        assert open_cache(pytest.fail) is None
    for name in ("GRADER_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    with mock.patch("pathlib.Path.home", side_effect=RuntimeError("no home")):
        assert open_cache(pytest.fail) is None


DAMAGE = {
    "cut short": lambda content: content[:-1],
    "a bit turned": lambda content: content[:-3] + bytes([content[-3] ^ 1]) + content[-2:],
    "longer": lambda content: content + b"x",
    "empty": lambda content: b"",
    "another format": lambda content: content.replace(b"cache 1", b"cache 2"),
    "too large": lambda content: content.ljust(private_folder.MAX_ENTRY_BYTES + 1, b"\0"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_absent_and_is_replaced(cache, damage):
    name, path = entry(cache)
    path.write_bytes(damage(path.read_bytes()))
    assert cache.read(name) is None
    cache.write(name, VALUE)
    assert cache.read(name) == VALUE


def test_an_entry_under_another_name_or_of_another_folder_is_absent(cache, tmp_path, monkeypatch):
    name, path = entry(cache)
    other = cache.name_of(b"another")
    (cache.folder / other).write_bytes(path.read_bytes())
    assert cache.read(other) is None
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "second"))
    second = opened()
    (second.folder / name).write_bytes(path.read_bytes())
    assert second.read(name) is None


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("key")])
def test_what_is_no_file_is_absent(cache, make):
    name = cache.name_of(b"nothing")
    make(cache.folder / name)
    assert cache.read(name) is None


def test_the_name_of_an_entry_says_nothing_of_the_secret_without_the_folders_key(
    cache, tmp_path, monkeypatch
):
    name = cache.name_of(b"secret")
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "second"))
    assert opened().name_of(b"secret") != name
    assert cache.name_of(b"sec", b"ret") != cache.name_of(b"secr", b"et")


def test_a_damaged_key_is_made_again_and_what_was_made_with_it_is_absent(cache):
    name, _ = entry(cache)
    (cache.folder / "key").write_bytes(b"short")
    again = opened()
    assert again.read(name) is None
    assert len((again.folder / "key").read_bytes()) == 32


def test_a_value_over_a_cap_is_left_out(cache):
    name = cache.name_of(b"large")
    cache.write(name, [np.zeros(1) for _ in range(300)])
    cache.write(name, np.zeros(private_folder.MAX_ENTRY_BYTES // 8))
    assert cache.read(name) is None


def test_a_full_disk_leaves_no_half_of_an_entry(cache):
    name, _ = entry(cache)
    with mock.patch("os.fdopen", side_effect=OSError(errno.ENOSPC, "full")):
        cache.write(name, {"new": 1})
    assert cache.read(name) == VALUE
    assert not list(cache.folder.glob("tmp-*"))


def test_what_was_not_used_for_longest_goes_first(cache, monkeypatch):
    names = [cache.name_of(bytes([number])) for number in range(4)]
    for age, name in zip((4, 3, 2, 1), names, strict=True):
        cache.write(name, b"x" * 5000)
        past = time.time() - 7200 * age
        os.utime(cache.folder / name, (past, past))
    cache.read(names[0])  # now it is the one that was used last
    monkeypatch.setattr(private_folder, "MAX_TOTAL_BYTES", 3 * 8192 + 4096)
    opened().write(cache.name_of(b"new"), b"x" * 5000)
    assert [cache.read(name) is not None for name in names] == [True, False, False, True]


def test_what_a_killed_run_left_half_written_goes(cache):
    old, young = cache.folder / "tmp-old", cache.folder / "tmp-young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    entry(opened())
    assert (old.exists(), young.exists()) == (False, True)


def test_many_runs_at_once_read_nothing_but_whole_entries(place):
    def run(number: int) -> list[object]:
        cache = opened()
        names = [cache.name_of(bytes([each])) for each in range(8)]
        found = []
        for _ in range(20):
            for name in names:
                cache.write(name, VALUE)
                found.append(cache.read(name))
        return found

    opened()
    with ThreadPoolExecutor(4) as pool:
        found = [each for answers in pool.map(run, range(4)) for each in answers]
    assert found == [VALUE] * len(found)


def test_there_is_no_cache_where_modes_say_nothing(monkeypatch, place):
    monkeypatch.delattr("os.geteuid")
    assert open_cache(pytest.fail) is None

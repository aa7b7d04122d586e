"""A cell that ran out of memory gives back what it took, and keeps what is small."""

from __future__ import annotations

import pytest

from grader.guest.limits import free_memory as room
from grader.guest.limits.free_memory import free_memory

MIB = 1024**2


@pytest.fixture
def full_until_freed(monkeypatch):
    """Let there be room only once the names given are gone."""

    def set_up(names, *hogs):
        monkeypatch.setattr(room, "has_room", lambda _size: not names.keys() & set(hogs))

    return set_up


def test_the_largest_goes_first_and_small_values_stay(full_until_freed):
    names = {"best_p": 2 / 3, "table": {0.1: 0.009}, "hog": [bytearray(MIB), bytearray(MIB)]}
    full_until_freed(names, "hog")
    assert free_memory(names, {}, 1 << 30) == ("hog",)
    assert names == {"best_p": 2 / 3, "table": {0.1: 0.009}}


def test_a_dict_counts_with_what_it_holds(full_until_freed):
    names = {"array": bytearray(MIB), "hog": {0: bytearray(2 * MIB)}}
    full_until_freed(names, "hog")
    assert free_memory(names, {}, 1 << 30) == ("hog",)


def test_what_was_there_before_the_cell_stays(full_until_freed):
    old = bytearray(MIB)
    names = {"old": old, "new": 1}
    full_until_freed(names, "old")
    assert free_memory(names, {"old": old}, 1 << 30) == ("new",)
    assert "old" in names


def test_nothing_goes_where_there_is_room():
    names = {"x": bytearray(MIB)}
    assert free_memory(names, {}, 4 * MIB) == ()


def test_no_room_is_no_room():
    assert not room.has_room(1 << 60)

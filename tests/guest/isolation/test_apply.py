from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from grader.guest.isolation import landlock
from grader.guest.limits.remove_tree import remove_tree
from grader.guest.protocol.control_channel import LIMIT_BYTES, Channel
from grader.guest.protocol.launch_plan import LAYERS, Plan


@pytest.fixture
def ends():
    ours, theirs = map(Channel, socket.socketpair())
    yield ours, theirs
    ours.close()
    theirs.close()


def test_messages_arrive_whole_and_in_order(ends):
    ours, theirs = ends
    ours.send({"first": 1})
    ours.send({"second": [1, 2]})
    assert theirs.receive().message == {"first": 1}
    assert theirs.receive().message == {"second": [1, 2]}


def test_descriptors_come_with_their_message(ends):
    ours, theirs = ends
    read, write = os.pipe()
    ours.send({"pipe": True}, [write])
    letter = theirs.receive()
    os.write(letter.descriptors[0], b"x")
    assert os.read(read, 1) == b"x"
    for descriptor in (read, write, *letter.descriptors):
        os.close(descriptor)


def test_a_closed_end_is_no_message(ends):
    ours, theirs = ends
    ours.close()
    assert theirs.receive() is None


def test_descriptors_without_a_message_are_closed(ends):
    ours, theirs = ends
    read, write = os.pipe()
    socket.send_fds(ours.sock, [b"no end"], [write])
    os.close(write)
    ours.close()
    assert theirs.receive() is None
    assert os.read(read, 1) == b""  # the last write end is closed
    os.close(read)


def test_a_line_without_end_is_refused(ends):
    ours, theirs = ends
    ours.sock.setblocking(False)
    with pytest.raises(ValueError, match=f"longer than {LIMIT_BYTES}"):
        while True:
            ours.sock.send(bytes(60000).replace(b"\0", b"x"))
            theirs._received += theirs.sock.recv(60000)
            if len(theirs._received) > LIMIT_BYTES - 60000:
                ours.sock.send(b"x" * 60001)
                theirs.receive()


def test_what_is_no_object_is_refused(ends):
    ours, theirs = ends
    ours.sock.sendall(b"[1]\n{\n")
    with pytest.raises(ValueError, match="JSON object"):
        theirs.receive()
    with pytest.raises(json.JSONDecodeError):
        theirs.receive()


def test_a_plan_survives_the_way_to_the_zygote(ends):
    ours, theirs = ends
    plan = Plan(
        tier="strong",
        limits={"cpu_s": 1.5},
        msgpack="/grader/msgpack",
        uid=7,
        readable=("/usr",),
        home="/home/student",
        without=("seccomp",),
    )
    ours.send(plan.message())
    assert Plan.read(theirs.receive().message) == plan
    assert [layer for layer in LAYERS if not plan.has(layer)] == ["seccomp"]


def test_a_folder_is_removed_however_it_was_left(tmp_path):
    top = tmp_path / "session"
    deep = top
    for _ in range(60):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    (top / "outside").symlink_to(tmp_path / "kept")
    (top / "dangling").symlink_to("/nowhere")
    os.mkfifo(top / "fifo")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("x")
    locked = top / "locked"
    (locked / "inner").mkdir(parents=True)
    locked.chmod(0)
    remove_tree(top)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]
    assert (tmp_path / "kept" / "file").exists()


def test_more_nesting_than_a_path_can_name_is_removed(tmp_path):
    top = tmp_path / "session"
    top.mkdir()
    at = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    remove_tree(top)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_no_trouble(tmp_path):
    remove_tree(tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("version", "size"), [(1, 8), (3, 8), (4, 16), (5, 16), (6, 24), (7, 24)])
def test_an_older_landlock_is_asked_only_for_what_it_knows(version, size):
    assert len(landlock.ruleset_attributes(version)) == size
    known = {1: 13, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16}[version]
    assert landlock.file_rights(version) == (1 << known) - 1


def test_a_path_that_is_missing_gives_no_place(tmp_path):
    opened = landlock.open_paths([str(tmp_path), str(tmp_path / "missing")])
    assert len(opened) == 1
    assert Path(f"/proc/self/fd/{opened[0]}").resolve() == tmp_path
    os.close(opened[0])

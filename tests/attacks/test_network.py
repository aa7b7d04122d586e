"""Attacks through sockets of every family, and through what else connects processes."""

from __future__ import annotations

import pytest

from grader.sandbox.engine import Isolation
from tests.attacks.attack import Attack, counter_proofs, stands, succeeds, tiers

pytestmark = pytest.mark.strong

BOTH = ("strong", "basic")
FORBIDDEN = "Operation not permitted|PermissionError"

ATTACKS = [
    Attack(
        name="open_a_socket_of_any_family",
        code="""
import socket
opened = {
    (family, kind)
    for family in range(2, 46)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)
    if attempt(socket.socket, family, kind).startswith('<socket')
}
loot = sorted({family for family, _ in opened})
errors = {attempt(socket.socket, family).split(':')[0] for family in range(2, 46)}
print('opened', loot, errors)
""",
        stopped_by="seccomp",
        refused=r"opened \[\] \{'PermissionError'\}",
        at=BOTH,
        without=("seccomp",),
        gains=r"opened \[2, ",
        basic_without=("seccomp",),
    ),
    Attack(
        name="connect_to_a_service_of_the_machine",
        code="import socket\nloot = attempt(socket.create_connection, ('127.0.0.1', @PORT@), 1)",
        stopped_by="network",
        refused=FORBIDDEN,
        at=BOTH,
        without=("network", "seccomp", "landlock"),
        gains="<socket.socket",
        basic_without=("seccomp", "landlock"),
    ),
    Attack(
        name="listen_on_a_port",
        code="import socket\nloot = attempt(socket.create_server, ('127.0.0.1', 0))",
        stopped_by="seccomp",
        refused=FORBIDDEN,
        at=BOTH,
        basic_without=("seccomp", "landlock"),
        basic_gains="<socket.socket",
    ),
    Attack(
        name="resolve_a_name",
        code="import socket\nloot = attempt(socket.getaddrinfo, 'example.org', 80)",
        stopped_by="seccomp",
        refused="gaierror|PermissionError",
        at=BOTH,
        why="what resolves names differs between machines, and may not be there",
    ),
    Attack(
        name="load_a_page",
        code="""
import sys, subprocess
program = "import urllib.request as u; u.urlopen('http://127.0.0.1:@PORT@')"
loot = subprocess.run([sys.executable, '-c', program], capture_output=True).stderr[-200:]
""",
        stopped_by="seccomp",
        refused=FORBIDDEN,
        at=BOTH,
        shown_by="connect_to_a_service_of_the_machine",
    ),
    Attack(
        name="connect_to_a_socket_file",
        code="""
import socket
def connect():
    service = socket.socket(socket.AF_UNIX)
    service.connect('@SOCKET@')
    return 'connected'
loot = attempt(connect)
""",
        stopped_by="mount_view",
        refused="FileNotFoundError",
        without=("mount_view", "landlock"),
        gains="'connected'",
    ),
    Attack(
        name="connect_to_a_socket_file",
        code="""
import socket
def connect():
    service = socket.socket(socket.AF_UNIX)
    service.connect('@SOCKET@')
    return 'connected'
loot = attempt(connect)
""",
        stopped_by="seccomp",
        refused=FORBIDDEN,
        at=("basic",),
        basic_without=("seccomp",),
        basic_gains="'connected'",
    ),
    Attack(
        name="send_to_a_socket_file",
        code="""
import socket
def send():
    try:
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    except OSError:
        sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]
    sender.sendto(b'x', '@MAIL@')
    return 'sent'
def send_from_a_stream():
    socket.socketpair()[0].sendmsg([b'x'], [], 0, '@MAIL@')
    return 'sent'
loot = [attempt(send), attempt(send_from_a_stream)]
""",
        stopped_by="seccomp",
        refused="PermissionError|FileNotFoundError",
        at=BOTH,
        basic_without=("seccomp",),
        basic_gains="'sent'",
    ),
    Attack(
        name="connect_to_an_abstract_socket",
        code="""
import socket
def connect():
    service = socket.socket(socket.AF_UNIX)
    service.connect('\\0@ABSTRACT@')
    return 'connected'
loot = attempt(connect)
""",
        stopped_by="network",
        refused="ConnectionRefusedError|PermissionError",
        at=BOTH,
        without=("network", "landlock"),
        gains="'connected'",
        basic_without=("landlock", "seccomp"),
    ),
    Attack(
        name="use_what_was_inherited",
        code="""
loot = []
for number in range(1024):
    try:
        loot.append((number, os.readlink(f'/proc/self/fd/{number}')[:6]))
    except FileNotFoundError:
        continue
    except PermissionError:
        try:
            os.fstat(number)
        except OSError:
            continue
        loot.append((number, 'there'))
assert [number for number, _ in loot] == [0, 1, 2, 3], f'more than its own: {loot}'
""",
        stopped_by="processes",
        refused=r"\(3, '(socket|there)'\)\]",
        at=BOTH,
        shown_by="test_without_closing_them_descriptors_of_the_zygote_are_inherited",
    ),
    Attack(
        name="ask_the_zygote_for_a_session",
        code="""
import array, socket
def ask(number):
    end = socket.socket(fileno=os.dup(number))
    end.settimeout(0.2)
    return end.sendmsg([b'{"spawn": true}'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                       array.array('i', [0, 1, 2, 0]))])
loot = {number: attempt(ask, number) for number in (4, 5, 6, 7, 8, 9)}
""",
        stopped_by="processes",
        refused="Bad file descriptor",
        at=BOTH,
        shown_by="use_what_was_inherited",
    ),
]


@pytest.mark.parametrize(("attack", "tier"), tiers(ATTACKS))
def test_attack(arenas, attack, tier):
    stands(arenas, attack, tier)


@pytest.mark.parametrize(("attack", "tier", "layers", "gains"), counter_proofs(ATTACKS))
def test_without_its_layer(arenas, attack, tier, layers, gains):
    succeeds(arenas, attack, tier, layers, gains)


def test_without_closing_them_descriptors_of_the_zygote_are_inherited(arenas):
    (attack,) = [attack for attack in ATTACKS if attack.name == "use_what_was_inherited"]
    changes = {"supervisor.py": ("    os.closerange(FIRST_FOREIGN, LAST_FOREIGN)\n", "")}
    with arenas.weakened(Isolation.STRONG, changes) as arena:
        raid = arena.raid(*attack.cells)
    assert "more than its own" in raid.report


MEMORY = """
segment = call((29, 194), 0x5EC, 4096, 0o1666)
libc.shmat.restype = ctypes.c_void_p
address = libc.shmat(segment, None, 0)
"""
MESSAGE = """
box = ctypes.create_string_buffer(16)
call((70, 188), queue, ctypes.addressof(box), 4, 0, 0o4000)
loot = box.raw[8:12]
"""
SHARED = {
    "shared_memory": (
        MEMORY,
        "ctypes.memmove(address, b'NOTE', 4)",
        "loot = ctypes.string_at(address, 4)",
    ),
    "semaphores": (
        "semaphores = call((64, 190), 0x5EC, 1, 0o1666)",
        "call((66, 191), semaphores, 0, 16, 4)",
        "loot = {4: b'NOTE'}.get(call((66, 191), semaphores, 0, 12))",
    ),
    "message_queue": (
        "queue = call((68, 186), 0x5EC, 0o1666)",
        "call((69, 189), queue, (1).to_bytes(8, 'little') + b'NOTE', 4, 0)",
        MESSAGE,
    ),
}


@pytest.mark.parametrize("tier", BOTH)
@pytest.mark.parametrize("way", SHARED)
def test_nothing_is_handed_on_through_the_kernel(arenas, way, tier):
    start, write, read = SHARED[way]
    arena = arenas(Isolation(tier))
    for deed in (write, read):
        raid = arena.raid(f"{start}\n{deed}")
        assert "Operation not permitted" in raid.report
        arena.hold(raid)
    proof = "succeeds without seccomp, ipc_namespace"
    arenas.tell(f"hand_on_through_{way}", "seccomp", tier, proof)


@pytest.mark.parametrize("without", [("seccomp",), ("seccomp", "ipc_namespace")], ids="+".join)
@pytest.mark.parametrize("way", SHARED)
def test_without_its_layers_the_next_session_finds_what_was_left(arenas, way, without):
    start, write, read = SHARED[way]
    arena = arenas(Isolation.STRONG, without=frozenset(without))
    left = arena.raid(f"{start}\n{write}\nloot = 'left'")
    assert "'left'" in left.report
    found = "NOTE" in arena.raid(f"{start}\n{read}").report
    assert found == ("ipc_namespace" in without)

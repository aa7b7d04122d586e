"""Attacks on the wire: what a session can send, or not send, over the socket that it owns.

The code finds its socket (descriptor 3) and, on the stack, the number of the request that it is
answering. So it can forge any reply. That is worth nothing, since it may answer what it likes
anyway; what it must not do is to confuse, stop or crash the other end.
"""

from __future__ import annotations

import os
import socket
from decimal import Decimal
from pathlib import Path

import pytest

from grader.guest.limits.own_time import OwnTime
from grader.guest.protocol.encoding import encode, header_of
from grader.guest.protocol.frames import frame
from grader.sandbox import connection, exercise_session
from grader.sandbox.connection import Connection, ConnectionLost, Pipes
from grader.sandbox.settings import Limits
from tests.attacks.attack import Attack, stands, tiers
from tests.sandbox.lone_session import LoneSession

pytestmark = pytest.mark.strong

TOOLS = r"""
import gc, os, socket, struct, sys, threading, time
import msgpack


def pack(tokens, *buffers, magic=b'GRD1'):
    header = msgpack.packb(tokens)
    lengths = struct.pack(f'<{len(buffers)}Q', *map(len, buffers))
    prefix = struct.pack('<4sII', magic, len(header), len(buffers))
    return prefix + lengths + header + b''.join(buffers)


def request(wanted):
    frame = sys._getframe()
    while frame is not None:
        if {'number', 'kind', 'request'} <= set(frame.f_locals):
            return frame.f_locals[wanted]
        frame = frame.f_back


def reply(*payload, number=None, kind=None):
    number = request('number') if number is None else number
    return [b't', 3, number, kind or request('kind'), *payload]


def sockets():
    found = []
    for number in map(int, os.listdir('/proc/self/fd')):
        try:
            if os.readlink(f'/proc/self/fd/{number}').startswith('socket:'):
                found.append(number)
        except OSError:
            pass
    return found


def send(data, to=3):
    while data:
        data = data[os.write(to, data):]


OK = [b'd', 2, 'index', 1, 'status', 'ok']
NINE = [b'l', 1, b't', 3, 'returned', 9, b't', 0]
"""

BAD_FRAMES = {
    "wrong_magic": "pack(reply(*OK), magic=b'GRD0')",
    "text_instead_of_a_frame": "b'HTTP/1.1 200 OK\\r\\n\\r\\n'",
    "header_over_its_cap": "struct.pack('<4sII', b'GRD1', 2**32 - 1, 0)",
    "buffers_over_their_cap": "struct.pack('<4sII', b'GRD1', 1, 2**32 - 1)",
    "buffer_of_eighteen_exabytes": "struct.pack('<4sIIQ', b'GRD1', 1, 1, 2**64 - 1)",
    "negative_length": "pack(reply(b'a', 'f8', 1, -1), b'8 bytes!')",
    "shape_that_overflows": "pack(reply(b'a', 'f8', 2, 2**62, 4), b'')",
    "shape_that_hides_behind_zero": "pack(reply(b'a', 'f8', 3, 0, 2**31, 2**31), b'')",
    "shape_larger_than_its_bytes": "pack(reply(b'a', 'f8', 1, 10**6), b'8 bytes!')",
    "array_of_pointers": "pack(reply(b'a', 'O8', 1, 1), b'8 bytes!')",
    "structured_array": "pack(reply(b'a', 'V8', 1, 1), b'8 bytes!')",
    "truth_value_of_two": "pack(reply(b'a', 'b1', 1, 1), bytes([2]))",
    "a_thousand_levels": "pack(reply(*[b'l', 1] * 1000, None))",
    "msgpack_nested_a_thousand_times": "(lambda h: struct.pack('<4sII', b'GRD1', len(h), 0) + h)"
    "(bytes([0x91]) * 100_000)",
    "100_001_nodes": "pack(reply(b'l', 99_999, *[None] * 99_999))",
    "msgpack_extension": "pack(reply(msgpack.ExtType(5, b'x')))",
    "msgpack_timestamp": "pack(reply(msgpack.Timestamp(1)))",
    "msgpack_map": "pack(reply({'index': 1}))",
    "key_twice": "pack(reply(b'd', 2, 'status', 'ok', 'status', 'ok'))",
    "keys_that_share_a_hash": "pack(reply(b's', 500, *[part for k in range(500) for part in"
    " (b'i', (k * (2**61 - 1)).to_bytes(16, 'little'))]))",
    "integer_of_a_megabit": "pack(reply(b'i', bytes(100_000)))",
    "text_that_is_no_utf8": "pack(reply(b'S'), bytes([0xff]) * 10)",
    "left_over_tokens": "pack([*reply(*OK), None])",
    "left_over_buffers": "pack(reply(*OK), b'more')",
    "another_question": "pack(reply(*OK, kind='ask'))",
    "another_number": "pack(reply(*OK, number=request('number') ^ 1))",
    "number_as_float": "pack(reply(*OK, number=float(request('number'))))",
    "outcome_of_another_cell": "pack(reply(b'd', 2, 'index', 7, 'status', 'ok'))",
    "outcome_with_impossible_time": "pack(reply(b'd', 3, 'index', 1, 'status', 'ok',"
    " 'seconds', float('nan')))",
    "outcome_with_unknown_parts": "pack(reply(b'd', 2, 'index', 1, 'score', 100))",
}
FORGED_FRAMES = [
    Attack(
        name=f"frame_with_{name}",
        code=(TOOLS, f"send({code})"),
        stopped_by="wire",
        refused="broke the protocol|an outcome",
        why="the other end checks all that it reads before it believes any of it",
    )
    for name, code in BAD_FRAMES.items()
]

SEND_AHEAD = """
def sender():
    time.sleep(0.05)
    for number in range(50):
        send(pack([b't', 3, number, 'ask', *NINE]))
threading.Thread(target=sender).start()
time.sleep(0.2)
"""
DRIP = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
data = pack(reply(*OK))
for at in range(len(data)):
    send(data[at:at + 1])
    time.sleep(0.2)
"""
THIEF = """
def thief():
    while True:
        os.read(3, 1 << 16)
threading.Thread(target=thief, daemon=True).start()
"""
HOLDER = """
if os.fork() == 0:
    os.setsid()
    while True:
        data = os.read(3, 1 << 16)
        send(pack([b't', 3, 0, 'open', os.getpid()]))
"""

IN_A_CELL = [
    Attack(
        name="reply_twice",
        code=(TOOLS, "data = pack(reply(*OK))\nsend(data + data)"),
        stopped_by="wire",
        refused="answered before it was asked, or twice|not that of the cell",
        shown_by="test_without_these_two_a_reply_that_is_sent_ahead_is_believed",
    ),
    Attack(
        name="replies_ahead_for_every_number_it_can_think_of",
        code=(TOOLS, SEND_AHEAD),
        stopped_by="wire",
        refused="answered a question that was not asked",
        shown_by="test_without_these_two_a_reply_that_is_sent_ahead_is_believed",
    ),
    Attack(
        name="half_a_reply",
        code=(TOOLS, "send(pack(reply(*OK))[:20])\ntime.sleep(60)"),
        stopped_by="time",
        refused="broke the protocol|could not be stopped|timed_out",
        why="a reader that waits for the rest would wait for ever",
    ),
    Attack(
        name="a_byte_at_a_time",
        code=(TOOLS, DRIP),
        stopped_by="time",
        refused="could not be stopped",
        why="one deadline holds for a whole reply, however often a byte of it comes",
    ),
    Attack(
        name="close_the_socket",
        code="import os\nos.close(3)",
        stopped_by="wire",
        refused="ended|closed",
        why="it takes the session's own voice, and the cell counts as one that ended it",
    ),
    Attack(
        name="shut_down_the_socket",
        code="import socket\nsocket.socket(fileno=3).shutdown(socket.SHUT_RDWR)",
        stopped_by="wire",
        refused="ended|closed",
        why="as with a closed one; no signal of a broken pipe reaches the grader",
    ),
    Attack(
        name="thread_that_takes_the_requests",
        code=(TOOLS, THIEF),
        stopped_by="time",
        refused="",  # what becomes of it depends on whose thread wakes first
        why="whoever takes a request must answer it in time",
        within_s=20.0,
    ),
    Attack(
        name="process_that_holds_the_socket",
        code=(TOOLS, HOLDER),
        stopped_by="wire",
        refused="",  # which of the two processes gets a request is for the kernel to say
        why="the number of a request is in the request, and whoever answers is part of the session",
    ),
]


@pytest.mark.parametrize(("attack", "tier"), tiers(FORGED_FRAMES))
def test_a_forged_frame_costs_its_own_cell(arenas, attack, tier):
    stands(arenas, attack, tier)


@pytest.mark.parametrize(("attack", "tier"), tiers(IN_A_CELL))
def test_a_session_that_misuses_its_socket(arenas, attack, tier):
    stands(arenas, attack, tier)


# In the fork that answers an exercise

FROM_A_QUESTION = {
    "more_answers_than_were_asked": "[b'l', 30] + [b't', 3, 'returned', 9, b't', 0] * 30",
    "no_answers": "[b'l', 0]",
    "answer_of_an_unknown_kind": "[b'l', 1, b't', 2, 'passed', True]",
    "answer_with_too_many_parts": "[b'l', 1, b't', 4, 'returned', 9, b't', 0, 'full marks']",
    "answer_with_a_name_of_a_megabyte": "[b'l', 1, b't', 4, 'raised', 'V' * 900_000, '', b't', 0]",
    "limit_that_does_not_exist": "[b'l', 1, b't', 3, 'timed_out', float('nan'), 'x' * 501]",
    "verdict": "[b'd', 2, 'passed', True, 'points', 3]",
}


@pytest.mark.parametrize("name", FROM_A_QUESTION)
def test_a_forged_answer_earns_nothing(arena, arenas, name):
    answer = f"""
def square(x):
    send(pack(reply(*{FROM_A_QUESTION[name]})), to=sockets()[-1])
    os._exit(0)
"""
    raid = arena.raid(TOOLS, answer=answer)
    assert "broke the protocol" in raid.report or "ended itself" in raid.report
    arena.hold(raid, points=Decimal(0))
    arenas.tell(f"forged_{name}", "wire", "strong", "an answer is believed part by part, by type")


def test_a_forged_right_answer_is_an_answer_and_the_honest_one_after_it_ends_the_fork(
    arena, arenas
):
    """It earns what returning it would: the one check that it knows the answer of."""
    answer = """
def square(x):
    send(pack(reply(b'l', 1, b't', 3, 'returned', 9, b't', 0)), to=sockets()[-1])
    return 0
"""
    raid = arena.raid(TOOLS, answer=answer)
    honest = arena.raid(answer="def square(x):\n    return 9\n")
    arena.hold(raid, points=honest.result.score)
    arenas.tell("forged_right_answer", "wire", "strong", "earns what returning it earns")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_session_that_takes_its_time_over_every_end(arena, arenas):
    """Each case kills its fork, and the session says so just before the deadline for that."""
    slow = """
import gc, os, time
(session,) = [found for found in gc.get_objects() if type(found).__name__ == '_Session']
session._requests['end'] = lambda: time.sleep(0.8) or 0
"""
    raid = arena.raid(slow, answer="def square(x):\n    os._exit(1)\n")
    arena.hold(raid, points=Decimal(0), within_s=10.0)
    proof = "test_without_the_time_of_its_ends_an_exercise_goes_on_for_ever"
    arenas.tell("slow_ends", "time", "strong", proof)


class SlowForks(LoneSession):
    """Forks that die at once, and whose ends take a while; the clock is the test's own."""

    def __init__(self):
        self.clock = Clock()
        self.made = 0

    def limit_struck(self, *, backstop=False):
        pass

    def fork(self, wait_s):
        self.made += 1
        ours, theirs = socket.socketpair()
        theirs.close()
        return Connection(ours, Pipes(0, 0, 0), self.clock)

    def end_fork(self):
        self.clock.seconds += 9.0
        return 0


class Clock:
    """Time that passes only where a test says so."""

    seconds = 0.0

    def now(self):
        return self.seconds


@pytest.mark.parametrize(("counted", "made"), [(True, 2), (False, 60)])
def test_without_the_time_of_its_ends_an_exercise_goes_on_for_ever(counted, made):
    forks = SlowForks()
    limits = Limits(exercise_s=10.0)
    student = exercise_session.ExerciseSession(forks, limits)
    for _ in range(60):
        student.get("x")
        student._left_s = student._left_s if counted else 10.0
    assert forks.made == made


def test_descriptors_that_a_session_sends_are_never_taken(arena, arenas):
    before = descriptors()
    flood = """
data = pack(reply(*OK))
socket.send_fds(socket.socket(fileno=os.dup(3)), [data[:1]], [0, 1, 2] * 10)
send(data[1:])
"""
    raid = arena.raid(TOOLS, flood, "pass")
    assert descriptors() == before
    assert "twice" in raid.report or raid.result.status == "graded"
    arena.hold(raid)
    proof = "test_a_reader_that_asks_for_descriptors_gets_them"
    arenas.tell("descriptors_to_the_grader", "wire", "strong", proof)


def test_a_reader_that_asks_for_descriptors_gets_them():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        socket.send_fds(theirs, [b"x"], [0])
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        assert len(descriptors) == 1
        os.close(descriptors[0])


def forged_ahead(theirs: socket.socket, number: int) -> None:
    encoded = encode((number, "ask", "forged"))
    theirs.sendall(b"".join(frame(header_of(encoded), encoded.buffers)))


def test_without_these_two_a_reply_that_is_sent_ahead_is_believed(monkeypatch):
    """Both must go: a look at the socket before each question, and numbers nobody can guess."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        asked = Connection(ours, Pipes(0, 0, 0), OwnTime(tuple))
        forged_ahead(theirs, 7)
        with pytest.raises(ConnectionLost, match="before it was asked"):
            asked.ask("ask", wait_s=1)
        monkeypatch.setattr(Connection, "_refuse_early", lambda _self: None)
        with pytest.raises(ConnectionLost, match="not asked"):
            asked.ask("ask", wait_s=1)
        monkeypatch.setattr(connection.secrets, "randbits", lambda _bits: 7)
        forged_ahead(theirs, 7)
        assert asked.ask("ask", wait_s=1) == "forged"

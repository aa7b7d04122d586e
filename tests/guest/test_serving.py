"""A session's own end: requests in, one reply each, a fork for each exercise."""

from __future__ import annotations

import _thread
import os
import random
import signal
import socket
import threading
import time
from types import SimpleNamespace

import numpy as np
import numpy.random
import pytest

from grader.guest import serving
from grader.guest.event_loop import NotebookLoop
from grader.guest.kernel import serve_kernel
from grader.guest.protocol.decoding import decode
from grader.guest.protocol.encoding import encode, header_of
from grader.guest.protocol.frames import frame, read_exactly, read_frame, send_frame
from grader.guest.protocol.messages import answer_from
from grader.guest.protocol.values import Call, Returned
from grader.guest.requests import receive, reply

LIMITS = {"cell_s": 5.0, "call_s": 5.0, "output_bytes": 1 << 20}


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    """Have sessions fork as they do in a zygote: pytest-xdist has threads beside this one."""
    monkeypatch.setattr(serving, "_thread", SimpleNamespace(_count=lambda: 0))


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    with ours, theirs:
        yield ours, theirs


def request(sock, *parts, descriptors=()):
    encoded = encode(parts)
    if descriptors:
        (piece,) = frame(header_of(encoded), encoded.buffers)
        socket.send_fds(sock, [piece], list(descriptors))
    else:
        send_frame(sock, header_of(encoded), encoded.buffers)


def answer(sock):
    return decode(*read_frame(lambda count: read_exactly(sock, count)))


def serve(ends, namespace=None):
    """Serve the requests that were sent so far, in this process."""
    ours, theirs = ends
    ours.shutdown(socket.SHUT_WR)
    serving.serve_exercises(theirs, LIMITS, namespace or {})


def test_cells_run_in_order_and_each_request_has_its_reply(ends, shell):
    ours, theirs = ends
    request(ours, 7, "run", 0, "x = 1", None)
    request(ours, 8, "run", 1, "x + 1", None)
    request(ours, 9, "close")
    serving.serve_session(theirs, LIMITS)
    assert [answer(ours)[:2], answer(ours)[2]["displayed"]] == [(7, "run"), "2\n"]


def test_sessions_draw_the_same_numbers(ends, shell):
    ours, theirs = ends
    request(ours, 1, "close")
    serving.serve_session(theirs, LIMITS)
    first = random.random(), np.random.random()
    request(ours, 1, "close")
    serving.serve_session(theirs, LIMITS)
    assert first == (random.random(), np.random.random())


def test_a_session_without_numpys_generators_starts_too(ends, shell, monkeypatch):
    monkeypatch.delitem(serving.sys.modules, "numpy.random")
    ours, theirs = ends
    request(ours, 1, "close")
    serving.serve_session(theirs, LIMITS)
    assert theirs.fileno() >= 0


def test_questions_are_answered_without_a_fork_too(ends):
    ours, _ = ends
    request(ours, 1, "ask", 5.0, 5.0, [("x", None)])
    serve(ends, {"x": 2})
    assert answer_from(answer(ours)[2][0]) == Returned(2)


def in_background(ends, namespace):
    """Serve in a child of the test; return its process id."""
    ours, theirs = ends
    pid = os.fork()
    if pid == 0:
        ours.close()
        serving.serve_exercises(theirs, LIMITS, namespace)
        os._exit(0)
    return pid


def test_an_exercise_is_answered_by_a_fork_and_ended_when_told(ends):
    ours, _ = ends
    pid = in_background(ends, {"x": [1]})
    near, far = socket.socketpair()
    with near, far:
        request(ours, 1, "open", descriptors=[far.fileno()])
        far.close()
        request(near, 2, "ask", 5.0, 5.0, [("x", [Call().plain])])
        assert answer(near)[2][0][0] == "missing"
        request(ours, 3, "end")
        assert answer(ours) == (3, "end", -signal.SIGKILL)
        assert near.recv(1) == b""
    request(ours, 4, "end")
    assert answer(ours)[2] == 0
    request(ours, 5, "close")
    assert os.waitpid(pid, 0)[1] == 0


def test_a_fork_that_comes_out_of_a_function_answers_nothing(ends):
    ours, _ = ends
    pid = in_background(ends, {"x": 3, "fork": lambda: os.fork() > 0})
    for number in (1, 2, 3):
        request(ours, number, "ask", 5.0, 5.0, [("fork", [Call().plain])])
        assert answer_from(answer(ours)[2][0]) == Returned(True)
    request(ours, 4, "close")
    assert os.waitpid(pid, 0)[1] == 0


def test_forks_still_open_end_with_the_session(ends):
    ours, _ = ends
    pid = in_background(ends, {})
    near, far = socket.socketpair()
    with near, far:
        request(ours, 1, "open", descriptors=[far.fileno()])
        far.close()
        ours.shutdown(socket.SHUT_WR)
        assert os.waitpid(pid, 0)[1] == 0
        assert near.recv(1) == b""


def test_a_fork_ends_when_the_next_one_starts(ends):
    ours, _ = ends
    pid = in_background(ends, {"x": 1})
    first, far = socket.socketpair()
    second, other = socket.socketpair()
    with first, far, second, other:
        request(ours, 1, "open", descriptors=[far.fileno()])
        request(ours, 2, "open", descriptors=[other.fileno()])
        far.close()
        request(second, 3, "ask", 5.0, 5.0, [("x", None)])
        assert answer(second)[2][0] == ("returned", 1, ())
        assert first.recv(1) == b""
    request(ours, 4, "close")
    assert os.waitpid(pid, 0)[1] == 0


def test_every_fork_draws_the_same_numbers(ends):
    ours, _ = ends
    pid = in_background(ends, {"draw": random.Random(1).random, "draw_global": random.random})
    drawn = set()
    for number in (1, 2):
        near, far = socket.socketpair()
        with near, far:
            request(ours, number, "open", descriptors=[far.fileno()])
            for name in ("draw", "draw_global"):
                request(near, 3, "ask", 5.0, 5.0, [(name, [Call().plain])])
                drawn.add(answer_from(answer(near)[2][0]).value)
    request(ours, 4, "close")
    assert os.waitpid(pid, 0)[1] == 0
    assert len(drawn) == 2


def test_a_session_that_has_threads_forks_as_python_does(ends, monkeypatch):
    monkeypatch.setattr(serving, "_thread", _thread)
    halt = threading.Event()
    thread = threading.Thread(target=halt.wait)
    thread.start()
    monkeypatch.setattr(os, "fork", lambda: 42)
    try:
        assert serving._fork() == 42
    finally:
        halt.set()
        thread.join()


class Ended(BaseException):
    """Stands for the end of a process."""


def test_the_fork_answers_and_never_returns(ends, monkeypatch):
    ours, _ = ends
    near, far = socket.socketpair()

    def end(status):
        raise Ended

    monkeypatch.setattr(serving, "fork_alone", lambda: 0)
    monkeypatch.setattr(os, "_exit", end)
    request(near, 1, "ask", 5.0, 5.0, [("x", None)])
    request(near, 2, "ask", 5.0, 5.0, [("x", [Call().plain])])
    near.shutdown(socket.SHUT_WR)
    request(ours, 1, "open", descriptors=[os.dup(far.fileno())])
    streams = serving.sys.stdout, serving.sys.stderr
    with near, far:
        with pytest.raises(Ended):
            serve(ends, {"x": print})
        serving.sys.stdout, serving.sys.stderr = streams
        assert answer(near)[2][0][1].type_name == "builtin_function_or_method"
        assert answer_from(answer(near)[2][0]) == Returned(None)


def no_room():
    raise BlockingIOError


def test_a_session_without_room_for_a_fork_says_so(ends, monkeypatch):
    ours, _ = ends
    monkeypatch.setattr(serving, "fork_alone", no_room)
    near, far = socket.socketpair()
    with near:
        request(ours, 1, "open", descriptors=[far.fileno()])
        far.close()
        request(ours, 2, "end")
        serve(ends)
        assert near.recv(1) == b""
    assert answer(ours) == (2, "end", None)


def test_process_1_ends_what_cells_left_behind_when_there_is_no_room(monkeypatch):
    killed, forks = [], iter([no_room, lambda: 42])
    waits = iter([(17, 0), (0, 0)])
    monkeypatch.setattr(serving, "fork_alone", lambda: next(forks)())
    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr(os, "kill", lambda *call: killed.append(call))
    monkeypatch.setattr(os, "waitpid", lambda *_: next(waits))
    assert serving._fork() == 42
    assert killed == [(-1, signal.SIGKILL)]


def test_process_1_takes_in_orphans(ends, monkeypatch):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    serving._Session(ends[1], LIMITS, {}, None, NotebookLoop())._reap()
    with pytest.raises(ChildProcessError):
        os.waitpid(child, 0)


def test_a_child_that_somebody_else_waited_for_has_no_status(ends):
    session = serving._Session(ends[1], LIMITS, {}, None, NotebookLoop())
    session._fork = child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert session._end() == 0


def test_a_child_that_died_by_itself_keeps_its_own_status(ends):
    session = serving._Session(ends[1], LIMITS, {}, None, NotebookLoop())
    session._fork = child = os.fork()
    if child == 0:
        os._exit(5)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert session._end() == 5


def test_a_kernel_answers_over_a_unix_socket(tmp_path):
    address = str(tmp_path / "questions")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(1)
        pid = os.fork()
        if pid == 0:
            listener.close()
            serve_kernel(address, LIMITS, {}, {"x": 3})
            os._exit(0)
        sock, _ = listener.accept()
        with sock:
            request(sock, 1, "ask", 5.0, 5.0, [("x", None)])
            assert answer(sock)[2][0][1] == 3
        assert os.waitpid(pid, 0)[1] == 0


def test_a_kernel_that_is_asked_nothing_returns(tmp_path):
    address = str(tmp_path / "questions")

    def close_at_once(listener):
        listener.accept()[0].close()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(1)
        accepting = threading.Thread(target=close_at_once, args=[listener])
        accepting.start()
        serve_kernel(address, LIMITS, {}, {})
        accepting.join()
        assert not accepting.is_alive()


def test_a_request_over_tcp_comes_without_descriptors():
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(server.getsockname()) as ours:
        theirs, _ = server.accept()
        with theirs:
            request(ours, 1, "ask", "x")
            assert receive(theirs) == ((1, "ask", "x"), [])
            reply(theirs, os.getpid(), 1, "ask", 2)
            assert answer(ours) == (1, "ask", 2)


def test_a_request_that_breaks_off_is_the_end(ends):
    ours, theirs = ends
    ours.sendall(b"GRD1")
    ours.close()
    assert receive(theirs) is None


def test_time_limits_hold_in_questions(ends):
    ours, _ = ends
    request(ours, 1, "ask", 0.05, 5.0, [("f", [Call((9,)).plain])])
    serve(ends, {"f": time.sleep})
    kind, seconds, limit = answer(ours)[2][0]
    assert (kind, limit) == ("timed_out", "exercise")
    assert seconds <= 0.05

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox import boot
from grader.sandbox.cgroup import make_cgroup
from grader.sandbox.engine import Isolation
from grader.sandbox.session_process import ZygoteDied
from grader.sandbox.settings import SandboxSettings
from grader.sandbox.zygote import Zygote
from tests.sandbox.probes import CELLS, make_guest, probing, public_folder, session

pytestmark = pytest.mark.usefixtures("measured_inside")

TIERS = [pytest.param(Isolation.STRONG, marks=pytest.mark.strong), Isolation.NONE]


@pytest.fixture(scope="module")
def inside(tmp_path_factory):
    return make_guest(public_folder(tmp_path_factory.mktemp("standin")))


@pytest.fixture(scope="module", params=TIERS, ids=["strong", "none"])
def zygote(request, inside):
    with probing(inside, request.param) as started:
        yield started


def test_a_session_answers_and_tells_what_it_used(zygote):
    with session(zygote) as probe:
        assert probe.ask("result = 6 * 7") == "42"
        probe.process.sock.shutdown(1)
        ended = probe.process.wait(10)
    assert (ended.code, ended.signal) == (0, None)
    assert ended.cpu_s > 0
    assert ended.max_rss_bytes > 1024**2


def test_an_exit_status_is_told(zygote):
    with session(zygote) as probe:
        assert probe.ask("import os; os._exit(7)") is None
        assert probe.process.wait(10).code == 7


def test_what_escapes_the_serving_ends_the_session_with_a_status_of_its_own(zygote):
    with session(zygote) as probe:
        assert probe.ask("raise SystemExit(3)") is None
        assert probe.process.wait(10).code == 70


def test_a_signal_is_told(zygote):
    with session(zygote) as probe:
        assert probe.ask("import ctypes; ctypes.string_at(0)") is None
        ended = probe.process.wait(10)
    assert (ended.code, ended.signal) == (None, signal.SIGSEGV)


def test_a_killed_session_is_over_at_once_and_for_good(zygote):
    with session(zygote) as probe:
        probe.process.kill()
        assert probe.process.wait(10) == probe.process.wait()
        assert probe.process.wait().signal == signal.SIGKILL
        probe.process.kill()


def test_waiting_for_a_session_that_runs_times_out(zygote):
    with session(zygote) as probe, pytest.raises(TimeoutError):
        probe.process.wait(0.05)


def test_the_processor_time_of_a_session_is_limited(inside):
    with probing(inside, Isolation.NONE, limits={"cpu_s": 1}) as short, session(short) as probe:
        assert probe.ask("while True: pass") is None
        assert probe.process.wait(10).signal in (signal.SIGKILL, signal.SIGXCPU)


def test_output_goes_to_the_pipes_of_the_session(zygote):
    with session(zygote) as probe:
        probe.ask("import os; os.write(1, b'out'); os.write(2, b'err')")
        assert os.read(probe.process.stdout, 10) == b"out"
        assert os.read(probe.process.stderr, 10) == b"err"
        with pytest.raises(BlockingIOError):
            os.read(probe.process.stdout, 10)


def test_a_session_whose_holder_lets_go_is_ended(zygote):
    process = zygote.spawn()
    pidfd = os.dup(process._pidfd)
    process.close()
    process.close()
    for _ in range(200):
        try:
            signal.pidfd_send_signal(pidfd, 0)
        except ProcessLookupError:
            break
        time.sleep(0.02)
    else:
        pytest.fail("the session still runs")
    os.close(pidfd)


def test_many_sessions_leave_no_descriptor_and_no_child(zygote):
    def held():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    for _ in range(20):
        with session(zygote) as probe:
            assert probe.ask("result = 1") == "1"
            probe.process.kill()
            probe.process.wait(10)
    assert held() == before


@pytest.mark.parametrize("tier", TIERS)
def test_a_zygote_that_died_is_noticed(inside, tier):
    with probing(inside, tier) as zygote:
        process = zygote.spawn()
        os.kill(zygote._booted.pid, signal.SIGKILL)
        zygote._booted.process.wait()
        assert not zygote.alive
        if tier is Isolation.STRONG:
            with pytest.raises(ZygoteDied, match="before it could report"):
                process.wait(10)
        with pytest.raises(ZygoteDied):
            zygote.spawn()
        process.close()


@pytest.mark.strong
def test_a_session_that_cannot_be_isolated_runs_nothing(inside):
    with (
        probing(inside, limits={"files": 1}) as zygote,
        pytest.raises(SandboxError, match=r"could not be isolated.*No space left"),
    ):
        zygote.spawn()


def test_an_unknown_layer_is_refused():
    with pytest.raises(SandboxError, match="no layers"):
        Zygote.start(SandboxSettings(), Isolation.NONE, _without=frozenset({"magic"}))


def test_a_python_without_numpy_is_named(inside, tmp_path):
    bare = tmp_path / "bare"
    os.system(f"/usr/bin/env python3 -m venv --without-pip {bare}")
    with (
        pytest.raises(SandboxError, match="cannot run notebooks: ModuleNotFoundError"),
        probing(inside, Isolation.NONE, python=str(bare / "bin" / "python")),
    ):
        pass


def test_a_python_that_is_not_there_is_named():
    with pytest.raises(SandboxError, match="no program `python9`"):
        Zygote.start(SandboxSettings(python="python9"), Isolation.NONE)


def test_a_program_that_is_no_python_is_named():
    with pytest.raises(SandboxError, match="does not answer like a Python"):
        Zygote.start(SandboxSettings(python="/bin/true"), Isolation.NONE)


def test_a_zygote_that_has_threads_is_refused(tmp_path):
    threaded = "import threading, time\n" + CELLS.replace(
        "pass", "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    )
    inside = make_guest(tmp_path, cells=threaded)
    with (
        pytest.raises(SandboxError, match="2 threads run after loading"),
        probing(inside, Isolation.NONE),
    ):
        pass


def test_a_zygote_that_does_not_come_up_tells_what_it_said(tmp_path):
    inside = make_guest(tmp_path)
    (inside / "zygote.py").write_text("raise RuntimeError('broken here')")
    with (
        pytest.raises(SandboxError, match=r"did not start; its output: (.|\n)*broken here"),
        probing(inside, Isolation.NONE),
    ):
        pass


@pytest.mark.strong
def test_a_hidden_folder_among_the_shown_ones_is_covered(inside):
    secret = inside / "secret"
    secret.mkdir(exist_ok=True)
    (secret / "solution.py").write_text("answer = 42")
    with probing(inside, hidden=(secret,)) as zygote, session(zygote) as probe:
        assert probe.ask("import os; result = os.listdir('/grader/guest/secret')") == "[]"
        assert probe.ask("open('/grader/guest/secret/x', 'w')").startswith(("OSError", "Perm"))


@pytest.mark.strong
def test_a_shown_folder_that_must_be_hidden_is_refused(inside):
    with (
        pytest.raises(SandboxError, match="must stay hidden"),
        probing(inside, hidden=(inside,)),
    ):
        pass


@pytest.mark.strong
def test_a_shown_folder_that_anybody_may_write_is_refused(tmp_path):
    inside = make_guest(tmp_path)
    inside.chmod(0o777)
    with pytest.raises(SandboxError, match="any user may write"), probing(inside):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root leaves root")
@pytest.mark.parametrize(
    ("tier", "closed", "remedy"),
    [
        (Isolation.BASIC, "", "; give a Python in a public place"),
        pytest.param(Isolation.STRONG, "venv", "; open it", marks=pytest.mark.strong),
    ],
)
def test_a_python_out_of_reach_of_ordinary_users_is_refused(tmp_path, tier, closed, remedy):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (tmp_path / closed).chmod(0o700)
    settings = SandboxSettings(python=str(tmp_path / "venv" / "bin" / "python"))
    with pytest.raises(SandboxError, match=f"cannot enter `{tmp_path / closed}`.*{remedy}"):
        Zygote.start(settings, tier)


@pytest.mark.parametrize("tier", TIERS)
def test_a_zygote_that_hangs_is_killed_when_it_is_let_go(inside, tier, monkeypatch):
    monkeypatch.setattr("grader.sandbox.boot.END_WITHIN_S", 0.1)
    with probing(inside, tier) as zygote:
        os.kill(zygote._booted.pid, signal.SIGSTOP)
    assert not zygote.alive


def test_without_a_pidfd_the_zygote_is_asked_to_kill(zygote):
    with session(zygote) as probe:
        os.close(probe.process._pidfd)
        probe.process._pidfd = None
        probe.process.kill()
        assert probe.process.wait(10).signal == signal.SIGKILL
        probe.process.kill()


def test_a_zygote_that_does_not_get_ready_in_time_is_given_up(inside, monkeypatch):
    monkeypatch.setattr("grader.sandbox.boot.WARM_WITHIN_S", 0.01)
    with (
        pytest.raises(SandboxError, match=r"not ready after 0\.01 s"),
        probing(inside, Isolation.NONE),
    ):
        pass


def test_a_zygote_that_does_not_answer_in_time_counts_as_dead(inside, monkeypatch):
    monkeypatch.setattr("grader.sandbox.zygote.SPAWN_WITHIN_S", 0.05)
    with probing(inside, Isolation.NONE) as zygote:
        os.kill(zygote._booted.pid, signal.SIGSTOP)
        with pytest.raises(ZygoteDied, match="does not answer"):
            zygote.spawn()
        os.kill(zygote._booted.pid, signal.SIGCONT)


def test_a_zygote_that_is_killed_while_it_is_waited_for_is_told(inside):
    with probing(inside, Isolation.NONE) as zygote:
        pid = zygote._booted.pid
        os.kill(pid, signal.SIGSTOP)
        killing = threading.Timer(0.2, os.kill, (pid, signal.SIGKILL))
        killing.start()
        with pytest.raises(ZygoteDied, match="ended at once"):
            zygote.spawn()
        killing.join()


@pytest.mark.parametrize(
    ("end", "error", "told"),
    [
        ("import os; os.kill(os.getpid(), 9)", ZygoteDied, "was killed as it started"),
        ("import os; os._exit(1)", SandboxError, "did not start"),
        # Its channel is closed, and it does not end.
        (
            "import os, sys, time; os.close(int(sys.argv[2])); time.sleep(5)",
            SandboxError,
            "did not",
        ),
    ],
)
def test_a_zygote_that_ends_before_it_is_ready_says_whether_it_was_killed(
    monkeypatch, end, error, told
):
    monkeypatch.setattr(boot, "START", end)
    monkeypatch.setattr(boot, "END_WITHIN_S", 0.5)
    with pytest.raises(SandboxError, match=told) as raised:
        Zygote.start(SandboxSettings(), Isolation.NONE)
    assert raised.type is error


@pytest.mark.strong
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user may make no cgroup")
def test_memory_of_all_processes_together_is_capped(inside):
    probe_group = make_cgroup(1024**3)
    if probe_group is None:
        pytest.skip("this machine lets nobody make a cgroup")
    probe_group.remove()
    limits = {"total_bytes": 200 * 1024**2, "memory_bytes": 1024**3}
    with probing(inside, limits=limits) as zygote:
        with session(zygote) as probe:
            assert probe.ask("x = b'x' * (400 * 1024**2)") is None
            assert probe.process.wait(30).signal == signal.SIGKILL
        with session(zygote) as probe:
            assert probe.ask("result = 'well'") == "'well'"

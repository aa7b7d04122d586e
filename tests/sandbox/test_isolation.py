from __future__ import annotations

import ast
import os
import platform
import sys
import time
from pathlib import Path

import pytest

from grader.sandbox.engine import Isolation
from tests.sandbox.probes import Probe, make_guest, probing, public_folder, session
from tests.sandbox.pythons import public_python, python_in

pytestmark = [pytest.mark.strong, pytest.mark.usefixtures("measured_inside")]

LIMITS = {
    "file_bytes": 2 * 1024**2,
    "files": 100,
    "open_files": 40,
    "processes": 12,
    "memory_bytes": 512 * 1024**2,
}
ROOT = Path(__file__).resolve().parents[2]
PREFIXES = (sys.prefix, sys.base_prefix)

SYSCALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def errno_of(number, *words):
    ctypes.set_errno(0)
    done = libc.syscall(*map(ctypes.c_long, (number, *words)))
    return os.strerror(ctypes.get_errno()) if done == -1 else done
"""
SYSCALLS = {
    "ptrace": (101, 117),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "memfd_create": (319, 279),
    "process_vm_readv": (310, 270),
    "shmget": (29, 194),
    "io_uring_setup": (425, 425),
    "pidfd_getfd": (438, 438),
    "seccomp": (317, 277),
    "landlock_create_ruleset": (444, 444),
    "kexec_load": (246, 104),
    "open_by_handle_at": (304, 265),
    "setuid": (105, 146),
}
ARCHITECTURE = {"x86_64": 0, "aarch64": 1}.get(platform.machine(), 0)

DAEMON = """
import os, subprocess
if os.fork() == 0:
    {leave}
    subprocess.run(["sleep", "{seconds}"])
    os._exit(0)
result = "left"
"""


@pytest.fixture(scope="module")
def inside(tmp_path_factory):
    return make_guest(public_folder(tmp_path_factory.mktemp("standin")))


@pytest.fixture(scope="module")
def zygote(inside):
    with probing(inside, hidden=(ROOT / "grader",), limits=LIMITS) as started:
        yield started


@pytest.fixture
def probe(zygote):
    with session(zygote) as asked:
        yield asked


@pytest.fixture(scope="module")
def python():
    with public_python() as path:
        yield str(path)


@pytest.fixture
def basic_probe(inside, python):
    with (
        probing(inside, Isolation.BASIC, python=python, limits=LIMITS) as started,
        session(started) as asked,
    ):
        yield asked


def status_of(probe: Probe) -> dict[str, str]:
    text = ast.literal_eval(probe.ask("result = open('/proc/self/status').read()"))
    return dict(line.split(":\t", 1) for line in text.splitlines())


def running(*words: str) -> bool:
    """Whether a process of these arguments runs anywhere on the machine."""
    wanted = "\0".join(words).encode()
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if wanted in command.read_bytes():
                return True
        except OSError:
            continue
    return False


def wait_until(condition) -> bool:
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_a_session_is_process_one_and_sees_no_other(probe):
    seen = probe.ask(
        "import os; result = os.getpid(), sorted(filter(str.isdigit, os.listdir('/proc')))"
    )
    assert seen == "(1, ['1'])"


def test_a_session_is_not_root_inside_or_outside(probe):
    inside, outside, count = map(
        int, ast.literal_eval(probe.ask("result = open('/proc/self/uid_map').read()")).split()
    )
    assert (inside, count) == (1000, 1)
    assert outside != 0
    assert status_of(probe)["Uid"] == "1000\t1000\t1000\t1000"


def test_a_session_has_no_capability_and_cannot_gain_one(probe):
    status = status_of(probe)
    sets = {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
    assert sets == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_a_session_holds_its_own_descriptors_only(probe):
    listed = probe.ask("import os; result = sorted(map(int, os.listdir('/proc/self/fd')))")
    assert listed in ("[0, 1, 2, 3, 4]", "[0, 1, 2, 3]")  # the last is the listing itself


def test_a_session_gets_no_variable_of_the_grader(zygote, probe, monkeypatch):
    names = ast.literal_eval(probe.ask("import os; result = sorted(os.environ)"))
    assert set(names) <= {
        *("HOME", "LANG", "MPLBACKEND", "PATH", "PWD", "TMPDIR", "TZ", "PYTHONHASHSEED"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PYTHONPATH", "UV_OFFLINE"),
        *("GIT_PAGER", "PAGER", "TERM"),
        *("PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INDEX", "PIP_NO_INPUT", "PIP_RETRIES"),
        "PYTHONUNBUFFERED",
        *(name for name in names if name.endswith("_NUM_THREADS")),
    }


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"])
def test_no_family_of_the_network_can_be_opened(probe, family):
    answer = probe.ask(f"import socket; socket.socket(socket.{family}, socket.SOCK_RAW)")
    assert answer.startswith("PermissionError")


def test_socket_pairs_inside_a_session_work(probe):
    code = "import socket; a, b = socket.socketpair(); a.send(b'x'); result = b.recv(1)"
    assert probe.ask(code) == "b'x'"


@pytest.mark.parametrize("name", SYSCALLS)
def test_a_dangerous_system_call_is_refused(probe, name):
    number = SYSCALLS[name][ARCHITECTURE]
    answer = probe.ask(f"{SYSCALL}\nresult = errno_of({number}, 0, 0, 0, 0, 0)")
    assert answer == "'Operation not permitted'"


def test_clone3_is_said_to_be_unknown_so_that_the_library_falls_back(probe):
    answer = probe.ask(f"{SYSCALL}\nresult = errno_of(435, 0, 0)")
    assert answer == "'Function not implemented'"


def test_clone_makes_no_namespace(probe):
    number = (56, 220)[ARCHITECTURE]
    answer = probe.ask(f"{SYSCALL}\nresult = errno_of({number}, 0x10000000 | 17, 0, 0, 0, 0)")
    assert answer == "'Operation not permitted'"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="i386 and x32 exist on x86_64 only")
@pytest.mark.parametrize(
    "deed",
    [
        # mov eax, 20; int 0x80; ret: getpid of i386
        (
            "code = mmap.mmap(-1, 4096, prot=7); code.write(bytes.fromhex('b814000000cd80c3')); "
            "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()"
        ),
        "libc.syscall(ctypes.c_long(0x40000000 | 39))",
    ],
    ids=["i386", "x32"],
)
def test_a_system_call_of_another_architecture_kills(probe, deed):
    answer = probe.ask(
        f"{SYSCALL}\nimport mmap\npid = os.fork()\nif pid == 0:\n    {deed}\n    os._exit(0)\n"
        "result = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])"
    )
    assert answer == "-31"  # SIGSYS


def test_typing_into_a_terminal_is_refused(probe):
    answer = probe.ask("import fcntl; fcntl.ioctl(0, 0x5412, b'x')")
    assert answer.startswith("PermissionError")


def test_the_system_cannot_be_written(probe):
    for path in ("/usr/x", "/etc/x", "/x", "/grader/guest/x"):
        assert probe.ask(f"open({path!r}, 'w')").split(":")[0] in ("OSError", "PermissionError")


def test_neither_the_grader_nor_the_homes_of_the_machine_are_there(probe):
    for path in (ROOT / "pyproject.toml", ROOT / "grader" / "errors.py", "/var/log", "/sys"):
        assert probe.ask(f"import os; result = os.path.exists({str(path)!r})") == "False"
    ours = {Path(prefix).parts[2] for prefix in PREFIXES if prefix.startswith("/home/")}
    there = ast.literal_eval(probe.ask("import os; result = os.listdir('/home')"))
    assert set(there) - ours == {"shm", "student", "tmp"} - ours


def test_all_files_together_are_capped(probe):
    answer = probe.ask(
        "for n, folder in enumerate(('/tmp', '.', '/dev/shm', '/tmp')):\n"
        "    with open(f'{folder}/{n}', 'wb', buffering=0) as file:\n"
        "        for _ in range(16): file.write(bytes(65536))\n"
    )
    assert "No space left on device" in answer


def test_the_number_of_files_is_capped(probe):
    answer = probe.ask("for n in range(1000): open(f'/tmp/{n}', 'w').close()")
    assert "No space left on device" in answer


def test_memory_is_capped(probe):
    assert probe.ask("bytearray(600 * 1024**2)").startswith("MemoryError")


def test_processes_are_capped(probe):
    answer = probe.ask(
        "import os, time\npids = []\ntry:\n    for _ in range(100):\n        pid = os.fork()\n"
        "        if pid == 0: time.sleep(30); os._exit(0)\n        pids.append(pid)\n"
        "except BlockingIOError: result = len(pids)"
    )
    assert answer == "11"  # twelve with the session itself


def test_open_files_are_capped(probe):
    assert "Too many open files" in probe.ask("files = [open('/dev/null') for _ in range(100)]")


def test_shells_pipes_threads_and_temporary_files_work(probe):
    assert probe.ask(
        "import subprocess\n"
        "result = subprocess.run('echo 1 | cat', shell=True, capture_output=True).stdout"
    ) == repr(b"1\n")
    assert probe.ask("import tempfile; result = tempfile.mkdtemp()").startswith("'/tmp/")
    assert (
        probe.ask(
            "import threading\nresult = []\n"
            "t = threading.Thread(target=result.append, args=(1,)); t.start(); t.join()"
        )
        == "[1]"
    )
    assert probe.ask("import pwd, os; result = pwd.getpwuid(os.getuid()).pw_name") == "'student'"


def test_semaphores_of_multiprocessing_work(probe):
    assert probe.ask("import multiprocessing as m; result = m.Lock().acquire()") == "True"


def test_a_kill_of_everything_reaches_nobody_else(zygote, probe):
    assert probe.ask("import os, signal; os.kill(-1, signal.SIGKILL)").startswith("ProcessLookup")
    assert probe.ask("os.killpg(0, signal.SIGTERM)") is not None
    assert zygote.alive


def test_a_daemon_ends_with_its_session(zygote):
    with session(zygote) as probe:
        assert probe.ask(DAEMON.format(leave="os.setsid()", seconds="74201")) == "'left'"
        assert wait_until(lambda: running("sleep", "74201"))
        probe.process.kill()
        assert probe.process.wait(10).signal == 9
        assert not running("sleep", "74201")


def test_two_sessions_share_nothing(zygote):
    with session(zygote) as first, session(zygote) as second:
        first.ask("open('/tmp/note', 'w').write('from the first')")
        assert second.ask("import os; result = os.path.exists('/tmp/note')") == "False"
        first.ask(
            "import socket; s = socket.socket(socket.AF_UNIX); s.bind('\\0hidden'); s.listen()"
        )
        second.ask("import socket; s = socket.socket(socket.AF_UNIX)")
        assert second.ask("s.connect('\\0hidden')").startswith("PermissionError")


@pytest.mark.parametrize(
    ("without", "code", "expected"),
    [
        ("seccomp", "import os; result = os.memfd_create('x') > 0", "True"),
        ("landlock", "import os; result = 'usr' in os.listdir('/')", "True"),
        ("pid_namespace", "import os; result = os.getpid() > 1", "True"),
        ("ipc_namespace", "result = 1", "1"),
        (
            "capabilities",
            "result = int(open('/proc/self/status').read().split('CapEff:')[1].split()[0], 16) > 0",
            "True",
        ),
        ("rlimits", "import resource as r; result = r.getrlimit(r.RLIMIT_AS)[0] == -1", "True"),
        (
            "tmpfs rlimits",
            "result = open('/tmp/x', 'wb').write(bytes(3 * 1024**2))",
            str(3 * 1024**2),
        ),
        (
            "network seccomp",
            "import socket; result = len(socket.if_nameindex()) >= 1",
            "True",
        ),
        ("mount_view landlock", "import os; result = os.path.exists('/etc/shadow')", "True"),
        pytest.param(
            "drop_root",
            "result = open('/proc/self/uid_map').read().split()[1]",
            "'0'",
            marks=pytest.mark.skipif(os.getuid() != 0, reason="only root has root to drop"),
        ),
    ],
)
def test_without_a_layer_what_it_stops_is_possible(inside, zygote, python, without, code, expected):
    own = python if "mount_view" in without else None  # ours may stand where only root gets
    with (
        probing(inside, without=without, limits=LIMITS, python=own) as weaker,
        session(weaker) as probe,
    ):
        assert probe.ask(code) == expected
    with session(zygote) as probe:
        assert without == "ipc_namespace" or "network" in without or probe.ask(code) != expected


def test_at_basic_files_of_the_machine_cannot_be_read(basic_probe):
    for path in ("/etc/shadow", "/proc/self/status", str(ROOT / "pyproject.toml"), "/"):
        answer = basic_probe.ask(f"import os; result = os.open({path!r}, os.O_RDONLY)")
        assert answer.startswith("PermissionError")


def test_at_basic_the_own_folder_can_be_written_and_no_other(basic_probe):
    assert basic_probe.ask("result = open('note', 'w').write('x')") == "1"
    for path in ("/tmp/note", "/usr/note", "../note"):
        assert basic_probe.ask(f"open({path!r}, 'w')").startswith("PermissionError")


def test_at_basic_sessions_are_no_root_and_may_not_leave_their_group(basic_probe):
    assert basic_probe.ask("import os; result = os.getuid() != 0") == "True"
    for call in ("os.setsid()", "os.setpgid(0, 0)", "os.setuid(0)"):
        assert basic_probe.ask(f"import os; {call}").startswith("PermissionError")


def test_at_basic_no_signal_leaves_the_session(basic_probe):
    answer = basic_probe.ask("import os; os.kill(os.getppid(), 9)")
    assert answer.startswith("PermissionError")


def test_at_basic_there_is_no_network(basic_probe):
    assert basic_probe.ask("import socket; socket.socket()").startswith("PermissionError")


def test_at_basic_a_daemon_ends_with_its_session(basic_probe):
    assert basic_probe.ask(DAEMON.format(leave="pass", seconds="74202")) == "'left'"
    assert wait_until(lambda: running("sleep", "74202"))
    home = ast.literal_eval(basic_probe.ask("import os; result = os.getcwd()"))
    basic_probe.process.kill()
    assert basic_probe.process.wait(10).signal == 9
    assert not running("sleep", "74202")
    assert not Path(home).exists()


@pytest.mark.parametrize("place", ["/home", "/tmp"])
def test_a_python_may_stand_where_a_session_has_its_own_files(inside, place):
    if not os.access(place, os.W_OK):
        pytest.skip(f"this user may write nothing in {place}")
    with (
        python_in(place) as own,
        probing(inside, python=str(own)) as started,
        session(started) as probe,
    ):
        assert probe.ask("import sys; result = sys.prefix") == repr(str(own.parents[1]))
        # What is only now loaded is there too, and cannot be written.
        assert probe.ask("import mpmath; result = mpmath.mpf(2)") == "mpf('2.0')"
        assert "Read-only" in probe.ask("open(sys.prefix + '/x', 'w')")
        assert probe.ask("result = open('/tmp/x', 'w').write('x')") == "1"

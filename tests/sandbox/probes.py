"""Zygotes whose sessions run whatever a test asks them, to look at isolation from inside."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import grader.guest
from grader.sandbox.engine import Isolation
from grader.sandbox.session_process import SessionProcess
from grader.sandbox.settings import SandboxSettings
from grader.sandbox.zygote import Zygote

CELLS = """
def prepare_shell():
    pass
"""

SESSION = '''
import json

def serve_session(sock, limits):
    """Run each line that comes, a piece of Python in JSON; tell the text of its `result`."""
    scope = {"limits": limits}
    with sock.makefile("rb") as lines:
        for line in lines:
            try:
                exec(json.loads(line), scope)
                reply = repr(scope.pop("result", None))
            except Exception as error:
                reply = f"{type(error).__name__}: {error}"
            sock.sendall(json.dumps(reply).encode() + b"\\n")
'''


class Probe:
    """A session that answers."""

    def __init__(self, process: SessionProcess) -> None:
        self.process = process

    def ask(self, code: str) -> str | None:
        """Run code inside; return the text of what it put into `result`, None when it died."""
        self.process.sock.settimeout(30)
        answer = b""
        try:
            self.process.sock.sendall(json.dumps(code).encode() + b"\n")
            while not answer.endswith(b"\n"):
                received = self.process.sock.recv(65536)
                if not received:
                    return None
                answer += received
        except ConnectionError:
            return None
        return json.loads(answer)


def make_guest(folder: Path, *, cells: str = CELLS, session: str = SESSION) -> Path:
    """Copy the package that runs inside, with stand-ins for what runs cells."""
    guest = folder / "guest"
    shutil.copytree(Path(grader.guest.__file__).parent, guest)
    (guest / "cell_runner.py").write_text(cells)
    (guest / "serving.py").write_text(session)
    return guest


@contextmanager
def probing(
    guest: Path,
    isolation: Isolation = Isolation.STRONG,
    *,
    without: str = "",
    hidden: tuple[Path, ...] = (),
    **settings,
) -> Iterator[Zygote]:
    """Start a zygote that runs a copy of the package inside."""
    with (
        mock.patch("grader.sandbox.runtime_packages.guest_folder", return_value=guest),
        Zygote.start(
            SandboxSettings.model_validate(settings),
            isolation,
            hidden=hidden,
            _without=frozenset(without.split()),
        ) as zygote,
    ):
        yield zygote


@contextmanager
def session(zygote: Zygote) -> Iterator[Probe]:
    """Spawn a session."""
    process = zygote.spawn()
    try:
        yield Probe(process)
    finally:
        process.close()


def public_folder(path: Path) -> Path:
    """Open the way to a folder that pytest keeps to its own user."""
    for folder in (path, *path.parents):
        if folder.owner() == path.owner() and folder != Path("/") and "pytest" in str(folder):
            folder.chmod(0o755)
    return path

"""A PostgreSQL server of the tests' own: its files in a temporary folder, no network, a socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

_MISSING = "PostgreSQL is missing: `sh tools/setup.sh dev` installs Debian's package"
# Most servers sort as a language does, and not as SQLite, whatever the locale of this machine is.
_ENGLISH = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
_FIRST_WITH_ICU = 150000
SCHEME = "postgresql://grader@/"
_USERS = ("postgres", "nobody")  # the server refuses to run as root


def program(name: str) -> str:
    """Return the path of one of the server's programs, which Debian keeps out of PATH."""
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
    )
    assert found, _MISSING
    return found


@dataclass
class Server:
    """A server; `start` and `stop` may be called again and again."""

    folder: Path
    user: str | None
    process: subprocess.Popen[bytes] | None = None
    databases: int = field(default=0)
    spare: psycopg.Connection | None = None

    @classmethod
    def make(cls) -> Server:
        # Not below pytest's folder, which nobody but its owner may enter.
        folder = Path(tempfile.mkdtemp(prefix="grader-pg-"))
        user = next(filter(_is_user, _USERS)) if os.getuid() == 0 else None
        if user:
            shutil.chown(folder, user)
        server = cls(folder, user)
        server._run(
            "initdb", "-D", "data", "-U", "grader", "--auth=trust", "--no-sync", "-E", "UTF8"
        )
        return server

    def _run(self, name: str, *arguments: str) -> None:
        command = [program(name), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, user=self.user, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        options = ["-c", "fsync=off", "-c", "listen_addresses=", "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program("postgres"), "-D", str(self.folder / "data"), *options],
                cwd=self.folder,
                user=self.user,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def answers(self) -> bool:
        command = [program("pg_isready"), "-q", "-h", str(self.folder), "-U", "grader"]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self) -> None:
        """End it as `systemctl restart` does: what is under way is broken off."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)

    def new_database(self, like: str | None = None) -> str:
        """Return the URL of a database that is empty, or that holds what another does."""
        self.databases += 1
        name = f"book{self.databases}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            has_english = connection.info.server_version >= _FIRST_WITH_ICU
            form = _ENGLISH if has_english else ""
            if like is not None:
                form = f"TEMPLATE {like.removeprefix(SCHEME).partition('?')[0]}"
            connection.execute(f"CREATE DATABASE {name} {form}")
        return self._url(name)

    def unused_database(self) -> str:
        """Return the URL of a database that is empty: the last one again where it still is.

        Most tests open no gradebook, so that few have one made.
        """
        if self.spare is None or not _is_empty(self.spare):
            self._let_go()
            self.spare = psycopg.connect(self.new_database(), autocommit=True)
        return self._url(self.spare.info.dbname)

    def _let_go(self) -> None:
        if self.spare is not None:
            self.spare.close()

    def _url(self, database: str) -> str:
        return f"{SCHEME}{database}?host={self.folder}"

    def remove(self) -> None:
        self._let_go()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_user(name: str) -> bool:
    try:
        return pwd.getpwnam(name).pw_uid != 0
    except KeyError:
        return False


def _is_empty(connection: psycopg.Connection) -> bool:
    query = "SELECT FROM pg_tables WHERE schemaname = 'public'"
    try:
        return connection.execute(query).rowcount == 0
    except psycopg.OperationalError:  # a test started the server anew
        return False

"""A real PostgreSQL server for tests: on a loopback address of its own, as an unprivileged user, gone afterwards."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

START_SECONDS = 30.0
PORT = 5432


def program(name: str) -> str:
    """One of the server's programs; Debian keeps those of each version in a directory of its own."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name) or name


def unprivileged() -> pwd.struct_passwd:
    """Who runs the server: ourselves, or where we are root somebody else, because PostgreSQL refuses to be root."""
    if os.getuid():
        return pwd.getpwuid(os.getuid())
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


class Postgres:
    """A server with its cluster in ``directory``, which belongs to ``user``."""

    def __init__(self, directory: Path, address: str, user: pwd.struct_passwd) -> None:
        self._directory = directory
        self._address = address
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._run("initdb", "-D", str(directory / "data"), "-U", "pbxd", "-A", "trust", "--no-sync", "-E", "UTF8")

    def _popen(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [program(name), *arguments]
        with self._log.open("ab") as log:
            if os.getuid():
                return subprocess.Popen(command, cwd=self._directory, stdout=log, stderr=log)
            return subprocess.Popen(
                command, cwd=self._directory, stdout=log, stderr=log,
                user=self._user.pw_uid, group=self._user.pw_gid, extra_groups=[],
            )  # fmt: skip

    @property
    def _log(self) -> Path:
        return self._directory / "log"

    def _run(self, name: str, *arguments: str) -> None:
        assert self._popen(name, *arguments).wait(START_SECONDS) == 0, self._log.read_text()

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        settings = ("-c", f"unix_socket_directories={self._directory}", "-c", "shared_buffers=16MB")
        self._process = self._popen(
            "postgres", "-D", str(self._directory / "data"), "-h", self._address, "-p", str(PORT), *settings
        )
        end = time.monotonic() + START_SECONDS
        while self._popen("pg_isready", "-q", "-h", self._address, "-p", str(PORT)).wait(START_SECONDS):
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """Drop all connections and end."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
            self._process = None

    async def database(self) -> str:
        """The URL of a new, empty database."""
        self._databases += 1
        name = f"test_{self._databases}"
        server = f"pbxd@{self._address}:{PORT}"
        engine = create_async_engine(f"postgresql+asyncpg://{server}/postgres", isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await engine.dispose()
        return f"postgresql://{server}/{name}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running server. Its files are not in the test's own directory, which only the test's user may enter."""
    user = unprivileged()
    with tempfile.TemporaryDirectory(prefix="pbxd-postgres-") as name:
        if not os.getuid():
            os.chown(name, user.pw_uid, user.pw_gid)
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        server = Postgres(Path(name), address, user)
        try:
            server.start()
            yield server
        finally:
            server.stop()

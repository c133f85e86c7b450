"""Servers that begin where ``pbxd run`` is after its imports, which are four fifths of what a start costs.

A process of multiprocessing's fork server has imported what a server needs, and every server of a test is a fork of it.
From there on all is as in ``pbxd run``, but that it reads its files itself instead of in a child. Tests of starting and
of memory start the command (:class:`tests.interop.server.Server` does unless told otherwise).
"""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

PRELOADED = [
    *("uvloop", "pbxd.process", "pbxd.server", "pbxd.tools.gate", "pbxd.store.migrations", "alembic.command"),
    *("aiosqlite", "sqlalchemy.dialects.sqlite.aiosqlite", __name__),
    "pytest",  # as the main module of who asks, it would be imported by each fork
]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(PRELOADED)


class Forked:
    """A server's process; what of :class:`subprocess.Popen` the tests use."""

    def __init__(self, config: Path, output: Path, errors: Path) -> None:
        for path in (output, errors):
            path.touch()
        self._process = _context.Process(target=_serve, args=(config, output, errors, dict(os.environ)), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (status := self.returncode) is None:
            raise TimeoutExpired("pbxd run", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it has died and been waited for between the two lines
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _serve(config: Path, output: Path, errors: Path, environment: dict[str, str]) -> None:
    """What the fork does."""
    from pbxd import process
    from pbxd.config.snapshot import Configuration
    from pbxd.tools import handover
    from pbxd.tools.reader import read

    os.environ.clear()
    os.environ.update(environment)
    for stream, path in ((sys.stdout, output), (sys.stderr, errors)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    found = io.BytesIO()
    read(config, found, prepares=True)
    found.seek(0)
    [*_, configuration] = handover.receive(found)
    assert isinstance(configuration, Configuration), configuration
    process.run(configuration, started=lambda: None)

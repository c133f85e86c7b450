"""Reading a configuration in a process of its own.

Checking the files of 10,000 users takes seconds of Python and hundreds of megabytes, neither of which belongs in a
process with calls on it. The child reads, checks, runs the routing tests, writes the snapshot to its standard output
and is gone.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from pbxd.config.snapshot import Configuration
from pbxd.errors import ConfigError, PbxdError
from pbxd.tools.handover import Outcome, receive, send

PREPARE = "--prepare"


class Reader:
    """A child process that began to read the configuration at ``path`` when this was made.

    With ``prepares`` it also brings the database up to date, before a server starts with it: what that takes (some
    10 MB of migration tools) is then gone with the child. Raises :class:`OSError` when the system has no process for
    it.
    """

    def __init__(self, path: Path, *, prepares: bool = False) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", __name__, str(path), *([PREPARE] if prepares else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.curdir for entry in sys.path)},
            # Signals from the terminal are for the server, which then ends its child.
            start_new_session=True,
        )

    def result(self) -> Configuration:
        """Wait for the child and return what it read and found good.

        Raises :class:`ConfigError` with every problem, or :class:`PbxdError` when the child ended without a result.
        """
        try:
            found = self._received()
        except BaseException:  # Ctrl-C
            self._process.kill()
            raise
        finally:
            self._process.wait()
        if isinstance(found, Configuration):
            return found
        if found is None:
            raise PbxdError(f"the process that reads the configuration ended with {self._process.returncode}")
        raise ConfigError(found)

    def kill(self) -> None:
        """End the child; whoever waits for :meth:`result` gets the :class:`PbxdError`."""
        self._process.kill()

    def _received(self) -> Outcome | None:
        """What the child wrote; ``None`` where it ended before. A collection meanwhile would walk through all that is
        new, several times over."""
        with cast("BufferedReader", self._process.stdout) as stream:
            stream.peek(1)  # until the child begins to write, which it does when it has read everything
            collecting = gc.isenabled()
            gc.disable()
            try:
                [*_, found] = receive(stream)
            except (EOFError, pickle.UnpicklingError):
                return None
            finally:
                if collecting:
                    gc.enable()
        return found


def read(path: Path, stream: IO[bytes], *, prepares: bool) -> None:
    """What the child does: read, check, and write what came of it (:func:`pbxd.tools.handover.receive` reads that)."""
    from pbxd.tools.gate import examine

    found: Outcome
    try:
        found = examine(path)
    except ConfigError as error:
        found = error.problems
    if prepares and isinstance(found, Configuration):
        _prepare(found)
    send(found, stream)


def _prepare(configuration: Configuration) -> None:
    """Bring the database to this version's schema. What goes wrong, the server meets again and tells."""
    from pbxd.clock import SystemClock
    from pbxd.store.database import Database
    from pbxd.store.migrations import upgrade

    async def prepared() -> None:
        database = await Database.open(configuration.server.database, SystemClock(), upgrade)
        await database.close()

    with suppress(PbxdError, OSError):
        configuration.server.data.mkdir(parents=True, exist_ok=True)
        asyncio.run(prepared())


if __name__ == "__main__":
    gc.disable()  # a third of its time; it ends before garbage matters
    read(Path(sys.argv[1]), sys.stdout.buffer, prepares=PREPARE in sys.argv[2:])

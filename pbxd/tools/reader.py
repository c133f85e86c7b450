"""Reading a configuration in a process of its own.

Checking the files of 10,000 users takes seconds of Python and hundreds of megabytes, neither of which belongs in a
process with calls on it. The child reads, checks, runs the routing tests, writes the snapshot to its standard output
and is gone.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from io import BufferedReader
from pathlib import Path
from typing import cast

from pbxd.config.snapshot import Configuration
from pbxd.errors import ConfigError, PbxdError
from pbxd.tools.handover import Outcome, receive, send


class Reader:
    """A child process that began to read the configuration at ``path`` when this was made.

    Raises :class:`OSError` when the system has no process for it.
    """

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", __name__, str(path)],
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


def _main(path: Path) -> None:
    """What the child does."""
    from pbxd.tools.gate import examine

    gc.disable()  # a third of its time; it ends before garbage matters
    found: Outcome
    try:
        found = examine(path)
    except ConfigError as error:
        found = error.problems
    send(found, sys.stdout.buffer)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))

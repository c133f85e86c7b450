"""Reading a configuration in a process of its own.

Checking the files of 10,000 users takes seconds of Python and hundreds of megabytes, neither of which belongs in a
process with calls on it. The child reads, checks, writes the snapshot to its standard output and is gone.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from pathlib import Path

from pbxd.config.snapshot import Configuration
from pbxd.errors import ConfigError, ConfigProblem, PbxdError


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
        """Wait for the child and return what it read.

        Raises :class:`ConfigError` with every problem, or :class:`PbxdError` when the child ended without a result.
        """
        try:
            output, _ = self._process.communicate()
        except BaseException:  # Ctrl-C
            self._process.kill()
            raise
        if self._process.returncode != 0:
            raise PbxdError(f"the process that reads the configuration ended with {self._process.returncode}")
        found = _unpacked(output)
        if isinstance(found, Configuration):
            return found
        raise ConfigError(found)

    def kill(self) -> None:
        """End the child; whoever waits for :meth:`result` gets the :class:`PbxdError`."""
        self._process.kill()


def _unpacked(output: bytes) -> Configuration | tuple[ConfigProblem, ...]:
    """What the child wrote. A collection meanwhile would walk through all that is new, several times over."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        found: Configuration | tuple[ConfigProblem, ...] = pickle.loads(output)  # noqa: S301 - our own code wrote it
    finally:
        if collecting:
            gc.enable()
    return found


def _main(path: Path) -> None:
    """What the child does."""
    from pbxd.config.loading import load

    gc.disable()  # a third of its time; it ends before garbage matters
    found: Configuration | tuple[ConfigProblem, ...]
    try:
        found = load(path)
    except ConfigError as error:
        found = error.problems
    sys.stdout.buffer.write(pickle.dumps(found, protocol=pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))

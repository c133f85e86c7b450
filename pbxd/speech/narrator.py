"""A process that speaks, as its server sees it: started when it is needed, asked for one file after the other."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pbxd.speech.engines.engine import SpeechConfig, SpeechError

WORKER: Final = "pbxd.speech.engines.worker"
PATIENCE: Final = 20.0
"""Seconds that an engine may take to load and to say something."""


class Narrator:
    """One process, or none. Used by one thread at a time, which it may keep waiting."""

    def __init__(self, configured: SpeechConfig) -> None:
        self._begin = {"engine": configured.engine, "voices": dict(configured.voices)}
        self._process: subprocess.Popen[bytes] | None = None
        self._stream: socket.socket | None = None
        self._unread = b""
        self._ended = False

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        return self._process.pid if self._process is not None else None

    def wake(self) -> None:
        """Start the process, if there is none; it loads its engine meanwhile. Raises :class:`OSError`."""
        if self._ended:
            raise OSError("the server stops")
        if self._stream is None:
            self._start()

    def make(self, path: Path, text: str, language: str) -> None:
        """Have the file at ``path`` say ``text``. Raises :class:`SpeechError`; the process may be gone then.

        One that has died since it was asked last is replaced at once.
        """
        question = {"path": str(path), "text": text, "language": language}
        used = self._process is not None
        try:
            answer = self._ask(question)
        except (OSError, ValueError) as error:
            self.stop()
            if used and not self._ended and not isinstance(error, TimeoutError):
                return self.make(path, text, language)
            reason = "it takes too long" if isinstance(error, TimeoutError) else str(error)
            raise SpeechError(f"the process that speaks is of no use: {reason}") from error
        if "problem" in answer:
            raise SpeechError(answer["problem"])
        return None

    def end(self) -> None:
        """From any thread: end the process, which whoever waits for it sees, and never start another one."""
        self._ended = True
        if (process := self._process) is not None:
            process.kill()

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._stream is not None:
            self._stream.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._stream = None

    def _ask(self, question: dict[str, str]) -> dict[str, Any]:
        self.wake()
        assert self._stream is not None
        self._say(question)
        while b"\n" not in self._unread:
            got = self._stream.recv(4096)
            if not got:
                raise OSError("it ended")
            self._unread += got
        line, _, self._unread = self._unread.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _say(self, what: Mapping[str, object]) -> None:
        assert self._stream is not None
        self._stream.sendall(json.dumps(what).encode() + b"\n")

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - this very program
                    [sys.executable, "-m", WORKER, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=environment(),
                    # Signals from the terminal are for the server, which then ends its child.
                    start_new_session=True,
                )
        except BaseException:
            ours.close()
            raise
        ours.settimeout(PATIENCE)
        self._stream, self._unread = ours, b""
        with suppress(OSError):  # told when it is asked for something
            self._say(self._begin)


def environment() -> dict[str, str]:
    """In which another Python process finds what this one finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.curdir for entry in sys.path)}

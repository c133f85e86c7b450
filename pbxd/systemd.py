"""What the service manager is told (sd_notify(3)): that we are ready, reload, stop, and still live.

Without ``NOTIFY_SOCKET`` in the environment nobody wants to know, and everything here does nothing.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

MAX_TEXT = 200

Later = Callable[[float, Callable[[], None]], object]
"""Calls what it is given after that many seconds."""

_log = logging.getLogger("pbxd.systemd")


class ServiceManager:
    """The service manager that started this process, if one did."""

    def __init__(self, environment: Mapping[str, str], pid: int, monotonic: Callable[[], float]) -> None:
        self._path = environment.get("NOTIFY_SOCKET", "")
        self._monotonic = monotonic
        self._stopping = False
        mine = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
        microseconds = environment.get("WATCHDOG_USEC", "")
        self.watchdog_seconds = int(microseconds) / 1e6 if mine and microseconds.isdecimal() else 0.0
        """Within which it wants to hear that we live; 0: it doesn't."""

    def ready(self) -> None:
        """The server answers."""
        if not self._stopping:
            self._tell(READY="1", STATUS="")

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """The configuration is read within this block; after it the server is as ready as it was."""
        if not self._stopping:
            self._tell(RELOADING="1", MONOTONIC_USEC=str(round(self._monotonic() * 1e6)))
        try:
            yield
        finally:
            self.ready()

    def stopping(self, within: float, words: str = "") -> None:
        """The server will be gone ``within`` seconds: it is not to be killed before."""
        self._stopping = True
        self._tell(STOPPING="1", EXTEND_TIMEOUT_USEC=str(round(within * 1e6)), STATUS=words)

    def keep_watched(self, later: Later) -> None:
        """Say that we live, from here on, twice as often as is wanted. A loop that hangs says nothing."""
        if not self._path or not self.watchdog_seconds:
            return
        self._tell(WATCHDOG="1")
        later(self.watchdog_seconds / 2, lambda: self.keep_watched(later))

    def _tell(self, **fields: str) -> None:
        if not self._path:
            return
        text = "\n".join(f"{name}={value[:MAX_TEXT]}" for name, value in fields.items())
        # A name that begins with @ is in the abstract namespace, which has no files.
        path = f"\0{self._path[1:]}" if self._path.startswith("@") else self._path
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
                manager.setblocking(False)
                manager.sendto(text.encode(), path)
        except OSError as error:
            _log.warning("the service manager at %s can't be told %s: %s", self._path, next(iter(fields)), error)

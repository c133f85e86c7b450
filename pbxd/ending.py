"""How the process comes to its end: when the calls that run have ended, at once, or at the very latest.

SIGTERM drains: no new calls, and those that run may go on for a while. Every further signal is one step less patient:
the second one ends the calls politely, and the one after that the process as it is. SIGINT, which is somebody at a
terminal, begins with the second step.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from typing import Protocol

from pbxd.systemd import ServiceManager

STOP_WITHIN = 4.8
"""Seconds from the decision to the end, whoever does not answer: a phone, a database, a name server."""

_log = logging.getLogger("pbxd.process")


class Drains(Protocol):
    """The server, as far as it matters here."""

    def drain(self, seconds: float, done: Callable[[], None]) -> int:
        """See :meth:`pbxd.server.Server.drain`."""
        ...


class Ending:
    """Waits for the end, and brings it about."""

    def __init__(self, manager: ServiceManager, last_words: Callable[[], None]) -> None:
        """``last_words`` are written when something does not end, just before the process does."""
        self._manager = manager
        self._last_words = last_words
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._draining = False
        self.patience: Callable[[], float] = lambda: 0.0
        """Seconds that SIGTERM gives calls."""
        self.server: Drains | None = None
        """There as long as there is something to drain."""

    @property
    def stopping(self) -> bool:
        """Whether calls are being ended, or were."""
        return self._stop.is_set()

    async def wait(self) -> None:
        """Until the server is to stop."""
        await self._stop.wait()

    def heed_signals(self) -> None:
        """Obey SIGTERM and SIGINT from here on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._told, number)

    def _told(self, number: signal.Signals) -> None:
        if self._stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
            os._exit(128 + number)  # the first process of a container survives its own signals
        seconds = self.patience()
        if number == signal.SIGTERM and not self._draining and seconds:
            self.drain(seconds)
        else:
            self.stop()

    def drain(self, seconds: float) -> int:
        """Stop when the calls that run have ended, and after ``seconds`` at the latest; how many run."""
        if self.server is None or self._stop.is_set():
            self.stop()
            return 0
        self._draining = True
        self._manager.stopping(seconds + STOP_WITHIN + 1, "waiting for calls to end")
        return self.server.drain(seconds, self.stop)

    def stop(self) -> None:
        """End calls, keep what is to be kept, and go."""
        if not self._stop.is_set():
            self._stop.set()
            self._manager.stopping(STOP_WITHIN + 1)
            self._loop.call_later(STOP_WITHIN, self._give_up)

    def _give_up(self) -> None:
        _log.error("something does not end: the process does, after %g s", STOP_WITHIN)
        self._last_words()
        os._exit(3)

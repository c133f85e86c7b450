"""The running server, as the HTTP process reaches it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from pbxd.control import ControlError, Refusal, Result, call

PATIENCE = 4.0
"""Seconds that the server gets to answer. Whoever scrapes gives up after 10."""
FRESH = 1.0
"""Seconds that an answer is given to others, too: however many ask, the server is asked once a second."""


AT_ONCE = 8
"""Questions of ours at the same time; the server takes twice as many, and others have some, too."""


class Upstream:
    """Asks over the control socket. May be used by several threads."""

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._answers: dict[str, tuple[float, Result]] = {}

    def order(self, command: str, **arguments: object) -> Result:
        """What the server answers to this very question. Raises :class:`ControlError`."""
        with self._room:
            return call(self._path, command, timeout=PATIENCE, **arguments)

    def wait(self, command: str, seconds: float, **arguments: object) -> Result:
        """As :meth:`order`, for a question that the server may leave open for ``seconds``."""
        return call(self._path, command, timeout=PATIENCE + seconds, seconds=seconds, **arguments)

    def ask(self, command: str) -> Result:
        """What the server answers, or answered a moment ago. Raises :class:`ControlError`."""
        with self._lock:  # who waits here finds the answer that the other one got
            at, found = self._answers.get(command, (0.0, {}))
            now = self._monotonic()
            if not found or now - at >= FRESH:
                found = call(self._path, command, timeout=PATIENCE)
                self._answers[command] = self._monotonic(), found
            return found


__all__ = ["ControlError", "Refusal", "Upstream"]

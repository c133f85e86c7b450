"""A 2xx or a reliable 18x, sent again until it is acknowledged (RFC 3261 13.3.1.4, RFC 3262 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.support.attempt import T1, T2


class Repeat:
    """Sends at T1, then twice as far apart each time (``capped``: T2 at the most), for 64*T1."""

    def __init__(self, send: Callable[[], None], *, capped: bool) -> None:
        loop = asyncio.get_running_loop()
        self._send = send
        self._capped = capped
        self._until = loop.time() + 64 * T1
        self._timer: asyncio.TimerHandle | None = loop.call_later(T1, self._again, 2 * T1)

    def stop(self) -> None:
        """Enough."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _again(self, interval: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        if loop.time() < self._until:
            self._send()
            following = min(2 * interval, T2) if self._capped else 2 * interval
            self._timer = loop.call_later(interval, self._again, following)

"""Group commit: what arrives close together is written together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class GroupCommit:
    """Calls ``commit`` at most ``window`` seconds after it was asked to, once for all who asked meanwhile.

    What is asked for while a commit runs waits for the next one. ``commit`` writes what is pending at that moment and
    returns ``None``, or the seconds after which to try again; it raises only for bugs, which end :meth:`run`.
    """

    def __init__(self, window: float, commit: Callable[[], Awaitable[float | None]]) -> None:
        self._window = window
        self._commit = commit
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    def ask(self, *, within: float | None = None) -> None:
        """Have a commit soon: within the window, or ``within`` seconds."""
        if self._timer is None:
            delay = self._window if within is None else within
            self._timer = asyncio.get_running_loop().call_later(delay, self._wake.set)

    def close(self) -> None:
        """Have :meth:`run` return; what is pending by then is its owner's to write."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        """Commit whenever it is time to, until :meth:`close`."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._disarm()
            if self._closing:
                return
            again = await self._commit()
            if again is not None:  # what is asked for from here on must not come sooner than that
                self._disarm()
                self.ask(within=again)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

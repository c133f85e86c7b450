"""Group commit: what arrives close together is written together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class GroupCommit:
    """Calls ``commit`` when asked to, but at most once in ``window`` seconds, for all who asked meanwhile.

    Who asks after a quiet moment is served in the same turn of the loop, together with all that came in that turn:
    waiting for company would cost another wake-up, which on an idle machine is dearer than a commit of one row. Who
    asks sooner waits for the window's end, or for the commit that runs.

    ``commit`` writes what is pending at that moment and returns ``None``, or the seconds before which not to try
    again. It raises only for bugs, which end :meth:`run`.
    """

    def __init__(self, window: float, commit: Callable[[], Awaitable[float | None]]) -> None:
        self._window = window
        self._commit = commit
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._not_before = 0.0
        self._closing = False

    def ask(self) -> None:
        """Have a commit within the window. Cheap enough for every packet."""
        if self._timer is not None or self._wake.is_set():
            return
        loop = asyncio.get_running_loop()
        if loop.time() >= self._not_before:
            self._wake.set()
        else:
            self._timer = loop.call_at(self._not_before, self._due)

    def _due(self) -> None:
        self._timer = None
        self._wake.set()

    def close(self) -> None:
        """Have :meth:`run` return; what is pending by then is its owner's to write."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake.set()

    async def run(self) -> None:
        """Commit whenever it is time to, until :meth:`close`."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._closing:
                return
            self._not_before = loop.time() + self._window
            again = await self._commit()
            if again is not None:
                self._not_before = loop.time() + again
                self.ask()

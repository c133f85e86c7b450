"""Events for who asks again and again: the HTTP process, which streams them to programs (API-3)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from pbxd.errors import PbxdError
from pbxd.notices.outward import Told

KEPT: Final = 2_000
"""Events that are remembered, for who comes back."""
LEASE: Final = 60.0
"""Seconds after which events are not kept any more for somebody who does not ask again."""
MOST: Final = 500
"""Events of one answer."""
PATIENCE: Final = 20.0
"""Seconds that one can wait for the next event, at the most."""


class Feed:
    """A :class:`pbxd.notices.outward.Sink` that remembers."""

    def __init__(self, epoch: str, monotonic: Callable[[], float]) -> None:
        """``epoch`` tells numbers of this run of the server from those of another one."""
        self._epoch = epoch
        self._monotonic = monotonic
        self._asked: float | None = None
        self._last = 0
        self._told: deque[tuple[int, Told]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._stopped = False

    @property
    def listens(self) -> bool:
        """Whether somebody has asked lately."""
        if self._asked is None:
            return False
        if self._monotonic() - self._asked > LEASE:
            self._asked = None
            self._told.clear()
            return False
        return True

    def tell(self, told: Told) -> None:
        self._last += 1
        self._told.append((self._last, told))
        self._news.set()

    def stop(self) -> None:
        """Nobody needs to wait any longer."""
        self._stopped = True
        self._news.set()

    async def after(self, number: int | None = None, epoch: str = "", seconds: float = 0.0) -> dict[str, Any]:
        """What happened after an event, as soon as there is anything, or after ``seconds``; without one from now on.

        ``missed`` says that there was more than is remembered. Raises :class:`PbxdError` when the server stops.
        """
        was_listening = self.listens
        self._asked = self._monotonic()
        known = was_listening and epoch == self._epoch and number is not None
        after = number if known and number is not None else self._last
        if after >= self._last:
            self._news.clear()
            try:
                async with asyncio.timeout(0 if self._stopped else min(max(seconds, 0.0), PATIENCE)):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._asked = self._monotonic()
        if self._stopped:
            raise PbxdError("the server stops")
        found = [(seq, told) for seq, told in self._told if seq > after][:MOST]
        first = self._told[0][0] if self._told else self._last + 1
        missed = number is not None and (not known or after + 1 < first)
        events = [{"number": seq, **asdict(told)} for seq, told in found]
        return {"epoch": self._epoch, "number": found[-1][0] if found else after, "missed": missed, "events": events}

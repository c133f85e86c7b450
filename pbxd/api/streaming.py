"""What the server tells, once for all who listen: whoever waits asks for everybody, and one answer serves them all."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi.concurrency import run_in_threadpool

from pbxd.api.upstream import ControlError, Upstream

ASK_FOR: Final = 5.0
"""Seconds that the server keeps a question open."""
KEPT: Final = 2_000
AT_ONCE: Final = 24
"""Streams; more are refused."""

Entry = dict[str, Any]


class Stream:
    """Events of the server, in order, for any number of listeners up to :data:`AT_ONCE`."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._lock = asyncio.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._epoch = ""
        self._number: int | None = None
        self._missed = 0
        """Counts the times at which more happened than was kept for us."""
        self._asked = 0
        """Counts questions."""
        self._listeners = 0

    @property
    def full(self) -> bool:
        return self._listeners >= AT_ONCE

    async def listen(self, last: str) -> AsyncIterator[Entry | None]:
        """Every event after ``last`` (an id that a listener was given; empty: from now on), until the server stops.

        ``None`` comes first, when nothing can be missed any more, and every now and then while nothing happens; ``{}``
        where events are missing.
        """
        self._listeners += 1
        try:
            async for entry in self._listen(last):
                yield entry
        except ControlError:  # who listens asks again, perhaps another process
            return
        finally:
            self._listeners -= 1

    async def _listen(self, last: str) -> AsyncIterator[Entry | None]:
        epoch, mine = _position(last)
        if self._number is None:
            async with self._lock:  # it may be another one's turn, and done when ours comes
                if self._number is None:
                    self._epoch, self._number = epoch, mine
                    await self._ask(0.0)
        yield None
        if mine is None:
            mine = self._number or 0
        elif epoch != self._epoch or (self._entries and mine + 1 < self._entries[0]["number"]):
            yield {}
        missed = self._missed
        while True:
            asked = self._asked
            if missed != self._missed:
                missed = self._missed
                yield {}
            found = [entry for entry in self._entries if entry["number"] > mine]
            for entry in found:
                mine = entry["number"]
                yield entry
            if found:
                continue
            async with self._lock:
                if asked == self._asked:
                    await self._ask(ASK_FOR)
            if not self._entries or self._entries[-1]["number"] <= mine:
                yield None

    async def _ask(self, seconds: float) -> None:
        """Ask the server for what is new. Raises :class:`ControlError` where it does not answer."""
        found = await run_in_threadpool(self._upstream.wait, "events", seconds, number=self._number, epoch=self._epoch)
        self._asked += 1
        if found["missed"]:
            self._missed += 1
            self._entries.clear()
        self._epoch, self._number = found["epoch"], found["number"]
        for entry in found["events"]:
            self._entries.append({**entry, "id": f"{found['epoch']}-{entry['number']}"})


def _position(last: str) -> tuple[str, int | None]:
    epoch, _, number = last.rpartition("-")
    return (epoch, int(number)) if number.isascii() and number.isdigit() and len(number) < 16 else ("", None)

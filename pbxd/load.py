"""How busy this process is: time on the processor, and how late its event loop gets to things."""

from __future__ import annotations

import asyncio
import resource
from collections import deque

EVERY = 1.0
"""Seconds between two looks."""
KEPT = 10
"""Looks that are kept."""


class Load:
    """Looks at the clock once a second: what was due then and came later says how long everything waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._late: deque[float] = deque(maxlen=KEPT)
        self._spent: deque[tuple[float, float]] = deque([(loop.time(), cpu_seconds())], maxlen=KEPT + 1)
        self._handle = loop.call_later(EVERY, self._look, loop.time() + EVERY)

    def _look(self, due: float) -> None:
        now = self._loop.time()
        self._late.append(max(0.0, now - due))
        self._spent.append((now, cpu_seconds()))
        self._handle = self._loop.call_later(EVERY, self._look, now + EVERY)

    def stop(self) -> None:
        self._handle.cancel()

    def status(self) -> dict[str, float]:
        """``cpu``: share of one core in the last seconds; ``late_seconds``: the worst of them; ``cpu_seconds``: all."""
        begun, before = self._spent[0]
        now, spent = self._loop.time(), cpu_seconds()
        share = (spent - before) / (now - begun) if now > begun else 0.0
        return {"cpu": round(share, 3), "late_seconds": round(max(self._late, default=0.0), 4), "cpu_seconds": spent}


def cpu_seconds() -> float:
    """What this process has used of all cores."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

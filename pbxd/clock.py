"""The only place that reads a clock; everything that decides takes ``now`` instead."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two times: one that only goes forward, for timers, and one that people read."""

    def monotonic(self) -> float:
        """Seconds on the same axis as the running event loop's ``time()``; never goes back."""
        ...

    def wall(self) -> float:
        """Seconds since 1970-01-01 00:00 UTC; may jump when the machine's clock is set."""
        ...


class SystemClock:
    """The machine's clocks. asyncio and uvloop both count ``loop.time()`` on the monotonic one."""

    def monotonic(self) -> float:
        return time.monotonic()  # noqa: TID251  this is the place that may

    def wall(self) -> float:
        return time.time()  # noqa: TID251  this is the place that may
